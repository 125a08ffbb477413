//===- Junit.h - findings as failed tests ------------------------*- C++ -*-===//
#pragma once

#include "lib/Report/Report.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::report {

/// A test case for each finding, in the class of its check, so that a new finding is a test
/// that fails from then on. No line is part of a name: a finding that moves stays the same
/// test. What could not be analysed is a test with an error; one that passes says that
/// there is nothing to tell.
void printJunit(const Report &R, llvm::raw_ostream &OS);

} // namespace handrail::report
