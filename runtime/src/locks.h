//===- locks.h - the locks that are not those of tables ---------*- C++ -*-===//
//
// For fork(), which takes all of them, in this order, before those of the tables.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SRC_LOCKS_H
#define HANDRAIL_SRC_LOCKS_H

namespace handrail::detail {

void lock_notes() noexcept; ///< of the C interface
void unlock_notes() noexcept;
void lock_ledger() noexcept;
void unlock_ledger() noexcept;
void lock_managed() noexcept;
void unlock_managed() noexcept;
void lock_sites() noexcept;
void unlock_sites() noexcept;

/// Once, when the library is loaded.
void prepare_for_fork() noexcept;

} // namespace handrail::detail

#endif
