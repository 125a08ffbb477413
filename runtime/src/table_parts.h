//===- table_parts.h - what the files of table_core share -------*- C++ -*-===//
#ifndef HANDRAIL_SRC_TABLE_PARTS_H
#define HANDRAIL_SRC_TABLE_PARTS_H

#include "handrail/detail/table_core.h"

#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

namespace handrail::detail {

/// All tables of the program. Never destroyed: reports run after everything.
struct table_registry {
  std::mutex mutex;
  table_core *first = nullptr;
  std::uint32_t next_tag = 0;
};
table_registry &tables() noexcept;

/// Monotonic ids to handles. Closed ones stay for a while, for their story.
class id_map {
public:
  explicit id_map(std::uint64_t first) : next_(first) {}

  std::uint64_t find(std::uint64_t id) const noexcept {
    std::shared_lock lock(mutex_);
    auto it = handles_.find(id);
    return it == handles_.end() ? 0 : it->second;
  }
  /// Gives the slot the next id. Allocates all that publishing needs.
  errc reserve(std::uint32_t index) noexcept {
    std::unique_lock lock(mutex_);
    if (next_ >= limit)
      return errc::ids_exhausted;
    try {
      handles_.emplace(next_, 0);
      by_slot_[index] = next_;
    } catch (const std::bad_alloc &) {
      handles_.erase(next_);
      return errc::out_of_memory;
    }
    ++next_;
    return errc::ok;
  }
  void unreserve(std::uint32_t index) noexcept {
    std::unique_lock lock(mutex_);
    handles_.erase(by_slot_[index]);
  }
  std::uint64_t publish(std::uint64_t handle, std::uint32_t index) noexcept {
    std::unique_lock lock(mutex_);
    const std::uint64_t id = by_slot_.find(index)->second;
    handles_.find(id)->second = handle;
    return id;
  }
  std::uint64_t id_of(std::uint32_t index) const noexcept {
    std::shared_lock lock(mutex_);
    auto it = by_slot_.find(index);
    return it == by_slot_.end() ? 0 : it->second;
  }
  void forget(std::uint64_t id) noexcept {
    std::unique_lock lock(mutex_);
    handles_.erase(std::exchange(closed_[turn_], id));
    turn_ = (turn_ + 1) % std::size(closed_);
  }
  void lock() noexcept { mutex_.lock(); }
  void unlock() noexcept { mutex_.unlock(); }
  bool issued(std::uint64_t id) const noexcept {
    std::shared_lock lock(mutex_);
    return id >= first_ && id < next_;
  }

private:
  static constexpr std::uint64_t limit = 0xffffffff; ///< itself never handed out

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uint64_t, std::uint64_t> handles_;
  std::unordered_map<std::uint32_t, std::uint64_t> by_slot_;
  std::uint64_t next_;
  std::uint64_t first_ = next_;
  std::uint64_t closed_[256] = {};
  std::size_t turn_ = 0;
};

class stop_map {
public:
  std::map<std::uint32_t, std::stop_source> sources;
};

/// When slots were opened, for those that were opened at a level that keeps it. Apart
/// from the slots: most programs do not ask.
class opening_times {
public:
  opening_times() = default;
  opening_times(const opening_times &) = delete;
  ~opening_times() {
    for (std::atomic<cell *> &chunk : chunks_)
      delete[] chunk.load(std::memory_order_relaxed);
  }
  /// \p place: the index, plus the size of the first chunk. Without memory, it is lost.
  void set(std::uint64_t place, std::uint64_t stamp) noexcept;
  std::optional<std::chrono::milliseconds> age(std::uint64_t place,
                                               std::uint64_t stamp) const noexcept;

private:
  /// The stamp that it is about, and below the time.
  using cell = std::atomic<std::uint64_t>;
  std::atomic<cell *> chunks_[34] = {}; ///< as the table's
};

/// Where slots are found. The older ones are kept: somebody may look into them.
struct table_core::directory {
  directory *previous;
  std::uint64_t size;
  std::uintptr_t *bases() noexcept { return reinterpret_cast<std::uintptr_t *>(this + 1); }
};

/// Free slots by their index, in the order of waiting.
struct table_core::batch {
  static constexpr std::uint32_t size = 32;

  bool empty() const noexcept { return begin == end; }
  bool full() const noexcept { return end == size; }
  std::uint32_t count() const noexcept { return end - begin; }

  batch *next = nullptr;
  std::uint32_t begin = 0, end = 0;
  std::uint32_t index[size];
};

/// Free slots at hand for one thread, and what it counts. Invariant: `fresh` and `freed`
/// are there; only the thread with its number enters it, and nobody while it is stolen; who
/// is kept out goes to the table instead. Entering needs no expensive instruction: the thief
/// runs a barrier on all threads.
struct table_core::magazine {
  ~magazine() {
    for (batch *b : {fresh, freed, spare})
      delete b;
  }
  bool enter() noexcept {
    busy_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (!has_barrier.load(std::memory_order_relaxed)) [[unlikely]]
      std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!stolen_.load(std::memory_order_acquire)) [[likely]]
      return true;
    exit();
    return false;
  }
  void exit() noexcept { busy_.store(false, std::memory_order_release); }

  void begin_steal() noexcept {
    while (stolen_.exchange(true, std::memory_order_acq_rel))
      std::this_thread::yield();
  }
  void wait_for_owner() noexcept {
    while (busy_.load(std::memory_order_acquire))
      std::this_thread::yield();
  }
  void end_steal() noexcept { stolen_.store(false, std::memory_order_release); }

  void count(std::int64_t n) noexcept {
    live.store(live.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  alignas(64) std::atomic<std::int64_t> live{0};
  batch *fresh = nullptr; ///< to be handed out
  batch *freed = nullptr; ///< to be given back
  batch *spare = nullptr; ///< an empty one

private:
  // Words of their own: a load beside a small store that was just made waits for it.
  alignas(8) std::atomic<bool> busy_{false};
  alignas(8) std::atomic<bool> stolen_{false};
};

// What every insert and close goes through: in one piece, as far as it is the usual case.

/// This thread's magazine, or null: it has no number, or a high one, or has not
/// opened anything here.
inline table_core::magazine *table_core::home() const noexcept {
  const use_record *const mine = this_thread.uses;
  return mine && mine->number < magazine_count
             ? magazines_[mine->number].load(std::memory_order_relaxed)
             : nullptr;
}

/// Keeps what is known of a slot's last object before the next one comes.
inline void table_core::remember(place at) noexcept {
  const slot *const s = at.s;
  const slot_sites &where = s->sites;
  const std::uint32_t opened = where.opened.load(std::memory_order_relaxed);
  if (!opened)
    return; // no level, no story
  if (!dead_)
    dead_ = new (std::nothrow) dead_record[dead_size]();
  if (!dead_)
    return;
  const std::uint64_t stamp = slot_word::stamp(s->word.load(std::memory_order_relaxed)) - 1;
  dead_[dead_count_++ % dead_size] = {at.index | stamp << index_bits_,
                                      s->type.load(std::memory_order_relaxed), opened,
                                      where.closed.load(std::memory_order_relaxed)};
}

/// Whether anybody announces a use of a slot that takes no new ones: its word has
/// been changed before this.
__attribute__((always_inline)) inline bool table_core::in_use(const slot *s) noexcept {
  const use_record *const b = bias_.load(std::memory_order_seq_cst);
  if (!b)
    return false;
  if (b == this_thread.uses)
    return b->announces(s->address());
  return is_in_use(s);
}

__attribute__((always_inline)) inline bool table_core::is_alone(const slot *s) noexcept {
  return slot_word::pins(s->word.load(std::memory_order_acquire)) == 1 && !in_use(s);
}

/// A slot that is at hand in a table like most, or none: reserve() asks further.
__attribute__((always_inline)) inline place table_core::reserve_quickly() noexcept {
  magazine *const m = home();
  if (!m || unusual_.load(std::memory_order_relaxed) || !m->enter()) [[unlikely]]
    return {};
  batch &fresh = *m->fresh;
  if (fresh.empty()) [[unlikely]] {
    m->exit();
    return {};
  }
  const place at = known_at(fresh.index[fresh.begin++]);
  m->exit();
  m->count(1);
  return at;
}

/// publish() of a slot whose object is there, where nothing is written down but the site.
__attribute__((always_inline)) inline std::uint64_t
table_core::publish_quickly(place at, const resource_type *type, std::uint32_t site) noexcept {
  if (ids_ || tracking_level.load(std::memory_order_relaxed) > 1 ||
      (site && !has_story_.load(std::memory_order_relaxed))) [[unlikely]]
    return publish(at, at.s->object.load(std::memory_order_relaxed), type, site);
  slot *const s = at.s;
  s->type.store(type, std::memory_order_relaxed);
  s->sites.opened.store(site, std::memory_order_relaxed);
  s->sites.closed.store(0, std::memory_order_relaxed);
  const std::uint64_t w = slot_word::opened(s->word.load(std::memory_order_relaxed));
  this_thread.opened += reported_;
  s->word.store(w, std::memory_order_release);
  return at.index | slot_word::stamp(w) << index_bits_;
}

/// The slot with the word \p w is free again; whether its table was gone. Nobody else changes
/// the word but orphan(), which keeps everybody out of the magazines, of which \p m is ours.
__attribute__((always_inline)) inline bool table_core::give_back(place at, std::uint64_t w,
                                                                 magazine *m) noexcept {
  const bool retire = spent(slot_word::stamp(w));
  if (retire) [[unlikely]]
    retired_.fetch_add(1, std::memory_order_relaxed);
  if (!m || !m->enter()) [[unlikely]]
    return give_back_slowly(at, retire);
  if (m->freed->full() && !flush(*m)) [[unlikely]] {
    m->exit();
    return give_back_slowly(at, retire);
  }
  const bool orphaned = at.s->word.load(std::memory_order_acquire) & slot_word::orphan;
  at.s->word.store(slot_word::freed(w), std::memory_order_release);
  if (!orphaned && !retire) [[likely]]
    m->freed->index[m->freed->end++] = at.index;
  m->exit(); // the last touch of a table that may have ended
  return orphaned;
}

__attribute__((always_inline)) inline void
table_core::closed(slot *s, std::uint64_t id, std::uint32_t end, bool watched) noexcept {
  if (magazine *m = home())
    m->count(-1);
  else
    live_.fetch_sub(1, std::memory_order_relaxed);
  this_thread.opened -= reported_;
  s->sites.closed.store(end, std::memory_order_relaxed);
  if (ids_)
    ids_->forget(id);
  if (reported_ && (ending_kind(end) || tracking_level.load(std::memory_order_relaxed) > 1))
      [[unlikely]]
    note_ending(s->type.load(std::memory_order_relaxed), id,
                s->sites.opened.load(std::memory_order_relaxed), end);
  if (watched) [[unlikely]]
    request_stop(s);
}

/// Turns the word of a slot into what \p next makes of it, while \p stamp opens the slot
/// and there is room for one more pin; waits while look-ups are shut out. The word
/// that it was, or 0 when nothing was changed.
template <std::memory_order Order, typename Next>
__attribute__((always_inline)) inline std::uint64_t change_open(slot *s, std::uint64_t stamp,
                                                                Next next) noexcept {
  std::uint64_t w = s->word.load(std::memory_order_relaxed);
  while (slot_word::opens(w, stamp)) {
    if (w & slot_word::exclusive) {
      std::this_thread::yield();
      w = s->word.load(std::memory_order_relaxed);
    } else if (!slot_word::can_pin(w)) {
      return 0;
    } else if (s->word.compare_exchange_weak(w, next(w), Order, std::memory_order_relaxed)) {
      return w;
    }
  }
  return 0;
}

__attribute__((always_inline)) inline place
table_core::begin_close_here(std::uint64_t id, std::uint32_t end) noexcept {
  const std::uint64_t handle = native(id);
  const auto index = static_cast<std::uint32_t>(handle & index_mask_);
  slot *s = find(index);
  if (!s)
    return {};
  const std::uint64_t was = change_open<std::memory_order_seq_cst>(
      s, handle >> index_bits_, [](std::uint64_t w) { return slot_word::closed(w, true); });
  if (!was)
    return {};
  closed(s, id, end, was & slot_word::watched);
  return {s, index};
}

/// The same for work that completed, where nothing but the entry's end is to be done: no
/// pin, no stop source, no look-up shut out, nothing to be counted or written down. With the
/// word that the slot has then. Empty in all other cases, where nothing has changed.
__attribute__((always_inline)) inline table_core::quick_close
table_core::begin_quick_close(std::uint64_t id, std::uint32_t site) noexcept {
  const std::uint64_t stamp = id >> index_bits_;
  const auto index = static_cast<std::uint32_t>(id & index_mask_);
  slot *const s = find(index, visible_);
  std::uint64_t w = slot_word::idle(stamp);
  if (!s || !slot_word::opens(w, stamp) || tracking_level.load(std::memory_order_relaxed) > 1)
      [[unlikely]]
    return {};
  magazine *const m = home();
  const std::uint64_t closed = slot_word::closed(w, true);
  if (!m || !s->word.compare_exchange_strong(w, closed, std::memory_order_seq_cst,
                                             std::memory_order_relaxed)) [[unlikely]]
    return {};
  m->count(-1);
  this_thread.opened -= reported_;
  s->sites.closed.store(site, std::memory_order_relaxed);
  return {{s, index}, closed, m};
}

/// Of a slot that nobody uses and nobody else claims.
__attribute__((always_inline)) inline void table_core::drain_here(slot *s,
                                                                  std::uint32_t index) noexcept {
  // Pairs with the release of everybody who used the object. A load instead of a
  // fence, since the thread sanitizer does not model fences.
  const std::uint64_t w = s->word.load(std::memory_order_acquire);
  if (w & slot_word::watched)
    drop_stop(s);
  // What the object's end runs may use the table, or end it: a slot in use keeps its core.
  void *object = s->object.load(std::memory_order_relaxed);
  s->object.store(object && drop_ ? drop_(object) : nullptr, std::memory_order_relaxed);
  if (give_back({s, index}, w, home())) [[unlikely]]
    release_owner();
}

} // namespace handrail::detail

#endif
