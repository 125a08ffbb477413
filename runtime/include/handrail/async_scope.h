//===- async_scope.h - scopes whose releases are awaited --------*- C++ -*-===//
//
// The rules of scope.h for coroutines: acquire and release may be tasks, and may
// continue on another executor.
//
//   handrail::task<int> session(handrail::executor_ref io) {
//     co_return co_await handrail::with_async_scope(
//         [io](handrail::async_scope &s) -> handrail::task<int> {
//           auto &c = co_await s.install([&] { return connect(); },
//                                        [io](connection &c) -> handrail::task<> {
//                                          co_await handrail::on(io);
//                                          co_await c.shutdown();
//                                        });
//           s.spawn(heartbeat(c));          // ends before c is released
//           co_return co_await c.query();
//         });
//   }
//
// Acquire and release do not see the stop token. A coroutine that is destroyed
// while it waits cannot await: its scope then releases as cancelled what does not
// need to wait, and what does is reported (never_closed). The same happens to an
// async_scope that nobody closed; if children still run then, the program ends.
//
// Thread safety: installing belongs to the coroutine that has the scope; children
// may run anywhere. A release that is a task needs memory for its frame: when there
// is none, that is a failed release. A release does not await the close of its own scope. Errors
// and their order: as scope.h. Complexity: one allocation per install, and the coroutine frames.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_ASYNC_SCOPE_H
#define HANDRAIL_ASYNC_SCOPE_H

#include "scope.h"
#include "task.h"

#include <tuple>

#if defined(__GNUC__) && !defined(__clang__)
// GCC takes the frame of a coroutine template for a type of this header, and warns
// when it was instantiated with a lambda.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

namespace handrail {

namespace detail {

struct async_entry {
  virtual ~async_entry() = default;
  virtual task<void> release(exit_case how) = 0;
  std::unique_ptr<async_entry> next;
  std::uint32_t site = 0;
};

template <class F, class... Args>
task<void> call_async_release(F &f, exit_case how, Args &...args) {
  const auto call = [&]() -> decltype(auto) {
    if constexpr (std::is_invocable_v<F &, Args &..., const exit_case &>)
      return f(args..., how);
    else
      return f(args...);
  };
  if constexpr (is_task<std::remove_cvref_t<decltype(call())>>) {
    using T = typename std::remove_cvref_t<decltype(call())>::value_type;
    if constexpr (std::is_same_v<T, result<void>>) {
      if (auto done = co_await uncancellable(call()); !done)
        throw failure(done.error());
    } else {
      co_await uncancellable(call());
    }
  } else {
    call_release(f, how, args...);
    co_return;
  }
}

template <class T, class R> struct async_value_entry final : async_entry {
  explicit async_value_entry(R &&r) : release_function(std::move(r)) {}
  task<void> release(exit_case how) override {
    return call_async_release(release_function, std::move(how), *value);
  }
  [[no_unique_address]] R release_function;
  std::optional<T> value; ///< there before the entry is added
};

template <class R> struct async_release_entry final : async_entry {
  explicit async_release_entry(R &&r) : release_function(std::move(r)) {}
  task<void> release(exit_case how) override {
    return call_async_release(release_function, std::move(how));
  }
  [[no_unique_address]] R release_function;
};

/// What an acquire comes to: its task's value, its result's value, its value.
template <class T> struct acquired {
  using type = decltype(unwrap(std::declval<T>()));
};
template <class T> struct acquired<task<T>> : acquired<T> {};

/// Runs on its own; owned by nobody.
struct detached {
  struct promise_type {
    detached get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
  std::coroutine_handle<> coroutine;
};

/// Invariant: every entry is released once, by the one close() that runs.
class HANDRAIL_API async_scope_core {
public:
  explicit async_scope_core(std::stop_token stop);
  async_scope_core(const async_scope_core &) = delete;
  async_scope_core &operator=(const async_scope_core &) = delete;

  /// Waits for the children, releases everything and says what failed. A second
  /// close waits for the first, and gives its outcome.
  task<scope_outcome> close(exit_case how) { co_return co_await close_as(how); }
  bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }
  std::stop_token stop_token() const noexcept { return own_.get_token(); }
  void request_stop() noexcept { own_.request_stop(); }
  void check() const {
    if (stops_here())
      own_.request_stop();
    if (own_.stop_requested())
      throw cancelled_error();
  }
  /// Starts the task at once. The scope ends after it.
  void spawn(task<void> child);
  std::exception_ptr child_error() const noexcept { return child_error_; }

protected:
  ~async_scope_core();
  /// The same; \p how is looked at when it starts. Allocates nothing after that but
  /// what releases need.
  task<scope_outcome> close_as(const exit_case &how);
  /// Throws failure(scope_ended), the entry then being the caller's.
  void add(std::unique_ptr<async_entry> &entry);
  /// Ended by with_async_scope: nobody forgot anything.
  bool supervised_ = false;

private:
  struct forward_stop {
    async_scope_core &scope;
    void operator()() const noexcept { scope.own_.request_stop(); }
  };
  detached run_child(task<void> child);
  void child_done(std::exception_ptr e) noexcept;

  std::unique_ptr<async_entry> entries_;
  std::atomic<bool> ended_{false};
  bool closed_ = false;
  mutable std::stop_source own_;
  std::optional<std::stop_callback<forward_stop>> parent_;
  async_mutex closing_;
  scope_outcome outcome_;

  std::mutex mutex_; ///< guards what follows
  std::size_t children_ = 0;
  std::exception_ptr child_error_;
  std::coroutine_handle<> joiner_;
  friend struct join_awaiter;
};

} // namespace detail

inline namespace HANDRAIL_LEVEL_NAMESPACE {

template <class T> class async_resource;

class async_scope : public detail::async_scope_core {
public:
  explicit async_scope(std::stop_token stop = {}) : async_scope_core(std::move(stop)) {}

  /// As scope::install, where acquire and release may also return tasks.
  template <class A, class R>
  auto install(A acquire, R release, location where = location::current())
      -> task<typename detail::acquired<
          decltype(detail::acquire_masked(acquire, std::stop_token()))>::type &> {
    using made = decltype(detail::acquire_masked(acquire, std::stop_token()));
    using T = typename detail::acquired<made>::type;
    using entry_type = detail::async_value_entry<T, R>;
    if (ended())
      throw failure(error{.code = errc::scope_ended});
    check();
    // First all that may fail, so that what is acquired has its release.
    auto owned = std::make_unique<entry_type>(std::move(release));
    std::optional<T> &place = owned->value;
    std::unique_ptr<detail::async_entry> entry = std::move(owned);
    if constexpr (is_task<made>)
      place.emplace(
          detail::unwrap(co_await uncancellable(detail::acquire_masked(acquire, stop_token()))));
    else
      place.emplace(detail::unwrap(detail::acquire_masked(acquire, stop_token())));
    T &value = *place;
    entry->site = detail::site_of(where);
    bool late = false;
    try {
      add(entry);
    } catch (const failure &) {
      late = true;
    }
    if (late) {
      co_await entry->release(cancelled{});
      throw failure(error{.code = errc::scope_ended});
    }
    check();
    co_return value;
  }
  /// release(const exit_case &) or release(), possibly a task. Throws
  /// failure(scope_ended) after the end, without running it.
  template <class R> void on_release(R release, location where = location::current()) {
    std::unique_ptr<detail::async_entry> entry =
        std::make_unique<detail::async_release_entry<R>>(std::move(release));
    entry->site = detail::site_of(where);
    add(entry);
  }
  template <class F> void on_failure(F f) {
    on_release([f = std::move(f)](const exit_case &how) mutable {
      if (!how.is_completed())
        f();
    });
  }
  template <class F> void on_success(F f) {
    on_release([f = std::move(f)](const exit_case &how) mutable {
      if (how.is_completed())
        f();
    });
  }
  template <class T> task<T &> bind(async_resource<T> r);
  /// Acquires all of them at the same time: see async_resource.h.
  template <class... T> task<std::tuple<T &...>> par_zip(async_resource<T>... resources);

private:
  template <std::size_t N> struct branches;
  template <class F> friend auto with_async_scope(F f) -> std::invoke_result_t<F &, async_scope &>;
  void supervise() noexcept { supervised_ = true; }
  task<scope_outcome> closes_as(const exit_case &how) { return close_as(how); }
};

/// Awaits f(async_scope &), closes the scope, and returns or throws what comes of
/// it, in the order of scope.h.
template <class F> auto with_async_scope(F f) -> std::invoke_result_t<F &, async_scope &> {
  using R = typename std::invoke_result_t<F &, async_scope &>::value_type;
  async_scope s(co_await this_stop_token());
  s.supervise();
  std::optional<std::conditional_t<std::is_void_v<R>, char, R>> value;
  exit_case how;
  std::exception_ptr error;
  auto closing = s.closes_as(how); // its frame is there before anything is acquired
  try {
    if constexpr (std::is_void_v<R>) {
      co_await f(s);
    } else {
      value.emplace(co_await f(s));
      how = exit_traits<R>::of(*value);
    }
  } catch (...) {
    how = exit_case::from_exception(error = std::current_exception());
  }
  scope_outcome end = co_await std::move(closing);
  if (!error && s.child_error())
    how = exit_case::from_exception(error = s.child_error());
  if (end.error && !how.is_failed())
    throw scope_error(end.error, std::move(end.suppressed));
  if (end.error)
    end.suppressed.insert(end.suppressed.begin(), end.error);
  detail::set_last_suppressed(std::move(end.suppressed));
  if (error)
    std::rethrow_exception(error);
  if constexpr (!std::is_void_v<R>)
    co_return std::move(*value);
}

} // namespace HANDRAIL_LEVEL_NAMESPACE

} // namespace handrail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
