//===- CheckReport.h - the report of check and analyze -----------*- C++ -*-===//
#pragma once

#include "lib/Report/Report.h"
#include "tool/Options.h"
#include "tool/Outputs.h"

namespace handrail::tool {

/// Where the forms that \p Command asks for go.
llvm::Expected<Outputs> openOutputs(const CheckCommand &Command);

/// Writes every form that \p Command asks for. What a form has no room for is told on
/// standard error.
llvm::Error writeReports(const CheckCommand &Command, llvm::ArrayRef<Finding> Findings,
                         llvm::ArrayRef<report::ReportError> Errors, const Outputs &Where);

} // namespace handrail::tool
