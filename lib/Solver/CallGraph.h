//===- CallGraph.h - order of solving ----------------------------*- C++ -*-===//
#pragma once

#include "lib/Solver/IndirectCalls.h"

namespace handrail::solver {

/// The strongly connected components of the call graph, callees first; members
/// and components in an order that depends on the program alone. (Tarjan 1972.)
struct CallGraph {
  std::vector<std::vector<ProgSym>> Components;
  std::vector<std::vector<ProgSym>> Callees; ///< by symbol, sorted, functions with bodies only
  std::vector<char> Recursive;               ///< by symbol: calls itself, perhaps through others
};

/// A component that calls through pointers make bigger than \p MaxComponent loses
/// those calls: they are forgotten in \p Indirect, and counted in \p Forgotten.
CallGraph buildCallGraph(const ProgramIndex &Index, IndirectCalls &Indirect, unsigned MaxComponent,
                         uint64_t &Forgotten);

} // namespace handrail::solver
