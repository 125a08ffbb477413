//===- Read.h - reports in every form they are kept in -----------*- C++ -*-===//
#pragma once

#include "lib/Ledger/Report.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace handrail::ledger {

/// Reads a JSON document, or the file that a traced process wrote: the first bytes tell
/// which it is. Nothing is symbolized, nothing is grouped. Openings are those of a document
/// that has them, and of another file \p WithOpenings.
llvm::Expected<Report> readReport(llvm::StringRef Path, bool WithOpenings = false);

} // namespace handrail::ledger
