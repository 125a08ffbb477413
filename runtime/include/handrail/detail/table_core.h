//===- table_core.h - slots, ids and stories, without types -----*- C++ -*-===//
//
// What every table is made of. Slots lie in chunks that never move and double in
// size; a directory says where each 64 of them begin, so that a look-up is a shift, two
// loads and an addition, and takes no lock. Free slots wait in a
// queue; threads take them from it, and give them back, a handful at a time
// (magazines), so that its mutex is rarely held, and never while foreign code runs.
// What an entry's object is, the core does not know: `drop` is called with it when
// the last use is over.
//
// What look-ups rely on:
//
//  1. A slot's memory stays until the core goes, and a core goes after every slot in use,
//     every reference of a report, and every thread that is leaving one of its slots.
//  2. Each stamp is live once. A word only grows in its upper half, until the slot is
//     retired: whoever has read it can tell each later state from it, and no handle opens
//     what it was not made for.
//  3. A closer changes the word, and then looks for announcements; a user announces, and
//     then looks at the word. All four are ordered (uses.h), so one sees the other: an
//     object is used only while its entry was open after the announcement.
//  4. A closed slot is claimed once, by a compare-and-swap that finds no pin, after a
//     look that found no announcement. None can come that counts: new ones see that the
//     entry is closed. Who leaves looks again, so the last one out does find it.
//  5. From claim to give_back() the slot is its claimer's alone; its end is published by a
//     store of the word, and it reaches another thread through the mutex of the queue, or
//     by a stolen magazine. An announcement of an earlier handle that is still there then
//     makes the slot look used, which delays an end, and its leaver brings it about.
//  6. Whether a thread's announcement needs an interlocked instruction, bias_ says, which
//     changes from a thread's record or quiet() to `everybody` with a barrier on all
//     threads in between. A record goes to another thread only when its own has ended.
//  7. A fork copies the words and cells of threads that do not exist in the child: their
//     uses stay for ever, and what they were only leaving is let go.
//
// 2 to 5, and the changes of 6, are what the model check of SlotTest.cpp explores.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_DETAIL_TABLE_CORE_H
#define HANDRAIL_DETAIL_TABLE_CORE_H

#include "../ledger.h"
#include "slot.h"
#include "uses.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>

namespace handrail::detail {

class id_map;
class opening_times;
class stop_map;

/// Counts how a reported entry ended, and at level 3 writes it to the history.
void note_ending(const resource_type *type, std::uint64_t id, std::uint32_t opened,
                 std::uint32_t end) noexcept;

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
  /// May give memory to be kept with the free slot, of which discard() is the end.
  void *(*drop)(void *object) noexcept = nullptr;
  void (*discard)(void *memory) noexcept = nullptr;
};

/// One use of a live entry: announced in a cell, or else a pin in the slot.
class slot_use {
public:
  constexpr slot_use() noexcept = default;
  explicit slot_use(use_cell *cell) noexcept : bits_(reinterpret_cast<std::uintptr_t>(cell) | 1) {}
  explicit slot_use(detail::slot *pinned) noexcept : bits_(pinned ? pinned->address() : 0) {}
  explicit operator bool() const noexcept { return bits_; }
  /// Null for a pin.
  use_cell *cell() const noexcept {
    return bits_ & 1 ? reinterpret_cast<use_cell *>(bits_ - 1) : nullptr;
  }
  detail::slot *slot() const noexcept {
    use_cell *c = cell();
    return reinterpret_cast<detail::slot *>(c ? c->load(std::memory_order_relaxed) : bits_);
  }

private:
  std::uintptr_t bits_ = 0;
};

/// A slot that is to be published.
struct place {
  slot *s = nullptr;
  std::uint32_t index = 0;
  explicit operator bool() const noexcept { return s; }
};

/// Invariant: each slot below `used_` is live, closed and in use, free, or
/// retired. A slot whose generations are used up is retired: no handle is ever
/// given out twice.
class HANDRAIL_API table_core {
public:
  /// Null when memory runs out.
  static table_core *create(const core_options &options) noexcept;
  /// No new entries from here on.
  void seal() noexcept {
    sealed_.store(true, std::memory_order_relaxed);
    unusual_.store(true, std::memory_order_relaxed);
  }
  /// No entry is live any more. Goes when the last use is over.
  void orphan() noexcept;

  /// What a look-up comes to without any call.
  struct quick_use {
    slot *s = nullptr;        ///< opened by the id, and used; or null
    use_cell *cell = nullptr; ///< announces the use, or one that go_on() looks at
  };
  __attribute__((always_inline)) quick_use use_quickly(std::uint64_t id) noexcept {
    slot *const s = find(id & index_mask_, visible_);
    use_record *const mine = this_thread.uses;
    if (!s || !mine) [[unlikely]]
      return {};
    use_cell *cell = &mine->cells[0];
    if (cell->load(std::memory_order_relaxed)) [[unlikely]] {
      cell = &mine->cells[1]; // a second use is not rare; go_on() looks for more
      if (cell->load(std::memory_order_relaxed))
        return {};
    }
    // Release: whoever looks at the cell next knows that the use before is over.
    cell->store(s->address(), std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    const use_record *const b = bias_.load(std::memory_order_acquire);
    if (b != mine) [[unlikely]]
      if (b != quiet()) [[unlikely]]
        return {nullptr, cell};
    const std::uint64_t w = s->word.load(std::memory_order_seq_cst);
    if (slot_word::opens(w, id >> index_bits_) && !(w & slot_word::exclusive)) [[likely]]
      return {s, cell};
    return {nullptr, cell};
  }
  /// The use of the id's slot if it is live, which then is \p out; explain() says why not.
  /// \p announced: where use_quickly() stopped.
  slot_use go_on(use_cell *announced, std::uint64_t id, slot *&out) noexcept;
  slot_use try_use(std::uint64_t id, slot *&out) noexcept {
    const quick_use use = use_quickly(id);
    out = use.s;
    return use.s ? slot_use(use.cell) : go_on(use.cell, id, out);
  }
  __attribute__((always_inline)) void end_use(slot_use use) noexcept {
    if (use_cell *cell = use.cell()) [[likely]]
      leave(cell, use.slot());
    else
      unpin(use.slot());
  }

  /// The id's slot with one pin if it is live, else null.
  slot *try_pin(std::uint64_t id) noexcept;
  /// The slot if it is live, without a pin: the caller excludes closing.
  slot *peek(std::uint64_t id) noexcept {
    slot *s = find(id & index_mask_, visible_);
    if (!s) [[unlikely]]
      return peek_slowly(id);
    if (slot_word::opens(s->word.load(std::memory_order_acquire), id >> index_bits_)) [[likely]]
      return s;
    return nullptr;
  }
  void unpin(slot *s) noexcept {
    std::uint64_t w = s->word.load(std::memory_order_relaxed);
    while (slot_word::live(w) || slot_word::pins(w) > 1) [[likely]]
      if (s->word.compare_exchange_weak(w, w - slot_word::pin, std::memory_order_release,
                                        std::memory_order_relaxed))
        return;
    unpin_last(s);
  }

  /// A slot to publish, or none with \p why set. Counts as live.
  place reserve(errc &why) noexcept;
  void unreserve(place at) noexcept;
  /// The memory that was kept with a reserved slot, or null. The caller's from here on.
  static void *take_kept(place at) noexcept {
    void *kept = at.s->object.load(std::memory_order_relaxed);
    if (kept)
      at.s->object.store(nullptr, std::memory_order_relaxed);
    return kept;
  }
  /// Makes the slot live; the id that opens it.
  std::uint64_t publish(place at, void *object, const resource_type *type,
                        std::uint32_t site) noexcept;

  /// Closes the entry and returns its slot, pinned for the caller; null if
  /// somebody else was faster or the id does not open anything. \p end: where and how,
  /// see ending().
  slot *begin_close(std::uint64_t id, std::uint32_t end) noexcept;
  /// Nobody but the closer, who has a pin, can reach the slot's object through it.
  bool is_alone(const slot *s) noexcept;
  /// unpin() for a closer.
  void finish_close(slot *s) noexcept;
  /// The same for an entry the caller has a pin on: the pin stays.
  bool close_pinned(slot *s, std::uint64_t id, std::uint32_t end) noexcept;
  /// Shuts look-ups out for a moment, which then wait. Only without any use.
  /// Busy, stale_handle, or ok with the slot in \p out.
  errc lock(std::uint64_t id, slot *&out) noexcept;
  void unlock(slot *s) noexcept {
    s->word.fetch_and(~slot_word::exclusive, std::memory_order_release);
  }
  /// From locked to closed, with one pin for the caller.
  void close_locked(slot *s, std::uint64_t id, std::uint32_t end) noexcept;

  /// Requested when the entry is closed. Only with a pin.
  std::stop_token watch(slot *s, std::uint64_t id);

  /// Why \p id did not open what the caller wanted.
  error explain(std::uint64_t id, const resource_type *want) noexcept;
  /// The error of \p code about a slot that the caller has pinned.
  error about(errc code, const slot *s, std::uint64_t id, const resource_type *want) const noexcept;

  std::size_t size() const noexcept;
  std::uint32_t retired() const noexcept { return retired_.load(std::memory_order_relaxed); }
  std::string_view name() const noexcept { return name_; }
  /// Of a slot that is live or in use.
  std::uint64_t id_of(const slot *s) const noexcept;
  bool reported() const noexcept { return reported_; }
  /// How long ago a pinned slot's entry was opened, to some 20 ms. Known at level 2.
  std::optional<std::chrono::milliseconds> age_of(const slot *s) const noexcept;

  /// Calls \p f with every live slot, pinned, and its id, in the order of slots.
  void for_each(void (*f)(void *context, table_core &core, slot *s, std::uint64_t id),
                void *context);
  /// The id of the last live slot before \p index, which becomes that slot's; 0 if
  /// there is none.
  std::uint64_t last_live(std::uint64_t &index) noexcept;
  std::uint64_t slot_count() noexcept;
  /// The same for every table of the program that is reported.
  static void for_each_core(void (*f)(void *context, table_core &core), void *context);

private:
  explicit table_core(const core_options &options);
  ~table_core();
  table_core(const table_core &) = delete;

  static constexpr unsigned first_bits = 6; ///< the first chunk has 64 slots
  static constexpr std::uint64_t first_size = std::uint64_t(1) << first_bits;

  slot *find(std::uint64_t index) const noexcept { return find(index, known_); }
  slot *find(std::uint64_t index, const std::atomic<std::uint64_t> &count) const noexcept {
    const std::uint64_t n = index >> first_bits;
    if (n >= count.load(std::memory_order_acquire)) [[unlikely]]
      return nullptr;
    const std::uintptr_t *bases = bases_.load(std::memory_order_acquire);
    slot *s = reinterpret_cast<slot *>(bases[n] + index * sizeof(slot));
    if (!s)
      __builtin_unreachable();
    return s;
  }
  place at_index(std::uint32_t index) const noexcept { return {find(index), index}; }
  /// Of a slot that this thread has got already.
  place known_at(std::uint32_t index) const noexcept {
    const std::uintptr_t *bases = bases_.load(std::memory_order_acquire);
    return {reinterpret_cast<slot *>(bases[index >> first_bits] + index * sizeof(slot)), index};
  }
  std::uint32_t index_of(const slot *s) const noexcept;
  std::uint64_t native(std::uint64_t id) const noexcept { return ids_ ? look_up(id) : id; }
  std::uint64_t look_up(std::uint64_t id) const noexcept;
  std::uint64_t generation_of(std::uint64_t stamp) const noexcept {
    return stamp & ((std::uint64_t(1) << generation_bits_) - 1);
  }
  std::uint64_t handle_of(std::uint64_t index, std::uint64_t w) const noexcept {
    const std::uint64_t live = slot_word::stamp(w) - !slot_word::live(w);
    return index | live << index_bits_;
  }

  __attribute__((always_inline)) void leave(use_cell *cell, slot *s) noexcept {
    if (use_record::owns(this_thread.uses, cell)) [[likely]]
      cell->store(s->address() | use_record::leaving, std::memory_order_release);
    else
      leave_visibly(cell, s);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (slot_word::live(s->word.load(std::memory_order_seq_cst))) [[likely]]
      cell->store(0, std::memory_order_release);
    else
      leave_closed(cell, s);
  }
  slot *peek_slowly(std::uint64_t id) noexcept;
  slot_use not_opened(use_cell *cell, std::uint64_t id, slot *&out) noexcept;
  bool announce(use_record *mine, use_cell *cell, slot *s) noexcept;
  /// The mark of a table that everybody looks at, and nobody has closed an entry of
  /// for a while.
  const use_record *quiet() const noexcept { return reinterpret_cast<const use_record *>(this); }
  void make_quiet() noexcept;
  void leave_closed(use_cell *cell, slot *s) noexcept;
  void leave_visibly(use_cell *cell, const slot *s) noexcept {
    cell->exchange(s->address() | use_record::leaving, std::memory_order_seq_cst);
  }
  void unpin_last(slot *s) noexcept;
  bool share() noexcept;
  bool in_use(const slot *s) noexcept;
  bool is_in_use(const slot *s) noexcept;
  bool claim(slot *s) noexcept;
  void drain(slot *s) noexcept;
  void drain_here(slot *s, std::uint32_t index) noexcept;
  place begin_close_here(std::uint64_t id, std::uint32_t end) noexcept;
  struct magazine;
  struct quick_close {
    place at;
    std::uint64_t word;
    magazine *home;
  };
  quick_close begin_quick_close(std::uint64_t id, std::uint32_t site) noexcept;
  place reserve_quickly() noexcept;
  std::uint64_t publish_quickly(place at, const resource_type *type, std::uint32_t site) noexcept;
  void request_stop(const slot *s) noexcept;
  void drop_stop(const slot *s) noexcept;

  bool add_chunk(std::uint64_t index) noexcept;
  struct batch;
  friend struct magazine;
  magazine *home() const noexcept;
  magazine *make_home() noexcept;
  void steal_all() noexcept;
  void give_up_all() noexcept;
  void put_free(std::uint32_t index) noexcept; ///< with mutex_
  void append(batch *b) noexcept;              ///< with mutex_
  batch *pop_batch() noexcept;                 ///< with mutex_
  batch *empty_batch() noexcept;               ///< with mutex_
  void recycle(batch *b) noexcept;             ///< with mutex_
  place pop_free() noexcept;                   ///< with mutex_
  place pop_fresh() noexcept;                  ///< with mutex_
  bool refill(magazine &m) noexcept;
  bool flush(magazine &m) noexcept;
  void gather() noexcept;
  place reserve_slowly(errc &why) noexcept;
  /// The slot is free again; whether its table was gone.
  bool give_back(place at, std::uint64_t w, magazine *m) noexcept;
  bool give_back_slowly(place at, bool retire) noexcept;
  /// Closing the last generation has overflowed into the tag.
  bool spent(std::uint64_t stamp) const noexcept { return stamp == spent_; }
  void remember(place at) noexcept; ///< with mutex_
  void recall(error &e, std::uint64_t handle) noexcept;
  void release_owner() noexcept;
  void note_opening(std::uint64_t index, std::uint64_t stamp) noexcept;
  void closed(slot *s, std::uint64_t id, std::uint32_t end, bool watched) noexcept;
  void wait_for_leavers() noexcept;
  friend struct fork_lock;
  friend struct site_counts;
  friend class erased_table;
  friend class new_entry;

  std::uint64_t index_mask_;
  id_map *ids_ = nullptr;
  std::uint8_t index_bits_;
  std::uint8_t generation_bits_;
  bool reported_;
  /// Null before the first look-up, a thread's record while it is the only one that
  /// looks up, then `everybody` or quiet(), with `changing` in between under mutex_.
  std::atomic<const use_record *> bias_{nullptr};
  /// Of each first_size slots the address of their chunk, less that of the slots
  /// before it. Below known_ nothing changes.
  std::atomic<const std::uintptr_t *> bases_{nullptr};
  std::atomic<std::uint64_t> known_{0};
  std::atomic<std::uint64_t> visible_{0};    ///< the same, or 0 where ids are not native
  std::atomic<std::uint32_t> scans_{0};      ///< of all cells
  std::atomic<std::uint32_t> scans_seen_{0}; ///< when it was last thought of being quiet
  /// Chunk k holds the slots with bit width k of index + first_size.
  std::atomic<slot *> chunks_[34] = {};
  struct directory;
  directory *directories_ = nullptr; ///< the last of them is bases_

  /// What is still known of a slot's earlier object.
  struct dead_record {
    std::uint64_t handle;
    const resource_type *type;
    std::uint32_t opened, closed;
  };
  static constexpr std::size_t dead_size = 1024;

  static constexpr std::size_t magazine_count = 32;
  std::atomic<magazine *> magazines_[magazine_count] = {}; ///< by number of thread

  alignas(64) std::mutex mutex_; ///< guards what follows, down to dead_count_
  std::uint64_t used_ = 0;
  batch *first_batch_ = nullptr, *last_batch_ = nullptr; ///< free slots, oldest first
  batch *empty_batches_ = nullptr;                       ///< freeing them one by one stirs the heap
  std::uint64_t free_count_ = 0;
  dead_record *dead_ = nullptr; ///< ring of the last dead_size, made when needed
  std::uint64_t dead_count_ = 0;

  std::atomic<std::int64_t> live_{0}; ///< what is not counted in magazines
  std::atomic<std::uint32_t> retired_{0};
  std::atomic<std::size_t> owners_{1}; ///< the table, and each slot in use past its end
  std::atomic<bool> sealed_{false};
  /// Sealed, or ids are not native, or free slots need not wait: what opening need not ask
  /// of most tables.
  std::atomic<bool> unusual_{false};
  std::atomic<bool> has_story_{false}; ///< some entry had a site
  std::uint64_t capacity_;
  std::uint64_t quarantine_;
  std::uint64_t tag_;
  std::uint64_t spent_; ///< the stamp of a slot whose generations are used up
  void *(*drop_)(void *) noexcept;
  void (*discard_)(void *) noexcept;
  stop_map *stops_ = nullptr;                   ///< made by the first watch, under mutex_
  std::atomic<opening_times *> times_{nullptr}; ///< made by the first opening at level 2
  std::string name_;
  table_core *previous_ = nullptr, *next_ = nullptr; ///< all tables of the program
};

} // namespace handrail::detail

#endif
