//===- CallGraph.h - order of solving ----------------------------*- C++ -*-===//
#pragma once

#include "lib/Solver/ProgramIndex.h"

namespace handrail::solver {

/// The strongly connected components of the call graph, callees first; members
/// and components in an order that depends on the program alone. (Tarjan 1972.)
struct CallGraph {
  std::vector<std::vector<ProgSym>> Components;
  std::vector<std::vector<ProgSym>> Callees; ///< by symbol, sorted, functions with bodies only
  std::vector<char> Recursive;               ///< by symbol: calls itself, perhaps through others
  std::vector<uint32_t> ComponentOf;         ///< by symbol; UINT32_MAX without a body

  /// The other components that functions of component \p C call; sorted.
  std::vector<uint32_t> calleeComponents(uint32_t C) const;
};

CallGraph buildCallGraph(const ProgramIndex &Index);

} // namespace handrail::solver
