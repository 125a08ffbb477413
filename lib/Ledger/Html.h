//===- Html.h - a report as one page ------------------------------*- C++ -*-===//
#pragma once

#include "lib/Ledger/Outcome.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::ledger {

/// One file that needs nothing else: a graph of what is open, tables, stacks with the
/// lines of source around them. Its parts are in the folder html; the report is in it as
/// the JSON document.
void printHtml(const Outcome &Told, llvm::raw_ostream &OS);

} // namespace handrail::ledger
