// Rings of events, one per thread.
#include "history.h"

#include "clock.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <sys/syscall.h>
#include <unistd.h>

namespace handrail::detail {

namespace {

/// Four words; written by one thread, read by any. The first is the address of the
/// type (48 bits), the kind and how a close ended; then the id, both sites, the ticks.
struct history_record {
  std::atomic<std::uint64_t> words[4];
};
static_assert(sizeof(history_record) == 32);
constexpr unsigned kind_shift = 48, exit_shift = 56;
/// Not an event: from here on the ring is that of another thread. The id has its number
/// and, above, the one before.
constexpr std::uint64_t owner_kind = 255;
constexpr std::size_t counted_kinds = static_cast<std::size_t>(ledger::event_kind::released) + 1;

} // namespace

/// Invariant: the records below `head` and not older than the size are complete. Never
/// freed.
struct history_ring {
  static constexpr std::uint64_t size = 1024;

  std::atomic<std::uint64_t> head{0};
  std::atomic<std::uint32_t> thread{0}; ///< that wrote last
  std::atomic<std::uint64_t> counts[counted_kinds] = {};
  history_ring *next = nullptr;
  history_record records[size] = {};

  /// Release, word by word: whoever has read one of a new record knows that the head had
  /// come to it, and that the old one is gone.
  void put(std::uint64_t first, std::uint64_t id, std::uint64_t sites) noexcept {
    const std::uint64_t at = head.load(std::memory_order_relaxed);
    history_record &r = records[at % size];
    const std::uint64_t values[4] = {first, id, sites, ticks()};
    for (std::size_t i = 0; i < std::size(values); ++i)
      r.words[i].store(values[i], std::memory_order_release);
    head.store(at + 1, std::memory_order_release);
  }
  void begin(std::uint32_t number) noexcept {
    const std::uint32_t before = thread.exchange(number, std::memory_order_acq_rel);
    if (before != number)
      put(owner_kind << kind_shift, number | std::uint64_t(before) << 32, 0);
  }
  void write(const ledger::event &e) noexcept {
    const auto kind = static_cast<std::size_t>(e.kind);
    if (kind < counted_kinds)
      counts[kind].store(counts[kind].load(std::memory_order_relaxed) + 1,
                         std::memory_order_relaxed);
    put(reinterpret_cast<std::uintptr_t>(e.type) | std::uint64_t(kind) << kind_shift |
            std::uint64_t(e.exit) << exit_shift,
        e.id, e.opened | std::uint64_t(e.at) << 32);
  }
  void read(std::vector<ledger::event> &out) const;
};

namespace {

constinit std::atomic<history_ring *> rings{nullptr};
/// What threads do after their own variables are gone; under the mutex.
constinit std::mutex late_mutex;
constinit history_ring *late_ring = nullptr;

/// Not with `operator new`, which may be what the program watches.
history_ring *make_ring() noexcept {
  void *memory = std::malloc(sizeof(history_ring));
  if (!memory)
    return nullptr;
  auto *made = ::new (memory) history_ring;
  made->next = rings.load(std::memory_order_relaxed);
  while (!rings.compare_exchange_weak(made->next, made, std::memory_order_acq_rel)) {
  }
  return made;
}

std::uint32_t ask_thread_number() noexcept {
#if defined(SYS_gettid)
  return static_cast<std::uint32_t>(::syscall(SYS_gettid));
#else
  return static_cast<std::uint32_t>(::getpid());
#endif
}

void write_late(const ledger::event &e) noexcept {
  std::lock_guard lock(late_mutex);
  if (!late_ring && !(late_ring = make_ring()))
    return;
  late_ring->begin(ask_thread_number());
  late_ring->write(e);
}

} // namespace

void history_ring::read(std::vector<ledger::event> &out) const {
  // Before the head: if another thread takes over in between, its mark says so.
  std::uint32_t number = thread.load(std::memory_order_acquire);
  const std::uint64_t end = head.load(std::memory_order_acquire);
  const std::uint64_t begin = end > size ? end - size : 0;
  struct copied {
    std::uint64_t words[4];
  };
  std::vector<copied> copies(end - begin);
  for (std::uint64_t i = begin; i < end; ++i)
    for (std::size_t k = 0; k < std::size(copies[0].words); ++k)
      copies[i - begin].words[k] = records[i % size].words[k].load(std::memory_order_acquire);
  // The record at the head may be half overwritten already.
  const std::uint64_t now = head.load(std::memory_order_acquire) + 1;
  const std::uint64_t first = std::max(begin, now > size ? now - size : 0);
  const auto is_mark = [](const copied &c) {
    return (c.words[0] >> kind_shift & 255) == owner_kind;
  };
  if (first >= end)
    return;
  const auto oldest = copies.begin() + static_cast<std::ptrdiff_t>(first - begin);
  if (auto mark = std::find_if(oldest, copies.end(), is_mark); mark != copies.end())
    number = static_cast<std::uint32_t>(mark->words[1] >> 32);
  for (auto c = oldest; c != copies.end(); ++c) {
    if (is_mark(*c)) {
      number = static_cast<std::uint32_t>(c->words[1]);
      continue;
    }
    ledger::event e;
    e.kind = static_cast<ledger::event_kind>(c->words[0] >> kind_shift & 255);
    e.exit = static_cast<std::uint8_t>(c->words[0] >> exit_shift);
    e.type = reinterpret_cast<const resource_type *>(c->words[0] &
                                                     ((std::uint64_t(1) << kind_shift) - 1));
    e.id = c->words[1];
    e.opened = static_cast<std::uint32_t>(c->words[2]);
    e.at = static_cast<std::uint32_t>(c->words[2] >> 32);
    e.thread = number;
    e.time = c->words[3];
    out.push_back(e);
  }
}

std::uint32_t this_thread_number() noexcept {
  use_record *const mine = this_thread.uses ? this_thread.uses : attach_thread();
  if (!mine)
    return ask_thread_number();
  if (!mine->thread)
    mine->thread = ask_thread_number();
  return mine->thread;
}

void write_history(const ledger::event &e) noexcept {
  use_record *const mine = this_thread.uses ? this_thread.uses : attach_thread();
  if (!mine)
    return write_late(e);
  if (!mine->history && !(mine->history = make_ring()))
    return;
  if (!mine->thread || mine->history->thread.load(std::memory_order_relaxed) != mine->thread)
      [[unlikely]]
    mine->history->begin(this_thread_number());
  mine->history->write(e);
}

std::vector<ledger::event> read_history() {
  std::vector<ledger::event> all;
  for (const history_ring *r = rings.load(std::memory_order_acquire); r; r = r->next)
    r->read(all);
  std::ranges::sort(all, {}, [](const ledger::event &e) { return std::pair(e.time, e.thread); });
  const tick_scale scale;
  for (ledger::event &e : all)
    e.time = scale.ns_of(e.time);
  return all;
}

std::uint64_t history_count(ledger::event_kind kind) noexcept {
  std::uint64_t sum = 0;
  for (const history_ring *r = rings.load(std::memory_order_acquire); r; r = r->next)
    sum += r->counts[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
  return sum;
}

void lock_history() noexcept { late_mutex.lock(); }
void unlock_history() noexcept { late_mutex.unlock(); }

} // namespace handrail::detail
