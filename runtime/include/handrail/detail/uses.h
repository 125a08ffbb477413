//===- uses.h - threads announce the slots they use -------------*- C++ -*-===//
//
// A look-up that counted its users in the slot would write a word that all
// threads share. Instead each thread has a record of cells of its own: it writes
// the slot's address into one, and then looks at the slot's word again. Who closes
// an entry first changes the word, and then looks at the cells. One of the two
// sees the other, provided that both writes come before both looks.
//
// While one thread alone looks things up in a table, that needs no expensive
// instruction: the table is biased to this thread. Another thread that comes makes
// the table everybody's, with a barrier that the kernel runs on all threads. When
// nobody has closed anything for a while, the table becomes quiet: nobody needs an
// expensive instruction, and the next closer runs such a barrier. On systems without
// it, all uses are pins.
//
// A use ends in two steps. The cell is first marked as being left: it does not keep
// the object then, but still the table's memory, so that the word can be looked at
// once more; whoever leaves a closed entry last destroys its object. Both are plain
// stores: a closer that finds somebody else's announcement runs a barrier, and looks
// again. Who still announces then will see that the entry is closed.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_DETAIL_USES_H
#define HANDRAIL_DETAIL_USES_H

#include "../config.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace handrail::detail {

using use_cell = std::atomic<std::uintptr_t>;
struct history_ring;

/// Invariant: only the thread that has the record fills a cell; any thread may
/// empty one. Records are never freed: a thread that ends leaves its own to a
/// later one.
struct use_record {
  static constexpr std::uintptr_t leaving = 1; ///< added to a slot's address

  alignas(64) use_cell cells[8] = {};
  alignas(64) std::uint32_t number = 0; ///< of no other living thread
  std::uint32_t announcements = 0;      ///< that were expensive
  std::atomic<bool> taken{true};
  use_record *next = nullptr;
  /// Places in the source that this thread was at, by the address that identifies
  /// the call; for the level at which stacks do not matter.
  struct known_site {
    std::uintptr_t key;
    std::uint32_t number;
  } sites[64] = {};
  history_ring *history = nullptr; ///< stays with the record
  std::uint32_t thread = 0;        ///< the kernel's number of the thread; 0: not asked yet

  known_site &site_at(std::uintptr_t key) noexcept { return sites[key / 8 % std::size(sites)]; }
  const known_site &site_at(std::uintptr_t key) const noexcept {
    return sites[key / 8 % std::size(sites)];
  }
  static bool owns(const use_record *r, const use_cell *c) noexcept {
    return reinterpret_cast<std::uintptr_t>(c) - reinterpret_cast<std::uintptr_t>(r) <
           sizeof(cells);
  }
  use_cell *free_cell() noexcept {
    for (use_cell &c : cells)
      if (!c.load(std::memory_order_relaxed)) [[likely]]
        return &c;
    return nullptr;
  }
  bool announces(std::uintptr_t slot) const noexcept {
    std::uintptr_t any = 0;
    for (const use_cell &c : cells)
      any |= c.load(std::memory_order_seq_cst);
    if (!any) [[likely]]
      return false;
    for (const use_cell &c : cells)
      if (c.load(std::memory_order_seq_cst) == slot)
        return true;
    return false;
  }
};

/// Small, since it takes its place in every thread of every program.
struct thread_state {
  use_record *uses;    ///< null before the first use, and when the thread ends
  std::int64_t opened; ///< handles that this thread opened, less those it closed
  std::uint32_t test;  ///< that it works for (testing.h), or 0
};
#if defined(__GNUC__)
#define HANDRAIL_FAST_TLS __attribute__((tls_model("initial-exec")))
#else
#define HANDRAIL_FAST_TLS
#endif
extern HANDRAIL_API constinit thread_local HANDRAIL_FAST_TLS thread_state this_thread;

/// From here on this thread works for that test, or for none (0).
HANDRAIL_API void work_for(std::uint32_t test) noexcept;
/// Gives this thread a record; null when it ends or memory runs out.
HANDRAIL_API use_record *attach_thread() noexcept;
/// The first of all records.
use_record *all_uses() noexcept;
/// The marks of a table that belongs to no thread in particular.
HANDRAIL_API extern use_record everybody, changing;
/// Whether barrier_everywhere() works in this process. Once it does, it stays so.
extern constinit std::atomic<bool> has_barrier;
/// All running threads' stores before it are visible after it, and all their loads
/// after it see what was stored before it.
void barrier_everywhere() noexcept;

} // namespace handrail::detail

#endif
