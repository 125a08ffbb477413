// Slots: uses, closing, and what happens when both end.
#include "table_parts.h"

#include <algorithm>
#include <new>

namespace handrail::detail {

namespace {
/// Fewer make a quiet table of one that is closed in again soon.
constexpr std::uint32_t announcements_before_quiet = 1024;
} // namespace

table_registry &tables() noexcept {
  static table_registry *const r = new table_registry;
  return *r;
}

std::int64_t open_balance() noexcept { return this_thread.opened; }

table_core::table_core(const core_options &o)
    : index_mask_((std::uint64_t(1) << o.index_bits) - 1), index_bits_(o.index_bits),
      generation_bits_(o.generation_bits), reported_(o.reported),
      capacity_(std::min(o.capacity, index_mask_ + 1)), quarantine_(o.quarantine), drop_(o.drop),
      discard_(o.discard), name_(o.name) {
  if (o.monotonic)
    ids_ = new id_map(o.first_id);
  unusual_.store(ids_ || quarantine_ == 0, std::memory_order_relaxed);
  table_registry &all = tables();
  std::lock_guard lock(all.mutex);
  // 0 is no tag, so that a small number is nobody's handle by accident.
  const std::uint64_t tag = all.next_tag++ % 255 + 1;
  tag_ = o.tag_bits ? tag & ((std::uint64_t(1) << o.tag_bits) - 1) : 0;
  spent_ = static_cast<std::uint32_t>((tag_ + 1) << generation_bits_);
  next_ = all.first;
  if (next_)
    next_->previous_ = this;
  all.first = this;
}

table_core::~table_core() {
  wait_for_leavers();
  if (discard_)
    for (std::uint64_t i = 0; i < used_; ++i)
      if (void *kept = take_kept(at_index(static_cast<std::uint32_t>(i))))
        discard_(kept);
  for (std::atomic<slot *> &chunk : chunks_)
    delete[] chunk.load(std::memory_order_relaxed);
  while (directory *d = directories_) {
    directories_ = d->previous;
    ::operator delete(d);
  }
  for (std::atomic<magazine *> &m : magazines_)
    delete m.load(std::memory_order_relaxed);
  for (batch *list : {first_batch_, empty_batches_})
    while (batch *b = list) {
      list = b->next;
      delete b;
    }
  delete ids_;
  delete stops_;
  delete times_.load(std::memory_order_relaxed);
  delete[] dead_;
}

/// Threads that are leaving a slot still look at its word.
void table_core::wait_for_leavers() noexcept {
  if (!bias_.load(std::memory_order_acquire))
    return;
  if (bias_.load(std::memory_order_acquire) != this_thread.uses)
    share();
  const auto is_mine = [&](std::uintptr_t address) {
    for (std::size_t k = 0; k < std::size(chunks_); ++k)
      if (const slot *chunk = chunks_[k].load(std::memory_order_relaxed))
        if (address - chunk->address() < sizeof(slot) << k)
          return true;
    return false;
  };
  for (use_record *r = all_uses(); r; r = r->next)
    for (use_cell &c : r->cells)
      for (std::uintptr_t v; (v = c.load(std::memory_order_seq_cst)) && is_mine(v);)
        std::this_thread::yield();
}

table_core *table_core::create(const core_options &options) noexcept {
  try {
    return new table_core(options);
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

std::uint64_t table_core::look_up(std::uint64_t id) const noexcept { return ids_->find(id); }

slot_use table_core::go_on(use_cell *cell, std::uint64_t id, slot *&out) noexcept {
  use_record *const mine = this_thread.uses ? this_thread.uses : attach_thread();
  out = find(id & index_mask_, visible_);
  // An end of the thread; monotonic ids; more uses than cells.
  if (!mine || !out || (!cell && !(cell = mine->free_cell())))
    return slot_use(out = try_pin(id));
  cell->store(out->address(), std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const use_record *const b = bias_.load(std::memory_order_acquire);
  if (b != mine && b != quiet() && !announce(mine, cell, out))
    return slot_use(out = try_pin(id));
  const std::uint64_t w = out->word.load(std::memory_order_seq_cst);
  if (slot_word::opens(w, id >> index_bits_) && !(w & slot_word::exclusive)) [[likely]]
    return slot_use(cell);
  return not_opened(cell, id, out);
}

slot *table_core::peek_slowly(std::uint64_t id) noexcept {
  if (!ids_)
    return nullptr;
  const std::uint64_t handle = native(id);
  slot *s = find(handle & index_mask_);
  const bool opens =
      s && slot_word::opens(s->word.load(std::memory_order_acquire), handle >> index_bits_);
  return opens ? s : nullptr;
}

/// The entry is closed, or locked for a moment.
slot_use table_core::not_opened(use_cell *cell, std::uint64_t id, slot *&out) noexcept {
  leave(cell, out);
  return slot_use(out = try_pin(id));
}

/// The table is not biased to this thread, or not yet: the announcement has to be
/// seen by others before this thread looks at the slot. False, and none is made, on
/// systems without a barrier.
bool table_core::announce(use_record *mine, use_cell *cell, slot *s) noexcept {
  if (!has_barrier.load(std::memory_order_relaxed)) {
    cell->store(0, std::memory_order_release);
    return false;
  }
  const use_record *b = bias_.load(std::memory_order_seq_cst);
  if (b != &everybody && (b || !bias_.compare_exchange_strong(b, mine, std::memory_order_seq_cst)))
    if (b != quiet())
      (void)share();
  cell->exchange(s->address(), std::memory_order_seq_cst);
  if (++mine->announcements % announcements_before_quiet == 0)
    make_quiet();
  return true;
}

/// Unless somebody closed an entry since this was asked last.
void table_core::make_quiet() noexcept {
  const std::uint32_t scans = scans_.load(std::memory_order_relaxed);
  const use_record *b = &everybody;
  if (scans_seen_.exchange(scans, std::memory_order_relaxed) == scans)
    bias_.compare_exchange_strong(b, quiet(), std::memory_order_seq_cst);
}

/// From here on, all threads order their announcements themselves; what others have
/// announced that did not can be seen. Whether it took a barrier.
bool table_core::share() noexcept {
  if (bias_.load(std::memory_order_seq_cst) == &everybody)
    return false;
  std::lock_guard lock(mutex_);
  if (bias_.load(std::memory_order_seq_cst) == &everybody)
    return false;
  bias_.exchange(&changing, std::memory_order_seq_cst);
  barrier_everywhere();
  bias_.store(&everybody, std::memory_order_seq_cst);
  return true;
}

slot *table_core::try_pin(std::uint64_t id) noexcept {
  const std::uint64_t handle = native(id);
  slot *s = find(handle & index_mask_);
  const auto pinned = [](std::uint64_t w) { return w + slot_word::pin; };
  return s && change_open<std::memory_order_acquire>(s, handle >> index_bits_, pinned) ? s
                                                                                       : nullptr;
}

/// Gives up the last pin of a closed slot.
void table_core::unpin_last(slot *s) noexcept {
  std::uint64_t w = s->word.load(std::memory_order_relaxed);
  while (!in_use(s))
    if (s->word.compare_exchange_weak(w, (w - slot_word::pin) | slot_word::claimed,
                                      std::memory_order_acq_rel, std::memory_order_relaxed))
      return drain(s);
  // Whoever is using it may leave before the pin is gone, and not claim it then.
  owners_.fetch_add(1, std::memory_order_relaxed);
  s->word.fetch_sub(slot_word::pin, std::memory_order_acq_rel);
  if (claim(s))
    drain(s);
  release_owner();
}

void table_core::leave_closed(use_cell *cell, slot *s) noexcept {
  const bool mine = claim(s);
  // A claimed slot keeps the table's memory by itself.
  cell->store(0, std::memory_order_release);
  if (mine)
    drain(s);
}

/// Makes this thread the one that drains the slot, unless somebody uses it.
bool table_core::claim(slot *s) noexcept {
  std::uint64_t w = s->word.load(std::memory_order_seq_cst);
  while (slot_word::can_claim(w) && !in_use(s))
    if (s->word.compare_exchange_weak(w, w | slot_word::claimed, std::memory_order_seq_cst,
                                      std::memory_order_seq_cst))
      return true;
  return false;
}

void table_core::drain(slot *s) noexcept { drain_here(s, index_of(s)); }

void table_core::finish_close(slot *s) noexcept {
  if (is_alone(s))
    drain(s);
  else
    unpin(s);
}

slot *table_core::begin_close(std::uint64_t id, std::uint32_t end) noexcept {
  return begin_close_here(id, end).s;
}

std::uint64_t table_core::publish(place at, void *object, const resource_type *type,
                                  std::uint32_t site) noexcept {
  slot *const s = at.s;
  s->object.store(object, std::memory_order_relaxed);
  s->type.store(type, std::memory_order_relaxed);
  s->sites.opened.store(site, std::memory_order_relaxed);
  if (site && !has_story_.load(std::memory_order_relaxed)) [[unlikely]]
    has_story_.store(true, std::memory_order_relaxed);
  s->sites.closed.store(0, std::memory_order_relaxed);
  const std::uint64_t w = slot_word::opened(s->word.load(std::memory_order_relaxed));
  const std::uint64_t handle = at.index | slot_word::stamp(w) << index_bits_;
  const std::uint64_t id = ids_ ? ids_->publish(handle, at.index) : handle;
  this_thread.opened += reported_;
  const int level = reported_ ? tracking_level.load(std::memory_order_relaxed) : 0;
  if (level > 1) [[unlikely]]
    note_opening(at.index, slot_word::stamp(w));
  s->word.store(w, std::memory_order_release);
  if (level > 2) [[unlikely]]
    note(ledger::event_kind::opened, type, id, site);
  return id;
}

void table_core::request_stop(const slot *s) noexcept {
  std::stop_source source(std::nostopstate);
  {
    std::lock_guard lock(mutex_);
    auto it = stops_->sources.find(index_of(s));
    if (it != stops_->sources.end())
      source = it->second;
  }
  source.request_stop(); // runs foreign callbacks, so not under the lock
}

void table_core::drop_stop(const slot *s) noexcept {
  std::stop_source source(std::nostopstate);
  std::lock_guard lock(mutex_);
  auto it = stops_->sources.find(index_of(s));
  if (it != stops_->sources.end()) {
    source = std::move(it->second);
    stops_->sources.erase(it);
  }
}

bool table_core::close_pinned(slot *s, std::uint64_t id, std::uint32_t end) noexcept {
  const std::uint64_t stamp = native(id) >> index_bits_;
  std::uint64_t w = s->word.load(std::memory_order_relaxed);
  while (slot_word::opens(w, stamp))
    if (s->word.compare_exchange_weak(w, slot_word::closed(w, false), std::memory_order_seq_cst,
                                      std::memory_order_relaxed)) {
      closed(s, id, end, w & slot_word::watched);
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
    if (s->word.compare_exchange_weak(w, w | slot_word::exclusive, std::memory_order_seq_cst,
                                      std::memory_order_relaxed)) {
      if (in_use(s)) {
        unlock(s);
        return errc::busy;
      }
      out = s;
      return errc::ok;
    }
  }
  return errc::stale_handle;
}

void table_core::close_locked(slot *s, std::uint64_t id, std::uint32_t end) noexcept {
  // Look-ups that wait see a dead stamp next.
  const std::uint64_t w =
      s->word.fetch_add(slot_word::generation + slot_word::pin, std::memory_order_acq_rel);
  closed(s, id, end, w & slot_word::watched);
}

std::stop_token table_core::watch(slot *s, std::uint64_t id) {
  std::unique_lock lock(mutex_);
  if (!stops_)
    stops_ = new stop_map;
  std::stop_source &source = stops_->sources[index_of(s)];
  const std::uint64_t w = s->word.fetch_or(slot_word::watched, std::memory_order_acq_rel);
  std::stop_source mine = source;
  lock.unlock();
  // Whoever closed before the flag was there did not see it.
  if (!slot_word::opens(w, native(id) >> index_bits_))
    mine.request_stop();
  return mine.get_token();
}

void table_core::release_owner() noexcept {
  if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete this;
}

void table_core::orphan() noexcept {
  table_registry &all = tables();
  {
    std::lock_guard lock(all.mutex);
    (previous_ ? previous_->next_ : all.first) = next_;
    if (next_)
      next_->previous_ = previous_;
  }
  {
    // Against give_back(), which sees each mark, or has freed the slot. Nobody opens
    // entries of a table that ends: no magazine is made meanwhile.
    steal_all();
    std::lock_guard lock(mutex_);
    for (std::uint64_t i = 0; i < used_; ++i) {
      slot *s = find(i);
      if (s->word.load(std::memory_order_acquire) & slot_word::exclusive) {
        owners_.fetch_add(1, std::memory_order_relaxed);
        s->word.fetch_or(slot_word::orphan, std::memory_order_acq_rel);
      }
    }
    give_up_all();
  }
  release_owner();
}

std::uint64_t table_core::slot_count() noexcept {
  std::lock_guard lock(mutex_);
  return used_;
}

void table_core::for_each(void (*f)(void *, table_core &, slot *, std::uint64_t), void *context) {
  struct pinned {
    table_core &core;
    slot *s;
    ~pinned() { core.unpin(s); }
  };
  for (std::uint64_t i = 0, end = slot_count(); i < end; ++i) {
    slot *s = find(i);
    const std::uint64_t w = s->word.load(std::memory_order_acquire);
    if (!slot_word::live(w))
      continue;
    const std::uint64_t id = ids_ ? ids_->id_of(static_cast<std::uint32_t>(i)) : handle_of(i, w);
    if (!try_pin(id))
      continue;
    const pinned until_done{*this, s};
    f(context, *this, s, id);
  }
}

std::uint64_t table_core::last_live(std::uint64_t &index) noexcept {
  while (index > 0) {
    const slot *s = find(--index);
    const std::uint64_t w = s->word.load(std::memory_order_acquire);
    if (slot_word::live(w))
      return ids_ ? ids_->id_of(static_cast<std::uint32_t>(index)) : handle_of(index, w);
  }
  return 0;
}

void table_core::for_each_core(void (*f)(void *, table_core &), void *context) {
  table_registry &all = tables();
  std::vector<table_core *> cores;
  {
    std::lock_guard lock(all.mutex);
    std::size_t count = 0;
    for (table_core *c = all.first; c; c = c->next_)
      ++count;
    cores.reserve(count); // nothing throws once references are held
    for (table_core *c = all.first; c; c = c->next_)
      if (c->reported_) {
        c->owners_.fetch_add(1, std::memory_order_relaxed);
        cores.push_back(c);
      }
  }
  struct owned {
    std::vector<table_core *> &cores;
    ~owned() {
      for (table_core *c : cores)
        c->release_owner();
    }
  } const until_done{cores};
  for (table_core *c : cores)
    f(context, *c);
}

bool table_core::is_in_use(const slot *s) noexcept {
  const bool seen_all = share();
  scans_.fetch_add(1, std::memory_order_relaxed);
  const use_record *const mine = this_thread.uses;
  const auto announced = [&](bool by_me) {
    for (const use_record *r = all_uses(); r; r = r->next)
      if ((r == mine) == by_me && r->announces(s->address()))
        return true;
    return false;
  };
  if (announced(true))
    return true;
  if (!announced(false))
    return false;
  if (seen_all)
    return true;
  // Somebody may have left, and have seen the entry open, and none of it was visible.
  barrier_everywhere();
  return announced(false);
}

std::uint64_t table_core::id_of(const slot *s) const noexcept {
  const std::uint32_t index = index_of(s);
  return ids_ ? ids_->id_of(index) : handle_of(index, s->word.load(std::memory_order_relaxed));
}

} // namespace handrail::detail
