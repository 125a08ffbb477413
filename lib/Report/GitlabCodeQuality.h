//===- GitlabCodeQuality.h - findings for GitLab's Code Quality --*- C++ -*-===//
#pragma once

#include "lib/Report/Report.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::report {

/// An array with an issue for each finding and each error. GitLab takes the fingerprint for
/// the identity of an issue: no two have the same, and a finding that moves keeps its own.
void printGitlabCodeQuality(const Report &R, llvm::raw_ostream &OS);

} // namespace handrail::report
