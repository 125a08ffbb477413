//===- Returns.cpp - the states in which a function returns ---------------===//
//
// Returns that callers cannot tell apart are joined as they come. Locks and references
// are not lost by reachability: what is held at one return is compared with what others
// give back.
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

/// The same, and whether it returns at all: 7 without a result, 8 by an exception.
unsigned Explorer::outcomeClass(const State &S, ValueId Ret, bool Throws) const {
  return Throws ? 8 : returnClass(S, Ret).value_or(7);
}

/// True for memory that is there after the function returns: what an input points
/// to and globals. In C, what a function does to a record that it was given by value
/// is its own business; in C++ the caller destroys it.
bool Explorer::callers(ValueId Root) const {
  const ValueInfo &I = T[Root];
  return I.Kind == ValueKind::GlobalAddr ||
         (I.Input && (I.Kind != ValueKind::LocalAddr || U.CPlusPlus));
}

/// A handle that a guard closes at the `return` of that very handle.
void Explorer::checkReturned(State &S, ValueId Ret, LocId Loc) {
  const Obligation *O = S.obligation(Ret);
  if (!O || O->St != HandleState::Closed || O->Kind == model::NoKind || mayBeCounted(*O))
    return;
  const Event &Closed = Events[O->Changed].E;
  if (Closed.Kind == EventKind::Released && Closed.Loc == Loc)
    report(S, ViolationKind::UseAfterRelease, O->V, O->Kind, "", LossKind::Return, Loc);
}

void Explorer::finish(State S, const Terminator &Term) {
  bool Throws = Term.Kind == TermKind::Throw;
  LocId Loc = Throws && S.Unwinding ? S.Unwinding : Term.Loc;
  ValueId Result = Term.Value ? value(S, Term.Value) : 0;
  ValueId Ret = Throws ? 0 : Result;
  if (Ret)
    checkReturned(S, S.rep(Ret), Loc);
  S.Unwinding = 0;
  S.Temps.clear();
  ValueId KeepRoot = Ret ? T.root(Ret) : 0;
  llvm::erase_if(S.Heap, [&](const HeapEntry &E) {
    ValueId R = T.root(E.Addr);
    return T[R].Kind == ValueKind::LocalAddr && R != KeepRoot && !callers(R) &&
           std::find(S.Exposed.begin(), S.Exposed.end(), R) == S.Exposed.end();
  });
  if (IsMain)
    llvm::erase_if(S.Obls, [&](const Obligation &O) {
      return O.St == HandleState::Open && !O.Incoming && !Models.Kinds[O.Kind].LeakAtExit;
    });
  checkLosses(S, Throws ? LossKind::Throw : LossKind::Return, Loc, Result);
  checkReturnedBorrow(S, Ret, Loc);
  S.Loops.clear();
  dropDead(S, 0);
  // Callers hear of a few classes of exceptions.
  if (Throws && !Thrown.contains(S.Exception) && Thrown.size() == Options.MaxThrown) {
    ++Stats.ThrownCap;
    S.Exception = 0;
  }
  if (Throws)
    Thrown.insert(S.Exception);
  // Returns that callers cannot tell apart become one.
  if (Ret)
    S.setTemp(F.NumTemps, Ret);
  Projection Key;
  project(S, F.Blocks.size(), Apart::Branches, Key);
  Key.push_back(outcomeClass(S, Ret, Throws));
  Key.push_back(Throws ? S.Exception : 0);
  // While there are few, those that take other inputs stay apart: `size == 0` and
  // `count == 0` are two reasons to return NULL, and neither is none.
  // Checks of the arguments themselves stay apart even when there are many.
  Projection Outcome = Key;
  for (const Fact &X : S.Facts) {
    if (!T.isComputable(X.V))
      continue;
    Interval R = S.range(T, X.V);
    std::array<int64_t, 5> Reason{X.V, R.Lo, R.Hi, X.NumExcluded, X.Excluded[0]};
    if (R.Lo == R.Hi && T.depth(X.V) <= 1)
      llvm::append_range(Outcome, Reason);
    if (Returns.size() < Options.MaxCases * 2)
      llvm::append_range(Key, Reason);
  }
  auto [It, New] = ReturnIndex.try_emplace(std::move(Key), Returns.size());
  if (!New) {
    joinReturns(Returns[It->second], S);
    return;
  }
  Returns.push_back({std::move(S), Ret, Loc, Throws, std::move(Outcome)});
}

/// What came in and \p A stored in memory of the callers' where \p B did not: of \p Into, the
/// two of them as one, they are not told that, and somebody may have it.
void Explorer::keepStoredOnce(State &Into, const State &A, const State &B) const {
  for (const HeapEntry &E : A.Heap) {
    ValueId V = A.rep(E.Value), Other = B.stored(E.Addr);
    const ValueInfo &I = T[V], &Root = T[T.root(E.Addr)];
    if (I.Kind != ValueKind::Content || I.A == E.Addr || !T.isInput(V) || T.depth(V) > 2 ||
        Root.Allocated || Root.Kind == ValueKind::LocalAddr || (Other && B.rep(Other) == V) ||
        Into.obligation(V))
      continue;
    Obligation &O = Into.addObligation(V);
    O.Incoming = true;
    O.St = HandleState::Kept;
  }
}

void Explorer::joinReturns(Returned &Into, const State &S) {
  State Joined = joinTwo(Into.S, S, F.Blocks.size());
  keepStoredOnce(Joined, Into.S, S);
  keepStoredOnce(Joined, S, Into.S);
  Into.S = std::move(Joined);
  Into.Ret = Into.Ret ? Into.S.temp(F.NumTemps) : 0;
}

/// Brings the returns within \p Limit. What one of those that go did to a handle of the
/// caller's, another of the same class may have done for all that is told.
void Explorer::reduceReturns(size_t Limit) {
  ++Stats.CaseCap;
  auto Class = [&](const Returned &R) { return outcomeClass(R.S, R.Ret, R.Throws); };
  auto Ends = [](const Obligation &O) {
    return O.Incoming && (O.St == HandleState::Closed || O.St == HandleState::Transferred);
  };
  std::set<std::pair<unsigned, ValueId>> Ended;
  for (const Returned &R : Returns)
    for (const Obligation &O : R.S.Obls)
      if (Ends(O))
        Ended.insert({Class(R), O.V});
  bool Dropped = reduce(
      Returns, Limit, [](const Returned &R) { return R.Outcome; },
      [this](Returned &Into, const Returned &R) { joinReturns(Into, R.S); },
      [](const Returned &R) { return R.S.Length; });
  for (Returned &R : Returns)
    for (auto [OfClass, V] : Ended) {
      const Obligation *Known = R.S.obligation(V);
      if (!Dropped || OfClass != Class(R) || (Known && (Ends(*Known) || !Known->Incoming)))
        continue;
      Obligation &O = R.S.addObligation(V);
      O.Incoming = true;
      O.St = HandleState::Kept;
      O.First = Requirement::None;
    }
}

/// What callers find behind their arguments, where that may be their only way to tell
/// whether they hold a lock: two answers that are joined are none.
void Explorer::tellOutputs(const State &S, Projection &Key) const {
  auto IsLock = [&](const Obligation &O) { return !O.Incoming && isObject(O.V); };
  if (!ReturnsNothing || llvm::none_of(S.Obls, IsLock))
    return;
  for (const HeapEntry &E : S.Heap)
    if (isOutput(E.Addr)) {
      Key.push_back(E.Addr);
      Key.push_back(*returnClass(S, S.rep(E.Value)));
    }
}

/// True for a place in memory that an input points to.
bool Explorer::isOutput(ValueId Addr) const {
  const ValueId Root = T.root(Addr);
  return T.isInput(Root) && T[Root].Kind == ValueKind::Content;
}

/// True when callers tell \p R from \p Q by what was written for them, where there is no
/// result: `*found = true`. A negative number in \p R is a failure, which holds nothing.
bool Explorer::toldByOutput(const Returned &R, const Returned &Q) const {
  if (R.Ret || Q.Ret)
    return false;
  return llvm::any_of(R.S.Heap, [&](const HeapEntry &E) {
    ValueId V = R.S.rep(E.Value), W = Q.S.stored(E.Addr);
    return W && isOutput(E.Addr) && R.S.range(T, V).Lo >= 0 &&
           !mayBeSame(T, R.S, V, Q.S, Q.S.rep(W));
  });
}

/// True when another return gave back \p V, which \p R holds: one with a result of the
/// same class, or any when \p R fails, for it may give back what it gives back when it
/// succeeds. What came in as a handle of the caller's counts only \p AlsoIncoming.
bool Explorer::givenBackElsewhere(const Returned &R, ValueId V, bool AlsoIncoming) const {
  auto Class = returnClass(R.S, R.Ret);
  return llvm::any_of(Returns, [&](const Returned &Q) {
    const Obligation *O = Q.S.obligation(V);
    return O && O->St == HandleState::Closed && (AlsoIncoming || !O->Incoming) &&
           (R.Throws || !Q.Throws) && !toldByOutput(R, Q) &&
           (!Class || returnClass(Q.S, Q.Ret) == Class || Class == 2u);
  });
}

/// True for the lock in a global variable that some caller gives back without having
/// taken it: it was left with the lock.
bool Explorer::isKeptForCallers(ValueId Lock) const {
  if (!isObject(Lock))
    return false;
  const ValueInfo &Root = T[T.root(T[Lock].A)];
  return Root.Kind == ValueKind::GlobalAddr && Callees.callersGiveBack(Self, Root.A);
}

/// Reports what is wrongly held at returns. That is no news to callers then.
void Explorer::reportHeld(ViolationKind K,
                          llvm::function_ref<bool(const Returned &, const Obligation &)> Wrong) {
  std::vector<std::pair<size_t, ValueId>> Held;
  for (size_t N = 0; N < Returns.size(); ++N)
    for (const Obligation &O : Returns[N].S.Obls)
      if (Wrong(Returns[N], O))
        Held.emplace_back(N, O.V);
  for (auto [N, V] : Held) {
    Returned &R = Returns[N];
    if (isKeptForCallers(V))
      R.S.obligation(V)->Doubtful = true;
    report(R.S, K, V, R.S.obligation(V)->Kind, "", LossKind::Return, R.Loc);
    R.S.dropObligation(V);
  }
}

/// Locks: held where other returns of the same class gave them back, or held
/// where the function fails although it gives them back when it succeeds.
void Explorer::reportHeldLocks() {
  reportHeld(ViolationKind::Leak, [&](const Returned &R, const Obligation &O) {
    return !O.Incoming && O.St == HandleState::Open && ReleasedObjects.count(O.V) &&
           Models.Kinds[O.Kind].ReportLeak && isObject(O.V) &&
           (Models.Kinds[O.Kind].Lock || !T.isInput(T[O.V].A)) && givenBackElsewhere(R, O.V, false);
  });
}

/// References that some returns of a class give back and others do not, although the
/// handle goes nowhere there. What is invalid has none.
void Explorer::reportImbalances() {
  reportHeld(ViolationKind::Imbalance, [&](const Returned &R, const Obligation &O) {
    if (O.Incoming || O.St != HandleState::Open || O.Kind == model::NoKind || !isReference(O) ||
        !ReleasedObjects.count(O.V) || R.Throws)
      return false;
    const ValueId V = T[O.V].A;
    bool Goes = (R.Ret && R.S.rep(R.Ret) == V) ||
                llvm::any_of(R.S.Heap, [&](const HeapEntry &E) { return R.S.rep(E.Value) == V; });
    return !Goes && !isInvalid(R.S, V, Models.Kinds[O.Kind]) && givenBackElsewhere(R, O.V, true);
  });
}

} // namespace handrail::solver
