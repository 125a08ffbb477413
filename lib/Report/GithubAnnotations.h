//===- GithubAnnotations.h - findings as workflow commands -------*- C++ -*-===//
#pragma once

#include "lib/Report/Report.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::report {

/// A line `::error file=…,line=…::…` for each finding, which a GitHub Actions runner makes an
/// annotation when a step prints it. GitHub takes ten errors and ten warnings of a step, the
/// first ones: files that could not be analysed come first, with one line each, for nothing
/// is known of them, and then the worst findings.
void printGithubAnnotations(const Report &R, llvm::raw_ostream &OS);

} // namespace handrail::report
