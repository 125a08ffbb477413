//===- async_resource.h - awaited acquires as values ------------*- C++ -*-===//
//
// resource.h for coroutines: the description of something to acquire, whose acquire
// and release may be tasks. Nothing happens until it is used, and each use acquires
// anew.
//
//   auto connection = handrail::make_async_resource(
//       [&]() -> handrail::task<int> {
//         co_await handrail::on(io);
//         co_return 1;
//       },
//       [&](int &) -> handrail::task<> { co_await handrail::on(io); });
//   auto both = [=](handrail::async_scope &s) -> handrail::task<int> {
//     auto [first, second] = co_await s.par_zip(connection, connection);
//     co_return first + second;
//   };
//   int sum = handrail::sync_wait(handrail::with_async_scope(both));
//
// par_zip starts every acquire before it waits for any of them. When one fails, the
// others are asked to stop, and what they acquired is released; it ends when all of
// them have ended. Released is in reverse order of the arguments, whoever was ready
// first. It continues on the thread of the one that ended last.
//
// Thread safety: a resource may be used from several threads at once if its functions
// may; of par_zip they run on different threads as far as they continue on different
// executors. Errors: as async_scope.h. Complexity: copies share the description;
// par_zip makes a scope for each argument.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_ASYNC_RESOURCE_H
#define HANDRAIL_ASYNC_RESOURCE_H

#include "async_scope.h"

#include <array>
#include <functional>
#include <tuple>

#if defined(__GNUC__) && !defined(__clang__)
// GCC takes the frame of a coroutine template for a type of this header, and warns
// when it was instantiated with a lambda.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

namespace handrail {

namespace detail {

/// Whoever waits until several coroutines have ended. Invariant: `left` counts those
/// that run, and one more until the waiter has suspended.
struct join_point {
  std::atomic<std::size_t> left{0};
  std::coroutine_handle<> waiter;
  bool leave() noexcept { return left.fetch_sub(1, std::memory_order_acq_rel) == 1; }
};

/// One of several coroutines that are waited for. Owns its frame.
class joined {
public:
  struct promise_type {
    joined get_return_object() noexcept {
      return joined(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    struct final_awaiter {
      bool await_ready() const noexcept { return false; }
      // Whoever waits destroys the frame, possibly before this returns.
      __attribute__((noinline)) void
      await_suspend(std::coroutine_handle<promise_type> h) const noexcept {
        join_point &end = *h.promise().end;
        if (end.leave())
          resume(end.waiter);
      }
      void await_resume() const noexcept {}
    };
    final_awaiter final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
    join_point *end = nullptr;
  };

  joined() noexcept = default;
  joined(joined &&other) noexcept : coroutine_(std::exchange(other.coroutine_, {})) {}
  joined &operator=(joined &&other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~joined() {
    if (coroutine_)
      coroutine_.destroy();
  }
  void start(join_point &end) noexcept {
    coroutine_.promise().end = &end;
    resume(coroutine_);
  }

private:
  explicit joined(std::coroutine_handle<promise_type> h) noexcept : coroutine_(h) {}
  std::coroutine_handle<promise_type> coroutine_;
};

/// Starts all of them, the first one first, and waits until they have ended.
template <std::size_t N> struct join_all {
  std::array<joined, N> &all;
  join_point &end; // not in here: GCC 12 copies awaiters
  bool await_ready() const noexcept { return N == 0; }
  bool await_suspend(std::coroutine_handle<> h) noexcept {
    end.waiter = h;
    end.left.store(N + 1, std::memory_order_relaxed);
    for (std::size_t i = N; i-- > 0;) // of what waits to be resumed, the last goes first
      all[i].start(end);
    return !end.leave();
  }
  void await_resume() const noexcept {}
};

} // namespace detail

inline namespace HANDRAIL_LEVEL_NAMESPACE {

/// Invariant: the function acquires into the scope it is given, and what it
/// returns lives there.
template <class T> class async_resource {
public:
  using value_type = T;

  template <class F>
    requires(std::is_invocable_r_v<task<T &>, F &, async_scope &> &&
             !std::is_same_v<std::remove_cvref_t<F>, async_resource>)
  async_resource(F f)
      : acquire_(std::make_shared<std::function<task<T &>(async_scope &)>>(std::move(f))) {}

  /// The resource has to outlive the task.
  task<T &> operator()(async_scope &s) const { return (*acquire_)(s); }

private:
  std::shared_ptr<std::function<task<T &>(async_scope &)>> acquire_;
};

/// The pair of functions that async_scope::install takes, as a value. They are copied
/// for each use.
template <class A, class R>
auto make_async_resource(A acquire, R release, location where = location::current()) {
  using made = decltype(detail::acquire_masked(acquire, std::stop_token()));
  using T = typename detail::acquired<made>::type;
  return async_resource<T>(
      [=](async_scope &s) -> task<T &> { return s.install(A(acquire), R(release), where); });
}

template <class T> task<T &> async_scope::bind(async_resource<T> r) { co_return co_await r(*this); }

/// What several acquires of one par_zip share. Scopes end in reverse order also when
/// the coroutine is destroyed while it waits.
template <std::size_t N> struct async_scope::branches {
  std::array<std::shared_ptr<async_scope>, N> scopes;
  std::array<std::exception_ptr, N> errors = {};
  detail::join_point end;

  explicit branches(const std::stop_token &stop) {
    for (auto &s : scopes) {
      s = std::make_shared<async_scope>(stop);
      s->supervise();
    }
  }
  branches(const branches &) = delete;
  ~branches() {
    for (std::size_t i = N; i-- > 0;)
      scopes[i] = nullptr;
  }
  /// Not in the co_await: GCC 12 makes the values of both branches there.
  exit_case ending(std::size_t i) const {
    return errors[i] ? exit_case::from_exception(errors[i]) : exit_case(cancelled{});
  }
  template <class T>
  detail::joined acquire(std::size_t i, const async_resource<T> &from, T *&value) {
    try {
      value = &co_await from(*scopes[i]).with_stop(scopes[i]->stop_token());
    } catch (...) {
      errors[i] = std::current_exception();
      for (auto &s : scopes)
        s->request_stop();
    }
  }
};

template <class... T>
task<std::tuple<T &...>> async_scope::par_zip(async_resource<T>... resources) {
  constexpr std::size_t n = sizeof...(T);
  if (ended())
    throw failure(error{.code = errc::scope_ended});
  check();
  branches<n> all(stop_token());
  std::tuple<T *...> values{};
  {
    const auto make = [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<detail::joined, n>{
          all.acquire(I, std::get<I>(std::tie(resources...)), std::get<I>(values))...};
    };
    auto running = make(std::make_index_sequence<n>());
    co_await detail::join_all<n>{running, all.end};
  }
  std::size_t installed = 0;
  std::exception_ptr error;
  if (const std::size_t first = detail::failure_that_counts(all.errors); first != n)
    error = all.errors[first];
  try {
    for (; !error && installed < n; ++installed)
      on_release([branch = all.scopes[installed]](const exit_case &how) -> task<> {
        if (scope_outcome end = co_await branch->close(how); !end.ok()) {
          if (end.suppressed.empty())
            std::rethrow_exception(end.error);
          throw scope_error(end.error, std::move(end.suppressed));
        }
      });
  } catch (...) {
    error = std::current_exception();
  }
  if (error) {
    // What this scope did not take over ends here, the last argument first.
    for (std::size_t i = n; i-- > installed;)
      (void)co_await all.scopes[i]->close(all.ending(i));
    std::rethrow_exception(error);
  }
  check();
  co_return std::apply([](auto *...v) { return std::tuple<T &...>(*v...); }, values);
}

} // namespace HANDRAIL_LEVEL_NAMESPACE

} // namespace handrail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
