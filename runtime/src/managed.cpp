// Managed resources: at most one finalizer run, identities, deferred finalizers.
#include "handrail/managed.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <sys/stat.h>

namespace handrail {

namespace detail {

namespace {

/// Never destroyed: resources may be dropped until the very end.
struct managed_world {
  std::mutex mutex;
  std::map<identity, std::uint32_t> claimed; ///< with the site of the owner
  std::vector<header *> deferred;            ///< a reference each
  std::vector<weak<managed_core>> evictable;
  std::condition_variable_any finalized;
};

managed_world &world() {
  static managed_world *const w = new managed_world;
  return *w;
}

managed_core &core_in(header *h) noexcept {
  return *static_cast<managed_core *>(h->object()); // the first base of the object
}

} // namespace

std::uint64_t &token_of(managed_core &c) noexcept { return c.token_; }

identity identity_of_fd(int number) noexcept {
  static constexpr char descriptors = 0;
  struct stat s;
  if (number < 0 || fstat(number, &s) != 0)
    return {};
  return {&descriptors, static_cast<std::uint64_t>(number), s.st_dev, s.st_ino};
}

bool identity_claimed(const identity &id) noexcept {
  std::lock_guard lock(world().mutex);
  return world().claimed.count(id) != 0;
}

bool managed_core::claim(const identity &id, std::uint32_t &first) noexcept {
  if (id == identity{})
    return true;
  {
    std::lock_guard lock(world().mutex);
    auto [it, fresh] = world().claimed.emplace(id, opened);
    if (fresh) {
      identity_ = id;
      return true;
    }
    first = it->second;
  }
  note(ledger::event_kind::already_registered, type, 0, first, opened);
  return false;
}

void open_record(managed_core &core) noexcept {
  if (tracking_level.load(std::memory_order_relaxed) > 0)
    token_of(core) = ledger_open(*core.type, core.opened);
}

void managed_core::let_go() noexcept {
  if (token_)
    ledger_close(std::exchange(token_, 0), closed_.load(std::memory_order_relaxed), 0);
  if (identity_ != identity{}) {
    std::lock_guard lock(world().mutex);
    world().claimed.erase(std::exchange(identity_, {}));
  }
}

void managed_core::enlist(header *self) {
  weak<managed_core> w = arc_access::adopt<managed_core>((retain(self), self), this);
  std::lock_guard lock(world().mutex);
  world().evictable.push_back(std::move(w));
}

bool managed_core::pin() noexcept {
  std::uint64_t w = word_.load(std::memory_order_relaxed);
  while (state_of(w) == managed_state::open)
    if (word_.compare_exchange_weak(w, w + one_pin, std::memory_order_acquire,
                                    std::memory_order_relaxed))
      return true;
  return false;
}

result<void> managed_core::unpin() noexcept {
  const std::uint64_t w = word_.fetch_sub(one_pin, std::memory_order_acq_rel) - one_pin;
  if (state_of(w) != managed_state::closing || (w & pins_mask))
    return {};
  let_go();
  const result<void> outcome = finalize();
  {
    std::lock_guard lock(world().mutex);
    word_.store(std::uint64_t(managed_state::finalized) << state_shift, std::memory_order_release);
  }
  world().finalized.notify_all();
  return outcome;
}

result<void> managed_core::close(std::uint32_t site) noexcept {
  constexpr std::uint64_t closing = std::uint64_t(managed_state::closing) << state_shift;
  std::uint64_t w = word_.load(std::memory_order_relaxed);
  while (state_of(w) == managed_state::open)
    if (word_.compare_exchange_weak(w, (w | closing) + one_pin, std::memory_order_acquire,
                                    std::memory_order_relaxed)) {
      closed_.store(site, std::memory_order_relaxed);
      return unpin();
    }
  return stale();
}

result<void> managed_core::wait(std::stop_token stop) noexcept {
  std::unique_lock lock(world().mutex);
  const bool done = world().finalized.wait(lock, stop, [&] {
    return state_of(word_.load(std::memory_order_acquire)) == managed_state::finalized;
  });
  return done ? result<void>() : about(errc::cancelled);
}

errc managed_core::begin_take(std::uint32_t site) noexcept {
  std::uint64_t w = word_.load(std::memory_order_relaxed);
  while (state_of(w) == managed_state::open) {
    if (w & pins_mask)
      return errc::busy;
    if (word_.compare_exchange_weak(w, std::uint64_t(managed_state::taken) << state_shift,
                                    std::memory_order_acquire, std::memory_order_relaxed)) {
      closed_.store(site, std::memory_order_relaxed);
      let_go();
      return errc::ok;
    }
  }
  return errc::stale_handle;
}

managed_state managed_core::state() const noexcept {
  return state_of(word_.load(std::memory_order_acquire));
}

error managed_core::about(errc code) const noexcept {
  return {.code = code,
          .have = type,
          .opened = opened,
          .closed = closed_.load(std::memory_order_relaxed)};
}

error managed_core::finalizer_failed() const noexcept {
  note(ledger::event_kind::release_failed, type, 0, opened);
  return about(errc::release_failed);
}

error managed_core::stale() const noexcept {
  const error e = about(errc::stale_handle);
  note(ledger::event_kind::stale_use, type, 0, e.opened, e.closed);
  return e;
}

void managed_core::run_deferred() noexcept {
  if (state() == managed_state::open)
    (void)close(0);
}

void managed_core::drop_owner(header *self) noexcept {
  if (owners_.fetch_sub(1, std::memory_order_acq_rel) != 1 || state() != managed_state::open)
    return;
  switch (options.on_drop) {
  case on_drop::run_here:
    (void)close(0);
    return;
  case on_drop::report_only:
    note(ledger::event_kind::never_closed, type, 0, opened);
    if (begin_take(0) == errc::ok)
      forget();
    return;
  case on_drop::post:
    break;
  }
  retain(self);
  const job finalizer{[](void *h) noexcept {
                        header *block = static_cast<header *>(h);
                        core_in(block).run_deferred();
                        release(block);
                      },
                      self};
  if (options.executor)
    return options.executor.post(finalizer);
  std::lock_guard lock(world().mutex);
  world().deferred.push_back(self);
}

} // namespace detail

std::size_t collect(bool evict) {
  using namespace detail;
  std::vector<header *> ready;
  std::vector<weak<managed_core>> evictable;
  {
    std::lock_guard lock(world().mutex);
    ready.swap(world().deferred);
    std::erase_if(world().evictable, [](const auto &w) { return w.expired(); });
    if (evict)
      evictable = world().evictable;
  }
  for (header *h : ready) {
    core_in(h).run_deferred();
    release(h);
  }
  std::size_t count = ready.size();
  for (const auto &w : evictable)
    if (arc<managed_core> core = w.lock(); core && core->state() == managed_state::open)
      count += core->close(0).has_value();
  return count;
}

} // namespace handrail
