//===- FlowGraph.cpp - order, loops, post-dominators ----------------------===//

#include "lib/Solver/FlowGraph.h"
#include <algorithm>
#include <set>

using namespace handrail::ir;

namespace handrail::solver {

llvm::SmallVector<BlockId, 4> successors(const Terminator &T) {
  llvm::SmallVector<BlockId, 4> Out(T.Succs.begin(), T.Succs.end());
  for (const SwitchCase &C : T.Cases)
    Out.push_back(C.Target);
  return Out;
}

void postOrder(const Edges &Succs, uint32_t Root, llvm::BitVector &Seen,
               std::vector<uint32_t> &Order) {
  if (Seen.test(Root))
    return;
  Seen.set(Root);
  std::vector<std::pair<uint32_t, size_t>> Stack{{Root, 0}}; // node, next edge
  while (!Stack.empty()) {
    auto &[N, Next] = Stack.back();
    if (Next == Succs[N].size()) {
      Order.push_back(N);
      Stack.pop_back();
      continue;
    }
    uint32_t To = Succs[N][Next++];
    if (!Seen.test(To)) {
      Seen.set(To);
      Stack.push_back({To, 0});
    }
  }
}

FlowGraph::FlowGraph(const Function &F) : Succs(F.Blocks.size()), Preds(F.Blocks.size()) {
  for (BlockId B = 0; B < Succs.size(); ++B) {
    Succs[B] = successors(F.Blocks[B].Term);
    for (BlockId S : Succs[B])
      Preds[S].push_back(B);
  }
  order();
  findLoops();
  groupLoops();
}

void FlowGraph::order() {
  std::vector<BlockId> Post;
  llvm::BitVector Seen(size());
  postOrder(Succs, 0, Seen, Post);
  Order.assign(Post.rbegin(), Post.rend());
  Rpo.assign(size(), UINT32_MAX);
  for (uint32_t K = 0; K < Order.size(); ++K)
    Rpo[Order[K]] = K;
}

/// A loop is the target of a retreating edge with what reaches the edge
/// without passing the target.
void FlowGraph::findLoops() {
  LoopBody.resize(size());
  LoopsOf.resize(size());
  for (BlockId Head : Order) {
    std::vector<BlockId> Work;
    for (BlockId P : Preds[Head])
      if (Rpo[P] != UINT32_MAX && Rpo[P] >= Rpo[Head])
        Work.push_back(P);
    if (Work.empty())
      continue;
    llvm::BitVector Body(size());
    Body.set(Head);
    while (!Work.empty()) {
      BlockId B = Work.back();
      Work.pop_back();
      if (Body.test(B) || Rpo[B] == UINT32_MAX)
        continue;
      Body.set(B);
      Work.insert(Work.end(), Preds[B].begin(), Preds[B].end());
    }
    for (unsigned B : Body.set_bits())
      LoopsOf[B].push_back(Head);
    LoopBody[Head] = std::move(Body);
  }
}

/// Puts the blocks of a loop together, what follows it behind them: a weak
/// topological order (Bourdoncle 1993), in which an inner loop is done before
/// anything is made of what left it.
void FlowGraph::groupLoops() {
  std::vector<unsigned> Waiting(size());
  std::set<std::pair<uint32_t, BlockId>> Ready; // by position
  std::vector<BlockId> Grouped, Open;           // loops begun and not done, innermost last
  for (BlockId B : Order)
    for (BlockId S : Succs[B])
      Waiting[S] += Rpo[S] > Rpo[B];
  Ready.insert({0, 0});
  while (!Ready.empty()) {
    auto Next = Ready.begin();
    while (!Open.empty()) {
      Next = llvm::find_if(Ready, [&](const auto &R) { return inLoop(Open.back(), R.second); });
      if (Next != Ready.end())
        break;
      Open.pop_back();
      Next = Ready.begin();
    }
    BlockId B = Next->second;
    Ready.erase(Next);
    Grouped.push_back(B);
    if (!LoopBody[B].empty())
      Open.push_back(B);
    for (BlockId S : Succs[B])
      if (Rpo[S] > Rpo[B] && --Waiting[S] == 0)
        Ready.insert({Rpo[S], S});
  }
  Order = std::move(Grouped);
  for (uint32_t K = 0; K < Order.size(); ++K)
    Rpo[Order[K]] = K;
}

/// Blocks in post-order of the reversed graph, which a virtual exit enters. Blocks
/// that no way leads out of have an edge to the exit, the last ones first.
std::vector<BlockId> FlowGraph::reversedPostOrder(llvm::BitVector &Exits) const {
  std::vector<BlockId> Post;
  llvm::BitVector Seen(size(), true); // blocks that nothing leads to are left out
  for (BlockId B : Order)
    Seen.reset(B);
  Exits.resize(size());
  auto Visit = [&](BlockId Root) {
    if (!Seen.test(Root))
      Exits.set(Root);
    postOrder(Preds, Root, Seen, Post);
  };
  for (BlockId B : llvm::reverse(Order))
    if (Succs[B].empty())
      Visit(B);
  for (BlockId B : llvm::reverse(Order))
    Visit(B);
  return Post;
}

/// Immediate post-dominators; the number of blocks stands for the virtual exit. Cooper, Harvey and
/// Kennedy, "A Simple, Fast Dominance Algorithm", on the reversed graph.
std::vector<BlockId> FlowGraph::postDominators() const {
  llvm::BitVector Exits;
  std::vector<BlockId> Post = reversedPostOrder(Exits);
  std::vector<uint32_t> Rank(size() + 1, 0);
  for (size_t K = 0; K < Post.size(); ++K)
    Rank[Post[K]] = K;
  Rank[size()] = Post.size();
  std::vector<uint32_t> Pdom(size() + 1, None);
  Pdom[size()] = size();
  auto Meet = [&](BlockId A, BlockId B) {
    while (A != B) {
      while (Rank[A] < Rank[B])
        A = Pdom[A];
      while (Rank[B] < Rank[A])
        B = Pdom[B];
    }
    return A;
  };
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (BlockId B : llvm::reverse(Post)) {
      BlockId New = Exits.test(B) ? size() : None;
      for (BlockId S : Succs[B])
        if (Pdom[S] != None)
          New = New == None ? S : Meet(New, S);
      Changed |= Pdom[B] != New;
      Pdom[B] = New;
    }
  }
  return Pdom;
}

} // namespace handrail::solver
