//===- IndirectCalls.h - where calls through pointers go ---------*- C++ -*-===//
//
// A flow-insensitive and field-based view of the whole program: a field of a
// record type is one variable, whatever the object, and so is an array (Heintze
// and Tardieu, "Ultra-fast Aliasing Analysis using CLA", PLDI 2001). Functions get
// there by initialisers of tables, stores, and arguments. A set of targets is
// *open* when something flows in that nobody here sees.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/ProgramIndex.h"
#include "llvm/ADT/DenseMap.h"

namespace handrail::solver {

/// Invariant: each function has a body or a model, and there is at least one.
struct CallTargets {
  std::vector<ProgSym> Functions; ///< sorted
  bool Open = false;              ///< there may be others
};

class IndirectCalls {
public:
  /// Looks at every body once, and then as often as functions travel from variable
  /// to variable.
  IndirectCalls(const ProgramIndex &Index, unsigned MaxTargets);

  /// Where \p O of the program may go; null when nothing is known, or too much.
  const CallTargets *at(const ir::Op &O) const {
    auto It = Calls.find(&O);
    return It == Calls.end() ? nullptr : &It->second;
  }
  void forget(const ir::Op &O) { Calls.erase(&O); }

  uint64_t Resolved = 0; ///< calls of which targets are known
  uint64_t TooMany = 0;  ///< calls with more targets than the bound
  uint64_t TooFar = 0;   ///< how often a bound ended a search

private:
  friend class TargetAnalysis;
  llvm::DenseMap<const ir::Op *, CallTargets> Calls; ///< looked up, never walked
};

} // namespace handrail::solver
