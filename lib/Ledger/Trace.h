//===- Trace.h - the lives of handles on a timeline --------------*- C++ -*-===//
#pragma once

#include "lib/Ledger/Outcome.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::ledger {

/// A trace in the JSON format that Perfetto and Chrome read. Every handle of the history
/// is a slice of its own from its open to its close, for lives overlap; so is every leak,
/// from its oldest handle to the end of the process. Counters tell how many handles of
/// each kind were open.
void printTrace(const Outcome &Told, llvm::raw_ostream &OS);

} // namespace handrail::ledger
