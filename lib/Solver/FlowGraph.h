//===- FlowGraph.h - the blocks of a function and their loops ----*- C++ -*-===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/ADT/BitVector.h"

namespace handrail::solver {

/// The blocks control may go to, in order.
llvm::SmallVector<ir::BlockId, 4> successors(const ir::Terminator &T);

/// By node of a graph: the nodes that its edges lead to.
using Edges = std::vector<llvm::SmallVector<uint32_t, 4>>;

/// Appends what can be reached from \p Root without passing a node in \p Seen, depth
/// first: a node comes after those that it leads to, but for cycles. Adds it to \p Seen.
void postOrder(const Edges &Succs, uint32_t Root, llvm::BitVector &Seen,
               std::vector<uint32_t> &Order);

/// Blocks in the order in which they are best worked off. O(blocks² / 64).
struct FlowGraph {
  Edges Succs, Preds;                    ///< by block
  std::vector<ir::BlockId> Order;        ///< a reverse post-order with loops in one piece
  std::vector<uint32_t> Rpo;             ///< by block: position in the order, or UINT32_MAX
  std::vector<llvm::BitVector> LoopBody; ///< by block: the blocks of the loop it heads, or empty
  std::vector<std::vector<ir::BlockId>>
      LoopsOf; ///< by block: heads of the loops around it, outermost first

  FlowGraph() = default;
  explicit FlowGraph(const ir::Function &F);

  bool inLoop(ir::BlockId Head, ir::BlockId B) const {
    return !LoopBody[Head].empty() && LoopBody[Head].test(B);
  }

  /// By block: its immediate post-dominator; the number of blocks stands for a
  /// virtual exit.
  std::vector<ir::BlockId> postDominators() const;

private:
  size_t size() const { return Succs.size(); }
  void order();
  void findLoops();
  void groupLoops();
  std::vector<ir::BlockId> reversedPostOrder(llvm::BitVector &Exits) const;
};

} // namespace handrail::solver
