//===- Junit.h - leaks and misuses as failed tests ---------------*- C++ -*-===//
#pragma once

#include "lib/Ledger/Outcome.h"
#include "lib/Ledger/Text.h"

namespace handrail::ledger {

/// A test suite that continuous integration shows beside others: a case for each test
/// that leaked or misused something, and one for what happened outside of tests, which
/// is there also when all is well.
void printJunit(const Outcome &Told, const TextOptions &Options, llvm::raw_ostream &OS);

} // namespace handrail::ledger
