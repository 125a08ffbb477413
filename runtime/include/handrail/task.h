//===- task.h - a lazy coroutine ---------------------------------*- C++ -*-===//
//
//   handrail::task<int> size_of(std::string name) {
//     co_await handrail::on(io_threads);              // continue there
//     handrail::unique_fd file(open(name.c_str(), O_RDONLY));
//     co_await handrail::cancellation_point();        // may throw cancelled_error
//     co_return measure(file.get());
//   }
//   int n = handrail::sync_wait(size_of("a.txt"));
//
// A task starts when it is awaited, and its awaiter continues when it ends. It
// carries the stop token of whoever awaits it; co_await this_stop_token() gives
// it, and uncancellable(task) hides it. A task that is destroyed while it waits
// takes what it awaits with it; it must not be in an executor's queue then.
//
// Awaiting a task does not deepen the stack: coroutines are resumed from a loop
// at the bottom of it, so that a million awaits that need not wait are no
// problem, whatever the compiler does with tail calls.
//
// Thread safety: a task belongs to one thread at a time. Errors: what the
// coroutine throws comes out of co_await. Complexity: one allocation per task.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_TASK_H
#define HANDRAIL_TASK_H

#include "detail/amplify.h"
#include "executor.h"
#include "exit_case.h"

#include <atomic>
#include <coroutine>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#if defined(__GNUC__) && !defined(__clang__)
// GCC takes the frame of a coroutine template for a type of this header, and warns
// when it was instantiated with a lambda.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

namespace handrail {

template <class T = void> class task;

namespace detail {

/// Runs \p h as soon as the coroutine that runs on this thread suspends, or at
/// once when there is none.
HANDRAIL_API void resume(std::coroutine_handle<> h);
/// Runs \p h, and what it resumes on this thread, before it returns.
HANDRAIL_API void resume_nested(std::coroutine_handle<> h);

inline job resumption(std::coroutine_handle<> h) noexcept {
  return {[](void *frame) noexcept { resume(std::coroutine_handle<>::from_address(frame)); },
          h.address()};
}

struct stop_token_query {};
struct stop_point {};

struct stop_token_awaiter {
  std::stop_token token;
  bool throws;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  std::stop_token await_resume() const {
    if (throws && (token.stop_requested() || (token.stop_possible() && stops_here())))
      throw cancelled_error();
    return token;
  }
};

class promise_base {
public:
  std::suspend_always initial_suspend() const noexcept { return {}; }
  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class P> void await_suspend(std::coroutine_handle<P> h) const noexcept {
      if (std::coroutine_handle<> next = h.promise().continuation)
        resume(next);
    }
    void await_resume() const noexcept {}
  };
  final_awaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }

  template <class A> A &&await_transform(A &&awaitable) const noexcept {
    return static_cast<A &&>(awaitable);
  }
  stop_token_awaiter await_transform(stop_token_query) const noexcept { return {stop, false}; }
  stop_token_awaiter await_transform(stop_point) const noexcept { return {stop, true}; }

  /// What an awaiting parent hands down, unless the task has a token of its own.
  void inherit(const std::stop_token &token) noexcept {
    if (!own_token)
      stop = token;
  }

  std::coroutine_handle<> continuation;
  std::stop_token stop;
  bool own_token = false;
  std::exception_ptr exception;
};

template <class T> class promise : public promise_base {
public:
  task<T> get_return_object() noexcept;
  template <class U = T>
    requires std::is_constructible_v<T, U &&>
  void return_value(U &&value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    if (exception)
      std::rethrow_exception(exception);
    return std::move(*value_);
  }

private:
  std::optional<T> value_;
};

template <class T> class promise<T &> : public promise_base {
public:
  task<T &> get_return_object() noexcept;
  void return_value(T &value) noexcept { value_ = &value; }
  T &take() {
    if (exception)
      std::rethrow_exception(exception);
    return *value_;
  }

private:
  T *value_ = nullptr;
};

template <> class promise<void> : public promise_base {
public:
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() {
    if (exception)
      std::rethrow_exception(exception);
  }
};

} // namespace detail

/// Invariant: owns a coroutine that has not started or is being awaited, or is
/// empty after a move.
template <class T> class [[nodiscard]] task {
public:
  using promise_type = detail::promise<T>;
  using value_type = T;

  task(task &&other) noexcept : coroutine_(std::exchange(other.coroutine_, {})) {}
  task &operator=(task &&other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~task() {
    if (coroutine_)
      coroutine_.destroy();
  }

  struct awaiter {
    std::coroutine_handle<promise_type> child;
    bool await_ready() const noexcept { return false; }
    template <class P> void await_suspend(std::coroutine_handle<P> parent) const {
      if constexpr (std::is_base_of_v<detail::promise_base, P>)
        child.promise().inherit(parent.promise().stop);
      child.promise().continuation = parent;
      detail::resume(child);
    }
    T await_resume() const { return child.promise().take(); }
  };
  awaiter operator co_await() && noexcept { return {coroutine_}; }

  /// The token that the task sees instead of its awaiter's.
  task with_stop(std::stop_token token) && noexcept {
    coroutine_.promise().stop = std::move(token);
    coroutine_.promise().own_token = true;
    return std::move(*this);
  }

private:
  friend promise_type;
  explicit task(std::coroutine_handle<promise_type> h) noexcept : coroutine_(h) {}
  std::coroutine_handle<promise_type> coroutine_;
};

template <class T> inline constexpr bool is_task = false;
template <class T> inline constexpr bool is_task<task<T>> = true;

template <class T> task<T> detail::promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<promise>::from_promise(*this));
}
template <class T> task<T &> detail::promise<T &>::get_return_object() noexcept {
  return task<T &>(std::coroutine_handle<promise>::from_promise(*this));
}
inline task<void> detail::promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<promise>::from_promise(*this));
}

/// co_await this_stop_token() gives the task's token without suspending.
inline detail::stop_token_query this_stop_token() noexcept { return {}; }
/// co_await cancellation_point() throws cancelled_error if a stop was requested.
inline detail::stop_point cancellation_point() noexcept { return {}; }
/// The task with a token that never stops.
template <class T> task<T> uncancellable(task<T> t) {
  return std::move(t).with_stop(std::stop_token());
}

/// co_await on(executor) continues there.
inline auto on(executor_ref executor) noexcept {
  struct awaiter {
    executor_ref executor;
    bool await_ready() const noexcept { return !executor; }
    void await_suspend(std::coroutine_handle<> h) const { executor.post(detail::resumption(h)); }
    void await_resume() const noexcept {}
  };
  return awaiter{executor};
}

namespace detail {
/// The coroutine at the bottom of a chain: starts when asked, tells when it ends.
struct root {
  struct promise_type {
    root get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    struct final_awaiter {
      bool await_ready() const noexcept { return false; }
      __attribute__((noinline)) void
      await_suspend(std::coroutine_handle<promise_type> h) const noexcept {
        // Whoever waits may destroy the frame as soon as it is set.
        const std::shared_ptr<std::atomic<bool>> done = h.promise().done;
        done->store(true, std::memory_order_release);
        done->notify_all();
      }
      void await_resume() const noexcept {}
    };
    final_awaiter final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
    std::shared_ptr<std::atomic<bool>> done = std::make_shared<std::atomic<bool>>(false);
  };
  std::coroutine_handle<promise_type> coroutine;
};

template <class T, class Store> root store_result(task<T> t, Store store, std::exception_ptr &e) {
  try {
    if constexpr (std::is_void_v<T>)
      co_await std::move(t);
    else
      store(co_await std::move(t));
  } catch (...) {
    e = std::current_exception();
  }
}
} // namespace detail

/// Runs the task and blocks this thread until it has ended.
template <class T> T sync_wait(task<T> t, std::stop_token stop = {}) {
  using stored = std::conditional_t<
      std::is_void_v<T>, char,
      std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T> *, T>>;
  std::optional<stored> value;
  std::exception_ptr error;
  const auto store = [&value](auto &&v) {
    if constexpr (std::is_reference_v<T>)
      value.emplace(&v);
    else
      value.emplace(std::forward<decltype(v)>(v));
  };
  detail::root r = detail::store_result(std::move(t).with_stop(std::move(stop)), store, error);
  const auto done = r.coroutine.promise().done;
  detail::resume_nested(r.coroutine);
  done->wait(false, std::memory_order_acquire);
  r.coroutine.destroy();
  if (error)
    std::rethrow_exception(error);
  if constexpr (std::is_reference_v<T>)
    return **value;
  else if constexpr (!std::is_void_v<T>)
    return std::move(*value);
}

/// One user at a time, in the order of asking, over suspensions.
///
///   auto lock = co_await mutex.lock(co_await this_stop_token());
///
/// A stop while waiting throws cancelled_error out of the co_await.
class async_mutex {
public:
  class [[nodiscard]] guard {
  public:
    explicit guard(async_mutex &m) noexcept : mutex_(&m) {}
    guard(guard &&other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    guard &operator=(guard &&other) noexcept {
      std::swap(mutex_, other.mutex_);
      return *this;
    }
    ~guard() {
      if (mutex_)
        mutex_->unlock();
    }

  private:
    async_mutex *mutex_;
  };

  class waiter {
  public:
    waiter(async_mutex &m, std::stop_token stop) : mutex_(m), stop_(std::move(stop)) {}
    waiter(waiter &&other) noexcept : mutex_(other.mutex_), stop_(std::move(other.stop_)) {}
    /// Also when the coroutine is destroyed while it waits.
    ~waiter() {
      std::lock_guard lock(mutex_.mutex_);
      if (queued_)
        mutex_.remove(this);
    }
    bool await_ready() const noexcept { return stop_.stop_requested(); }
    bool await_suspend(std::coroutine_handle<> h) {
      coroutine_ = h;
      // Before it can be found in the queue: once it is there, another thread
      // may continue the coroutine and end this object.
      callback_.emplace(stop_, on_stop{*this});
      std::lock_guard lock(mutex_.mutex_);
      if (cancelled_)
        return false;
      if (!mutex_.locked_) {
        owns_ = mutex_.locked_ = true;
        return false;
      }
      queued_ = true;
      (mutex_.last_ ? mutex_.last_->next_ : mutex_.first_) = this;
      mutex_.last_ = this;
      return true;
    }
    guard await_resume() {
      callback_.reset();
      if (!owns_)
        throw cancelled_error();
      return guard(mutex_);
    }

  private:
    friend class async_mutex;
    struct on_stop {
      waiter &self;
      void operator()() const noexcept { self.cancel(); }
    };
    void cancel() noexcept {
      {
        std::lock_guard lock(mutex_.mutex_);
        if (owns_)
          return;
        cancelled_ = true;
        if (!queued_)
          return;
        mutex_.remove(this);
      }
      detail::resume(coroutine_);
    }

    async_mutex &mutex_;
    std::stop_token stop_;
    std::coroutine_handle<> coroutine_;
    std::optional<std::stop_callback<on_stop>> callback_;
    waiter *next_ = nullptr;
    bool queued_ = false, owns_ = false, cancelled_ = false;
  };

  waiter lock(std::stop_token stop = {}) { return waiter(*this, std::move(stop)); }

private:
  void unlock() noexcept {
    waiter *next;
    {
      std::lock_guard lock(mutex_);
      next = first_;
      if (!next) {
        locked_ = false;
        return;
      }
      first_ = next->next_;
      if (!first_)
        last_ = nullptr;
      next->queued_ = false;
      next->owns_ = true;
    }
    detail::resume(next->coroutine_);
  }
  void remove(waiter *w) noexcept {
    waiter *before = nullptr;
    for (waiter *x = first_; x != w; x = x->next_)
      before = x;
    (before ? before->next_ : first_) = w->next_;
    if (last_ == w)
      last_ = before;
    w->queued_ = false;
  }

  std::mutex mutex_;
  waiter *first_ = nullptr, *last_ = nullptr;
  bool locked_ = false;
};

} // namespace handrail

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif
