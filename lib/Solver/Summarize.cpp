//===- Summarize.cpp - from returning states to a summary -----------------===//
//
// Returns that callers cannot tell apart are joined as they come; at the end each
// of what is left becomes a case, its values renamed to nodes over the inputs.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

/// The class of result that callers tell apart: 0 unknown, 1 zero, 2 negative,
/// 3 positive, 4 not negative, 5 not positive, 6 not zero.
std::optional<unsigned> Explorer::returnClass(const State &S, ValueId Ret) const {
  if (!Ret)
    return std::nullopt;
  Interval R = S.range(T, Ret);
  if (R.Lo == 0 && R.Hi == 0)
    return 1;
  if (R.Hi < 0)
    return 2;
  if (R.Lo > 0)
    return 3;
  if (S.excludes(T, Ret, 0))
    return 6;
  if (R.Lo == 0)
    return 4;
  if (R.Hi == 0)
    return 5;
  return 0;
}

void Explorer::finish(State S, const Terminator &Term) {
  ValueId Ret = Term.Value ? value(S, Term.Value) : 0;
  S.Temps.clear();
  ValueId KeepRoot = Ret ? T.root(Ret) : 0;
  llvm::erase_if(S.Heap, [&](const HeapEntry &E) {
    ValueId R = T.root(E.Addr);
    return T[R].Kind == ValueKind::LocalAddr && R != KeepRoot &&
           std::find(S.Exposed.begin(), S.Exposed.end(), R) == S.Exposed.end();
  });
  if (IsMain)
    llvm::erase_if(S.Obls, [&](const Obligation &O) {
      return O.St == HandleState::Open && !O.Incoming && !Models.Kinds[O.Kind].LeakAtExit;
    });
  checkLosses(S, LossKind::Return, Term.Loc, Ret);
  S.Loops.clear();
  dropDead(S, 0);
  // Returns that callers cannot tell apart become one.
  if (Ret)
    S.setTemp(F.NumTemps, Ret);
  Projection Key = project(S, F.Blocks.size());
  Key.push_back(returnClass(S, Ret).value_or(7));
  // While there are few, those that take other inputs stay apart: `size == 0` and
  // `count == 0` are two reasons to return NULL, and neither is none.
  Projection Outcome = Key;
  if (Returns.size() < Options.MaxCases * 2)
    for (const Fact &X : S.Facts)
      if (T.isComputable(X.V)) {
        Interval R = S.range(T, X.V);
        for (int64_t N : {int64_t(X.V), R.Lo, R.Hi, int64_t(X.NumExcluded), X.Excluded[0]})
          Key.push_back(N);
      }
  auto [It, New] = ReturnIndex.try_emplace(std::move(Key), Returns.size());
  if (!New) {
    joinReturns(Returns[It->second], S);
    return;
  }
  Returns.push_back({std::move(S), Ret, Term.Loc, std::move(Outcome)});
}

void Explorer::joinReturns(Returned &Into, const State &S) {
  Into.S = joinTwo(Into.S, S, F.Blocks.size());
  Into.Ret = Into.Ret ? Into.S.temp(F.NumTemps) : 0;
}

namespace {

/// Numbers the values that a summary names, in the order they come up.
class NodeBuilder {
public:
  NodeBuilder(const ValueTable &T, Summary &Sum) : T(T), Sum(Sum) {}

  NodeId node(ValueId V) {
    if (!V)
      return 0;
    if (auto It = Ids.find(V); It != Ids.end())
      return It->second;
    const ValueInfo I = T[V];
    SumNode N;
    N.Kind = I.Kind;
    N.Allocated = I.Allocated;
    N.NonNull = I.NonNull;
    N.A = I.A;
    N.B = I.B;
    N.C = I.C;
    N.Lo = I.Lo;
    N.Hi = I.Hi;
    switch (I.Kind) {
    case ValueKind::Field:
    case ValueKind::Elem:
    case ValueKind::Not:
    case ValueKind::Plus:
      N.A = node(I.A);
      break;
    case ValueKind::Content:
      N.A = node(I.A);
      N.B = I.B != 0; // under a token of ours it is a new value to the caller
      break;
    case ValueKind::ElemAt:
    case ValueKind::Eq:
    case ValueKind::Lt:
    case ValueKind::Derived:
      N.A = node(I.A);
      N.B = node(I.B);
      break;
    default:
      break;
    }
    for (ValueId X : T.alternatives(V))
      N.Alternatives.push_back(node(X));
    Sum.Nodes.push_back(N);
    return Ids[V] = Sum.Nodes.size() - 1;
  }

private:
  const ValueTable &T;
  Summary &Sum;
  std::map<ValueId, NodeId> Ids;
};

} // namespace

Summary Explorer::summarize() {
  Summary Sum;
  // Locks: held where other returns of the same class gave them back, or held
  // where the function fails although it gives them back when it succeeds.
  for (const Returned &R : Returns)
    for (const Obligation &O : R.S.Obls) {
      if (O.Incoming || O.St != HandleState::Open || !ReleasedObjects.count(O.V) ||
          !Models.Kinds[O.Kind].ReportLeak ||
          Models.Kinds[O.Kind].Repr != model::Representation::Object)
        continue;
      auto Class = returnClass(R.S, R.Ret);
      bool Suspicious = false;
      for (const Returned &Q : Returns)
        if (const Obligation *P = Q.S.obligation(O.V);
            P && !P->Incoming && P->St == HandleState::Closed)
          Suspicious |= !Class || returnClass(Q.S, Q.Ret) == Class || Class == 2u;
      if (Suspicious) {
        State Copy = R.S;
        report(Copy, ViolationKind::Leak, O.V, O.Kind, "", LossKind::Return, R.Loc);
      }
    }

  if (Returns.size() > Options.MaxCases) {
    ++Stats.CaseCap;
    reduce(
        Returns, Options.MaxCases, [](const Returned &R) { return R.Outcome; },
        [this](Returned &Into, const Returned &R) { joinReturns(Into, R.S); },
        [](const Returned &R) { return R.S.Length; });
  }
  Sum.NoReturn = Returns.empty();

  NodeBuilder Nodes(T, Sum);
  for (const Returned &R : Returns) {
    const State &S = R.S;
    SumCase Case;
    Case.Sure = S.Sure;
    // What leaves: the result, and what is written to memory the caller has.
    std::set<ValueId> Reached, ExportedRoots;
    std::vector<ValueId> Work;
    auto Reach = [&](ValueId V) {
      V = S.rep(V);
      if (V && Reached.insert(V).second)
        Work.push_back(V);
    };
    if (R.Ret)
      Reach(R.Ret);
    std::vector<const HeapEntry *> Exported;
    auto ExportRoot = [&](ValueId Root) {
      if (!ExportedRoots.insert(Root).second)
        return;
      for (const HeapEntry &E : S.Heap)
        if (S.rep(T.root(E.Addr)) == Root) {
          const ValueInfo &V = T[E.Value];
          if (V.Kind == ValueKind::Content && V.A == E.Addr && V.B == 0)
            continue; // unchanged
          Exported.push_back(&E);
          Reach(E.Value);
        }
    };
    for (const HeapEntry &E : S.Heap) {
      ValueId Root = S.rep(T.root(E.Addr));
      if (T[Root].Kind == ValueKind::GlobalAddr || T.isInput(Root) ||
          std::find(S.Exposed.begin(), S.Exposed.end(), Root) != S.Exposed.end())
        ExportRoot(Root);
    }
    while (!Work.empty()) {
      ValueId V = Work.back();
      Work.pop_back();
      ValueId Root = S.rep(T.root(V));
      if (T[Root].Allocated || T[Root].Kind == ValueKind::LocalAddr)
        ExportRoot(Root);
      for (ValueId X : T.alternatives(V))
        Reach(X);
      if (T[V].Kind == ValueKind::Derived || T[V].Kind == ValueKind::Plus) {
        Reach(T[V].A);
        if (T[V].Kind == ValueKind::Derived && T[V].B)
          Reach(T[V].B);
      }
    }
    std::sort(Exported.begin(), Exported.end(),
              [](const HeapEntry *A, const HeapEntry *B) { return A->Addr < B->Addr; });
    if (Exported.size() > Options.MaxWrites) {
      // Too much to tell: what was written is unknown, but for the handles in it.
      ++Stats.CaseCap;
      std::vector<const HeapEntry *> Few;
      std::set<ValueId> Roots;
      for (const HeapEntry *E : Exported) {
        if (S.obligation(S.rep(E->Value)) && Few.size() < Options.MaxWrites)
          Few.push_back(E);
        ValueId Root = T.root(E->Addr);
        if (!T[Root].Allocated && Roots.insert(Root).second)
          Case.Forgets.push_back(Nodes.node(Root));
      }
      Exported = std::move(Few);
    }
    for (const HeapEntry *E : Exported)
      Case.Writes.emplace_back(Nodes.node(E->Addr), Nodes.node(S.rep(E->Value)));
    // Memory of the caller that is unknown now: by part, or by object when that
    // is too long a list.
    std::set<ValueId> Parts, Objects;
    for (const ValuePair &P : S.Tokens) {
      ValueId Root = T.root(P.First);
      if (T[Root].Kind == ValueKind::GlobalAddr || T.isInput(Root)) {
        Parts.insert(P.First);
        Objects.insert(Root);
      }
    }
    unsigned Left = Options.MaxWrites;
    for (ValueId V : Parts.size() <= Options.MaxWrites ? Parts : Objects)
      if (Left && Left--)
        Case.Forgets.push_back(Nodes.node(V));
    Case.ForgetsGlobals = S.GlobalToken != 0;
    for (ValueId V : S.Exposed)
      if (T[V].Allocated && Reached.count(V))
        Case.Exposed.push_back(Nodes.node(V));
    for (const Obligation &O : S.Obls) {
      bool Object =
          O.Kind != model::NoKind && Models.Kinds[O.Kind].Repr == model::Representation::Object;
      if (O.Incoming ? !T.isInput(O.V) : !(Reached.count(O.V) || (Object && T.isInput(O.V))))
        continue;
      if (!O.Incoming && (O.St == HandleState::Failed || O.St == HandleState::Kept))
        continue;
      if (!O.Incoming && O.St == HandleState::Closed && Object)
        continue; // locked and unlocked: nothing to the caller
      SumHandle H;
      H.Node = Nodes.node(O.V);
      H.Kind = O.Kind;
      H.St = O.St;
      H.Incoming = O.Incoming;
      H.Checked = O.Checked;
      H.First = O.First;
      if (O.Owner)
        H.Owner = Nodes.node(S.rep(O.Owner));
      if (!O.Incoming)
        H.Acquirer = acquirerOf(O);
      for (const Event &E : path(S, O.V))
        if (E.Kind != EventKind::Assumed && H.Path.size() < 12)
          H.Path.push_back(E);
      Sum.TouchesHandles |=
          !O.Incoming || O.St == HandleState::Closed || O.St == HandleState::Transferred;
      Case.Handles.push_back(std::move(H));
    }
    Case.Ret = Nodes.node(R.Ret ? S.rep(R.Ret) : 0);
    if (Case.Ret && !T.isConst(S.rep(R.Ret))) {
      Interval I = S.range(T, R.Ret);
      if (I.Lo != MinInt || I.Hi != MaxInt || S.fact(S.rep(R.Ret))) {
        Case.RetFact.Node = Case.Ret;
        if (const Fact *X = S.fact(S.rep(R.Ret)))
          Case.RetFact.F = *X;
        Case.RetFact.F.V = 0;
        Case.RetFact.F.Lo = I.Lo;
        Case.RetFact.F.Hi = I.Hi;
      }
    }
    // What it takes to get here, in terms of the inputs.
    for (const Fact &X : S.Facts) {
      if (!T.isComputable(X.V) && !Reached.count(X.V))
        continue;
      SumFact SF;
      SF.Node = Nodes.node(X.V);
      SF.F = X;
      SF.F.V = 0;
      Case.Requires.push_back(SF);
    }
    Sum.Cases.push_back(std::move(Case));
  }
  return Sum;
}

} // namespace handrail::solver
