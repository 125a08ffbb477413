//===- executor.h - where jobs run that are not to run here -----*- C++ -*-===//
//
// Any executor will do that has a member post(handrail::job): deferred
// finalizers and coroutines are handed to it through an executor_ref. Two small
// ones come along, for tests, examples and programs without one:
//
//   handrail::run_loop loop;            // runs jobs on the thread that calls run()
//   handrail::thread_pool pool(4);      // runs them on threads of its own
//
// Thread safety: posting is safe from any thread. An executor outlives the jobs
// that were posted to it. Errors: post may throw std::bad_alloc.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_EXECUTOR_H
#define HANDRAIL_EXECUTOR_H

#include "detail/uses.h"

#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace handrail {

/// Something to run once.
struct job {
  void (*run)(void *data) noexcept = nullptr;
  void *data = nullptr;
  std::uint32_t test = detail::this_thread.test; ///< whom the work is for (testing.h)

  void operator()() const noexcept {
    const std::uint32_t before = detail::this_thread.test;
    if (test == before) [[likely]]
      return run(data);
    detail::work_for(test);
    run(data);
    detail::work_for(before);
  }
};

/// Refers to an executor without owning it. An empty one runs jobs at once.
class executor_ref {
public:
  constexpr executor_ref() noexcept = default;
  template <class E>
    requires(!std::same_as<E, executor_ref> && requires(E &e, job j) { e.post(j); })
  executor_ref(E &executor) noexcept
      : executor_(&executor), post_([](void *e, job j) { static_cast<E *>(e)->post(j); }) {}

  void post(job j) const { post_ ? post_(executor_, j) : j(); }
  explicit operator bool() const noexcept { return post_; }

private:
  void *executor_ = nullptr;
  void (*post_)(void *, job) = nullptr;
};

/// A queue of jobs.
class run_loop {
public:
  void post(job j) {
    {
      std::lock_guard lock(mutex_);
      jobs_.push_back(j);
    }
    changed_.notify_one();
  }
  /// Runs jobs until stop() was called and none is left.
  void run() {
    job j;
    while (next(j))
      j();
  }
  /// Runs what is there; how many jobs that were.
  std::size_t poll() {
    std::size_t count = 0;
    for (job j; try_next(j); ++count)
      j();
    return count;
  }
  void stop() noexcept {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

private:
  bool take(job &j) {
    if (jobs_.empty())
      return false;
    j = jobs_.front();
    jobs_.pop_front();
    return true;
  }
  bool try_next(job &j) {
    std::lock_guard lock(mutex_);
    return take(j);
  }
  bool next(job &j) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || !jobs_.empty(); });
    return take(j);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> jobs_;
  bool stopped_ = false;
};

/// Threads that run jobs; the destructor runs what is left and joins them.
class thread_pool {
public:
  explicit thread_pool(std::size_t threads) {
    try {
      threads_.reserve(threads);
      while (threads_.size() < threads)
        threads_.emplace_back([this] { loop_.run(); });
    } catch (...) {
      end();
      throw;
    }
  }
  ~thread_pool() { end(); }
  thread_pool(const thread_pool &) = delete;
  thread_pool &operator=(const thread_pool &) = delete;
  void post(job j) { loop_.post(j); }

private:
  void end() noexcept {
    loop_.stop();
    for (std::thread &t : threads_)
      t.join();
  }

  run_loop loop_;
  std::vector<std::thread> threads_;
};

} // namespace handrail

#endif
