//===- Text.h - findings for people ------------------------------*- C++ -*-===//
//
// The form compilers use, so that editors and eyes already know it:
//
//   src/log.c:12:13: warning: message [handrail-missing-close]
//      12 |   FILE *f = fopen(path, "r");
//         |             ^~~~~~~~~~~~~~~~
//   src/log.c:17:5: note: …
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Finding/Finding.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::report {

struct TextOptions {
  bool Color = false;
  bool Snippets = true;         ///< show source lines; files that cannot be read are skipped
  std::string WorkingDirectory; ///< paths below it are printed relative to it
};

/// Prints \p Findings in their order. Each source file is read once, and only
/// when a finding points into it.
void printText(llvm::ArrayRef<Finding> Findings, const TextOptions &Options, llvm::raw_ostream &OS);

/// One line as the front end words it: `file:line:col: error: message`. Line and
/// column are left out when 0.
void printError(const Location &Loc, llvm::StringRef Message, const TextOptions &Options,
                llvm::raw_ostream &OS);

} // namespace handrail::report
