//===- Join.h - what was found, and what runs have shown ---------*- C++ -*-===//
//
// A finding speaks of what may happen, a report of a run of what did. Both name the call
// that opened the handle: the finding by the calls that the handle came from
// (Finding::Acquired), the run by the stack of the call. They speak of the same handle when
// kind, functions and places agree; RunEvidence::Match names how much of that did.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Finding/Finding.h"
#include "lib/Ledger/Report.h"
#include "llvm/ADT/ArrayRef.h"

namespace handrail {

/// Which of \p Findings and of the leaks and misuses of \p Run are the same.
struct Join {
  std::vector<std::optional<RunEvidence>> EvidenceFor; ///< by number of the finding
  /// By number of the leak: the finding that explains it, and how surely.
  using Explanation = std::optional<std::pair<size_t, RunEvidence::Match>>;
  std::vector<Explanation> Leaks, Misuses;
};

/// \p Run is symbolized and grouped. Only findings of checks that tell of handles left open,
/// closed twice or used too late can be seen in a run, and only those of kinds that a run
/// watches; the others have no evidence. That a handle was always closed, or its place never
/// reached, is known only when \p Run has openings. O(n m) for findings and stacks of one
/// kind.
Join joinRuns(llvm::ArrayRef<Finding> Findings, const ledger::Report &Run);

/// What joinRuns() says, as a reader is told: "confirmed in 2 runs".
std::string describe(const RunEvidence &Evidence);

/// What a run has shown and no finding tells of, as findings of the rules of the run.
/// Those whose stack names no source file are left out.
std::vector<Finding> findingsOf(const ledger::Report &Run, const Join &Joined);

/// The path of \p F, for a leak that it explains.
ledger::StaticPath pathOf(const Finding &F, RunEvidence::Match Sure);

} // namespace handrail
