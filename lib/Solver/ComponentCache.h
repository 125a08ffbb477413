//===- ComponentCache.h - what earlier runs solved ---------------*- C++ -*-===//
//
// A component of the call graph is solved again when something it depends on has
// changed: its bodies, what the program says of the names in them, the summaries
// of what it calls. When a changed body has the summary it had before, its callers
// depend on nothing that changed (early cutoff).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/Solver.h"
#include "llvm/ADT/StringMap.h"

namespace handrail::solver {

/// Solved components by a digest of all they depend on, but for the tool: one cache is
/// for one build.
class ComponentCache {
public:
  /// Takes what an earlier one saved; anything else is empty.
  explicit ComponentCache(std::string Saved);
  ComponentCache(const ComponentCache &) = delete;
  ComponentCache &operator=(const ComponentCache &) = delete;

  /// Empty when there is none. Safe from several threads.
  llvm::StringRef find(llvm::StringRef Key) const { return Records.lookup(Key); }

  /// What is to be kept of a run, in an order that depends on the program alone.
  void keep(llvm::StringRef Key, llvm::StringRef Record);
  /// The bytes for the next run.
  std::string save() const;

  uint64_t Solved = 0, Reused = 0; ///< components, in the last run

private:
  const std::string Saved;
  llvm::StringMap<llvm::StringRef> Records; ///< parts of Saved
  std::string Kept;
};

/// As solve(), with the same result, and takes from \p Cache what has been solved.
Solution solve(const Program &P, const model::ModelSet &Models, const SolverOptions &Options,
               ComponentCache &Cache);

} // namespace handrail::solver
