//===- Group.h - what is the same is told once -------------------*- C++ -*-===//
//
// Processes of one run, and runs, become one report in which the same stack is there
// once; then what one place did in one test of one program becomes one entry.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Outcome.h"

namespace handrail::ledger {

/// All that is in \p Reports, modules and stacks shared. Nothing is added up.
Report merge(std::vector<Report> Reports);

/// Drops the stacks that nothing refers to; the others come in the order of their use.
void keepUsedStacks(Report &R);

/// \p R with the leaks added up that have the same process command, kind, type, owner,
/// site, test and stack, and so the misuses, each with its hash. The most frequent come
/// first; what is equally frequent is in an order that depends on nothing but the report.
/// Stacks that nothing refers to are gone. The steps of misuses are in the order here,
/// opened, closed, previously closed, previously opened, owner.
Report grouped(Report R);

/// What of a leak or misuse stays the same in other builds of the same program: rule,
/// kind, type, and the functions and modules of the stack that opened it or of the call,
/// from the thread's function on; no lines and no offsets. 16 hexadecimal digits.
std::string stableHash(const Report &R, const Leak &L);
std::string stableHash(const Report &R, const Misuse &M);

/// Tells what is new or more in \p Told since \p Old, both grouped, by hash, test and
/// command.
void compare(Outcome &Told, Report Old);

} // namespace handrail::ledger
