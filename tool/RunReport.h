//===- RunReport.h - from what a run left to the user's report ---*- C++ -*-===//
#pragma once

#include "lib/Ledger/Report.h"
#include "tool/Options.h"
#include "tool/Outputs.h"
#include "llvm/Support/Error.h"

namespace handrail::tool {

/// Where the forms that \p Arguments asks for go.
llvm::Expected<Outputs> openOutputs(const RunReportArguments &Arguments);

/// The reports of runs in \p Paths as one, symbolized and grouped, with the openings that
/// they have.
llvm::Expected<ledger::Report> readRuns(llvm::ArrayRef<std::string> Paths);

/// Symbolizes and groups \p R, takes away what is suppressed or known, and writes it in
/// every form that was asked for. Returns 0 when nothing is left to tell (and with
/// StrictSuppressions all of them were heeded), otherwise the ErrorExitCode.
llvm::Expected<int> renderReport(ledger::Report R, const RunReportArguments &Arguments,
                                 const Outputs &Where);

} // namespace handrail::tool
