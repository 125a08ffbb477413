//===- CallGraph.h - order of solving ----------------------------*- C++ -*-===//
#pragma once

#include "lib/Solver/IndirectCalls.h"
#include "llvm/ADT/DenseSet.h"

namespace handrail::solver {

/// The strongly connected components of the call graph, callees first; members
/// and components in an order that depends on the program alone. (Tarjan 1972.)
struct CallGraph {
  std::vector<std::vector<ProgSym>> Components;
  std::vector<std::vector<ProgSym>> Callees; ///< by symbol, sorted, functions with bodies only
  std::vector<char> Recursive;               ///< by symbol: calls itself, perhaps through others
  std::vector<uint32_t> ComponentOf;         ///< by symbol; UINT32_MAX without a body
  /// Functions that nobody is taken to find in a constant table: no edge says so.
  llvm::DenseSet<ProgSym> Hidden; // looked up, never walked

  /// The other components that functions of component \p C call; sorted.
  std::vector<uint32_t> calleeComponents(uint32_t C) const;
};

/// Who names a function, or a constant table that leads to it, may call it. A component
/// that calls through pointers make bigger than \p MaxComponent loses those calls:
/// they are forgotten in \p Indirect, and counted in \p Forgotten. One that tables make
/// bigger loses these: its functions are hidden.
CallGraph buildCallGraph(const ProgramIndex &Index, IndirectCalls &Indirect, unsigned MaxComponent,
                         uint64_t &Forgotten);

} // namespace handrail::solver
