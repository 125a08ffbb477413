//===- Region.h - the ledger that a traced process writes --------*- C++ -*-===//
#pragma once

#include "lib/Ledger/Report.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace handrail::ledger {

/// What files of this kind begin with.
inline constexpr llvm::StringLiteral RegionMagic = "HRLEDGER";

/// Reads the file that a process wrote or is writing, \p WithOpenings or without. Nothing is
/// symbolized.
llvm::Expected<Report> readRegion(llvm::StringRef Path, bool WithOpenings = false);

} // namespace handrail::ledger
