//===- Analysis.h - captured units to findings -------------------*- C++ -*-===//
#pragma once

#include "lib/Engine/ResultCache.h"
#include "lib/Project/Workers.h"
#include "tool/RunCache.h"
#include "tool/Setup.h"

namespace handrail::tool {

struct AnalysisResult {
  std::vector<Finding> Findings;     ///< normalised
  std::vector<KeptHandle> Kept;      ///< in any order
  std::vector<std::string> Failures; ///< units that could not be read back
  bool Linked = false;               ///< by analyzeProgram
  /// Of each program, where asked for: its models, and what its functions do.
  std::vector<std::pair<const model::ModelSet *, std::string>> Summaries;
  std::vector<std::string> LinkNotes; ///< see link::LinkedProgram
  uint64_t Merged = 0;
  uint64_t UnitsReused = 0;                            ///< with the findings of an earlier run
  uint64_t ResultsFound = 0, ResultsMade = 0;          ///< of units or programs, with a cache
  uint64_t ComponentsSolved = 0, ComponentsReused = 0; ///< with a cache
  solver::SolverStats Stats;
  CheckStats Checks;
  double ReadSeconds = 0, SolveSeconds = 0, CheckSeconds = 0; ///< of all threads together
};

/// Analyses the units of \p Run with \p Threads threads; \p Setups says by job how.
/// The result depends on neither the threads nor the order in which they finish.
/// At most one unit per thread is in memory. \p Progress is called with the number
/// of units done, by one thread at a time. With \p Cache, units that were analysed
/// by an earlier run in the same way are not even read.
AnalysisResult analyzeUnits(const project::CaptureRun &Run, llvm::ArrayRef<const Setup *> Setups,
                            unsigned Threads, const RunCache *Cache,
                            llvm::function_ref<void(size_t)> Progress);

/// As analyzeUnits(), but units that are judged alike are linked to one program:
/// handles are followed across files. All units are in memory, less what they have
/// in common. \p Cache, where solved components are kept and results, may be null.
/// \p Summarize asks for summaries.
AnalysisResult analyzeProgram(const project::CaptureRun &Run,
                              llvm::ArrayRef<capture::CompileJob> Jobs,
                              llvm::ArrayRef<const Setup *> Setups, unsigned Threads,
                              const RunCache *Cache, bool Summarize,
                              llvm::function_ref<void(size_t)> Progress);

} // namespace handrail::tool
