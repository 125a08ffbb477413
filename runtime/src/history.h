//===- history.h - the last events of each thread ---------------*- C++ -*-===//
//
// At level 3 each thread writes what it does to a ring of its own: no lock, no
// allocation but for the ring itself. Rings of ended threads keep their events until
// another thread takes them over. A reader copies a ring while it is written to, and
// leaves out what was overwritten meanwhile.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SRC_HISTORY_H
#define HANDRAIL_SRC_HISTORY_H

#include "handrail/ledger.h"

namespace handrail::detail {

void write_history(const ledger::event &e) noexcept;
/// Of all threads, the oldest first. Stays readable when the level falls.
std::vector<ledger::event> read_history();
/// How many events of a kind that is no misuse were written.
std::uint64_t history_count(ledger::event_kind kind) noexcept;

/// The kernel's number of this thread, kept while it runs.
std::uint32_t this_thread_number() noexcept;

void lock_history() noexcept;
void unlock_history() noexcept;

} // namespace handrail::detail

#endif
