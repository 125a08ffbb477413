//===- Report.h - what every form of a report is made of ---------*- C++ -*-===//
#pragma once

#include "lib/Finding/Finding.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace handrail::report {

/// Something that could not be analysed, or only in part.
struct ReportError {
  Location Loc; ///< Line is 0 when the whole file is meant, File empty when no file is
  std::string Message;
  auto operator<=>(const ReportError &) const = default;
};

/// A check, for forms that tell about all of them whether they found anything or not.
struct Rule {
  llvm::StringRef Check;   ///< id without prefix
  llvm::StringRef Summary; ///< one line: lower case, no full stop
  llvm::StringRef Page;    ///< Markdown
  Severity Sev = Severity::Warning;
  bool OnByDefault = true;
  bool TellsPath = false; ///< its notes are the steps of a path, in the order of execution
};

/// What there is to report.
struct Report {
  llvm::ArrayRef<Finding> Findings;
  llvm::ArrayRef<ReportError> Errors;
  llvm::ArrayRef<Rule> Rules; ///< those of all checks, also of those that did not run
  std::string ToolVersion;
  std::string WorkingDirectory;                      ///< paths below it are printed relative to it
  Confidence MinimumConfidence = Confidence::Likely; ///< less is not among the findings
  bool Successful = true; ///< the errors, if any, are no failure of the run
  bool Color = false;
};

/// The findings with the most severe first, and of those the surest; otherwise in their order.
std::vector<const Finding *> worstFirst(llvm::ArrayRef<Finding> Findings);

llvm::StringRef severityName(Severity Sev);
llvm::StringRef confidenceName(Confidence Conf);
llvm::StringRef stateName(RunEvidence::State What);
llvm::StringRef matchName(RunEvidence::Match Sure);

} // namespace handrail::report
