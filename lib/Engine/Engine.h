//===- Engine.h - the pipeline behind both front doors -----------*- C++ -*-===//
#pragma once

#include "lib/Engine/Check.h"
#include "lib/Solver/SummaryFile.h"

namespace handrail {

struct EngineOptions {
  solver::SolverOptions Solver;
  std::map<std::string, handrail::CheckOptions> Options; ///< by check id
  Confidence MinimumConfidence = Confidence::Likely;
  /// Of functions that the program declares and does not define; may be null. Invariant: it
  /// expects the models that analyze() is given.
  std::shared_ptr<const solver::SummaryFile> Summaries;
};

/// A handle that was given to a function of which nothing is known, so that nothing
/// more is said about it.
struct KeptHandle {
  std::string Callee; ///< empty: a function pointer
  Location Acquired, Passed;
  auto operator<=>(const KeptHandle &) const = default;
};

struct EngineResult {
  std::vector<Finding> Findings; ///< normalised
  std::vector<KeptHandle> Kept;
  std::string Summaries; ///< if the solver's options ask for them: see solver::SummaryFile
  solver::SolverStats Stats;
  CheckStats Checks;
  double SolveSeconds = 0, CheckSeconds = 0;
};

/// Solves the units as one program and runs the checks over it.
EngineResult analyze(const solver::Program &Program, const model::ModelSet &Models,
                     const std::vector<RegisteredCheck> &Checks, const EngineOptions &Options);

} // namespace handrail
