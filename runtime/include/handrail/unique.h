//===- unique.h - owners of raw handles -------------------------*- C++ -*-===//
//
// unique<T, Traits> owns one raw handle of an operating system or C library and
// closes it: what unique_ptr is for pointers.
//
//   handrail::unique_fd file(open("a.txt", O_RDONLY));
//   if (!file)
//     return errno;
//   read(file.get(), buffer, sizeof buffer);
//   if (auto closed = file.close(); !closed)     // a full disk shows here
//     return closed.error().os_error;
//
// The traits say what is no handle and how to close:
//
//   struct socket_traits {
//     static constexpr std::string_view name = "socket";
//     static constexpr int invalid() noexcept { return -1; }
//     static int close(int s) noexcept { return ::close(s) == 0 ? 0 : errno; }
//   };
//
// Owned handles are in the ledger: a leak report names them, with the place where
// they were adopted. What a destructor closes while an exception passes counts as
// closed after a failure. Closing keeps errno.
//
// Thread safety: none, like an int. Errors: close() returns release_failed with
// the errno; in the destructor that is an event. Complexity: as the calls.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_UNIQUE_H
#define HANDRAIL_UNIQUE_H

#include "detail/amplify.h"
#include "ledger.h"

#include <cerrno>
#include <cstdio>
#include <exception>
#include <unistd.h>

namespace handrail {

struct fd_traits {
  static constexpr std::string_view name = "file descriptor";
  static constexpr int invalid() noexcept { return -1; }
  static constexpr bool is_valid(int fd) noexcept { return fd >= 0; }
  static int close(int fd) noexcept {
    // Linux closes the descriptor also when a signal interrupts it.
    return ::close(fd) == 0 || errno == EINTR ? 0 : errno;
  }
  /// Under `handrail run`, a close of the number by somebody else is then told.
  static void owned(int fd, bool yes) noexcept { detail::tell_owner(fd, yes); }
};

struct file_traits {
  static constexpr std::string_view name = "stream";
  static constexpr std::FILE *invalid() noexcept { return nullptr; }
  static int close(std::FILE *f) noexcept { return std::fclose(f) == 0 ? 0 : errno; }
};

inline namespace HANDRAIL_LEVEL_NAMESPACE {

/// Invariant: owns the handle unless it is invalid.
template <class T, class Traits> class [[nodiscard]] unique {
public:
  using traits = Traits;

  unique() noexcept : value_(Traits::invalid()) {}
  explicit unique(T raw, location where = location::current()) noexcept : value_(std::move(raw)) {
    if (!valid(value_))
      return;
    record_ = record(type(), where);
    own(true);
  }
  unique(unique &&other) noexcept
      : value_(std::exchange(other.value_, Traits::invalid())), record_(std::move(other.record_)) {}
  unique &operator=(unique &&other) noexcept {
    unique(std::move(other)).swap(*this);
    return *this;
  }
  ~unique() { drop(); }

  const T &get() const noexcept { return value_; }
  const T &operator*() const noexcept { return value_; }
  explicit operator bool() const noexcept { return valid(value_); }
  /// Gives the handle away, unclosed.
  [[nodiscard]] T release(location where = location::current()) noexcept {
    record_.close(detail::site_of(where), detail::ended_taken);
    own(false);
    return std::exchange(value_, Traits::invalid());
  }
  void reset() noexcept { unique().swap(*this); }
  void reset(T raw, location where = location::current()) noexcept {
    unique(std::move(raw), where).swap(*this);
  }
  /// Errors: release_failed. Nothing is owned afterwards, and closing nothing is
  /// no error.
  result<void> close(location where = location::current()) noexcept {
    return close_at(detail::site_of(where), 0);
  }
  void swap(unique &other) noexcept {
    std::swap(value_, other.value_);
    std::swap(record_, other.record_);
  }

private:
  using record = detail::ledger_record;
  static const resource_type &type() noexcept { return detail::named_by_traits<Traits>::value; }
  static bool valid(const T &value) noexcept {
    if constexpr (requires { Traits::is_valid(value); })
      return Traits::is_valid(value);
    else
      return value != Traits::invalid();
  }
  /// Says to whoever watches that the handle has an owner, or none any more.
  void own([[maybe_unused]] bool yes) noexcept {
#if HANDRAIL
    if constexpr (requires { Traits::owned(value_, yes); })
      if (valid(value_))
        Traits::owned(value_, yes);
#endif
  }
  result<void> close_at(std::uint32_t site, int how) noexcept {
    if (!valid(value_))
      return {};
    const std::uint32_t opened = record_.site();
    record_.close(site, how);
    own(false);
    int code = Traits::close(std::exchange(value_, Traits::invalid()));
    if (code == 0 && detail::release_fails())
      code = EIO;
    if (code == 0)
      return {};
    return error{.code = errc::release_failed, .os_error = code, .have = &type(), .opened = opened};
  }
  void drop() noexcept {
    if (!valid(value_))
      return;
    const int before = errno;
    // An exception that passes is how the work ended, as far as can be seen here.
    const bool unwinding = std::uncaught_exceptions() != 0;
    [[maybe_unused]] auto closed = close_at(0, unwinding ? 1 : 0);
#if HANDRAIL
    if (!closed)
      detail::note_failure({ledger::event_kind::release_failed, unwinding, &type(),
                            static_cast<std::uint64_t>(closed.error().os_error),
                            closed.error().opened, 0},
                           closed.error());
#endif
    errno = before;
  }

  T value_;
  [[no_unique_address]] record record_;
};

using unique_fd = unique<int, fd_traits>;
using unique_file = unique<std::FILE *, file_traits>;

} // namespace HANDRAIL_LEVEL_NAMESPACE

} // namespace handrail

#endif
