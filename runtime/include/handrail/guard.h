//===- guard.h - run something when a scope is left -------------*- C++ -*-===//
//
//   char *copy = strdup(name);
//   handrail::on_exit free_copy([&] { free(copy); });
//   if (list.add(copy))
//     free_copy.disarm();      // it has an owner now
//
// on_failure runs only when the scope is left by an exception, on_success only
// when it is not. Both ask std::uncaught_exceptions, which a coroutine that
// moves to another thread makes meaningless: there, use scope::on_failure and
// on_success, which are told how the work ended.
//
// A guard that is not named dies at once; compilers warn. What a guard's function
// throws does not leave the destructor: it is an event in the ledger
// (release_failed), or the end of the program when release_policy says so.
//
// What has to be awaited cannot run in a destructor: async_guard makes sure that
// somebody closes it, and reports when nobody did. protect(body, finally) is the
// form for functions.
//
// Thread safety: none; guards belong to one scope. Errors: see above.
// Complexity: no allocation; as large as the function and one byte.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_GUARD_H
#define HANDRAIL_GUARD_H

#include "detail/closing.h"
#include "ledger.h"

#include <cxxabi.h>
#include <exception>
#include <functional>
#include <type_traits>

namespace handrail {

/// What happens when a guard's function throws.
enum class release_policy { swallow, terminate };
HANDRAIL_API void set_release_policy(release_policy policy) noexcept;

namespace detail {
HANDRAIL_API void guard_failed() noexcept;
/// For programs without the ledger: only the policy.
HANDRAIL_API void guard_failed_untracked() noexcept;

inline namespace HANDRAIL_LEVEL_NAMESPACE {
template <class F> void run_guard(F &f) noexcept {
  if constexpr (std::is_nothrow_invocable_v<F &>) {
    f();
  } else {
    try {
      f();
    } catch (abi::__forced_unwind &) {
      std::terminate(); // it can be neither swallowed nor thrown again here
    } catch (...) {
#if HANDRAIL
      guard_failed();
#else
      guard_failed_untracked();
#endif
    }
  }
}

/// Invariant: `before_` is negative once disarmed.
template <class F, bool OnFailure> class conditional_guard {
  static_assert(std::is_invocable_v<F &>);
  static_assert(std::is_nothrow_move_constructible_v<F>);

public:
  [[nodiscard]] explicit conditional_guard(F f) noexcept
      : function_(std::move(f)), before_(std::uncaught_exceptions()) {}
  [[nodiscard]] conditional_guard(conditional_guard &&other) noexcept
      : function_(std::move(other.function_)), before_(std::exchange(other.before_, -1)) {}
  conditional_guard &operator=(conditional_guard &&) = delete;
  ~conditional_guard() {
    if (before_ >= 0 && (std::uncaught_exceptions() > before_) == OnFailure)
      run_guard(function_);
  }
  F disarm() noexcept {
    before_ = -1;
    return std::move(function_);
  }

private:
  [[no_unique_address]] F function_;
  int before_;
};

struct async_guard_name {
  static constexpr std::string_view name = "async guard";
};
} // namespace HANDRAIL_LEVEL_NAMESPACE
} // namespace detail

inline namespace HANDRAIL_LEVEL_NAMESPACE {

/// Runs its function when the scope ends, however it ends.
template <class F> class guard {
  static_assert(std::is_invocable_v<F &>);
  static_assert(std::is_nothrow_move_constructible_v<F>);

public:
  [[nodiscard]] explicit guard(F f) noexcept : function_(std::move(f)) {}
  [[nodiscard]] guard(guard &&other) noexcept
      : function_(std::move(other.function_)), armed_(std::exchange(other.armed_, false)) {}
  guard &operator=(guard &&) = delete;
  ~guard() {
    if (armed_)
      detail::run_guard(function_);
  }
  /// The function will not run; it is the caller's now. Doing it twice is
  /// harmless, and there is no way back: make a new guard.
  F disarm() noexcept {
    armed_ = false;
    return std::move(function_);
  }

private:
  [[no_unique_address]] F function_;
  bool armed_ = true;
};

/// The same by the name that goes with the two below. The C library has a
/// function of this name: write handrail::on_exit.
template <class F> class on_exit : public guard<F> {
public:
  using guard<F>::guard;
};
template <class F> on_exit(F) -> on_exit<F>;

template <class F> class on_failure : public detail::conditional_guard<F, true> {
public:
  using detail::conditional_guard<F, true>::conditional_guard;
};
template <class F> on_failure(F) -> on_failure<F>;

template <class F> class on_success : public detail::conditional_guard<F, false> {
public:
  using detail::conditional_guard<F, false>::conditional_guard;
};
template <class F> on_success(F) -> on_success<F>;

/// Holds the function whose call starts an asynchronous close.
///
///   handrail::async_guard closing([&] { return connection.close(); });
///   co_await closing.close();
///
/// When it is destroyed before, that is an event (never_closed) with the place
/// where it was made, and the fallback runs if there is one. A close that is a task is
/// watched to its end: see detail/closing.h.
template <class F, class Fallback = void (*)()> class async_guard {
public:
  [[nodiscard]] explicit async_guard(F close, Fallback fallback = {},
                                     location where = location::current())
      : close_(std::move(close)), fallback_(std::move(fallback)), record_(type(), where) {}
  async_guard(async_guard &&) = delete;
  ~async_guard() {
    if (!armed_)
      return;
#if HANDRAIL
    detail::note(ledger::event_kind::never_closed, &type(), 0, record_.site());
#endif
    if constexpr (std::is_same_v<Fallback, void (*)()>) {
      if (fallback_)
        detail::run_guard(fallback_);
    } else {
      detail::run_guard(fallback_);
    }
  }
  /// What the function returns, to be awaited. Only once.
  decltype(auto) close(location where = location::current()) {
    armed_ = false;
#if HANDRAIL
    using made = decltype(close_());
    if constexpr (detail::close_watch<made>::awaits)
      return detail::close_watch<made>::watch(
          close_(), detail::closing_record(std::move(record_), type(), detail::site_of(where)));
    else
#endif
    {
      record_.close(detail::site_of(where));
      return close_();
    }
  }
  void disarm() noexcept {
    armed_ = false;
    record_.close();
  }

private:
  static const resource_type &type() noexcept {
    return detail::named_by_traits<detail::async_guard_name>::value;
  }

  [[no_unique_address]] F close_;
  [[no_unique_address]] Fallback fallback_;
  bool armed_ = true;
  [[no_unique_address]] detail::ledger_record record_;
};

/// What protect() throws when only its second function failed; the cause is
/// nested in it.
class finally_raised : public std::exception, public std::nested_exception {
public:
  const char *what() const noexcept override { return "the final function failed"; }
};

/// body(), and then \p finally whether it returned or threw. The body's exception
/// goes first: the other one is then an event.
template <class Body, class Finally>
auto protect(Body &&body, Finally &&finally) -> std::invoke_result_t<Body> {
  on_exit cleanup([&] { std::invoke(finally); });
  struct run_finally {
    Finally &finally;
    void operator()() const {
      try {
        std::invoke(finally);
      } catch (abi::__forced_unwind &) {
        throw;
      } catch (...) {
        throw finally_raised();
      }
    }
  } last{finally};
  if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
    std::invoke(std::forward<Body>(body));
    (void)cleanup.disarm();
    last();
  } else {
    auto value = std::invoke(std::forward<Body>(body));
    (void)cleanup.disarm();
    last();
    return value;
  }
}

} // namespace HANDRAIL_LEVEL_NAMESPACE

} // namespace handrail

#endif
