//===- Sweeps.cpp - descriptors that are closed by number ------------------===//
//
// `close_range(3, ~0U, 0)`, or a loop over all numbers, or over those that a folder of
// /proc lists: what is open may be closed by that, whoever holds it, and so may what was
// lost before.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"

using namespace handrail::ir;

namespace handrail::solver {

/// Handles of the kind \p K are closed now, and nothing says which.
void Explorer::sweep(State &S, model::KindId K, llvm::StringRef Callee) {
  if (!enabled(K))
    return;
  SawEvent = true;
  Sweeps.insert({K, Block, OpNumber});
  S.noteSwept(K);
  for (Obligation &O : S.Obls)
    if (O.Kind == K && O.St == HandleState::Open && !O.Incoming) {
      O.St = HandleState::Kept;
      O.Changed = event(S, EventKind::Passed, O.V, Callee);
    }
}

/// True for the result of a function of the C library that has nothing to do with
/// handles: a number that was read out of a text.
bool Explorer::isParsed(ValueId V) const {
  if (T[V].Kind != ValueKind::OpResult || T[V].C != 0)
    return false;
  auto Next = llvm::upper_bound(Info.OpBase, T[V].A);
  if (Next == Info.OpBase.begin())
    return false;
  const ir::Block &B = F.Blocks[Next - Info.OpBase.begin() - 1];
  const uint32_t K = T[V].A - *std::prev(Next);
  if (K >= B.Ops.size() || B.Ops[K].Kind != OpKind::Call || B.Ops[K].has(OF_Indirect))
    return false;
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Names.Symbols[B.Ops[K].Aux]];
  return SI.CLibrary && llvm::none_of(SI.Models, [&](uint32_t M) {
           return llvm::any_of(Models.Functions[M].Effects,
                               [](const model::Effect &E) { return E.Kind != model::NoKind; });
         });
}

/// True when a loop closes the number \p V and is about to close others: it counts, or
/// reads them somewhere. One that closes the standard descriptors alone does not.
bool Explorer::countsThrough(const State &S, ValueId V, const model::ResourceKind &K) {
  if (Info.LoopsOf[Block].empty() || K.Repr != model::Representation::Int)
    return false;
  const bool Number = T.isConst(V) || T[V].Kind == ValueKind::Plus;
  const bool Second = Number && Counted.try_emplace(OpNumber, V).first->second != V;
  // Nobody knows how far when others have left the loop by now.
  if (Second && llvm::any_of(Info.LoopsOf[Block], [&](BlockId Head) { return Left.test(Head); }))
    return true;
  State Some = S;
  return (Number || (Widened.contains(V) && Counted.contains(OpNumber)) || isParsed(V)) &&
         Some.assumeNotIn(T, V, K.Invalid) && Some.assumeNotIn(T, V, K.Immortal);
}

/// Leaves out what a child process alone does, in front of `exec`.
void Explorer::forgetSweepsOfChildren() {
  if (Returns.empty())
    return;
  std::set<model::KindId> Kinds;
  for (const Returned &R : Returns)
    Kinds.insert(R.S.Swept.begin(), R.S.Swept.end());
  std::erase_if(Sweeps, [&](const auto &Sweep) { return !Kinds.count(std::get<0>(Sweep)); });
}

/// What was lost where handles of its kind are swept later on may be closed with them.
/// Of a loop that does so nobody believes that it may not run.
void Explorer::doubtSwept() {
  if (Sweeps.empty())
    return;
  for (auto &[Key, X] : Violations) {
    if (X.V.Kind != ViolationKind::Leak)
      continue;
    llvm::BitVector Later(F.Blocks.size());
    llvm::SmallVector<BlockId, 8> Work(Info.Succs[X.At].begin(), Info.Succs[X.At].end());
    while (!Work.empty())
      if (BlockId B = Work.pop_back_val(); !Later.test(B)) {
        Later.set(B);
        Work.append(Info.Succs[B].begin(), Info.Succs[B].end());
      }
    for (auto [Kind, At, AtOp] : Sweeps)
      if (Kind == X.V.Handle &&
          (Later.test(At) || (At == X.At && AtOp > X.AtOp) || !Info.LoopsOf[At].empty()))
        X.V.Sure = Certainty::Possible;
  }
}

} // namespace handrail::solver
