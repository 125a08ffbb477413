//===- Sarif.h - leaks and misuses as SARIF 2.1.0 ----------------*- C++ -*-===//
#pragma once

#include "lib/Ledger/Outcome.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::ledger {

struct SarifOptions {
  std::string ToolVersion;
  std::string WorkingDirectory; ///< paths below it become relative URIs
};

/// One result for each group: its stacks, for misuses the way from open to the wrong call
/// as a code flow, and the stable hash as partial fingerprint.
void printSarif(const Outcome &Told, const SarifOptions &Options, llvm::raw_ostream &OS);

} // namespace handrail::ledger
