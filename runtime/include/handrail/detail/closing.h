//===- closing.h - a close that is awaited, until its end -------*- C++ -*-===//
//
// Between its start and its end a handle is neither open nor closed: it is closing. A
// program that ends then is told where the close was started, and a close that is given
// up (its coroutine is destroyed, or its task dropped) is an event (close_unfinished).
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_DETAIL_CLOSING_H
#define HANDRAIL_DETAIL_CLOSING_H

#include "../ledger.h"

#include <coroutine>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

namespace handrail {

template <class T> class task;

namespace detail {
inline namespace HANDRAIL_LEVEL_NAMESPACE {

/// Invariant: has a close that is not done, unless it was moved from.
class closing_record {
public:
  closing_record(ledger_record &&record, const resource_type &type, std::uint32_t site) noexcept
      : record_(std::move(record)), type_(&type), site_(site) {
    record_.closing(site);
  }
  closing_record(closing_record &&other) noexcept
      : record_(std::move(other.record_)), type_(std::exchange(other.type_, nullptr)),
        site_(other.site_) {}
  closing_record &operator=(closing_record &&) = delete;
  ~closing_record() {
    if (!type_)
      return;
#if HANDRAIL
    note(ledger::event_kind::close_unfinished, type_, 0, record_.site(), site_);
#endif
    record_.close(site_, exit_case(cancelled{}).kind());
  }
  void done(int how) noexcept {
    type_ = nullptr;
    record_.close(site_, how);
  }

private:
  [[no_unique_address]] ledger_record record_;
  const resource_type *type_;
  std::uint32_t site_;
};

template <class R> struct close_watch {
  static constexpr bool awaits = false;
};
template <class T> struct close_watch<task<T>> {
  static constexpr bool awaits = true;
  static task<T> watch(task<T> close, closing_record record) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(close);
        record.done(0);
      } else {
        T value = co_await std::move(close);
        record.done(0);
        co_return static_cast<T>(value);
      }
    } catch (...) {
      record.done(exit_case::from_exception(std::current_exception()).kind());
      throw;
    }
  }
};

} // namespace HANDRAIL_LEVEL_NAMESPACE
} // namespace detail
} // namespace handrail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
