// Closing scopes whose releases are awaited.
#include "handrail/async_scope.h"

namespace handrail::detail {

/// Suspends until the last child has ended.
struct join_awaiter {
  async_scope_core &scope;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) const noexcept {
    std::lock_guard lock(scope.mutex_);
    if (scope.children_ == 0)
      return false;
    scope.joiner_ = h;
    return true;
  }
  void await_resume() const noexcept {}
};

async_scope_core::async_scope_core(std::stop_token stop) {
  if (stop.stop_possible())
    parent_.emplace(std::move(stop), forward_stop{*this});
}

async_scope_core::~async_scope_core() {
  if (closed_)
    return;
  const bool forgotten = entries_ && !supervised_;
  const std::uint32_t site = entries_ ? entries_->site : 0;
  bool waits = false;
  {
    // A frame that is destroyed cannot await; what need not wait still runs.
    task<scope_outcome> closing = close(cancelled{});
    std::exception_ptr error;
    root r = store_result(std::move(closing), [](scope_outcome &&) {}, error);
    const auto done = r.coroutine.promise().done;
    resume_nested(r.coroutine);
    waits = !*done;
    r.coroutine.destroy();
  }
  if (forgotten || waits)
    note(ledger::event_kind::never_closed, &named_type("async scope"), 0, site);
  std::lock_guard lock(mutex_);
  if (children_)
    std::terminate(); // they refer to the scope, and nothing can wait for them here
}

void async_scope_core::add(std::unique_ptr<async_entry> &entry) {
  if (ended())
    throw failure(error{.code = errc::scope_ended, .opened = entry->site});
  entry->next = std::move(entries_);
  entries_ = std::move(entry);
}

detached async_scope_core::run_child(task<void> child) {
  std::exception_ptr error;
  try {
    co_await std::move(child).with_stop(stop_token());
  } catch (...) {
    error = std::current_exception();
  }
  child_done(std::move(error));
}

void async_scope_core::spawn(task<void> child) {
  {
    std::lock_guard lock(mutex_);
    if (ended())
      throw failure(error{.code = errc::scope_ended});
    ++children_;
  }
  resume(run_child(std::move(child)).coroutine);
}

void async_scope_core::child_done(std::exception_ptr e) noexcept {
  if (e)
    request_stop();
  std::coroutine_handle<> joiner;
  {
    std::lock_guard lock(mutex_);
    if (e && (!child_error_ || exit_case::from_exception(child_error_).is_cancelled()))
      child_error_ = std::move(e);
    if (--children_ == 0)
      joiner = std::exchange(joiner_, {});
  }
  if (joiner)
    resume(joiner);
}

task<void> async_scope_core::release_all(scope_outcome &out) {
  while (std::unique_ptr<async_entry> entry = std::move(entries_)) {
    entries_ = std::move(entry->next);
    std::exception_ptr failed;
    try {
      co_await entry->release(out.how);
    } catch (...) {
      failed = std::current_exception();
    }
    if (!failed)
      continue;
    note(ledger::event{ledger::event_kind::release_failed,
                       static_cast<std::uint8_t>(out.how.kind()), nullptr, 0, entry->site, 0});
    if (out.error)
      out.suppressed.push_back(std::move(failed));
    else
      out.error = std::move(failed);
  }
}

task<scope_outcome> async_scope_core::close(exit_case how) {
  async_mutex::guard one_at_a_time = co_await closing_.lock();
  if (closed_)
    co_return outcome_;
  ended_.store(true, std::memory_order_release);
  if (!how.is_completed())
    request_stop();
  co_await join_awaiter{*this};
  if (child_error_ && !how.is_failed())
    how = exit_case::from_exception(child_error_);
  outcome_.how = std::move(how);
  co_await uncancellable(release_all(outcome_));
  closed_ = true;
  co_return outcome_;
}

} // namespace handrail::detail
