// The list of a scope, its children, and the order in which things end.
#include "handrail/resource.h"

#include <algorithm>

namespace handrail {

namespace detail {

namespace {

/// Not a plain vector: a destructor of another static may still end a scope after
/// this thread's variables are gone.
thread_local std::vector<std::exception_ptr> *suppressed_errors = nullptr;
thread_local bool suppressed_gone = false;
struct suppressed_end {
  ~suppressed_end() {
    delete std::exchange(suppressed_errors, nullptr);
    suppressed_gone = true;
  }
};

void fail_release_in_turn() {
  if (release_fails())
    throw failure(error{.code = errc::release_failed});
}

struct ended_marker final : scope_entry {
  void release(const exit_case &) override {}
};

/// Stands in the place of the list once it has been taken.
scope_entry *ended_entry() noexcept {
  static ended_marker *const marker = new ended_marker;
  return marker;
}

std::string describe(const std::exception_ptr &e) {
  try {
    std::rethrow_exception(e);
  } catch (const std::exception &known) {
    return known.what();
  } catch (...) {
    return "unknown exception";
  }
}

} // namespace

void set_last_suppressed(std::vector<std::exception_ptr> errors) noexcept {
  if (!suppressed_errors) {
    if (errors.empty() || suppressed_gone)
      return;
    static thread_local suppressed_end at_end;
    (void)&at_end;
    suppressed_errors = new (std::nothrow) std::vector<std::exception_ptr>;
    if (!suppressed_errors)
      return;
  }
  suppressed_errors->swap(errors);
}

void add_suppressed(std::vector<std::exception_ptr> &all, std::exception_ptr e) noexcept {
  try {
    all.push_back(std::move(e));
  } catch (const std::bad_alloc &) {
  }
}

/// A failure counts more than the cancellations that it caused.
std::size_t failure_that_counts(std::span<const std::exception_ptr> errors) noexcept {
  std::size_t counts = errors.size();
  for (std::size_t i = errors.size(); i-- > 0;)
    if (errors[i] &&
        (counts == errors.size() || !exit_case::from_exception(errors[i]).is_cancelled() ||
         exit_case::from_exception(errors[counts]).is_cancelled()))
      counts = i;
  return counts;
}

scope_outcome copy_outcome(const scope_outcome &o) noexcept {
  scope_outcome copy{o.how, o.error, {}};
  try {
    copy.suppressed = o.suppressed;
  } catch (const std::bad_alloc &) {
  }
  return copy;
}

scope_core::scope_core(std::stop_token stop) : exceptions_before_(std::uncaught_exceptions()) {
  if (stop.stop_possible())
    parent_.emplace(std::move(stop), forward_stop{*this});
}

scope_core::~scope_core() {
  if (!ended())
    (void)close(std::uncaught_exceptions() > exceptions_before_ ? exit_case(failed{})
                                                                : exit_case(completed{}));
}

bool scope_core::ended() const noexcept {
  return entries_.load(std::memory_order_acquire) == ended_entry();
}

void scope_core::add(std::unique_ptr<scope_entry> &entry) {
  scope_entry *head = entries_.load(std::memory_order_relaxed);
  do {
    if (head == ended_entry())
      throw failure(error{.code = errc::scope_ended, .opened = entry->site});
    entry->next = head;
  } while (!entries_.compare_exchange_weak(head, entry.get(), std::memory_order_release,
                                           std::memory_order_relaxed));
  (void)entry.release();
}

void scope_core::add_child(const std::function<std::thread()> &start) {
  std::lock_guard lock(mutex_);
  if (closing_)
    throw failure(error{.code = errc::scope_ended});
  children_.reserve(children_.size() + 1); // a thread that runs has its place
  children_.push_back(start());
}

void scope_core::child_failed(std::exception_ptr e) noexcept {
  {
    std::lock_guard lock(mutex_);
    // A child that was cancelled because another failed has nothing to add.
    if (!child_error_ || exit_case::from_exception(child_error_).is_cancelled())
      child_error_ = std::move(e);
  }
  request_stop();
}

scope_outcome scope_core::close(exit_case how) noexcept {
  std::vector<std::thread> children;
  {
    std::unique_lock lock(mutex_);
    if (closing_) {
      // From inside a release there is nothing to wait for.
      if (closer_ == std::this_thread::get_id())
        return copy_outcome(outcome_);
      lock.unlock();
      closed_.wait(false, std::memory_order_acquire);
      return copy_outcome(outcome_);
    }
    closing_ = true;
    closer_ = std::this_thread::get_id();
    children.swap(children_);
  }
  cancellation_shield shield;
  if (!how.is_completed())
    request_stop(); // children need not go on
  for (std::thread &t : children)
    t.join();
  if (child_error_ && !how.is_failed())
    how = exit_case::from_exception(child_error_);
  scope_outcome out{.how = how, .error = nullptr, .suppressed = {}};
  // Last in, first out; each entry is gone before the next one is released.
  for (scope_entry *e = entries_.exchange(ended_entry(), std::memory_order_acq_rel); e;) {
    std::unique_ptr<scope_entry> entry(e);
    e = e->next;
    std::exception_ptr failed = guarded([&] {
      entry->release(how);
      fail_release_in_turn();
    });
    if (!failed)
      continue;
    note_failure({ledger::event_kind::release_failed, static_cast<std::uint8_t>(how.kind()),
                  nullptr, 0, entry->site, 0},
                 failed);
    if (out.error)
      add_suppressed(out.suppressed, std::move(failed));
    else
      out.error = std::move(failed);
  }
  outcome_ = std::move(out);
  scope_outcome copy = copy_outcome(outcome_); // the others may end the scope at once
  closed_.store(true, std::memory_order_release);
  closed_.notify_all();
  return copy;
}

std::size_t run_parallel(const std::vector<std::function<void()>> &jobs,
                         const std::function<void()> &stop_all,
                         std::vector<std::exception_ptr> &errors) {
  errors.assign(jobs.size(), nullptr);
  const std::uint32_t test = this_thread.test;
  const auto run = [&](std::size_t i) {
    work_for(test);
    try {
      jobs[i]();
    } catch (abi::__forced_unwind &) {
      throw;
    } catch (...) {
      errors[i] = std::current_exception();
      stop_all();
    }
  };
  {
    struct joined {
      std::vector<std::thread> threads;
      ~joined() {
        for (std::thread &t : threads)
          t.join();
      }
    } others;
    others.threads.reserve(jobs.size());
    for (std::size_t i = 1; i < jobs.size(); ++i) {
      try {
        others.threads.emplace_back(run, i);
      } catch (const std::exception &) {
        run(i); // no thread to be had, or no memory for one
      }
    }
    if (!jobs.empty())
      run(0);
  }
  return failure_that_counts(errors);
}

} // namespace detail

const std::vector<std::exception_ptr> &last_suppressed() noexcept {
  static const std::vector<std::exception_ptr> none;
  return detail::suppressed_errors ? *detail::suppressed_errors : none;
}

namespace {
/// A nested_exception takes what is being handled.
std::nested_exception nest(const std::exception_ptr &e) noexcept {
  try {
    std::rethrow_exception(e);
  } catch (...) {
    return {};
  }
}
} // namespace

scope_error::scope_error(std::exception_ptr primary, std::vector<std::exception_ptr> suppressed)
    : std::nested_exception(nest(primary)), primary_(std::move(primary)),
      suppressed_(std::move(suppressed)), text_("release failed: " + detail::describe(primary_)) {
  if (!suppressed_.empty())
    text_ += " (and " + std::to_string(suppressed_.size()) + " more)";
}

} // namespace handrail
