//===- Explorer.cpp - walks one function ----------------------------------===//

#include "lib/Solver/Explorer.h"
#include "llvm/ADT/DenseSet.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

Explorer::Explorer(const ProgramIndex &Index, ProgSym Self, const model::ModelSet &Models,
                   const SolverOptions &Options, SummarySource &Callees)
    : Index(Index), Self(Self), U(*Index.Symbols[Self].U), F(*Index.Symbols[Self].Body),
      Names(Index.unit(Index.Symbols[Self].U)), Models(Models), Options(Options), Callees(Callees) {
  IsMain = U.name(*Index.Symbols[Self].Sym) == "main";
}

Exploration Explorer::run() {
  Exploration Result;
  Info = analyzeFunction(F, [this](const Op &O) { return isEvent(O); });
  DefOf.assign(F.NumTemps, nullptr);
  std::vector<char> Twice(F.NumTemps);
  for (const ir::Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Result != None) {
        Twice[O.Result] |= DefOf[O.Result] != nullptr;
        DefOf[O.Result] = &O;
      }
  for (TempId K = 0; K < F.NumTemps; ++K)
    if (Twice[K])
      DefOf[K] = nullptr;

  for (unsigned K = 0; K < Info.RelevantGlobals.size(); ++K)
    GlobalBit[Names.Symbols[Info.RelevantGlobals[K]]] = K;
  for (unsigned K = 0; K < Info.RelevantFields.size(); ++K)
    FieldBit[Names.Strings[Info.RelevantFields[K]]] = K;

  Pending.resize(F.Blocks.size());
  Pending[0].emplace_back();
  Ready.insert(0);
  while (!Ready.empty() && !Aborted) {
    uint32_t Position = *Ready.begin();
    Ready.erase(Ready.begin());
    runBlock(Info.Order[Position]);
  }
  ++Stats.Explored;
  Result.Sum = summarize();
  if (Aborted) {
    ++Stats.StepCap;
    Result.Sum = Summary();
    Result.Sum.Unknown = true;
  }
  for (auto &[Key, Found] : Violations)
    Result.Violations.push_back(std::move(Found.V));
  Result.Stats = Stats;
  return Result;
}

/// Tells the rounds of the loops around the current block apart, so that what an
/// operation makes in one turn is another value than in the next.
uint32_t Explorer::round(const State &S) const {
  uint32_t R = 0;
  for (BlockId Head : Info.LoopsOf[Block])
    R = R * 5 + S.rounds(Head);
  return R;
}

void Explorer::runBlock(BlockId B) {
  Block = B;
  States Now = std::move(Pending[B]);
  Pending[B].clear();
  for (State &S : Now)
    dropDead(S, B);
  join(Now, B, true);
  const ir::Block &Blk = F.Blocks[B];
  for (uint32_t K = 0; K < Blk.Ops.size(); ++K) {
    const Op &O = Blk.Ops[K];
    OpNumber = Info.OpBase[B] + K;
    OpLoc = O.Loc;
    Stats.Steps += Now.size();
    if (Stats.Steps > Options.MaxSteps) {
      Aborted = true;
      return;
    }
    if (O.Kind == OpKind::Call) {
      States Next;
      for (State &S : Now)
        call(S, O, Next);
      Now = std::move(Next);
    } else {
      for (State &S : Now)
        transfer(S, O);
    }
    // Scopes end one variable at a time; look once, when the last has ended.
    bool EndsHere =
        O.Kind == OpKind::End && !(K + 1 < Blk.Ops.size() && Blk.Ops[K + 1].Kind == OpKind::End);
    bool AtTerm = K + 1 == Blk.Ops.size();
    for (State &S : Now) {
      bool Died = false;
      for (TempId X : Info.Dying[OpNumber]) {
        ValueId V = S.temp(X);
        Died |= V && !T.isConst(V) && (S.obligation(V) || T[V].Allocated);
        S.killTemp(X);
      }
      if (!S.hasOpen())
        continue;
      if (Died && O.Kind != OpKind::Store)
        checkLosses(S, LossKind::Discard, O.Loc);
      else if (Died)
        checkLosses(S, LossKind::Overwrite, O.Loc);
      if (EndsHere && !(AtTerm && Blk.Term.Kind == TermKind::Return))
        checkLosses(S, LossKind::ScopeEnd, O.Loc);
    }
    if (Now.size() > Options.MaxStates / 2)
      join(Now, B, false);
  }
  OpNumber = Info.OpBase[B] + Blk.Ops.size();
  OpLoc = Blk.Term.Loc;
  for (State &S : Now) {
    ++Stats.States;
    switch (Blk.Term.Kind) {
    case TermKind::Jump:
      takeEdge(std::move(S), B, Blk.Term.Succs[0]);
      break;
    case TermKind::Branch:
      branch(std::move(S), B);
      break;
    case TermKind::Switch:
      switchOn(std::move(S), B);
      break;
    case TermKind::Return:
      finish(std::move(S), Blk.Term);
      break;
    case TermKind::Throw:
      for (BlockId H : Blk.Term.Succs)
        takeEdge(S, B, H);
      break;
    case TermKind::Unreachable:
      break;
    }
  }
}

void Explorer::branch(State S, BlockId B) {
  const Terminator &Term = F.Blocks[B].Term;
  ValueId V = value(S, Term.Value);
  auto Known = S.truth(T, V);
  for (bool Taken : {true, false}) {
    if (Known && *Known != Taken)
      continue;
    State X = S;
    if (!X.assume(T, V, Taken))
      continue;
    settleValidity(X);
    if (!Known)
      assumed(X, Term.Value, Term.Loc, Taken);
    if (Term.Value.isTemp() && !Info.CrossingTemps.test(Term.Value.Index))
      X.killTemp(Term.Value.Index);
    if (X.hasOpen() && (S.obligation(V) || T[V].Allocated))
      checkLosses(X, LossKind::Discard, Term.Loc);
    takeEdge(std::move(X), B, Term.Succs[Taken ? 0 : 1]);
  }
}

void Explorer::switchOn(State S, BlockId B) {
  const Terminator &Term = F.Blocks[B].Term;
  ValueId V = value(S, Term.Value);
  State Rest = S;
  bool RestPossible = true;
  for (const SwitchCase &C : Term.Cases) {
    State X = S;
    if (X.assumeRange(T, V, C.Lo, C.Hi) && (C.Lo != C.Hi || !X.excludes(T, V, C.Lo))) {
      settleValidity(X);
      if (!S.constant(T, V))
        assumed(X, Term.Value, Term.Loc, true);
      if (Term.Value.isTemp() && !Info.CrossingTemps.test(Term.Value.Index))
        X.killTemp(Term.Value.Index);
      takeEdge(std::move(X), B, C.Target);
    }
    model::ValueRange R{C.Lo, C.Hi};
    RestPossible = RestPossible && Rest.assumeNotIn(T, V, R);
  }
  if (RestPossible && !Term.Succs.empty()) {
    settleValidity(Rest);
    if (Term.Value.isTemp() && !Info.CrossingTemps.test(Term.Value.Index))
      Rest.killTemp(Term.Value.Index);
    takeEdge(std::move(Rest), B, Term.Succs[0]);
  }
}

/// True when leaving the loop at \p From means that its body has run: the edge does
/// not come from the condition at its head.
bool Explorer::passedBody(const State &, BlockId Head, BlockId From) const {
  // The condition may be several blocks (&&, ||) that make no calls on handles.
  for (BlockId B = From; B != Head;) {
    BlockId Pred = None;
    for (BlockId P = 0; P < F.Blocks.size(); ++P)
      for (BlockId S : successors(F.Blocks[P].Term))
        if (S == B && Info.inLoop(Head, P)) {
          if (Pred != None && Pred != P)
            return true;
          Pred = P;
        }
    if (Pred == None || Info.Rpo[Pred] >= Info.Rpo[B])
      return true;
    for (const Op &O : F.Blocks[B].Ops)
      if (O.Kind == OpKind::Store || O.Kind == OpKind::Decl)
        return true;
    B = Pred;
  }
  return false;
}

void Explorer::takeEdge(State S, BlockId From, BlockId To) {
  // A loop that is left before its first turn, with a handle that its body looks
  // at, assumes an empty sequence where the code may well know better.
  if (S.hasOpen())
    for (BlockId Head : Info.LoopsOf[From])
      if (!Info.inLoop(Head, To) && S.rounds(Head) == 0 && !passedBody(S, Head, From))
        for (const HeapEntry &E : S.Heap) {
          const ValueInfo &A = T[E.Addr];
          if (A.Kind != ValueKind::LocalAddr || !Info.LoopLoads[Head].test(A.A))
            continue;
          if (Obligation *O = S.obligation(S.rep(E.Value));
              O && O->St == HandleState::Open && !O->Incoming)
            O->Doubtful = true;
        }
  // Leave the loops that end here.
  llvm::erase_if(S.Loops, [&](const ValuePair &P) { return !Info.inLoop(P.First, To); });
  if (!Info.LoopBody[To].empty()) {
    if (Info.Rpo[To] <= Info.Rpo[From]) {
      unsigned Rounds = S.rounds(To) + 1;
      // Rounds as they are, then one with everything the loop changes unknown.
      if (Rounds > Options.LoopRounds)
        return;
      auto It = std::lower_bound(S.Loops.begin(), S.Loops.end(), To,
                                 [](const ValuePair &P, ValueId K) { return P.First < K; });
      if (It != S.Loops.end() && It->First == To)
        It->Second = Rounds;
      else
        S.Loops.insert(It, ValuePair{To, Rounds});
      if (Rounds == Options.LoopRounds)
        widen(S, To);
    } else {
      llvm::erase_if(S.Loops, [&](const ValuePair &P) { return P.First == To; });
    }
  }
  Pending[To].push_back(std::move(S));
  Ready.insert(Info.Rpo[To]);
}

/// Makes unknown what the loop headed by \p Head may change; obligations stay,
/// and so does memory that holds handles.
void Explorer::widen(State &S, BlockId Head) {
  ++Stats.Widened;
  S.weaken(Sureness::Possible);
  ir::BlockId Saved = Block;
  Block = Head;
  uint32_t Round = round(S);
  Block = Saved;
  uint32_t Op = Info.OpBase[Head];
  auto Unknown = [&](int64_t What) { return T.joined(Head, Round + 1000, What, MinInt, MaxInt); };
  for (HeapEntry &E : S.Heap) {
    ValueId Root = T.root(E.Addr);
    const ValueInfo &R = T[Root];
    bool Changes = R.Kind == ValueKind::LocalAddr ? Info.LoopStores[Head].test(R.A) : false;
    if (R.Kind == ValueKind::GlobalAddr)
      for (SymbolId G : Info.LoopGlobals[Head])
        Changes |= Names.Symbols[G] == R.A;
    const ValueInfo &A = T[E.Addr];
    if (!Changes && A.Kind == ValueKind::Field)
      for (StringId N : Info.LoopFields[Head])
        Changes |= Names.Strings[N] == A.B;
    if (!Changes && (A.Kind == ValueKind::ElemAt || A.Kind == ValueKind::Elem) &&
        R.Kind != ValueKind::LocalAddr)
      Changes = true;
    if (!Changes || S.obligation(S.rep(E.Value)) || T[E.Value].Allocated)
      continue;
    Interval L{T[E.Value].Lo, T[E.Value].Hi};
    if (T.isConst(E.Value))
      L = {MinInt, MaxInt};
    (void)Op;
    E.Value = T.joined(Head, Round + 1000, E.Addr, L.Lo, L.Hi);
  }
  // Values read before the loop and written in it have no entry yet: parameters.
  for (unsigned L : Info.LoopStores[Head].set_bits())
    if (Info.SimpleLocals.test(L) && L < F.NumParams && !S.stored(T.localAddr(L)))
      S.store(T.localAddr(L), Unknown(T.localAddr(L)));
}

// Joining --------------------------------------------------------------------

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
      if (O.St == HandleState::Closed && Models.Kinds[O.Kind].Repr == model::Representation::Object)
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
  ++Stats.HeapCap;
  std::set<ValueId> Roots;
  for (const ValuePair &P : S.Tokens)
    Roots.insert(T.root(P.First));
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

/// What of \p S a handle depends on, as numbers: states with equal projections are
/// joined. Two unknowns of which the same is known count as one.
Explorer::Projection Explorer::project(const State &S, BlockId At) const {
  Projection Key;
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
  std::set<ValueId> HoldingRoots;
  auto Holds = [&](ValueId V) {
    const Obligation *O = S.obligation(V);
    return (O && !onlyUsed(*O)) || (T[V].Allocated && HoldingRoots.count(V));
  };
  for (bool Changed = !S.Obls.empty(); Changed;) {
    Changed = false;
    for (const HeapEntry &E : S.Heap) {
      ValueId Root = T.root(E.Addr);
      if (T[Root].Allocated && Holds(S.rep(E.Value)))
        Changed |= HoldingRoots.insert(Root).second;
    }
  }
  for (const HeapEntry &E : S.Heap) {
    ValueId V = S.rep(E.Value);
    if (!Holds(V) && !relevantAddress(E.Addr, At))
      continue;
    Key.push_back(E.Addr);
    Knowledge(V);
  }
  Key.push_back(-1);
  for (const ValuePair &P : S.Temps) {
    Key.push_back(P.First);
    ValueId V = S.rep(P.Second);
    if (Holds(V) || P.First >= F.NumTemps || Info.RelevantTemps.test(P.First))
      Knowledge(V);
  }
  Key.push_back(-1);
  for (const Fact &X : S.Facts)
    if (relevantValue(X.V, At)) {
      Key.push_back(X.V);
      Limits(X.V);
    }
  return Key;
}

State Explorer::joinTwo(const State &A, const State &B, BlockId At) {
  const State &Short = B.Length < A.Length ? B : A;
  const State &Other = B.Length < A.Length ? A : B;
  State R = Short;
  R.Sure = std::min(A.Sure, B.Sure);
  // Kept on one path is kept; used on one path only is no requirement, for what
  // decided it may be gone from the facts.
  llvm::erase_if(R.Obls, [&](const Obligation &O) {
    return O.Incoming && O.St == HandleState::Open && !Other.obligation(O.V);
  });
  for (const Obligation &O : Other.Obls)
    if (O.Incoming && O.St == HandleState::Kept)
      R.addObligation(O.V) = O;
  for (ValueId V : Other.Exposed)
    if (std::find(R.Exposed.begin(), R.Exposed.end(), V) == R.Exposed.end())
      R.Exposed.push_back(V);
  std::sort(R.Exposed.begin(), R.Exposed.end());
  R.Heap.clear();
  R.Facts.clear();
  R.Alias.clear();
  for (const ValuePair &P : A.Alias)
    if (std::find(B.Alias.begin(), B.Alias.end(), P) != B.Alias.end())
      R.Alias.push_back(P);
  uint32_t Round = round(A);
  auto Merge = [&](ValueId V, ValueId W, int64_t What) {
    if (V == W)
      return V;
    Interval H = hull(A.range(T, V), B.range(T, W));
    if (H.Lo == H.Hi)
      return T.constant(H.Lo);
    ValueId J = T.joined(At, Round, What, MinInt, MaxInt);
    if (H.Lo != MinInt || H.Hi != MaxInt) {
      Fact Fj;
      Fj.V = J;
      Fj.Lo = H.Lo;
      Fj.Hi = H.Hi;
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
    for (unsigned K = 0; K < Fa.NumExcluded; ++K)
      if (B.excludes(T, Fa.V, Fa.Excluded[K]))
        Fj.Excluded[Fj.NumExcluded++] = Fa.Excluded[K];
    for (unsigned K = 0; K < Fb->NumExcluded && Fj.NumExcluded < Fact::MaxExcluded; ++K) {
      bool Have = false;
      for (unsigned M = 0; M < Fj.NumExcluded; ++M)
        Have |= Fj.Excluded[M] == Fb->Excluded[K];
      if (!Have && A.excludes(T, Fa.V, Fb->Excluded[K]))
        Fj.Excluded[Fj.NumExcluded++] = Fb->Excluded[K];
    }
    std::sort(Fj.Excluded, Fj.Excluded + Fj.NumExcluded);
    if (Fj.Lo != MinInt || Fj.Hi != MaxInt || Fj.NumExcluded)
      R.Facts.push_back(Fj);
  }
  auto It = A.Heap.begin(), Jt = B.Heap.begin();
  while (It != A.Heap.end() || Jt != B.Heap.end()) {
    if (Jt == B.Heap.end() || (It != A.Heap.end() && It->Addr < Jt->Addr)) {
      R.Heap.push_back({It->Addr, T.joined(At, Round, It->Addr, MinInt, MaxInt)});
      ++It;
    } else if (It == A.Heap.end() || Jt->Addr < It->Addr) {
      R.Heap.push_back({Jt->Addr, T.joined(At, Round, Jt->Addr, MinInt, MaxInt)});
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
  llvm::SmallVector<ValuePair, 0> Tokens;
  auto Differs = [&](ValueId Addr) {
    return ValuePair{Addr, T.joined(At, Round, (int64_t(1) << 40) + Addr, MinInt, MaxInt)};
  };
  for (size_t J = 0, K = 0; J < A.Tokens.size() || K < B.Tokens.size();) {
    if (K == B.Tokens.size() || (J < A.Tokens.size() && A.Tokens[J].First < B.Tokens[K].First)) {
      Tokens.push_back(Differs(A.Tokens[J++].First));
    } else if (J == A.Tokens.size() || B.Tokens[K].First < A.Tokens[J].First) {
      Tokens.push_back(Differs(B.Tokens[K++].First));
    } else {
      Tokens.push_back(A.Tokens[J].Second == B.Tokens[K].Second ? A.Tokens[J]
                                                                : Differs(A.Tokens[J].First));
      ++J;
      ++K;
    }
  }
  R.Tokens = std::move(Tokens);
  if (A.GlobalToken != B.GlobalToken)
    R.GlobalToken = T.joined(At, Round, int64_t(1) << 41, MinInt, MaxInt);
  return R;
}

/// Joins what is alike, and keeps the list within the bound.
void Explorer::join(States &Ss, BlockId B, bool) {
  if (Ss.size() < 2)
    return;
  States Out;
  std::map<Projection, size_t> Seen;
  for (State &S : Ss) {
    auto [It, New] = Seen.try_emplace(project(S, B), Out.size());
    if (New)
      Out.push_back(std::move(S));
    else
      Out[It->second] = joinTwo(Out[It->second], S, B);
  }
  if (Out.size() > Options.MaxStates) {
    ++Stats.StateCap;
    std::stable_sort(Out.begin(), Out.end(),
                     [](const State &A, const State &B) { return A.Length < B.Length; });
    Out.resize(Options.MaxStates);
  }
  Ss = std::move(Out);
}

// Returning ------------------------------------------------------------------

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
  auto [It, New] = ReturnIndex.try_emplace(std::move(Key), Returns.size());
  if (!New) {
    Returned &X = Returns[It->second];
    X.S = joinTwo(X.S, S, F.Blocks.size());
    X.Ret = X.Ret ? X.S.temp(F.NumTemps) : 0;
    return;
  }
  Returns.push_back({std::move(S), Ret, Term.Loc});
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

  std::vector<Returned> &Rs = Returns;
  if (Rs.size() > Options.MaxCases) {
    ++Stats.CaseCap;
    std::stable_sort(Rs.begin(), Rs.end(),
                     [](const Returned &A, const Returned &B) { return A.S.Length < B.S.Length; });
    Rs.resize(Options.MaxCases);
  }
  Sum.NoReturn = Rs.empty();

  NodeBuilder Nodes(T, Sum);
  for (const Returned &R : Rs) {
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
      const ValueInfo &I = T[X.V];
      bool Named = T.isInput(X.V) || S.obligation(X.V);
      if (I.Kind == ValueKind::Eq || I.Kind == ValueKind::Lt)
        Named = (T.isInput(I.A) || T.isConst(I.A)) && (T.isInput(I.B) || T.isConst(I.B));
      if (!Named)
        continue;
      if (!T.isInput(X.V) && I.Kind != ValueKind::Eq && I.Kind != ValueKind::Lt &&
          !Reached.count(X.V))
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
