//===- Join.cpp - which states are one, and what to forget ----------------===//
//
// Joins lose only what no handle depends on: two states with equal projections
// become one, in which everything else that differs is unknown. What nobody can
// name any more is dropped first.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"
#include "lib/Solver/SortedBy.h"
#include "llvm/ADT/SmallSet.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

void Explorer::dropDead(State &S, BlockId B) {
  const llvm::BitVector &Live = Info.LiveIn[B];
  llvm::erase_if(S.Heap, [&](const HeapEntry &E) {
    const ValueInfo &A = T[E.Addr];
    if (A.Kind != ValueKind::LocalAddr || !Info.SimpleLocals.test(A.A) || Live.test(A.A))
      return false;
    ValueId V = S.rep(E.Value);
    if (T[V].Allocated || T[V].Kind == ValueKind::Derived || T[V].Kind == ValueKind::Plus)
      return false;
    const Obligation *O = S.obligation(V);
    return !O || O->Incoming || O->St != HandleState::Open;
  });
  llvm::erase_if(S.Tokens, [&](const ValuePair &P) {
    const ValueInfo &A = T[P.First];
    return A.Kind == ValueKind::LocalAddr && Info.SimpleLocals.test(A.A) && !Live.test(A.A);
  });
  if (S.Heap.size() > Options.MaxHeap)
    shrinkHeap(S, B);
  if (S.Tokens.size() > Options.MaxHeap / 4)
    shrinkTokens(S, B);
  // Handles that are over and that nothing names any more.
  for (unsigned Round = 0; Round < 2; ++Round)
    llvm::erase_if(S.Obls, [&](const Obligation &O) {
      if (O.Incoming || O.St == HandleState::Open)
        return false;
      if (O.St == HandleState::Closed && isObject(O.V))
        return false; // what was locked and unlocked is compared where the function returns
      for (const HeapEntry &E : S.Heap)
        if (S.rep(E.Value) == O.V)
          return false;
      for (const ValuePair &P : S.Temps)
        if (S.rep(P.Second) == O.V)
          return false;
      for (const Obligation &X : S.Obls)
        if (X.Owner == O.V)
          return false;
      return true;
    });
}

/// Forgets the objects with the most entries, but for the handles in them.
void Explorer::shrinkHeap(State &S, BlockId B) {
  ++Stats.HeapCap;
  std::map<ValueId, unsigned> PerRoot;
  for (const HeapEntry &E : S.Heap)
    ++PerRoot[T.root(E.Addr)];
  unsigned Least = Options.MaxHeap / 16;
  for (auto [Root, Count] : PerRoot) {
    if (Count < Least && !T[Root].Allocated)
      continue;
    llvm::SmallVector<HeapEntry, 4> Kept;
    for (const HeapEntry &E : S.Heap)
      if (T.root(E.Addr) == Root && (S.obligation(S.rep(E.Value)) || T[S.rep(E.Value)].Allocated))
        Kept.push_back(E);
    S.forget(T, Root, T.joined(B, round(S), (int64_t(1) << 42) + Root, MinInt, MaxInt));
    for (const HeapEntry &E : Kept)
      S.store(E.Addr, E.Value);
  }
}

/// Drops what is known of the unknown: tokens of objects that nothing names, then
/// the difference between the parts of one object.
void Explorer::shrinkTokens(State &S, BlockId B) {
  llvm::DenseSet<ValueId> Named;
  for (const HeapEntry &E : S.Heap)
    Named.insert(T.root(S.rep(E.Value)));
  for (const ValuePair &P : S.Temps)
    Named.insert(T.root(S.rep(P.Second)));
  llvm::erase_if(S.Tokens, [&](const ValuePair &P) {
    ValueId Root = T.root(P.First);
    ValueKind K = T[Root].Kind;
    return K != ValueKind::LocalAddr && K != ValueKind::GlobalAddr && !T.isInput(Root) &&
           !Named.contains(Root);
  });
  if (S.Tokens.size() <= Options.MaxHeap / 4)
    return;
  std::set<ValueId> Roots;
  for (const ValuePair &P : S.Tokens)
    Roots.insert(T.root(P.First));
  if (Roots.size() == S.Tokens.size())
    return; // one for each object is the least there can be
  ++Stats.HeapCap;
  S.Tokens.clear();
  for (ValueId Root : Roots)
    S.Tokens.push_back({Root, T.joined(B, round(S), (int64_t(1) << 43) + Root, MinInt, MaxInt)});
}

/// True when a branch at or after block \p At that governs a handle event looks at
/// what lies at \p A. Nothing is looked at after the last block.
bool Explorer::relevantAddress(ValueId A, BlockId At) const {
  if (At >= F.Blocks.size())
    return false;
  const ValueInfo &I = T[A];
  switch (I.Kind) {
  case ValueKind::LocalAddr:
    return Info.FutureLocals[At].test(I.A);
  case ValueKind::GlobalAddr:
    if (auto It = GlobalBit.find(I.A); It != GlobalBit.end())
      return Info.FutureGlobals[At].test(It->second);
    return false;
  case ValueKind::Field:
    if (auto It = FieldBit.find(I.B); It != FieldBit.end())
      return Info.FutureFields[At].test(It->second);
    return false;
  case ValueKind::Elem:
  case ValueKind::ElemAt:
    return relevantAddress(I.A, At);
  default:
    return false;
  }
}

bool Explorer::relevantValue(ValueId V, BlockId At) const {
  const ValueInfo &I = T[V];
  if (T.isIntricate(V))
    return false;
  switch (I.Kind) {
  case ValueKind::Content:
    return relevantAddress(I.A, At);
  case ValueKind::Eq:
  case ValueKind::Lt:
    return (relevantValue(I.A, At) || T.isConst(I.A)) && (relevantValue(I.B, At) || T.isConst(I.B));
  case ValueKind::Not:
  case ValueKind::Plus:
    return relevantValue(I.A, At);
  case ValueKind::Derived:
    return relevantValue(I.A, At) || (I.B && relevantValue(I.B, At));
  default:
    return false;
  }
}

/// A handle of the caller that was used or shown to somebody, and no more: no
/// reason to keep states apart.
static bool onlyUsed(const Obligation &O) {
  return O.Incoming && (O.St == HandleState::Kept || O.St == HandleState::Open);
}

/// True for the number that a parameter points to, where no handles move: callers look
/// at what they find there as they look at a result.
bool Explorer::isNumberOutput(ValueId Addr) const {
  const ValueInfo &A = T[Addr];
  if (Info.HasEvents || A.Kind != ValueKind::Content || !A.Input ||
      T[A.A].Kind != ValueKind::LocalAddr)
    return false;
  const Type &P = U.type(F.Locals[T[A.A].A].Ty);
  if (P.Kind != TypeKind::Pointer)
    return false;
  TypeKind To = U.type(P.Elem).Kind;
  return To == TypeKind::Int || To == TypeKind::Bool;
}

/// What of \p S a handle depends on, as numbers: states with equal projections are
/// joined. Two unknowns of which the same is known count as one.
void Explorer::project(const State &S, BlockId At, Apart By, Projection &Key) const {
  bool HandlesAlone = By == Apart::Handles;
  Key.clear();
  auto Limits = [&](ValueId V) {
    Interval R = S.range(T, V);
    auto Truth = S.truth(T, V);
    Key.push_back(R.Lo);
    Key.push_back(R.Hi);
    Key.push_back(Truth ? *Truth : 2);
  };
  auto Knowledge = [&](ValueId V) {
    ValueKind K = T[V].Kind;
    bool Opaque = (K == ValueKind::OpResult || K == ValueKind::Joined || K == ValueKind::Content ||
                   K == ValueKind::Const) &&
                  !T[V].Allocated && !S.obligation(V);
    Key.push_back(Opaque ? 0 : V);
    Limits(V);
  };
  for (const ValuePair &P : S.Loops) {
    Key.push_back(P.First);
    Key.push_back(P.Second);
  }
  Key.push_back(HandlesAlone ? 0 : S.Unwinding);
  Key.push_back(HandlesAlone || !S.Unwinding ? 0 : S.Exception);
  Key.push_back(-1);
  for (const Obligation &O : S.Obls) {
    if (onlyUsed(O))
      continue;
    Key.push_back(O.V);
    Key.push_back(int64_t(O.Kind) << 8 | int64_t(O.St) << 4 | O.Incoming << 3 | O.Checked << 2 |
                  int64_t(O.First));
    Key.push_back(O.Owner);
    Limits(O.V);
  }
  Key.push_back(-1);
  // Memory of our own matters for the handles in it.
  llvm::SmallSet<ValueId, 8> HoldingRoots;
  auto Holds = [&](ValueId V) {
    const Obligation *O = S.obligation(V);
    return (O && !onlyUsed(*O)) || (T[V].Allocated && HoldingRoots.contains(V));
  };
  for (bool Changed = !S.Obls.empty(); Changed;) {
    Changed = false;
    for (const HeapEntry &E : S.Heap) {
      ValueId Root = T.root(E.Addr);
      if (T[Root].Allocated && !HoldingRoots.contains(Root) && Holds(S.rep(E.Value))) {
        HoldingRoots.insert(Root);
        Changed = true;
      }
    }
  }
  for (const HeapEntry &E : S.Heap) {
    ValueId V = S.rep(E.Value);
    if (Holds(V) || (!HandlesAlone && relevantAddress(E.Addr, At))) {
      Key.push_back(E.Addr);
      Knowledge(V);
    } else if (!HandlesAlone && isNumberOutput(E.Addr)) {
      Key.push_back(E.Addr);
      Key.push_back(returnClass(S, V).value_or(0));
    }
  }
  Key.push_back(-1);
  for (const ValuePair &P : S.Temps) {
    Key.push_back(P.First);
    ValueId V = S.rep(P.Second);
    if (Holds(V) || P.First >= F.NumTemps || (!HandlesAlone && Info.RelevantTemps.test(P.First)))
      Knowledge(V);
  }
  if (HandlesAlone)
    return;
  Key.push_back(-1);
  tellOutputs(S, Key);
  Key.push_back(-1);
  for (const Fact &X : S.Facts)
    if (relevantValue(X.V, At)) {
      Key.push_back(X.V);
      Limits(X.V);
    }
}

/// A join that hides an edge to memory of ours must not make that memory look
/// lost: what hangs in a list on one path only may be given a handle later.
void Explorer::mayBe(ValueId Joined, ValueId V) {
  if (T[T.root(V)].Allocated || !T.alternatives(V).empty())
    T.addAlternative(Joined, V);
}

State Explorer::joinTwo(const State &A, const State &B, BlockId At) {
  const State &Short = B.Length < A.Length ? B : A;
  const State &Other = B.Length < A.Length ? A : B;
  State R = Short.frame();
  R.Sure = std::min(A.Sure, B.Sure);
  R.FreeStandard = std::min(A.FreeStandard, B.FreeStandard);
  if (A.Exception != B.Exception)
    R.Exception = 0;
  for (model::KindId K : Other.Swept)
    R.noteSwept(K);
  // Kept on one path is kept; used on one path only is no requirement, for what
  // decided it may be gone from the facts.
  llvm::erase_if(R.Obls, [&](const Obligation &O) {
    return O.Incoming && O.St == HandleState::Open && !Other.obligation(O.V);
  });
  for (Obligation &O : R.Obls)
    if (const Obligation *P = Other.obligation(O.V)) {
      O.Doubtful &= P->Doubtful;
      O.Nested |= P->Nested;
    }
  for (const Obligation &O : Other.Obls)
    if (O.Incoming && O.St == HandleState::Kept)
      R.addObligation(O.V) = O;
  for (ValueId V : Other.Exposed)
    R.expose(V);
  for (uint32_t Name : Other.Relinked)
    insertSorted(R.Relinked, Name);
  R.Heap.reserve(std::max(A.Heap.size(), B.Heap.size()));
  R.Tokens.reserve(std::max(A.Tokens.size(), B.Tokens.size()));
  for (const ValuePair &P : A.Alias)
    if (std::find(B.Alias.begin(), B.Alias.end(), P) != B.Alias.end())
      R.Alias.push_back(P);
  uint32_t Round = round(A);
  // What Known excludes and Other excludes of V, too.
  auto Exclude = [&](Fact &F, const Fact &Known, const State &Too, ValueId V) {
    for (unsigned K = 0; K < Known.NumExcluded; ++K) {
      int64_t C = Known.Excluded[K];
      bool Have = llvm::is_contained(llvm::ArrayRef(F.Excluded, F.NumExcluded), C);
      if (!Have && F.NumExcluded < Fact::MaxExcluded && C > F.Lo && C < F.Hi &&
          Too.excludes(T, V, C))
        F.Excluded[F.NumExcluded++] = C;
    }
    std::sort(F.Excluded, F.Excluded + F.NumExcluded);
  };
  auto Merge = [&](ValueId V, ValueId W, int64_t What) {
    if (V == W)
      return V;
    // What a widened loop made unknown on the less sure path, the other one knows.
    if (A.Sure < B.Sure && Widened.contains(W))
      return V;
    if (B.Sure < A.Sure && Widened.contains(V))
      return W;
    Interval H = hull(A.range(T, V), B.range(T, W));
    if (H.Lo == H.Hi)
      return T.constant(H.Lo);
    ValueId J = T.joined(At, Round, What, MinInt, MaxInt);
    for (ValueId X : {V, W})
      mayBe(J, X);
    if (auto It = Widened.find(V); It != Widened.end() && Widened.contains(W)) {
      BlockId Head = It->second;
      Widened.try_emplace(J, Head);
    }
    Fact Fj;
    Fj.V = J;
    Fj.Lo = H.Lo;
    Fj.Hi = H.Hi;
    for (const auto &[S, X, OS, Y] : {std::tuple(&A, V, &B, W), std::tuple(&B, W, &A, V)})
      if (const Fact *Known = S->fact(X))
        Exclude(Fj, *Known, *OS, Y);
    if (Fj.Lo != MinInt || Fj.Hi != MaxInt || Fj.NumExcluded) {
      auto It = std::lower_bound(R.Facts.begin(), R.Facts.end(), J,
                                 [](const Fact &X, ValueId K) { return X.V < K; });
      if (It == R.Facts.end() || It->V != J)
        R.Facts.insert(It, Fj);
    }
    return J;
  };
  // What both states know of the same value.
  for (const Fact &Fa : A.Facts) {
    const Fact *Fb = B.fact(Fa.V);
    if (!Fb)
      continue;
    Fact Fj;
    Fj.V = Fa.V;
    Fj.Lo = std::min(Fa.Lo, Fb->Lo);
    Fj.Hi = std::max(Fa.Hi, Fb->Hi);
    Exclude(Fj, Fa, B, Fa.V);
    Exclude(Fj, *Fb, A, Fa.V);
    if (Fj.Lo != MinInt || Fj.Hi != MaxInt || Fj.NumExcluded)
      R.Facts.push_back(Fj);
  }
  auto OnlyIn = [&](ValueId Addr, ValueId V) {
    ValueId J = T.joined(At, Round, Addr, MinInt, MaxInt);
    mayBe(J, V);
    return J;
  };
  auto It = A.Heap.begin(), Jt = B.Heap.begin();
  while (It != A.Heap.end() || Jt != B.Heap.end()) {
    if (Jt == B.Heap.end() || (It != A.Heap.end() && It->Addr < Jt->Addr)) {
      R.Heap.push_back({It->Addr, OnlyIn(It->Addr, A.rep(It->Value))});
      ++It;
    } else if (It == A.Heap.end() || Jt->Addr < It->Addr) {
      R.Heap.push_back({Jt->Addr, OnlyIn(Jt->Addr, B.rep(Jt->Value))});
      ++Jt;
    } else {
      R.Heap.push_back({It->Addr, Merge(A.rep(It->Value), B.rep(Jt->Value), It->Addr)});
      ++It;
      ++Jt;
    }
  }
  for (size_t K = 0; K < R.Temps.size(); ++K)
    R.Temps[K].Second =
        Merge(A.rep(A.Temps[K].Second), B.rep(B.Temps[K].Second), -1 - int64_t(A.Temps[K].First));
  // Memory under different tokens is unknown.
  auto Differs = [&](ValueId Addr) {
    return ValuePair{Addr, T.joined(At, Round, (int64_t(1) << 40) + Addr, MinInt, MaxInt)};
  };
  for (size_t J = 0, K = 0; J < A.Tokens.size() || K < B.Tokens.size();) {
    if (K == B.Tokens.size() || (J < A.Tokens.size() && A.Tokens[J].First < B.Tokens[K].First)) {
      R.Tokens.push_back(Differs(A.Tokens[J++].First));
    } else if (J == A.Tokens.size() || B.Tokens[K].First < A.Tokens[J].First) {
      R.Tokens.push_back(Differs(B.Tokens[K++].First));
    } else {
      R.Tokens.push_back(A.Tokens[J].Second == B.Tokens[K].Second ? A.Tokens[J]
                                                                  : Differs(A.Tokens[J].First));
      ++J;
      ++K;
    }
  }
  if (A.GlobalToken != B.GlobalToken)
    R.GlobalToken = T.joined(At, Round, int64_t(1) << 41, MinInt, MaxInt);
  return R;
}

/// Joins what is alike, and keeps the list within the bound.
void Explorer::join(States &Ss, BlockId B) {
  // The more of its steps a function has used up, the less is kept apart.
  unsigned Spent = Stats.Steps > Options.MaxSteps / 2 ? 2 : Stats.Steps > Options.MaxSteps / 8;
  Apart By = Spent >= 2 ? Apart::Handles : Apart::Branches;
  size_t Limit = Options.MaxStates >> std::min(Spent, 2u);
  if (Ss.size() <= (Spent ? 1 : Options.JoinAbove))
    return;
  States Out;
  std::map<Projection, size_t> Seen;
  Projection Key;
  for (State &S : Ss) {
    project(S, B, By, Key);
    auto [It, New] = Seen.try_emplace(Key, Out.size());
    if (New)
      Out.push_back(std::move(S));
    else
      Out[It->second] = joinTwo(Out[It->second], S, B);
  }
  if (Out.size() > Limit) {
    ++Stats.StateCap;
    reduce(
        Out, Limit,
        [&](const State &S) {
          project(S, B, Apart::Handles, Key);
          return Key;
        },
        [&](State &Into, const State &S) { Into = joinTwo(Into, S, B); },
        [](const State &S) { return S.Length; });
  }
  Ss = std::move(Out);
}

} // namespace handrail::solver
