//===- Summary.h - what a run says beside its findings -----------*- C++ -*-===//
#pragma once

#include "lib/Report/Json.h"
#include "tool/Analysis.h"
#include "tool/Inputs.h"
#include <set>

namespace handrail::tool {

/// Everything that went wrong with files, in the order of the jobs. A header that
/// many files include is blamed once.
std::vector<report::ReportError> collectErrors(const Inputs &In, const project::CaptureRun &Run,
                                               const AnalysisResult &Analysis);

/// Files that were not, or not completely, analysed; by name.
std::set<std::string> failedFiles(const Inputs &In, const project::CaptureRun &Run);

/// Prints errors to standard error, of one file no more than anybody reads.
void printErrors(llvm::ArrayRef<report::ReportError> Errors);

/// The closing line: `3 findings in 12 files (2 could not be parsed)`, where \p What
/// are the findings.
void printSummary(llvm::StringRef What, const Inputs &In, size_t Failed);

/// What `--why-not` shows: functions of which nothing is known, by the number of
/// handles that they were given.
void printKept(std::vector<KeptHandle> Kept, llvm::raw_ostream &OS);

/// What `--stats` shows of files.
void printCaptureStats(const Inputs &In, const project::CaptureRun &Run,
                       const std::set<std::string> &Failed, llvm::raw_ostream &OS);

/// What `--stats` shows of all the rest, and of files.
void printStats(const Inputs &In, const project::CaptureRun &Run, const AnalysisResult &Analysis,
                const std::set<std::string> &Failed, double WallSeconds, llvm::raw_ostream &OS);

} // namespace handrail::tool
