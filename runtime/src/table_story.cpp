// What is said about handles that do not open anything.
#include "table_parts.h"

#include <ctime>
#include <new>

namespace handrail::detail {

void table_core::recall(error &e, std::uint64_t handle) noexcept {
  if (!dead_)
    return;
  for (std::uint64_t i = 0; i < dead_size; ++i)
    if (dead_[i].handle == handle) {
      e.have = dead_[i].type;
      e.opened = dead_[i].opened;
      e.closed = ending_site(dead_[i].closed);
      e.ended = ending_kind(dead_[i].closed);
    }
}

error table_core::about(errc code, const slot *s, std::uint64_t id,
                        const resource_type *want) const noexcept {
  const slot_sites &where = s->sites;
  const std::uint32_t end = where.closed.load(std::memory_order_relaxed);
  return {.code = code,
          .id = id,
          .want = want,
          .have = s->type.load(std::memory_order_relaxed),
          .opened = where.opened.load(std::memory_order_relaxed),
          .closed = ending_site(end),
          .ended = ending_kind(end)};
}

error table_core::explain(std::uint64_t id, const resource_type *want) noexcept {
  error e{.code = errc::invalid_handle, .id = id, .want = want};
  const std::uint64_t handle = native(id);
  if (ids_ && handle == 0) {
    e.code = ids_->issued(id) ? errc::stale_handle : errc::invalid_handle;
    return e;
  }
  const std::uint64_t stamp = handle >> index_bits_;
  const std::uint64_t tag = stamp >> generation_bits_;
  if (tag != tag_) {
    table_registry &all = tables();
    std::lock_guard lock(all.mutex);
    for (table_core *c = all.first; c; c = c->next_)
      if (c->tag_ == tag && tag != 0)
        e.code = errc::wrong_table;
    return e;
  }
  std::lock_guard lock(mutex_);
  if ((handle & index_mask_) >= used_ || !(stamp & 1))
    return e;
  const slot *s = find(handle & index_mask_);
  const std::uint64_t w = s->word.load(std::memory_order_acquire);
  if (slot_word::opens(w, stamp)) {
    const bool other = want && want != s->type.load(std::memory_order_relaxed);
    return about(other ? errc::wrong_type : errc::refcount_overflow, s, id, want);
  }
  if (!slot_word::live(w) && slot_word::stamp(w) == tag_ << generation_bits_)
    return e; // nothing was ever here
  const std::uint64_t last = slot_word::live(w) ? slot_word::stamp(w) : slot_word::stamp(w) - 1;
  const std::uint64_t all_bits = (std::uint64_t(1) << generation_bits_) - 1;
  if (generation_of(stamp) > (spent(slot_word::stamp(w)) ? all_bits : generation_of(last)))
    return e; // not handed out yet
  if (!slot_word::live(w) && (last & all_bits) == generation_of(stamp))
    return about(errc::stale_handle, s, id, want);
  e.code = errc::stale_handle;
  recall(e, handle);
  return e;
}

namespace {

/// In units of 2^24 ns, of which 32 bits are two years.
constexpr unsigned time_shift = 24;
std::uint32_t now() noexcept {
#if defined(CLOCK_MONOTONIC_COARSE) // a quarter of the price
  constexpr clockid_t clock = CLOCK_MONOTONIC_COARSE;
#else
  constexpr clockid_t clock = CLOCK_MONOTONIC;
#endif
  timespec t{};
  ::clock_gettime(clock, &t);
  const std::uint64_t ns =
      static_cast<std::uint64_t>(t.tv_sec) * 1000000000 + static_cast<std::uint64_t>(t.tv_nsec);
  return static_cast<std::uint32_t>(ns >> time_shift);
}

} // namespace

void opening_times::set(std::uint64_t place, std::uint64_t stamp) noexcept {
  const int k = 63 - __builtin_clzll(place);
  cell *chunk = chunks_[k].load(std::memory_order_acquire);
  if (!chunk) {
    cell *made = new (std::nothrow) cell[std::size_t(1) << k]();
    if (!made)
      return;
    if (chunks_[k].compare_exchange_strong(chunk, made, std::memory_order_acq_rel))
      chunk = made;
    else
      delete[] made;
  }
  chunk[place - (std::uint64_t(1) << k)].store(stamp << 32 | now(), std::memory_order_relaxed);
}

std::optional<std::chrono::milliseconds> opening_times::age(std::uint64_t place,
                                                            std::uint64_t stamp) const noexcept {
  const int k = 63 - __builtin_clzll(place);
  const cell *chunk = chunks_[k].load(std::memory_order_acquire);
  const std::uint64_t kept =
      chunk ? chunk[place - (std::uint64_t(1) << k)].load(std::memory_order_relaxed) : 0;
  if (kept >> 32 != stamp)
    return std::nullopt;
  const std::uint64_t units = now() - static_cast<std::uint32_t>(kept);
  return std::chrono::milliseconds((units << time_shift) / 1000000);
}

void table_core::note_opening(std::uint64_t index, std::uint64_t stamp) noexcept {
  opening_times *times = times_.load(std::memory_order_acquire);
  if (!times) {
    auto *made = new (std::nothrow) opening_times;
    if (!made)
      return;
    if (times_.compare_exchange_strong(times, made, std::memory_order_acq_rel))
      times = made;
    else
      delete made;
  }
  times->set(index + first_size, stamp);
}

std::optional<std::chrono::milliseconds> table_core::age_of(const slot *s) const noexcept {
  const opening_times *times = times_.load(std::memory_order_acquire);
  if (!times)
    return std::nullopt;
  const std::uint64_t w = s->word.load(std::memory_order_relaxed);
  return times->age(index_of(s) + first_size, slot_word::stamp(w) - !slot_word::live(w));
}

} // namespace handrail::detail
