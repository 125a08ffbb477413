//===- Sarif.h - findings as SARIF 2.1.0 -------------------------*- C++ -*-===//
#pragma once

#include "lib/Report/Report.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::report {

/// What GitHub's code scanning takes of one file, as its documentation says; it refuses
/// what is larger. It shows less still: the 5,000 most severe results.
struct SarifLimits {
  size_t Results = 25'000;
  size_t FlowLocations = 10'000;       ///< of one result
  size_t Locations = 1'000;            ///< of one result
  size_t CompressedBytes = 10'000'000; ///< of the file
};

/// Writes a log with one run: all checks as rules, a result for each finding, with its path
/// as a code flow or its notes as related locations, its fix and its fingerprint. What is
/// beyond \p Limits is left out, the least severe first, and a notification in the log says
/// so; the same sentences are returned.
std::vector<std::string> printSarif(const Report &R, llvm::raw_ostream &OS,
                                    const SarifLimits &Limits = {});

} // namespace handrail::report
