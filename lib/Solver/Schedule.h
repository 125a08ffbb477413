//===- Schedule.h - components on several threads ----------------*- C++ -*-===//
#pragma once

#include "lib/Solver/CallGraph.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace handrail::solver {

/// Calls \p Solve with the number of every component of \p Graph, those of its
/// callees before it, on \p Threads threads of which the calling one is one. What
/// one call wrote is seen by those that come after it. With one thread the
/// components come in their order.
void forEachBottomUp(const CallGraph &Graph, unsigned Threads,
                     llvm::function_ref<void(uint32_t Component)> Solve);

} // namespace handrail::solver
