// Objects that an address stands for: FILE, DIR, mappings, libraries, threads and so on.
//
// A table of sets of eight records. An object's set follows from its address; when all
// eight are open, the next level's table, which is sixteen or more times as large, has
// another set for it. A closed record stays until its set needs the room: the end of a
// FILE is known as long as its memory was not used for another one.
#include "core.h"

namespace handrail::preload {

namespace {

constexpr std::uint64_t generation = std::uint64_t(1) << region::generation_shift;
constexpr std::uint64_t claimed = region::is_closing; ///< with no kind: being written

std::uint64_t hash(kind k, std::uint64_t key) noexcept {
  std::uint64_t h = (key ^ static_cast<std::uint64_t>(k) << 56) * 0x9e3779b97f4a7c15u;
  return h ^ h >> 29;
}

record *set_of(std::size_t level, kind k, std::uint64_t key) noexcept {
  std::size_t at = region::objects_at;
  for (std::size_t i = 0; i < level; ++i)
    at += region::object_levels[i] * sizeof(record);
  const std::size_t sets = region::object_levels[level] / region::set_size;
  at += hash(k, key) % sets * region::set_size * sizeof(record);
  return usable(at, region::set_size * sizeof(record)) ? section<record>(at) : nullptr;
}

bool in_use(std::size_t level) noexcept {
  return header().levels.load(std::memory_order_relaxed) >> level & 1;
}

bool is_of(const record &r, kind k, std::uint64_t key) noexcept {
  return r.key.load(std::memory_order_relaxed) == key &&
         region::kind_of(r.word.load(std::memory_order_acquire)) == k;
}

/// A record to write the object into: the one it had before, an empty one, or that of the
/// object that ended first. Null when all are open.
record *claim(record *set, kind k, std::uint64_t key) noexcept {
  for (int attempt = 0; attempt < 4; ++attempt) {
    record *best = nullptr;
    for (std::size_t i = 0; i < region::set_size; ++i) {
      record &r = set[i];
      const std::uint64_t word = r.word.load(std::memory_order_acquire);
      if (is_of(r, k, key)) {
        best = &r;
        break;
      }
      if (word & (region::is_open | region::is_closing))
        continue;
      if (!best || (best->word.load(std::memory_order_relaxed) && !word) ||
          (word && best->word.load(std::memory_order_relaxed) && r.opened_at < best->opened_at))
        best = &r;
    }
    if (!best)
      return nullptr;
    std::uint64_t word = best->word.load(std::memory_order_relaxed);
    const std::uint64_t life = word & ~(generation - 1);
    if (best->word.compare_exchange_strong(word, life | claimed, std::memory_order_acq_rel))
      return best;
  }
  return nullptr;
}

} // namespace

record *find(kind k, const void *object) noexcept {
  const auto key = reinterpret_cast<std::uintptr_t>(object);
  record *dead = nullptr;
  for (std::size_t level = 0; level < 3 && (level == 0 || in_use(level)); ++level) {
    record *set = set_of(level, k, key);
    for (std::size_t i = 0; set && i < region::set_size; ++i)
      if (is_of(set[i], k, key)) {
        if (set[i].word.load(std::memory_order_relaxed) & region::is_open)
          return set + i;
        if (!dead || set[i].opened_at >= dead->opened_at)
          dead = set + i;
      }
  }
  return dead;
}

void opened(hook &here, kind k, const void *object, std::uint64_t extra,
            const char *name) noexcept {
  const auto key = reinterpret_cast<std::uintptr_t>(object);
  record *r = nullptr;
  for (std::size_t level = 0; level < 3 && !r; ++level) {
    if (record *set = set_of(level, k, key))
      r = claim(set, k, key);
    if (r && !in_use(level))
      header().levels.fetch_or(1u << level, std::memory_order_relaxed);
  }
  if (!r) {
    count_lost();
    return;
  }
  r->key.store(key, std::memory_order_relaxed);
  r->extra.store(extra, std::memory_order_relaxed);
  r->opened = here.opener(k);
  r->closed = 0;
  r->opened_by = thread_id();
  r->closed_by = self.test;
  r->opened_at = now();
  r->name = remember(name);
  const std::uint64_t life = r->word.load(std::memory_order_relaxed) & ~(generation - 1);
  r->word.store((life + generation) | region::is_open |
                    static_cast<std::uint64_t>(k) << region::kind_shift,
                std::memory_order_release);
  if (options.level > 2)
    happened(here, 1, k, key);
}

namespace {

/// Marks the record as closed. False when it was not open.
bool end(hook &here, record &r) noexcept {
  std::uint64_t word = r.word.load(std::memory_order_acquire);
  if (!(word & region::is_open))
    return false;
  r.closed = here.stack();
  r.closed_by = thread_id();
  if (!r.word.compare_exchange_strong(word, word & ~std::uint64_t(region::is_open),
                                      std::memory_order_acq_rel))
    return false;
  if (options.level > 2)
    happened(here, 2, region::kind_of(word), r.key.load(std::memory_order_relaxed));
  return true;
}

wrong story(rule what, const record &r) noexcept {
  wrong w;
  w.what = what;
  w.handle = region::kind_of(r.word.load(std::memory_order_relaxed));
  w.value = r.key.load(std::memory_order_relaxed);
  w.opened = r.opened;
  w.closed = r.closed;
  w.opened_by = r.opened_by;
  w.closed_by = r.closed ? r.closed_by : 0;
  w.name = r.name;
  return w;
}

/// Kinds that one address may be by mistake: each has a function of its own to end it.
constexpr kind relatives[][2] = {{kind::stdio, kind::process},
                                 {kind::process, kind::stdio},
                                 {kind::semaphore, kind::named_semaphore},
                                 {kind::named_semaphore, kind::semaphore}};

} // namespace

bool closed(hook &here, kind k, const void *object) noexcept {
  record *r = find(k, object);
  if (r && end(here, *r))
    return true;
  for (const auto &[wanted, other] : relatives)
    if (wanted == k)
      if (record *o = find(other, object);
          o && o->word.load(std::memory_order_relaxed) & region::is_open) {
        misused(here, story(rule::mismatched_close, *o));
        end(here, *o);
        return false;
      }
  if (!r)
    return true; // nobody saw it made
  misused(here, story(rule::double_close, *r));
  return false;
}

void forget(hook &here, kind k, const void *object) noexcept {
  if (record *r = find(k, object))
    end(here, *r);
}

void reopened(kind k, const void *object) noexcept {
  if (record *r = find(k, object))
    if (!(r->word.load(std::memory_order_relaxed) & region::is_open)) {
      r->closed = 0;
      r->word.fetch_or(region::is_open, std::memory_order_release);
    }
}

// Mappings. Mostly the whole of one is unmapped; a part of one, or several at once, are
// looked for among all that are open.

namespace {

template <class F> void for_each_mapping(F f) noexcept {
  std::size_t at = region::objects_at;
  for (std::size_t level = 0; level < 3; ++level) {
    for (std::size_t i = 0; in_use(level) && i < region::object_levels[level]; ++i) {
      record &r = *section<record>(at + i * sizeof(record));
      const std::uint64_t word = r.word.load(std::memory_order_acquire);
      if (word & region::is_open && region::kind_of(word) == kind::mapping)
        f(r);
    }
    at += region::object_levels[level] * sizeof(record);
  }
}

} // namespace

void unmapped(hook &here, const void *address, std::size_t size) noexcept {
  const auto from = reinterpret_cast<std::uintptr_t>(address);
  const std::uintptr_t to = from + region::whole_pages(size);
  if (record *r = find(kind::mapping, address))
    if (r->word.load(std::memory_order_relaxed) & region::is_open &&
        region::whole_pages(r->extra.load(std::memory_order_relaxed)) == to - from) {
      end(here, *r);
      return;
    }
  for_each_mapping([&](record &r) {
    const std::uintptr_t begin = r.key.load(std::memory_order_relaxed);
    const std::uintptr_t finish =
        begin + region::whole_pages(r.extra.load(std::memory_order_relaxed));
    if (to <= begin || finish <= from)
      return;
    const std::uint32_t stack = r.opened;
    if (from <= begin)
      end(here, r);
    else
      r.extra.store(from - begin, std::memory_order_relaxed);
    if (to < finish) { // what is behind the hole was mapped where the whole was
      opened(here, kind::mapping, reinterpret_cast<const void *>(to), finish - to);
      if (record *rest = find(kind::mapping, reinterpret_cast<const void *>(to)))
        rest->opened = stack;
    }
  });
}

void mapped(hook &here, const void *address, std::size_t size) noexcept {
  opened(here, kind::mapping, address, size);
}

} // namespace handrail::preload
