//===- ApplySummary.cpp - a callee's summary at a call --------------------===//
//
// Each case rebuilds its expressions over the caller's values before the call. A
// case whose facts contradict the caller's is dropped; the others happen, each in
// a state of its own.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>

using namespace handrail::ir;

namespace handrail::solver {

void Explorer::applySummary(const State &Before, const Op &O, const Summary &Sum,
                            llvm::ArrayRef<ValueId> Args, ProgSym Callee, States &Out) {
  llvm::StringRef Name = Index.symbolName(Callee);
  for (size_t CaseNo = 0; CaseNo < Sum.Cases.size(); ++CaseNo) {
    const SumCase &Case = Sum.Cases[CaseNo];
    Stats.Steps += (Sum.Nodes.size() + Before.Heap.size() + Before.Tokens.size()) / 16;
    State Pre = Before; // loads of the callee's inputs see this
    State S = Before;
    llvm::DenseMap<NodeId, ValueId> Values;
    std::function<ValueId(NodeId)> Build = [&](NodeId N) -> ValueId {
      if (!N)
        return 0;
      if (auto It = Values.find(N); It != Values.end())
        return It->second;
      const SumNode &X = Sum.Nodes[N];
      auto Fresh = [&] {
        ValueId V =
            T.opResult(OpNumber, round(Before), 1000 + int64_t(CaseNo) * 65536 + N, X.Lo, X.Hi);
        if (X.Allocated)
          X.NonNull ? T.setAllocated(V) : T.setAllocatedMaybeNull(V);
        return V;
      };
      ValueId V = 0;
      switch (X.Kind) {
      case ValueKind::Const:
        V = T.constant(X.C);
        break;
      case ValueKind::LocalAddr:
        V = X.A < Args.size() ? Args[X.A] : Fresh();
        break;
      case ValueKind::GlobalAddr:
        V = globalAddr(X.A);
        break;
      case ValueKind::FuncAddr:
        V = T.funcAddr(X.A);
        break;
      case ValueKind::Field:
        V = T.field(Build(X.A), X.B);
        break;
      case ValueKind::Elem:
        V = T.elem(Build(X.A), X.C);
        break;
      case ValueKind::ElemAt:
        V = T.elemAt(Build(X.A), Build(X.B));
        break;
      case ValueKind::Content:
        if (X.B)
          V = Fresh();
        else if (Sum.Nodes[X.A].Kind == ValueKind::LocalAddr)
          V = Build(X.A);
        else
          V = Pre.load(T, Build(X.A), X.Lo, X.Hi);
        break;
      case ValueKind::Eq:
        V = T.eq(Build(X.A), Build(X.B));
        break;
      case ValueKind::Lt:
        V = T.lt(Build(X.A), Build(X.B), X.C);
        break;
      case ValueKind::Not:
        V = T.logicalNot(Build(X.A));
        break;
      case ValueKind::Plus:
        V = T.plus(Build(X.A), X.C);
        break;
      case ValueKind::Derived:
        V = T.derived(Build(X.A), X.B ? Build(X.B) : 0, static_cast<uint32_t>(X.C), X.Lo, X.Hi);
        break;
      default:
        V = Fresh();
      }
      V = S.rep(V);
      Values[N] = V;
      return V;
    };
    bool Undecided = false; ///< the case depends on an input that nothing here decides
    auto Assume = [&](const SumFact &X) {
      if (!X.Node)
        return true;
      ValueId V = Build(X.Node);
      ValueKind NodeKind = Sum.Nodes[X.Node].Kind;
      if (NodeKind != ValueKind::OpResult && NodeKind != ValueKind::Joined && !S.obligation(V)) {
        Interval R = S.range(T, V);
        Undecided |= R.Lo < X.F.Lo || R.Hi > X.F.Hi;
        for (unsigned K = 0; K < X.F.NumExcluded; ++K)
          Undecided |= !S.excludes(T, V, X.F.Excluded[K]);
      }
      if (!S.assumeRange(T, V, X.F.Lo, X.F.Hi))
        return false;
      for (unsigned K = 0; K < X.F.NumExcluded; ++K)
        if (!S.assumeNot(T, S.rep(V), X.F.Excluded[K]))
          return false;
      return true;
    };
    bool Feasible = true;
    for (const SumFact &X : Case.Requires)
      if (!(Feasible = Assume(X)))
        break;
    if (!Feasible || !Assume(Case.RetFact))
      continue;
    S.weaken(Case.Sure);
    settleValidity(S);

    // Everything is named over the state before the call; then it happens.
    std::vector<std::pair<ValueId, ValueId>> Writes;
    for (const auto &[Addr, V] : Case.Writes)
      Writes.emplace_back(Build(Addr), Build(V));
    std::vector<ValueId> HandleValues, Owners;
    for (const SumHandle &H : Case.Handles) {
      HandleValues.push_back(Build(H.Node));
      Owners.push_back(H.Owner ? Build(H.Owner) : 0);
    }
    ValueId Ret = Case.Ret ? Build(Case.Ret) : fresh(S, 0, O.Ty);
    if (O.Result != None)
      S.setTemp(O.Result, S.rep(Ret));

    // A callee that works on locks and is given the object may have its own idea
    // of when this one is given back.
    if (Sum.TouchesHandles)
      for (Obligation &Obl : S.Obls)
        if (Obl.St == HandleState::Open && T[Obl.V].Kind == ValueKind::Derived &&
            T[Obl.V].C >= ObjectHandle)
          for (ValueId A : Args)
            if (S.rep(A) == T.root(T[Obl.V].A))
              Obl.Doubtful = true;
    llvm::DenseSet<ValueId> Made;
    for (size_t K = 0; K < Case.Handles.size(); ++K) {
      const SumHandle &H = Case.Handles[K];
      ValueId V = S.rep(HandleValues[K]);
      if (!H.Incoming) {
        if (H.Kind == model::NoKind || !enabled(H.Kind) || T.isConst(V))
          continue;
        SawEvent = true;
        WitnessId W = event(S, EventKind::Acquired, V, Name, false, &H.Path);
        Obligation &Obl = S.addObligation(V);
        Obl.Kind = H.Kind;
        Obl.St = H.St;
        Obl.Checked = H.Checked;
        Obl.Owner = Owners[K];
        Obl.Acquired = Obl.Changed = W;
        Made.insert(V);
        continue;
      }
      if (H.St == HandleState::Kept) {
        keep(S, V, Name);
        continue;
      }
      if (H.Kind == model::NoKind)
        continue;
      const Obligation *Now = S.obligation(V);
      bool WasGone = Now && Now->St == HandleState::Closed;
      if (H.First == Requirement::Use && (WasGone || H.St == HandleState::Open))
        use(S, V, H.Kind, Name);
      if (H.First == Requirement::Use && WasGone)
        continue;
      size_t Mark = Events.size();
      if (H.St == HandleState::Closed) {
        release(S, V, H.Kind, Name);
        if (Obligation *Obl = S.obligation(V); Obl && Undecided)
          Obl->Doubtful = true;
      } else if (H.St == HandleState::Transferred)
        transferTo(S, V, H.Kind, Owners[K], Name);
      if (Events.size() > Mark && Events.back().V == V)
        Events.back().Inner = H.Path;
    }
    for (NodeId N : Case.Forgets) {
      ValueId V = Build(N);
      clobber(S, V, true, Name);
    }
    if (Case.ForgetsGlobals)
      clobberGlobals(S);
    bool Overwrote = false;
    llvm::DenseSet<ValueId> Overwritten;
    for (const auto &[Addr, V] : Writes) {
      if (ValueId Old = S.stored(S.rep(Addr))) {
        Overwrote = true;
        Overwritten.insert(S.rep(Old));
      }
      storeTo(S, Addr, S.rep(V));
    }
    if (S.hasOpen() && (Overwrote || !Made.empty())) {
      // Which cell a callee wrote is less sure than what we write ourselves.
      for (Obligation &Obl : S.Obls)
        Obl.Doubtful |= Obl.St == HandleState::Open && Overwritten.contains(Obl.V);
      ValueId KeepResult = O.has(OF_Discarded) ? 0 : S.rep(Ret);
      bool ResultIsNew = Made.contains(S.rep(Ret));
      if (ResultIsNew)
        Made.erase(S.rep(Ret));
      checkLosses(S, LossKind::Overwrite, OpLoc, KeepResult, &Made);
    }
    Out.push_back(std::move(S));
  }
}

} // namespace handrail::solver
