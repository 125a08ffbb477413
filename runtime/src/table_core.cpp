// Slots, ids and stories: what look-ups do not need inline.
#include "handrail/detail/table_core.h"

#include <algorithm>
#include <map>
#include <new>
#include <shared_mutex>
#include <unordered_map>

namespace handrail::detail {

namespace {

/// All tables of the program. Never destroyed: reports run after everything.
struct registry {
  std::mutex mutex;
  table_core *first = nullptr;
  std::uint32_t next_tag = 0;
};

registry &tables() {
  static registry *const r = new registry;
  return *r;
}

void acquire_from_releases(const std::atomic<std::uint64_t> &word) noexcept {
  // Pairs with the release of everybody who used the object. A load instead of
  // a fence, since the thread sanitizer does not model fences.
  (void)word.load(std::memory_order_acquire);
}

/// Handles that this thread opened, less those it closed.
thread_local std::int64_t balance = 0;

} // namespace

std::int64_t open_balance() noexcept { return balance; }

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
  errc reserve(const slot *s) noexcept {
    std::unique_lock lock(mutex_);
    if (next_ >= limit)
      return errc::ids_exhausted;
    try {
      handles_.emplace(next_, 0);
      by_slot_[s->index] = next_;
    } catch (const std::bad_alloc &) {
      handles_.erase(next_);
      return errc::out_of_memory;
    }
    ++next_;
    return errc::ok;
  }
  void unreserve(const slot *s) noexcept {
    std::unique_lock lock(mutex_);
    handles_.erase(by_slot_[s->index]);
  }
  std::uint64_t publish(std::uint64_t handle, const slot *s) noexcept {
    std::unique_lock lock(mutex_);
    const std::uint64_t id = by_slot_.find(s->index)->second;
    handles_.find(id)->second = handle;
    return id;
  }
  std::uint64_t id_of(const slot *s) const noexcept {
    std::shared_lock lock(mutex_);
    auto it = by_slot_.find(s->index);
    return it == by_slot_.end() ? 0 : it->second;
  }
  void forget(std::uint64_t id) noexcept {
    std::unique_lock lock(mutex_);
    handles_.erase(std::exchange(closed_[turn_], id));
    turn_ = (turn_ + 1) % std::size(closed_);
  }
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

table_core::table_core(const core_options &o)
    : index_mask_((std::uint64_t(1) << o.index_bits) - 1), index_bits_(o.index_bits),
      generation_bits_(o.generation_bits), reported_(o.reported),
      capacity_(std::min(o.capacity, index_mask_ + 1)), quarantine_(o.quarantine), drop_(o.drop),
      name_(o.name) {
  if (o.monotonic)
    ids_ = new id_map(o.first_id);
  registry &all = tables();
  std::lock_guard lock(all.mutex);
  // 0 is no tag, so that a small number is nobody's handle by accident.
  const std::uint64_t tag = all.next_tag++ % 255 + 1;
  tag_ = o.tag_bits ? tag & ((std::uint64_t(1) << o.tag_bits) - 1) : 0;
  next_ = all.first;
  if (next_)
    next_->previous_ = this;
  all.first = this;
}

table_core::~table_core() {
  for (std::size_t k = 0; k < std::size(chunks_); ++k) {
    delete[] chunks_[k].load(std::memory_order_relaxed);
    delete[] sites_[k];
  }
  delete ids_;
  delete stops_;
  delete[] dead_;
}

table_core *table_core::create(const core_options &options) noexcept {
  try {
    return new table_core(options);
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

std::uint64_t table_core::look_up(std::uint64_t id) const noexcept { return ids_->find(id); }

bool table_core::add_chunk(std::uint64_t index) noexcept {
  const std::uint64_t n = index + first_size;
  const unsigned k = static_cast<unsigned>(std::bit_width(n)) - 1 - first_bits;
  const std::uint64_t size = first_size << k;
  slot *chunk = new (std::nothrow) slot[size];
  sites_[k] = new (std::nothrow) slot_sites[size];
  if (!chunk || !sites_[k]) {
    delete[] chunk;
    delete[] std::exchange(sites_[k], nullptr);
    return false;
  }
  const std::uint64_t empty = tag_ << generation_bits_ << 32;
  for (std::uint64_t i = 0; i < size; ++i) {
    chunk[i].index = static_cast<std::uint32_t>(size - first_size + i);
    chunk[i].word.store(empty, std::memory_order_relaxed);
  }
  chunks_[k].store(chunk, std::memory_order_release);
  return true;
}

slot *table_core::reserve(errc &why) noexcept {
  slot *s = nullptr;
  {
    std::lock_guard lock(mutex_);
    const bool fresh = used_ < capacity_;
    if (free_count_ > quarantine_ || (free_count_ > 0 && !fresh)) {
      s = find(free_head_);
      free_head_ = s->next;
      --free_count_;
      remember(s);
    } else if (fresh && (find(used_) || add_chunk(used_))) {
      s = find(used_++);
    } else {
      why = fresh ? errc::out_of_memory : errc::ids_exhausted;
      return nullptr;
    }
  }
  if (ids_ && (why = ids_->reserve(s)) != errc::ok) {
    std::lock_guard lock(mutex_);
    recycle(s);
    return nullptr;
  }
  return s;
}

/// Whether closing the last generation has overflowed into the tag.
bool table_core::spent(const slot *s) const noexcept {
  const std::uint64_t stamp = slot_word::stamp(s->word.load(std::memory_order_relaxed));
  return generation_of(stamp) == 0 && stamp != tag_ << generation_bits_;
}

void table_core::recycle(slot *s) noexcept {
  if (spent(s)) {
    retired_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (free_count_++ == 0)
    free_head_ = s->index;
  else
    find(free_tail_)->next = s->index;
  free_tail_ = s->index;
}

void table_core::unreserve(slot *s) noexcept {
  if (ids_)
    ids_->unreserve(s);
  std::lock_guard lock(mutex_);
  recycle(s);
}

void table_core::remember(const slot *s) noexcept {
  const slot_sites &where = sites(s);
  const std::uint32_t opened = where.opened.load(std::memory_order_relaxed);
  if (!opened)
    return; // no level, no story
  if (!dead_)
    dead_ = new (std::nothrow) dead_record[dead_size]();
  if (!dead_)
    return;
  const std::uint64_t stamp = slot_word::stamp(s->word.load(std::memory_order_relaxed)) - 1;
  dead_[dead_count_++ % dead_size] = {s->index | stamp << index_bits_,
                                      s->type.load(std::memory_order_relaxed), opened,
                                      where.closed.load(std::memory_order_relaxed)};
}

void table_core::recall(error &e, std::uint64_t handle) noexcept {
  if (!dead_)
    return;
  for (std::uint64_t i = 0; i < dead_size; ++i)
    if (dead_[i].handle == handle) {
      e.have = dead_[i].type;
      e.opened = dead_[i].opened;
      e.closed = dead_[i].closed;
    }
}

std::uint64_t table_core::publish(slot *s, void *object, const resource_type *type,
                                  std::uint32_t site) noexcept {
  s->object.store(object, std::memory_order_relaxed);
  s->type.store(type, std::memory_order_relaxed);
  slot_sites &where = const_cast<slot_sites &>(sites(s));
  where.opened.store(site, std::memory_order_relaxed);
  where.closed.store(0, std::memory_order_relaxed);
  const std::uint64_t w = slot_word::opened(s->word.load(std::memory_order_relaxed));
  const std::uint64_t handle = s->index | slot_word::stamp(w) << index_bits_;
  const std::uint64_t id = ids_ ? ids_->publish(handle, s) : handle;
  live_.fetch_add(1, std::memory_order_relaxed);
  balance += reported_;
  s->word.store(w, std::memory_order_release);
  if (reported_ && tracking_level.load(std::memory_order_relaxed) > 2)
    note(ledger::event_kind::opened, type, id, site);
  return id;
}

void table_core::closed(slot *s, std::uint64_t id, std::uint32_t site, bool watched) noexcept {
  live_.fetch_sub(1, std::memory_order_relaxed);
  balance -= reported_;
  const slot_sites &where = sites(s);
  const_cast<slot_sites &>(where).closed.store(site, std::memory_order_relaxed);
  if (ids_)
    ids_->forget(id);
  if (reported_ && tracking_level.load(std::memory_order_relaxed) > 2)
    note(ledger::event_kind::closed, s->type.load(std::memory_order_relaxed), id,
         where.opened.load(std::memory_order_relaxed), site);
  if (!watched)
    return;
  std::stop_source source(std::nostopstate);
  {
    std::lock_guard lock(mutex_);
    auto it = stops_->sources.find(s->index);
    if (it != stops_->sources.end())
      source = it->second;
  }
  source.request_stop(); // runs foreign callbacks, so not under the lock
}

slot *table_core::begin_close(std::uint64_t id, std::uint32_t site) noexcept {
  const std::uint64_t handle = native(id);
  slot *s = find(handle & index_mask_);
  if (!s)
    return nullptr;
  const std::uint64_t stamp = handle >> index_bits_;
  std::uint64_t w = s->word.load(std::memory_order_relaxed);
  while (slot_word::opens(w, stamp)) {
    if (!slot_word::can_pin(w)) {
      std::this_thread::yield();
      w = s->word.load(std::memory_order_relaxed);
    } else if (s->word.compare_exchange_weak(w, slot_word::closed(w, true),
                                             std::memory_order_acq_rel,
                                             std::memory_order_relaxed)) {
      closed(s, id, site, w & slot_word::watched);
      return s;
    }
  }
  return nullptr;
}

bool table_core::close_pinned(slot *s, std::uint64_t id, std::uint32_t site) noexcept {
  const std::uint64_t stamp = native(id) >> index_bits_;
  std::uint64_t w = s->word.load(std::memory_order_relaxed);
  while (slot_word::opens(w, stamp))
    if (s->word.compare_exchange_weak(w, slot_word::closed(w, false), std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
      closed(s, id, site, w & slot_word::watched);
      return true;
    }
  return false;
}

errc table_core::lock(std::uint64_t id, slot *&out) noexcept {
  const std::uint64_t handle = native(id);
  slot *s = find(handle & index_mask_);
  const std::uint64_t stamp = handle >> index_bits_;
  std::uint64_t w = s ? s->word.load(std::memory_order_relaxed) : 0;
  while (s && slot_word::opens(w, stamp)) {
    if (slot_word::pins(w) || (w & slot_word::exclusive))
      return errc::busy;
    if (s->word.compare_exchange_weak(w, w | slot_word::exclusive, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
      out = s;
      return errc::ok;
    }
  }
  return errc::stale_handle;
}

void table_core::close_locked(slot *s, std::uint64_t id, std::uint32_t site) noexcept {
  // Look-ups that wait see a dead stamp next.
  const std::uint64_t w =
      s->word.fetch_add(slot_word::generation + slot_word::pin, std::memory_order_acq_rel);
  closed(s, id, site, w & slot_word::watched);
}

std::stop_token table_core::watch(slot *s, std::uint64_t id) {
  std::unique_lock lock(mutex_);
  if (!stops_)
    stops_ = new stop_map;
  std::stop_source &source = stops_->sources[s->index];
  const std::uint64_t w = s->word.fetch_or(slot_word::watched, std::memory_order_acq_rel);
  std::stop_source mine = source;
  lock.unlock();
  // Whoever closed before the flag was there did not see it.
  if (!slot_word::opens(w, native(id) >> index_bits_))
    mine.request_stop();
  return mine.get_token();
}

void table_core::drain(slot *s) noexcept {
  acquire_from_releases(s->word);
  void *object = s->object.load(std::memory_order_relaxed);
  const std::uint64_t w = s->word.load(std::memory_order_relaxed);
  if (w & slot_word::watched) {
    std::stop_source source(std::nostopstate);
    std::lock_guard lock(mutex_);
    auto it = stops_->sources.find(s->index);
    if (it != stops_->sources.end()) {
      source = std::move(it->second);
      stops_->sources.erase(it);
    }
  }
  if (object && drop_)
    drop_(object);
  bool orphan;
  {
    // Under the lock, so that orphan() sees the slot either before or all done.
    std::lock_guard lock(mutex_);
    orphan = s->word.exchange(slot_word::freed(w), std::memory_order_acq_rel) & slot_word::orphan;
    if (!orphan)
      recycle(s);
  }
  if (orphan)
    release_owner();
}

void table_core::release_owner() noexcept {
  if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete this;
}

void table_core::orphan() noexcept {
  registry &all = tables();
  {
    std::lock_guard lock(all.mutex);
    (previous_ ? previous_->next_ : all.first) = next_;
    if (next_)
      next_->previous_ = previous_;
  }
  {
    std::lock_guard lock(mutex_);
    for (std::uint64_t i = 0; i < used_; ++i) {
      slot *s = find(i);
      if (s->word.load(std::memory_order_relaxed) & slot_word::exclusive) {
        owners_.fetch_add(1, std::memory_order_relaxed);
        s->word.fetch_or(slot_word::orphan, std::memory_order_acq_rel);
      }
    }
  }
  release_owner();
}

void table_core::for_each(void (*f)(void *, table_core &, slot *), void *context) {
  std::uint64_t end;
  {
    std::lock_guard lock(mutex_);
    end = used_;
  }
  for (std::uint64_t i = 0; i < end; ++i) {
    slot *s = find(i);
    std::uint64_t w = s->word.load(std::memory_order_relaxed);
    while (slot_word::live(w) && slot_word::can_pin(w))
      if (s->word.compare_exchange_weak(w, w + slot_word::pin, std::memory_order_acquire,
                                        std::memory_order_relaxed)) {
        f(context, *this, s);
        unpin(s);
        break;
      }
  }
}

void table_core::for_each_core(void (*f)(void *, table_core &), void *context) {
  registry &all = tables();
  std::vector<table_core *> cores;
  {
    std::lock_guard lock(all.mutex);
    for (table_core *c = all.first; c; c = c->next_)
      if (c->reported_) {
        c->owners_.fetch_add(1, std::memory_order_relaxed);
        cores.push_back(c);
      }
  }
  for (table_core *c : cores) {
    f(context, *c);
    c->release_owner();
  }
}

error table_core::about(errc code, const slot *s, std::uint64_t id,
                        const resource_type *want) const noexcept {
  const slot_sites &where = sites(s);
  return {.code = code,
          .id = id,
          .want = want,
          .have = s->type.load(std::memory_order_relaxed),
          .opened = where.opened.load(std::memory_order_relaxed),
          .closed = where.closed.load(std::memory_order_relaxed)};
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
    registry &all = tables();
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
  const std::uint64_t last = slot_word::live(w) ? slot_word::stamp(w) : slot_word::stamp(w) - 1;
  const std::uint64_t all_bits = (std::uint64_t(1) << generation_bits_) - 1;
  if (generation_of(stamp) > (spent(s) ? all_bits : generation_of(last)))
    return e; // not handed out yet
  if (!slot_word::live(w) && (last & all_bits) == generation_of(stamp))
    return about(errc::stale_handle, s, id, want);
  e.code = errc::stale_handle;
  recall(e, handle);
  return e;
}

std::uint64_t table_core::id_of(const slot *s) const noexcept {
  if (ids_)
    return ids_->id_of(s);
  return s->index | slot_word::stamp(s->word.load(std::memory_order_relaxed)) << index_bits_;
}

const slot_sites &table_core::sites(const slot *s) const noexcept {
  const std::uint64_t n = s->index + first_size;
  const unsigned k = static_cast<unsigned>(std::bit_width(n)) - 1 - first_bits;
  return sites_[k][n ^ (first_size << k)];
}

} // namespace handrail::detail
