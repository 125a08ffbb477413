// Closing scopes whose releases are awaited.
#include "handrail/async_scope.h"

#include "handrail/detail/closing.h"

namespace handrail::detail {

namespace {
struct async_scope_name {
  static constexpr std::string_view name = "async scope";
};
struct async_release_name {
  static constexpr std::string_view name = "async release";
};
} // namespace

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
  bool waits = true;
  try {
    // A frame that is destroyed cannot await; what need not wait still runs.
    task<scope_outcome> closing = close(cancelled{});
    std::exception_ptr error;
    root r = store_result(std::move(closing), [](scope_outcome &&) {}, error);
    const auto done = r.coroutine.promise().done;
    resume_nested(r.coroutine);
    waits = !*done;
    r.coroutine.destroy();
  } catch (const std::bad_alloc &) { // not even for the frame of the close
  }
  if (forgotten || waits)
    note(ledger::event_kind::never_closed, &named_by_traits<async_scope_name>::value, 0, site);
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
  const std::coroutine_handle<> started = run_child(std::move(child)).coroutine;
  {
    std::unique_lock lock(mutex_);
    if (ended()) {
      lock.unlock();
      started.destroy();
      throw failure(error{.code = errc::scope_ended});
    }
    ++children_;
  }
  resume(started);
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

task<scope_outcome> async_scope_core::close_as(const exit_case &ending) {
  async_mutex::guard one_at_a_time = co_await closing_.lock();
  if (closed_)
    co_return outcome_;
  exit_case how = ending;
  ended_.store(true, std::memory_order_release);
  if (!how.is_completed())
    request_stop();
  co_await join_awaiter{*this};
  if (child_error_ && !how.is_failed())
    how = exit_case::from_exception(child_error_);
  outcome_.how = std::move(how);
  while (std::unique_ptr<async_entry> entry = std::move(entries_)) {
    entries_ = std::move(entry->next);
    std::exception_ptr failed;
    const resource_type &type = named_by_traits<async_release_name>::value;
    closing_record closing(ledger_record(type, entry->site), type, 0);
    try {
      co_await entry->release(outcome_.how);
      if (release_fails())
        throw failure(error{.code = errc::release_failed, .opened = entry->site});
    } catch (...) {
      failed = std::current_exception();
    }
    closing.done(failed ? 1 : 0);
    if (!failed)
      continue;
    note_failure({ledger::event_kind::release_failed,
                  static_cast<std::uint8_t>(outcome_.how.kind()), nullptr, 0, entry->site, 0},
                 failed);
    if (outcome_.error)
      add_suppressed(outcome_.suppressed, std::move(failed));
    else
      outcome_.error = std::move(failed);
  }
  closed_ = true;
  co_return outcome_;
}

} // namespace handrail::detail
