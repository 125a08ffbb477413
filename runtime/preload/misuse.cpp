// What was done wrong, the ends of lives, and the history.
#include "core.h"
#include "system.h"

#include <cstring>

namespace handrail::preload {

namespace {

std::uint64_t key_of(const wrong &w, std::uint32_t here) noexcept {
  std::uint64_t h = static_cast<std::uint64_t>(w.what) << 8 | static_cast<std::uint64_t>(w.handle);
  for (const std::uint32_t stack : {here, w.opened, w.closed})
    h = (h ^ stack) * 0x9e3779b97f4a7c15u;
  return h | 1;
}

region::misuse *misuses() noexcept { return section<region::misuse>(region::misuses_at); }

} // namespace

std::uint32_t misused(hook &here, const wrong &w) noexcept {
  const std::uint32_t stack = here.stack();
  const std::uint64_t key = key_of(w, stack);
  for (std::size_t i = 0; i < region::misuse_count; ++i) {
    const std::size_t at = (key / 2 + i) % region::misuse_count;
    if (!usable(region::misuses_at + at * sizeof(region::misuse), sizeof(region::misuse)))
      return 0;
    region::misuse &m = misuses()[at];
    std::uint64_t found = 0;
    const bool mine = m.key.compare_exchange_strong(found, key, std::memory_order_acq_rel);
    if (!mine && found != key)
      continue;
    header().told.store(1, std::memory_order_relaxed);
    if (m.count.fetch_add(1, std::memory_order_relaxed) == 0) {
      m.rule = static_cast<std::uint8_t>(w.what);
      m.kind = static_cast<std::uint8_t>(w.handle);
      m.owner = static_cast<std::uint8_t>(w.owner);
      m.value = w.value;
      m.here = stack;
      m.opened = w.opened;
      m.closed = w.closed;
      m.owner_opened = w.owner_opened;
      m.thread = thread_id();
      m.opened_by = w.opened_by;
      m.closed_by = w.closed_by;
      m.at = now();
      m.name = w.name;
      m.test = self.test;
      std::strncpy(m.call, here.call(), sizeof m.call - 1);
      if (region::is_descriptor(w.handle))
        if (const record *r = descriptor(static_cast<int>(w.value)))
          if (const region::death *before =
                  previous_life(static_cast<std::uint32_t>(w.value),
                                region::generation_of(r->word.load(std::memory_order_relaxed)))) {
            m.previous_opened = before->opened;
            m.previous_closed = before->closed;
          }
      reinterpret_cast<std::atomic<std::uint8_t> &>(m.ready).store(1, std::memory_order_release);
    }
    if (options.level > 2)
      happened(here, 3, w.handle, w.value);
    return static_cast<std::uint32_t>(at) + 1;
  }
  count_lost();
  return 0;
}

void take_back(std::uint32_t misuse) noexcept {
  if (misuse)
    misuses()[misuse - 1].count.fetch_sub(1, std::memory_order_relaxed);
}

void take_back(hook &here, rule what) noexcept {
  for (std::size_t i = 0; i < region::misuse_count; ++i) {
    if (!usable(region::misuses_at + i * sizeof(region::misuse), sizeof(region::misuse)))
      return;
    region::misuse &m = misuses()[i];
    if (m.count.load(std::memory_order_relaxed) && m.rule == static_cast<std::uint8_t>(what) &&
        m.here == here.stack())
      m.count.fetch_sub(1, std::memory_order_relaxed);
  }
}

void buried(std::uint32_t fd, const record &r) noexcept {
  const std::uint32_t n = header().deaths.fetch_add(1, std::memory_order_relaxed);
  const std::size_t at = region::deaths_at + n % region::death_count * sizeof(region::death);
  if (!usable(at, sizeof(region::death)))
    return;
  region::death &d = *section<region::death>(at);
  d.value = fd;
  d.generation = region::generation_of(r.word.load(std::memory_order_relaxed));
  d.opened = r.opened;
  d.closed = r.closed;
  d.thread = r.closed_by;
  d.at = now();
}

const region::death *previous_life(std::uint32_t fd, std::uint32_t generation) noexcept {
  const std::uint32_t n = header().deaths.load(std::memory_order_relaxed);
  const std::uint32_t count =
      n < region::death_count ? n : static_cast<std::uint32_t>(region::death_count);
  for (std::uint32_t back = 1; back <= count; ++back) {
    const auto *d = section<region::death>(region::deaths_at) + (n - back) % region::death_count;
    if (d->value == fd && d->generation + 1 == generation)
      return d;
  }
  return nullptr;
}

namespace {

bool has_ended(std::uint32_t thread) noexcept {
  const int saved = errno;
  const bool none = ::syscall(SYS_tgkill, sys::process(), thread, 0) != 0 && errno == ESRCH;
  errno = saved;
  return none;
}

/// A ring for this thread; those of threads that ended are used again when no other is left.
region::ring *own_ring() noexcept {
  auto *rings = section<region::ring>(region::rings_at);
  if (self.ring)
    return rings + self.ring - 1;
  for (const bool again : {false, true})
    for (std::size_t i = 0; i < region::ring_count; ++i) {
      if (!usable(region::rings_at + i * sizeof(region::ring), sizeof(region::ring)))
        return nullptr;
      std::uint32_t owner = rings[i].owner.load(std::memory_order_relaxed);
      if (owner && !(again && has_ended(owner)))
        continue;
      if (rings[i].owner.compare_exchange_strong(owner, thread_id(), std::memory_order_acq_rel)) {
        self.ring = static_cast<std::uint32_t>(i) + 1;
        return rings + i;
      }
    }
  count_lost();
  return nullptr;
}

} // namespace

void happened(hook &here, std::uint8_t what, kind k, std::uint64_t value) noexcept {
  region::ring *ring = own_ring();
  if (!ring)
    return;
  const std::uint32_t n = ring->next.fetch_add(1, std::memory_order_relaxed) + 1;
  region::event &e = ring->events[n % region::ring::size];
  e.sequence.store(0, std::memory_order_release);
  e.what = what;
  e.kind = static_cast<std::uint8_t>(k);
  e.thread_low = static_cast<std::uint16_t>(thread_id());
  e.at = now();
  e.stack = here.stack();
  e.value = value;
  e.sequence.store(n, std::memory_order_release);
}

} // namespace handrail::preload
