//===- table_core.h - slots, ids and stories, without types -----*- C++ -*-===//
//
// What every table is made of. Slots lie in chunks that never move and double in
// size, so that a look-up is two loads and one compare-and-swap and takes no
// lock. Free slots wait in a queue behind one mutex, which is held for a few
// instructions and never while foreign code runs. What an entry's object is, the
// core does not know: `drop` is called with it when the last pin is gone.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_DETAIL_TABLE_CORE_H
#define HANDRAIL_DETAIL_TABLE_CORE_H

#include "../ledger.h"
#include "slot.h"

#include <bit>
#include <mutex>
#include <stop_token>
#include <thread>

namespace handrail::detail {

class id_map;
class stop_map;

struct core_options {
  std::string_view name;
  std::uint8_t index_bits = 32;
  std::uint8_t generation_bits = 24;
  std::uint8_t tag_bits = 8;
  bool monotonic = false;       ///< ids are a counter and never used again
  bool reported = true;         ///< entries count as leaks
  std::uint32_t quarantine = 0; ///< free slots to keep before one is used again
  std::uint64_t capacity = ~std::uint64_t(0);
  std::uint64_t first_id = 1; ///< of monotonic ids
  void (*drop)(void *object) noexcept = nullptr;
};

/// Invariant: `used_` slots have been handed out at least once; each of them is
/// live, closed and pinned, free, or retired. A slot whose generations are used
/// up is retired: no handle is ever given out twice.
class HANDRAIL_API table_core {
public:
  /// Null when memory runs out.
  static table_core *create(const core_options &options) noexcept;
  /// No new entries, and no entry is live. Goes when the last pin has gone.
  void orphan() noexcept;

  /// The id's slot with one pin if it is live, else null; explain() says why.
  slot *try_pin(std::uint64_t id) noexcept {
    const std::uint64_t handle = native(id);
    slot *s = find(handle & index_mask_);
    if (!s)
      return nullptr;
    const std::uint64_t stamp = handle >> index_bits_;
    std::uint64_t w = s->word.load(std::memory_order_relaxed);
    while (slot_word::opens(w, stamp)) {
      if (!slot_word::can_pin(w)) [[unlikely]] {
        if (!(w & slot_word::exclusive))
          return nullptr;
        std::this_thread::yield();
        w = s->word.load(std::memory_order_relaxed);
      } else if (s->word.compare_exchange_weak(w, w + slot_word::pin, std::memory_order_acquire,
                                               std::memory_order_relaxed)) {
        return s;
      }
    }
    return nullptr;
  }

  /// The slot if it is live, without a pin: the caller excludes closing.
  slot *peek(std::uint64_t id) noexcept {
    const std::uint64_t handle = native(id);
    slot *s = find(handle & index_mask_);
    if (s && slot_word::opens(s->word.load(std::memory_order_acquire), handle >> index_bits_))
      return s;
    return nullptr;
  }

  void unpin(slot *s) noexcept {
    const std::uint64_t w = s->word.fetch_sub(slot_word::pin, std::memory_order_release);
    if (slot_word::drained(w - slot_word::pin)) [[unlikely]]
      drain(s);
  }

  /// A slot to publish, or null with \p why set.
  slot *reserve(errc &why) noexcept;
  void unreserve(slot *s) noexcept;
  /// Makes the slot live; the id that opens it.
  std::uint64_t publish(slot *s, void *object, const resource_type *type,
                        std::uint32_t site) noexcept;

  /// Closes the entry and returns its slot, pinned for the caller; null if
  /// somebody else was faster or the id does not open anything.
  slot *begin_close(std::uint64_t id, std::uint32_t site) noexcept;
  /// The same for an entry the caller has a pin on: the pin stays.
  bool close_pinned(slot *s, std::uint64_t id, std::uint32_t site) noexcept;
  /// Shuts look-ups out for a moment, which then wait. Only without any pin.
  /// Busy, stale_handle, or ok with the slot in \p out.
  errc lock(std::uint64_t id, slot *&out) noexcept;
  void unlock(slot *s) noexcept {
    s->word.fetch_and(~slot_word::exclusive, std::memory_order_release);
  }
  /// From locked to closed, with one pin for the caller.
  void close_locked(slot *s, std::uint64_t id, std::uint32_t site) noexcept;

  /// Requested when the entry is closed. Only with a pin.
  std::stop_token watch(slot *s, std::uint64_t id);

  /// Why \p id did not open what the caller wanted.
  error explain(std::uint64_t id, const resource_type *want) noexcept;
  /// The error of \p code about a slot that the caller has pinned.
  error about(errc code, const slot *s, std::uint64_t id, const resource_type *want) const noexcept;

  std::size_t size() const noexcept { return live_.load(std::memory_order_relaxed); }
  std::uint32_t retired() const noexcept { return retired_.load(std::memory_order_relaxed); }
  std::string_view name() const noexcept { return name_; }
  std::uint64_t id_of(const slot *s) const noexcept;
  const slot_sites &sites(const slot *s) const noexcept;
  bool reported() const noexcept { return reported_; }

  /// Calls \p f with every live slot, pinned, in the order of slots.
  void for_each(void (*f)(void *context, table_core &core, slot *s), void *context);
  /// The same for every table of the program that is reported.
  static void for_each_core(void (*f)(void *context, table_core &core), void *context);

private:
  explicit table_core(const core_options &options);
  ~table_core();
  table_core(const table_core &) = delete;

  static constexpr unsigned first_bits = 6; ///< the first chunk has 64 slots
  static constexpr std::uint64_t first_size = std::uint64_t(1) << first_bits;

  slot *find(std::uint64_t index) const noexcept {
    const std::uint64_t n = index + first_size;
    const unsigned k = static_cast<unsigned>(std::bit_width(n)) - 1 - first_bits;
    slot *chunk = chunks_[k].load(std::memory_order_acquire);
    return chunk ? chunk + (n ^ (first_size << k)) : nullptr;
  }
  std::uint64_t native(std::uint64_t id) const noexcept { return ids_ ? look_up(id) : id; }
  std::uint64_t look_up(std::uint64_t id) const noexcept;
  std::uint64_t generation_of(std::uint64_t stamp) const noexcept {
    return stamp & ((std::uint64_t(1) << generation_bits_) - 1);
  }
  bool add_chunk(std::uint64_t index) noexcept;
  void drain(slot *s) noexcept;
  void recycle(slot *s) noexcept; ///< with mutex_
  bool spent(const slot *s) const noexcept;
  void remember(const slot *s) noexcept;
  void recall(error &e, std::uint64_t handle) noexcept;
  void release_owner() noexcept;
  void closed(slot *s, std::uint64_t id, std::uint32_t site, bool watched) noexcept;

  std::uint64_t index_mask_;
  std::uint8_t index_bits_;
  std::uint8_t generation_bits_;
  bool reported_;
  id_map *ids_ = nullptr;
  std::atomic<slot *> chunks_[34] = {};

  /// What is still known of a slot's earlier object.
  struct dead_record {
    std::uint64_t handle;
    const resource_type *type;
    std::uint32_t opened, closed;
  };
  static constexpr std::size_t dead_size = 1024;

  std::mutex mutex_;           ///< guards what follows, down to dead_count_
  slot_sites *sites_[34] = {}; ///< written before the chunk is published
  std::uint64_t used_ = 0;
  std::uint32_t free_head_ = 0, free_tail_ = 0;
  std::uint64_t free_count_ = 0;
  dead_record *dead_ = nullptr; ///< ring of the last dead_size, made when needed
  std::uint64_t dead_count_ = 0;

  std::atomic<std::size_t> live_{0};
  std::atomic<std::uint32_t> retired_{0};
  std::atomic<std::size_t> owners_{1}; ///< the table, and each slot pinned past its end
  std::uint64_t capacity_;
  std::uint64_t quarantine_;
  std::uint64_t tag_;
  void (*drop_)(void *) noexcept;
  stop_map *stops_ = nullptr; ///< made by the first watch, under mutex_
  std::string name_;
  table_core *previous_ = nullptr, *next_ = nullptr; ///< all tables of the program
};

} // namespace handrail::detail

#endif
