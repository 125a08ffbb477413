//===- Past.h - the project as it was at a revision --------------*- C++ -*-===//
//
// What a change introduces is what is found now and was not found before. So both states
// are analysed in the same way, by today's compile commands, models and settings; the files
// that the change touches are, for the one before, what git has of them. Units that look at
// none of those files are the same in both, and are parsed once.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Finding/Baseline.h"
#include "lib/Project/Revision.h"
#include "tool/Inputs.h"
#include "tool/Setup.h"

namespace handrail::tool {

/// The units of a project as they were.
struct PastUnits {
  std::vector<capture::CompileJob> Jobs;
  std::vector<const Setup *> SetupOf; ///< by job
  project::CaptureRun Run;            ///< by job
  std::vector<std::string> Failed;    ///< files that did not parse then, and do now
};

/// Of the jobs of \p In, captured by \p Now, which watched the files of \p Change. Must be
/// called while the process has a single thread.
llvm::Expected<PastUnits> capturePast(const project::Changes &Change, const Inputs &In,
                                      llvm::ArrayRef<const Setup *> SetupOf,
                                      const project::CaptureRun &Now, unsigned Workers,
                                      const ParseLimits &Limits, bool Quiet);

/// The \p Findings of a past state, with the lines that they are in now.
std::vector<PastFinding> placeNow(llvm::ArrayRef<Finding> Findings, const project::Changes &Change);

} // namespace handrail::tool
