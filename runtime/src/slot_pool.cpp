// Free slots: the queue of the table, and the magazines of its threads.
#include "table_parts.h"

#include <algorithm>
#include <new>
#include <utility>

namespace handrail::detail {

/// The magazine of a thread that has none yet. Not when the table may be ending.
table_core::magazine *table_core::make_home() noexcept {
  const use_record *const mine = this_thread.uses ? this_thread.uses : attach_thread();
  if (!mine || mine->number >= magazine_count)
    return nullptr;
  if (magazine *left_over = home()) // of a thread that has ended
    return left_over;
  auto *made = new (std::nothrow) magazine;
  if (made &&
      (!(made->fresh = new (std::nothrow) batch) || !(made->freed = new (std::nothrow) batch)))
    delete std::exchange(made, nullptr);
  std::lock_guard lock(tables().mutex); // not between steal_all() and give_up_all()
  magazines_[mine->number].store(made, std::memory_order_release);
  return made;
}

/// With mutex_: the chunk that \p index is in.
bool table_core::add_chunk(std::uint64_t index) noexcept {
  const std::uint64_t n = index + first_size;
  const int k = 63 - __builtin_clzll(n);
  const std::uint64_t size = std::uint64_t(1) << k;
  const std::uint64_t first = size - first_size, end = (first + size) / first_size;
  if (!directories_ || end > directories_->size) {
    const std::uint64_t room = std::max<std::uint64_t>(8, 2 * end);
    void *memory = ::operator new(sizeof(directory) + room * sizeof(std::uintptr_t), std::nothrow);
    if (!memory)
      return false;
    auto *made = ::new (memory) directory{directories_, room};
    std::copy_n(bases_.load(std::memory_order_relaxed), known_.load(std::memory_order_relaxed),
                made->bases());
    directories_ = made;
    bases_.store(made->bases(), std::memory_order_release);
  }
  slot *chunk = new (std::nothrow) slot[size];
  if (!chunk)
    return false;
  const std::uint64_t empty = tag_ << generation_bits_ << 32;
  for (std::uint64_t i = 0; i < size; ++i)
    chunk[i].word.store(empty, std::memory_order_relaxed);
  chunks_[k].store(chunk, std::memory_order_release);
  std::fill(directories_->bases() + first / first_size, directories_->bases() + end,
            chunk->address() - first * sizeof(slot));
  known_.store(end, std::memory_order_release);
  if (!ids_)
    visible_.store(end, std::memory_order_release);
  return true;
}

std::uint32_t table_core::index_of(const slot *s) const noexcept {
  for (std::size_t k = first_bits; k < std::size(chunks_); ++k)
    if (const slot *chunk = chunks_[k].load(std::memory_order_acquire))
      if (s->address() - chunk->address() < sizeof(slot) << k)
        return static_cast<std::uint32_t>((std::uint64_t(1) << k) - first_size +
                                          static_cast<std::uint64_t>(s - chunk));
  __builtin_unreachable();
}

void table_core::append(batch *b) noexcept {
  (first_batch_ ? last_batch_->next : first_batch_) = b;
  last_batch_ = b;
  b->next = nullptr;
  free_count_ += b->count();
}

table_core::batch *table_core::empty_batch() noexcept {
  if (batch *b = empty_batches_) {
    empty_batches_ = b->next;
    b->begin = b->end = 0;
    return b;
  }
  return new (std::nothrow) batch;
}

void table_core::recycle(batch *b) noexcept {
  if (b)
    b->next = std::exchange(empty_batches_, b);
}

void table_core::put_free(std::uint32_t index) noexcept {
  if (!first_batch_ || last_batch_->full()) {
    batch *made = empty_batch();
    if (!made) { // the slot is lost, and not used twice
      retired_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    append(made);
  }
  last_batch_->index[last_batch_->end++] = index;
  ++free_count_;
}

table_core::batch *table_core::pop_batch() noexcept {
  batch *b = first_batch_;
  first_batch_ = b->next;
  return b;
}

place table_core::pop_free() noexcept {
  while (first_batch_->empty())
    recycle(pop_batch());
  const place at = at_index(first_batch_->index[first_batch_->begin++]);
  --free_count_;
  if (first_batch_->full() && first_batch_->empty())
    recycle(pop_batch());
  remember(at);
  return at;
}

/// A slot that was never used, or none: the capacity is reached, or the memory.
place table_core::pop_fresh() noexcept {
  if (used_ < capacity_ && (find(used_) || add_chunk(used_)))
    return at_index(static_cast<std::uint32_t>(used_++));
  return {};
}

/// Inside the magazine: a batch that has waited long enough, or else new slots.
/// False if there are none, or no memory.
bool table_core::refill(magazine &m) noexcept {
  std::lock_guard lock(mutex_);
  batch *oldest = first_batch_;
  if (oldest && free_count_ >= quarantine_ + oldest->count() && !oldest->empty()) {
    first_batch_ = oldest->next;
    free_count_ -= oldest->count();
    const bool has_story = has_story_.load(std::memory_order_relaxed);
    for (std::uint32_t i = oldest->begin; i != oldest->end; ++i) {
      const place at = known_at(oldest->index[i]);
      // What the next objects are written to: it has waited for long.
      if (const void *kept = at.s->object.load(std::memory_order_relaxed)) {
        __builtin_prefetch(kept, 1);
        __builtin_prefetch(static_cast<const std::byte *>(kept) + 64, 1);
      }
      if (has_story)
        remember(at);
    }
    recycle(std::exchange(m.spare, m.fresh));
    m.fresh = oldest;
    return true;
  }
  m.fresh->begin = m.fresh->end = 0;
  for (place at; m.fresh->end < batch::size / 4 && (at = pop_fresh());)
    m.fresh->index[m.fresh->end++] = at.index;
  return !m.fresh->empty();
}

/// Inside the magazine: makes room in `freed`. False without memory.
bool table_core::flush(magazine &m) noexcept {
  std::lock_guard lock(mutex_);
  batch *empty = std::exchange(m.spare, nullptr);
  if (!empty && !(empty = empty_batch()))
    return false;
  empty->begin = empty->end = 0;
  append(std::exchange(m.freed, empty));
  return true;
}

/// Keeps their threads out of the magazines, until give_up_all().
void table_core::steal_all() noexcept {
  const magazine *const mine = home();
  bool others = false;
  for (std::atomic<magazine *> &place : magazines_)
    if (magazine *m = place.load(std::memory_order_acquire)) {
      m->begin_steal();
      others |= m != mine;
    }
  if (!others)
    return;
  barrier_everywhere();
  for (std::atomic<magazine *> &place : magazines_)
    if (magazine *m = place.load(std::memory_order_acquire))
      m->wait_for_owner();
}

void table_core::give_up_all() noexcept {
  for (std::atomic<magazine *> &place : magazines_)
    if (magazine *m = place.load(std::memory_order_acquire))
      m->end_steal();
}

/// Takes all free slots out of the magazines.
void table_core::gather() noexcept {
  std::lock_guard one_at_a_time(tables().mutex); // no magazine is made meanwhile
  steal_all();
  for (std::atomic<magazine *> &place : magazines_)
    if (magazine *m = place.load(std::memory_order_acquire)) {
      std::lock_guard lock(mutex_);
      for (batch *b : {m->freed, m->fresh}) {
        while (!b->empty())
          put_free(b->index[b->begin++]);
        b->begin = b->end = 0;
      }
    }
  give_up_all();
}

place table_core::reserve(errc &why) noexcept {
  if (sealed_.load(std::memory_order_relaxed)) {
    why = errc::sealed;
    return {};
  }
  place at;
  magazine *m = home();
  if (!m)
    m = make_home();
  if (m && m->enter()) {
    if (quarantine_ == 0 && !m->freed->empty()) {
      at = at_index(m->freed->index[--m->freed->end]);
      std::lock_guard lock(mutex_);
      remember(at);
    } else if (!m->fresh->empty() || refill(*m)) {
      at = at_index(m->fresh->index[m->fresh->begin++]);
    }
    m->exit();
  }
  if (!at && !(at = reserve_slowly(why)))
    return {};
  if (ids_ && (why = ids_->reserve(at.index)) != errc::ok) {
    (void)give_back_slowly(at, false);
    return {};
  }
  if (m)
    m->count(1);
  else
    live_.fetch_add(1, std::memory_order_relaxed);
  return at;
}

place table_core::reserve_slowly(errc &why) noexcept {
  for (bool gathered = false;; gathered = true) {
    {
      std::lock_guard lock(mutex_);
      place at = free_count_ > quarantine_ ? pop_free() : pop_fresh();
      if (!at && gathered && free_count_)
        at = pop_free(); // rather soon than not at all
      if (at)
        return at;
      why = used_ < capacity_ ? errc::out_of_memory : errc::ids_exhausted;
    }
    if (gathered)
      return {};
    gather();
  }
}

void table_core::unreserve(place at) noexcept {
  if (ids_)
    ids_->unreserve(at.index);
  live_.fetch_sub(1, std::memory_order_relaxed);
  (void)give_back_slowly(at, false);
}

std::size_t table_core::size() const noexcept {
  std::int64_t sum = live_.load(std::memory_order_relaxed);
  for (const std::atomic<magazine *> &place : magazines_)
    if (const magazine *m = place.load(std::memory_order_acquire))
      sum += m->live.load(std::memory_order_relaxed);
  return sum > 0 ? static_cast<std::size_t>(sum) : 0;
}

bool table_core::give_back_slowly(place at, bool retire) noexcept {
  slot *const s = at.s;
  std::lock_guard lock(mutex_);
  const std::uint64_t w = s->word.load(std::memory_order_relaxed);
  const bool orphaned = w & slot_word::orphan;
  s->word.store(slot_word::freed(w), std::memory_order_release);
  if (!orphaned && !retire)
    put_free(at.index);
  return orphaned;
}

} // namespace handrail::detail
