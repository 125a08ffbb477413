// Managed resources: at most one finalizer run, identities, deferred finalizers.
#include "handrail/managed.h"

#include "locks.h"
#include "report.h"

#include "handrail/detail/amplify.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
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
  header *deferred = nullptr;                ///< a list with a reference each, the last one first
  std::vector<weak<managed_core>> evictable;
  std::condition_variable_any finalized;
  std::map<const void *, managed_core *> copies;   ///< of managed<T>, by their place
  std::map<std::uint64_t, managed_core *> records; ///< of cores whose copies are known
};

managed_world &world() {
  static managed_world *const w = new managed_world;
  return *w;
}

managed_core &core_in(header *h) noexcept {
  return *static_cast<managed_core *>(h->object()); // the first base of the object
}

} // namespace

void lock_managed() noexcept { world().mutex.lock(); }
void unlock_managed() noexcept { world().mutex.unlock(); }

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

errc managed_core::claim(const identity &id, std::uint32_t &first) noexcept {
  if (id == identity{})
    return errc::ok;
  try {
    std::lock_guard lock(world().mutex);
    auto [it, fresh] = world().claimed.emplace(id, opened);
    if (fresh) {
      identity_ = id;
      return errc::ok;
    }
    first = it->second;
  } catch (const std::bad_alloc &) {
    return errc::out_of_memory;
  }
  note(ledger::event_kind::already_registered, type, 0, first, opened);
  return errc::already_registered;
}

void open_record(managed_core &core) noexcept {
  const int level = tracking_level.load(std::memory_order_relaxed);
  if (level > 0)
    core.token_ = ledger_open(*core.type, core.opened);
  if (level < 2 || !core.token_)
    return;
  try {
    std::lock_guard lock(world().mutex);
    world().records.emplace(core.token_, &core);
    core.places_known_ = true;
  } catch (const std::bad_alloc &) {
  }
}

void managed_core::copy_at(const void *place) noexcept {
  if (!places_known_) [[likely]]
    return;
  try {
    std::lock_guard lock(world().mutex);
    world().copies[place] = this;
  } catch (const std::bad_alloc &) {
  }
}

void managed_core::copy_gone(const void *place) noexcept {
  if (!places_known_) [[likely]]
    return;
  std::lock_guard lock(world().mutex);
  world().copies.erase(place);
}

bool managed_core::keeps_itself() const noexcept {
  // How far into what a pointer points to a copy is looked for.
  constexpr std::uintptr_t reach = 256;
  const auto [begin, size] = finalizer_bytes();
  for (std::size_t at = 0; at + sizeof(void *) <= size; at += sizeof(void *)) {
    std::uintptr_t word;
    std::memcpy(&word, static_cast<const std::byte *>(begin) + at, sizeof word);
    auto it = world().copies.lower_bound(reinterpret_cast<const void *>(word));
    for (; it != world().copies.end(); ++it) {
      if (reinterpret_cast<std::uintptr_t>(it->first) - word >= reach)
        break;
      if (it->second == this)
        return true;
    }
  }
  return false;
}

/// Whether the record is of a managed object that its own finalizer keeps.
bool is_cycle(std::uint64_t token) noexcept {
  std::lock_guard lock(world().mutex);
  auto it = world().records.find(token);
  return it != world().records.end() && it->second->keeps_itself();
}

void managed_core::let_go() noexcept {
  if (token_) {
    if (places_known_) {
      std::lock_guard lock(world().mutex);
      world().records.erase(token_);
    }
    const bool taken = state() == managed_state::taken;
    ledger_close(std::exchange(token_, 0), closed_.load(std::memory_order_relaxed),
                 taken ? ended_taken : 0);
  }
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
  result<void> outcome = finalize();
  if (outcome && release_fails())
    outcome = finalizer_failed(std::make_exception_ptr(failure(about(errc::release_failed))));
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
          .closed = closed_.load(std::memory_order_relaxed),
          .ended = static_cast<std::uint8_t>(state() == managed_state::taken ? ended_taken : 0)};
}

error managed_core::finalizer_failed(const std::exception_ptr &why) const noexcept {
  note_failure({ledger::event_kind::release_failed, 0, type, 0, opened, 0}, why);
  return about(errc::release_failed);
}

error managed_core::stale() const noexcept {
  const error e = about(errc::stale_handle);
  note(ledger::event_kind::stale_use, type, 0, e.opened, e.closed);
  return e;
}

bool managed_core::evict() noexcept {
  constexpr std::uint64_t closing = std::uint64_t(managed_state::closing) << state_shift;
  std::uint64_t unused = 0;
  if (!word_.compare_exchange_strong(unused, closing + one_pin, std::memory_order_acquire,
                                     std::memory_order_relaxed))
    return false;
  (void)unpin();
  return true;
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
  try {
    if (options.executor)
      return options.executor.post(finalizer);
  } catch (...) { // it cannot take it: collect() will
  }
  std::lock_guard lock(world().mutex);
  next_deferred = std::exchange(world().deferred, self);
}

} // namespace detail

std::size_t collect(bool evict) {
  using namespace detail;
  header *deferred = nullptr;
  std::vector<weak<managed_core>> evictable;
  {
    std::lock_guard lock(world().mutex);
    std::erase_if(world().evictable, [](const auto &w) { return w.expired(); });
    if (evict)
      evictable = world().evictable;
    std::swap(deferred, world().deferred);
  }
  header *first = nullptr;
  while (header *h = deferred) { // the first one that was dropped first
    deferred = core_in(h).next_deferred;
    core_in(h).next_deferred = std::exchange(first, h);
  }
  std::size_t count = 0;
  for (header *h; (h = first); ++count) {
    first = core_in(h).next_deferred;
    core_in(h).run_deferred();
    release(h);
  }
  for (const auto &w : evictable)
    if (arc<managed_core> core = w.lock())
      count += core->evict();
  return count;
}

} // namespace handrail
