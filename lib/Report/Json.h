//===- Json.h - findings for programs ----------------------------*- C++ -*-===//
//
// The format is versioned and described by report.schema.json, which is embedded
// and printed by `handrail report schema`. What running programs leaked is told in a
// format of its own (lib/Ledger).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Report/Report.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::report {

/// Goes up when a member changes its meaning or goes away; new members may be
/// added without that.
inline constexpr int JsonVersion = 1;

struct JsonOptions {
  std::string ToolVersion;
  std::string WorkingDirectory; ///< paths below it are printed relative to it
};

/// Prints one JSON document. The same findings give the same bytes.
void printJson(llvm::ArrayRef<Finding> Findings, llvm::ArrayRef<ReportError> Errors,
               const JsonOptions &Options, llvm::raw_ostream &OS);

/// The JSON Schema of what printJson writes, as text.
llvm::StringRef jsonSchema();

} // namespace handrail::report
