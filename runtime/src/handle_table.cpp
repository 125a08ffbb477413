// What tables do to entries, without types.
#include "handrail/handle_table.h"

#include "amplify.h"
#include "handrail/detail/amplify.h"
#include "handrail/detail/shield.h"
#include "sites.h"
#include "table_parts.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <new>

namespace handrail::detail {

namespace {

core_options core_options_of(const table_options &o) {
  core_options c;
  c.name = o.name;
  c.capacity = o.capacity;
  c.quarantine = wants_fresh_ids() ? ~std::uint32_t(0) : o.quarantine;
  c.first_id = o.first_id;
  c.drop = [](void *block) noexcept { return release_and_keep(static_cast<header *>(block)); };
  c.discard = discard_kept;
  switch (o.layout) {
  case id_layout::native64:
    break;
  case id_layout::js53:
    c.index_bits = 22, c.generation_bits = 31, c.tag_bits = 0;
    break;
  case id_layout::smi31:
    // Few generations: every slot is used before one is used again, as far as
    // the memory goes.
    c.index_bits = 20, c.generation_bits = 11, c.tag_bits = 0;
    c.quarantine = std::max<std::uint32_t>(c.quarantine, 1024);
    break;
  case id_layout::counter32:
    c.monotonic = true;
    break;
  }
  return c;
}

struct pinned {
  table_core &core;
  slot *s;
  ~pinned() { core.unpin(s); }
};

const resource_type *type_at(const slot *s) noexcept {
  return s->type.load(std::memory_order_relaxed);
}

/// A failure is an event.
result<void> run_hook(const resource_type &type, header *h, const exit_case &how,
                      const error &failed) {
  const ledger::event event{ledger::event_kind::release_failed,
                            failed.ended,
                            &type,
                            failed.id,
                            failed.opened,
                            failed.closed};
  cancellation_shield shield;
  try {
    result<void> outcome = type.close(type, h->object(), how);
    if (outcome && release_fails()) [[unlikely]]
      outcome = failed;
    if (!outcome)
      note_failure(event, outcome.error());
    return outcome;
  } catch (...) {
    note_failure(event, std::current_exception());
    return failed;
  }
}

/// One entry less; the last one closes the object. \p alone: nobody else can make
/// entries of it.
result<void> close_object(header *h, bool alone, std::uint64_t id, const exit_case &how,
                          const slot_sites &where) {
  const resource_type &type = *h->type;
  if (!h->drop_entry(alone) || !type.close)
    return {};
  const error about{.code = errc::release_failed,
                    .id = id,
                    .have = &type,
                    .opened = where.opened.load(std::memory_order_relaxed),
                    .closed = ending_site(where.closed.load(std::memory_order_relaxed)),
                    .ended = static_cast<std::uint8_t>(how.kind())};
  return run_hook(type, h, how, about);
}

} // namespace

erased_table::erased_table(const table_options &options)
    : core_(table_core::create(core_options_of(options))) {
  if (!core_)
    throw std::bad_alloc();
}

erased_table::~erased_table() {
  close_all(completed{});
  core_->orphan();
}

void erased_table::close_all(const exit_case &how) noexcept {
  core_->seal(); // hooks may use the table, but open nothing more
  std::uint64_t index = core_->slot_count();
  while (const std::uint64_t id = core_->last_live(index))
    (void)close(id, nullptr, how, 0);
}

error erased_table::explain(std::uint64_t id, const resource_type *want, bool closing) noexcept {
  const error e = core_->explain(id, want);
  ledger::event stale{ledger::event_kind::stale_use, e.ended, e.have, id, e.opened, e.closed};
  stale.closing = closing;
  if (e.code == errc::stale_handle)
    note(stale);
  else if (e.code == errc::wrong_type)
    note(ledger::event_kind::wrong_type, e.have, id, e.opened);
  return e;
}

result<std::uint64_t> erased_table::insert(header *h, bool again, std::uint32_t site) {
  const bool alone = h->alone();
  if (!h->add_entry(alone, again)) {
    const error e{.code = errc::already_registered,
                  .have = h->type,
                  .opened = h->site.load(std::memory_order_relaxed)};
    note(ledger::event_kind::already_registered, h->type, 0, e.opened, site);
    return e;
  }
  errc why = errc::acquire_failed;
  const place at = acquire_fails() ? place() : core_->reserve(why);
  if (!at) {
    (void)h->drop_entry(alone);
    return error{.code = why, .have = h->type};
  }
  if (void *kept = core_->take_kept(at))
    discard_kept(kept);
  if (!again)
    h->site.store(site, std::memory_order_relaxed);
  return core_->publish(at, h, h->type, site);
}

// Calls that are not the usual case come last in a function: nothing is to be kept for
// what follows them.

place new_entry::reserve(table_core &core, const resource_type &type, errc &why) noexcept {
  const place at = amplifying.load(std::memory_order_relaxed) ? place() : core.reserve_quickly();
  if (!at) [[unlikely]]
    return reserve_slowly(core, type, why);
  auto *const kept = static_cast<header *>(at.s->object.load(std::memory_order_relaxed));
  if (!kept || !kept->has_room(type)) [[unlikely]]
    return make_block(core, type, at, why);
  ::new (kept) header{.type = &type};
  return at;
}

place new_entry::reserve_slowly(table_core &core, const resource_type &type, errc &why) noexcept {
  if (acquire_fails()) {
    why = errc::acquire_failed;
    return {};
  }
  const place at = core.reserve(why);
  return at ? make_block(core, type, at, why) : at;
}

/// The slot with a block, or both are given back.
place new_entry::make_block(table_core &core, const resource_type &type, place at,
                            errc &why) noexcept {
  header *const block = block_from(at.s->object.load(std::memory_order_relaxed), type);
  at.s->object.store(block, std::memory_order_relaxed);
  if (block)
    return at;
  core.unreserve(at);
  why = errc::out_of_memory;
  return {};
}

void new_entry::cancel(table_core &core, place at) noexcept {
  free_block(static_cast<header *>(core.take_kept(at)));
  core.unreserve(at);
}

std::uint64_t new_entry::publish(table_core &core, place at, std::uint32_t site) noexcept {
  header *const block = block_of(at.s);
  block->entries.store(1, std::memory_order_relaxed);
  block->site.store(site, std::memory_order_relaxed);
  return core.publish_quickly(at, block->type, site);
}

result<void> erased_table::close(std::uint64_t id, const resource_type *want, const exit_case &how,
                                 std::uint32_t site) {
  table_core &core = *core_; // a hook may end this
  const std::uint32_t end = how.is_completed() ? site : ending(site, how.kind());
  place at;
  if (want) {
    slot *pinned = core.try_pin(id);
    if (pinned && type_at(pinned) == want && core.close_pinned(pinned, id, end))
      at = {pinned, core.index_of(pinned)};
    else if (pinned)
      core.unpin(pinned);
  } else {
    at = core.begin_close_here(id, end);
  }
  if (!at)
    return explain(id, want, true);
  return end_close(at, id, how);
}

result<void> erased_table::close(std::uint64_t id, std::uint32_t site) {
  table_core &core = *core_; // what the object's end runs may end this
  const auto [at, word, home] = core.begin_quick_close(id, site);
  if (!at) [[unlikely]]
    return close(id, nullptr, completed{}, site);
  header *const h = block_of(at.s);
  if (!type_at(at.s)->plain || core.in_use(at.s) || !h->only_in_table() ||
      !keeps_blocks.load(std::memory_order_relaxed)) [[unlikely]]
    return end_close(at, id, completed{});
  destroy_and_keep(h);
  if (core.give_back(at, word, home)) [[unlikely]]
    core.release_owner();
  return {};
}

/// Of an entry that was just closed, and is pinned.
result<void> erased_table::end_close(place at, std::uint64_t id, const exit_case &how) {
  table_core &core = *core_;
  slot *const s = at.s;
  header *h = block_of(s);
  // Nobody begins to use a closed entry, but a hook lets others end.
  const bool alone = core.is_alone(s);
  auto outcome = close_object(h, alone && h->alone(), id, how, s->sites);
  if (alone || core.is_alone(s)) [[likely]]
    core.drain_here(s, at.index);
  else
    core.unpin(s);
  return outcome;
}

result<header *> erased_table::take(std::uint64_t id, const resource_type *want,
                                    std::uint32_t site) {
  slot *s = core_->try_pin(id);
  if (s && (!want || type_at(s) == want) && core_->close_pinned(s, id, ending(site, ended_taken))) {
    header *h = block_of(s);
    retain(h);
    (void)h->drop_entry(false);
    core_->unpin(s);
    return h;
  }
  if (s)
    core_->unpin(s);
  return explain(id, want);
}

result<header *> erased_table::take_unique(std::uint64_t id, const resource_type *want,
                                           std::uint32_t site) {
  slot *s;
  switch (core_->lock(id, s)) {
  case errc::ok:
    break;
  case errc::busy:
    // Somebody looks right now; the type still comes first.
    if (slot *pinned = core_->try_pin(id)) {
      const errc code = type_at(pinned) == want ? errc::busy : errc::wrong_type;
      const error e = core_->about(code, pinned, id, want);
      core_->unpin(pinned);
      return e;
    }
    return explain(id, want);
  default:
    return explain(id, want);
  }
  header *h = block_of(s);
  errc code = errc::ok;
  if (type_at(s) != want)
    code = errc::wrong_type;
  else if (!h->alone())
    code = errc::shared;
  if (code != errc::ok) {
    const error e = core_->about(code, s, id, want);
    core_->unlock(s);
    return e;
  }
  core_->close_locked(s, id, ending(site, ended_taken));
  (void)h->drop_entry(true);
  s->object.store(nullptr, std::memory_order_relaxed);
  core_->unpin(s);
  return h;
}

result<header *> erased_table::replace(std::uint64_t id, const resource_type *want, header *h,
                                       std::uint32_t site) {
  slot *s;
  const errc locked = core_->lock(id, s);
  if (locked == errc::busy)
    return error{.code = errc::busy, .id = id, .want = want};
  if (locked != errc::ok)
    return explain(id, want);
  if (type_at(s) != want) {
    const error e = core_->about(errc::wrong_type, s, id, want);
    core_->unlock(s);
    return e;
  }
  header *old = block_of(s);
  (void)h->add_entry(true, false);
  h->site.store(site, std::memory_order_relaxed);
  s->object.store(h, std::memory_order_relaxed);
  core_->unlock(s);
  (void)old->drop_entry(false);
  return old;
}

result<std::uint64_t> erased_table::dup(std::uint64_t id, std::uint32_t site) {
  slot *s = core_->try_pin(id);
  if (!s)
    return explain(id, nullptr);
  header *h = block_of(s);
  retain(h);
  auto made = insert(h, true, site);
  if (!made)
    release(h);
  core_->unpin(s);
  return made;
}

result<std::uint64_t> erased_table::transfer(std::uint64_t id, erased_table &to,
                                             std::uint32_t site) {
  slot *s = core_->try_pin(id);
  if (!s)
    return explain(id, nullptr);
  errc why;
  const place goal = to.core_->reserve(why);
  if (!goal) {
    const error e = core_->about(why, s, id, nullptr);
    core_->unpin(s);
    return e;
  }
  if (!core_->close_pinned(s, id, ending(site, ended_taken))) {
    to.core_->unreserve(goal);
    core_->unpin(s);
    return explain(id, nullptr);
  }
  // The count of entries stays: one goes, one comes.
  header *h = block_of(s);
  retain(h);
  core_->unpin(s);
  if (void *kept = to.core_->take_kept(goal))
    discard_kept(kept);
  return to.core_->publish(goal, h, h->type, site);
}

result<std::stop_token> erased_table::stop_token(std::uint64_t id) {
  slot *s = core_->try_pin(id);
  if (!s)
    return explain(id, nullptr);
  const pinned until_done{*core_, s};
  return core_->watch(s, id);
}

result<int> erased_table::native_handle(std::uint64_t id) {
  slot *s = core_->try_pin(id);
  if (!s)
    return explain(id, nullptr);
  const pinned until_done{*core_, s};
  const resource_type &type = *type_at(s);
  if (!type.native)
    return core_->about(errc::not_supported, s, id, nullptr);
  const int number = type.native(type, block_of(s)->object());
  if (::fcntl(number, F_GETFD) != -1)
    return number;
  error gone = core_->about(errc::stale_handle, s, id, nullptr);
  gone.os_error = errno;
  return gone;
}

std::vector<entry_info> erased_table::list() {
  std::vector<entry_info> entries;
  core_->for_each(
      [](void *context, table_core &core, slot *s, std::uint64_t id) {
        const resource_type &type = *type_at(s);
        const std::uint32_t site = s->sites.opened.load(std::memory_order_relaxed);
        static_cast<std::vector<entry_info> *>(context)->push_back(
            {handle{id}, &type,
             type.describe ? type.describe(type, block_of(s)->object()) : std::string(),
             ledger::site_text(site), stack_text(site), core.age_of(s)});
      },
      &entries);
  std::ranges::sort(entries, {}, &entry_info::id);
  return entries;
}

} // namespace handrail::detail
