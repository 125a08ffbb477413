//===- Borrowing.h - functions without a body that only borrow ---*- C++ -*-===//
//
// What a function that nobody sees does with a handle is told by its callers: who
// closes a handle after the call knows that the call did not take it. The evidence
// is syntactic, a data flow over access paths that needs no exploration.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/CallGraph.h"
#include "llvm/ADT/DenseMap.h"

namespace handrail::solver {

class Borrowing {
public:
  /// Looks at every body once; O(operations).
  Borrowing(const ProgramIndex &Index, const CallGraph &Graph, const IndirectCalls &Indirect,
            const model::ModelSet &Models);

  /// True when more callers release what they passed as argument \p Arg to
  /// \p Callee afterwards than pass a handle of their own and never release it.
  bool borrows(ProgSym Callee, unsigned Arg) const;

private:
  friend class BorrowingAnalysis;
  struct Votes {
    unsigned Borrowed = 0, Taken = 0;
  };
  llvm::DenseMap<std::pair<ProgSym, unsigned>, Votes> Seen;
};

} // namespace handrail::solver
