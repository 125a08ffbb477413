//===- Html.h - findings as one page ------------------------------*- C++ -*-===//
#pragma once

#include "lib/Report/Report.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::report {

/// One file that needs nothing else: the findings by check, file and owner, and for each
/// the source with its path drawn on it. Its parts are in the folder html. The same
/// report, sources and CODEOWNERS file give the same bytes.
void printHtml(const Report &R, llvm::raw_ostream &OS);

} // namespace handrail::report
