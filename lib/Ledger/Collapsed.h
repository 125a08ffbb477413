//===- Collapsed.h - live handles for flame graph tools ----------*- C++ -*-===//
#pragma once

#include "lib/Ledger/Outcome.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::ledger {

/// One line for each stack: `server;main;accept_one;[socket] 3`, outermost first, with
/// the number of handles that it left open.
void printCollapsed(const Outcome &Told, llvm::raw_ostream &OS);

} // namespace handrail::ledger
