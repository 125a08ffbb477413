//===- Outcome.h - a report as it is told ------------------------*- C++ -*-===//
//
// What every renderer of this folder gets: the report after symbols were found, the
// same things grouped, and what is not wanted taken away, with a word on each step.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Report.h"

namespace handrail::ledger {

/// What became of one line of a suppression file.
struct SuppressionUse {
  enum Status { Used, Unused, Exceeded, Expired };
  std::string Place; ///< "file:line"
  std::string Rule;  ///< as written, without the reason
  std::string Reason;
  Status State = Unused;
  std::uint64_t Count = 0; ///< what it matched: handles, or calls
  std::uint64_t Groups = 0;
};

struct Outcome {
  Report Found; ///< grouped
  std::vector<SuppressionUse> Suppressions;
  std::uint64_t Known = 0;        ///< groups that the baseline has
  std::vector<std::string> Notes; ///< what a reader has to know: a module that changed
  /// Found is compared with an earlier report: Before has a meaning, and these are gone.
  /// Their stacks and processes are those of Found.
  bool Compared = false;
  std::vector<Leak> FixedLeaks;
  std::vector<Misuse> FixedMisuses;
};

} // namespace handrail::ledger
