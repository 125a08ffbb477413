//===- GlobalLocks.h - who gives back the locks of global variables -*- C++ -*-===//
//
// Who gives back a lock and did not take it was left with it by somebody else. Which
// functions do so is syntactic: a flow-insensitive look at every body, callees first.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/CallGraph.h"
#include <map>

namespace handrail::solver {

class GlobalLocks {
public:
  /// Looks at every body once; O(operations).
  GlobalLocks(const ProgramIndex &Index, const CallGraph &Graph, const model::ModelSet &Models);

  /// Variables with a lock in them, and functions that give it back but do not take it,
  /// themselves or through others; sorted.
  llvm::ArrayRef<std::pair<ProgSym, ProgSym>> givenBack() const { return GivenBack; }

  uint64_t TooFar = 0; ///< how often the bound on steps ended a search

private:
  enum : unsigned { Takes = 1, Gives = 2 };
  static constexpr unsigned MaxSteps = 8; ///< members and conversions between call and variable
  const ir::Operand *objectOf(const ir::Operand &V, llvm::ArrayRef<const ir::Op *> DefOf,
                              const ir::Function &F);
  void visit(ProgSym Self);
  unsigned effectOn(ProgSym Callee, unsigned Arg) const;

  const ProgramIndex &Index;
  const model::ModelSet &Models;
  std::map<std::pair<ProgSym, unsigned>, unsigned> OnArguments; ///< function, argument
  std::map<ProgSym, std::map<ProgSym, unsigned>> OnVariables;   ///< function, variable
  std::vector<std::pair<ProgSym, ProgSym>> GivenBack;
};

} // namespace handrail::solver
