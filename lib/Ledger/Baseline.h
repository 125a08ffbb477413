//===- Baseline.h - what is known already ------------------------*- C++ -*-===//
//
// A file of lines, each a hash (Group.h) and a description for people, sorted so that
// version control can merge it:
//
//   # handrail baseline
//   2f0b1d1a9c3e4f50 leak of socket in accept_one
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Outcome.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <set>

namespace handrail::ledger {

/// The lines for all in \p R, which is grouped.
std::string baselineText(const Report &R);

/// The hashes of a baseline. An error names file and line.
llvm::Expected<std::set<std::string>> parseBaseline(llvm::StringRef Text, llvm::StringRef FileName);

/// Takes from Told.Found, which is grouped, what \p Known has, and counts it.
void dropKnown(Outcome &Told, const std::set<std::string> &Known);

} // namespace handrail::ledger
