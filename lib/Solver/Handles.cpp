//===- Handles.cpp - obligations, and what goes wrong with them -----------===//
//
// An obligation belongs to a value. Whether the value is a handle at all is a
// fact about the value, not a state: where the facts say that it lies in the
// kind's invalid set, the acquire failed and nothing is owed.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace handrail::ir;

namespace handrail::solver {

WitnessId Explorer::event(State &S, EventKind K, ValueId V, llvm::StringRef Text, bool Value,
                          const std::vector<Event> *Inner) {
  WitnessNode N;
  N.E.Kind = K;
  N.E.U = &U;
  N.E.Loc = OpLoc;
  N.E.Text = Text.str();
  N.E.Value = Value;
  N.V = V;
  N.Parent = S.Witness;
  if (Inner)
    N.Inner = *Inner;
  Events.push_back(std::move(N));
  S.Witness = Events.size() - 1;
  ++S.Length;
  return S.Witness;
}

void Explorer::assumed(State &S, const Operand &Condition, LocId Loc, bool Value) {
  event(S, EventKind::Assumed, 0, "", Value);
  Events[S.Witness].Condition = &Condition;
  Events[S.Witness].E.Loc = Loc;
}

std::vector<Event> Explorer::path(const State &S, ValueId V) const {
  std::vector<WitnessId> Chain;
  for (WitnessId W = S.Witness; W; W = Events[W].Parent)
    Chain.push_back(W);
  std::vector<Event> Out;
  bool Began = false;
  for (auto It = Chain.rbegin(); It != Chain.rend(); ++It) {
    const WitnessNode &N = Events[*It];
    if (N.E.Kind == EventKind::Thrown && Began)
      Out.push_back(N.E);
    if (N.E.Kind == EventKind::Assumed) {
      // What was decided before the handle existed matters less than the rest.
      if (!Began)
        continue;
      Event E = N.E;
      if (N.Condition)
        E.Text = describe(*N.Condition);
      Out.push_back(std::move(E));
      continue;
    }
    if (N.V != V)
      continue;
    Began = true;
    Out.push_back(N.E);
    for (Event E : N.Inner) {
      if (E.Depth < 8)
        ++E.Depth;
      Out.push_back(std::move(E));
    }
  }
  return Out;
}

const std::string &Explorer::acquirerOf(const Obligation &O) const {
  return Events[O.Acquired].E.Text;
}

/// True when \p V is no handle of the kind. A null pointer never is, whatever the
/// function that makes them returns when it fails.
bool Explorer::isInvalid(const State &S, ValueId V, const model::ResourceKind &K) const {
  return S.allIn(T, V, K.Invalid) ||
         (K.Repr == model::Representation::Pointer && S.constant(T, V) == 0);
}

/// What goes through a null pointer goes no further.
void Explorer::crash(const model::ResourceKind &K) {
  Crashed |= K.Repr == model::Representation::Pointer &&
             llvm::any_of(K.Invalid, [](const model::ValueRange &R) { return R.contains(0); });
}

bool Explorer::mayBeValid(const State &S, const Obligation &O) {
  const model::ResourceKind &K = Models.Kinds[O.Kind];
  if (isInvalid(S, O.V, K))
    return false;
  if (K.Immortal.empty())
    return !S.allIn(T, O.V, K.Invalid);
  if (llvm::all_of(K.Invalid, [&](const auto &R) { return S.rulesOut(T, O.V, R.Lo, R.Hi); }))
    return !S.allIn(T, O.V, K.Immortal);
  // On `fd <= 2` what is left besides the invalid values is nobody's to close.
  State Valid = S;
  return Valid.assumeNotIn(T, O.V, K.Invalid) && !Valid.allIn(T, O.V, K.Immortal);
}

bool Explorer::neverLost(const State &S, const Obligation &O) const {
  const model::ResourceKind &K = Models.Kinds[O.Kind];
  // A number that was read from memory of others: `dup2(fd, action->target)`.
  ValueId From = T[O.V].Kind == ValueKind::Content ? T.root(T[O.V].A) : 0;
  bool Elsewhere = From && T[From].Kind != ValueKind::LocalAddr && !T[From].Allocated;
  return T.isInput(O.V) || Elsewhere || isObject(O.V) || !K.ReportLeak ||
         S.allIn(T, O.V, K.Immortal);
}

/// Whether somebody else may have references to \p O, which came in: then giving
/// one back does not end it.
bool Explorer::mayBeCounted(const Obligation &O) const {
  return O.Incoming && O.Kind != model::NoKind && Models.Kinds[O.Kind].Refcounted;
}

/// After a branch: handles whose acquire turns out to have failed owe nothing,
/// those that cannot be invalid any more are checked.
void Explorer::settleValidity(State &S) {
  for (Obligation &O : S.Obls) {
    if (O.St != HandleState::Open || O.Kind == model::NoKind)
      continue;
    const model::ResourceKind &K = Models.Kinds[O.Kind];
    if (K.Repr == model::Representation::Object)
      continue;
    if (!O.Incoming && isInvalid(S, O.V, K))
      O.St = HandleState::Failed;
    else if (!O.Checked && !S.someIn(T, O.V, K.Invalid))
      O.Checked = true;
  }
}

void Explorer::acquire(State &S, ValueId V, model::KindId K, llvm::StringRef Callee, bool MayFail) {
  V = S.rep(V);
  const model::ResourceKind &Kind = Models.Kinds[K];
  if (!enabled(K)) {
    if (Kind.Memory && T[V].Kind == ValueKind::OpResult)
      T.setAllocatedMaybeNull(V);
    return;
  }
  if (Kind.Memory && T[V].Kind == ValueKind::OpResult)
    T.setAllocatedMaybeNull(V);
  SawEvent = true;
  if (T.isConst(V) || S.allIn(T, V, Kind.Immortal) || (S.FreeStandard && !Kind.Immortal.empty()))
    return;
  bool Object = Kind.Repr == model::Representation::Object;
  if (Object)
    if (Obligation *Old = S.obligation(V); Old && Old->St == HandleState::Open) {
      Old->Nested = true; // recursive locks exist
      return;
    }
  if (Object)
    if (Obligation *Old = S.obligation(V); Old && Old->Incoming && Old->St == HandleState::Closed) {
      // Given back and taken again: what the caller holds, it still holds.
      Old->St = HandleState::Open;
      return;
    }
  WitnessId W = event(S, EventKind::Acquired, V, Callee);
  Obligation &O = S.addObligation(V);
  O.Kind = K;
  O.St = HandleState::Open;
  O.Checked = Object || !MayFail || !S.someIn(T, V, Kind.Invalid);
  O.Acquired = O.Changed = W;
  if (Object && ValueNames.count(V) == 0)
    ValueNames.emplace(V, describeAddress(S, T[V].A));
}

/// True when \p A and \p B are reached by the same members from the same variable,
/// whatever was forgotten in between.
bool Explorer::samePath(ValueId A, ValueId B) const {
  while (A != B) {
    const ValueInfo &I = T[A], &J = T[B];
    bool Steps =
        I.Kind == ValueKind::Content || I.Kind == ValueKind::Field || I.Kind == ValueKind::Elem;
    if (I.Kind != J.Kind || !Steps || (I.Kind == ValueKind::Field && I.B != J.B) || I.C != J.C)
      return false;
    A = I.A;
    B = J.A;
  }
  return true;
}

/// The open handle that \p V was computed from, or \p V: `close(word >> 32)`.
ValueId Explorer::unpacked(const State &S, ValueId V, model::KindId K) const {
  llvm::SmallVector<ValueId, 8> Work{V};
  for (unsigned Steps = 0; !Work.empty() && Steps < 16; ++Steps) {
    ValueId X = S.rep(Work.pop_back_val());
    if (const Obligation *O = S.obligation(X))
      return O->Kind == K && O->St == HandleState::Open ? X : V;
    if (T[X].Kind == ValueKind::Derived && T[X].B)
      Work.push_back(T[X].B);
    if (T[X].Kind == ValueKind::Derived || T[X].Kind == ValueKind::Plus)
      Work.push_back(T[X].A);
  }
  return V;
}

void Explorer::release(State &S, ValueId V, model::KindId K, llvm::StringRef Callee) {
  V = S.rep(V);
  if (T[V].Kind == ValueKind::Derived && !isObject(V))
    V = unpacked(S, V, K);
  const model::ResourceKind &Kind = Models.Kinds[K];
  if (releaseReference(S, V, K, Callee))
    return;
  Obligation *O = S.obligation(V);
  if (!enabled(K) && !(O && O->Kind != model::NoKind && O->Kind != K)) {
    // Freeing memory ends what it holds.
    if (Kind.Memory && T[V].Allocated) {
      S.forget(T, V, T.opResult(OpNumber, round(S), 77));
      checkLosses(S, LossKind::HolderFreed, OpLoc);
    }
    return;
  }
  SawEvent = true;
  bool Object = Kind.Repr == model::Representation::Object;
  if (Object)
    ReleasedObjects.insert(V);
  if (Object && !O)
    // The way to the lock may lead through memory that was forgotten since.
    for (Obligation &X : S.Obls)
      if (X.Kind == K && X.St == HandleState::Open && isObject(X.V) && samePath(T[X.V].A, T[V].A)) {
        X.St = X.Incoming ? HandleState::Kept : HandleState::Closed;
        return;
      }
  if (!O) {
    if (countsThrough(S, V, Kind))
      sweep(S, K, Callee);
    if (auto C = S.constant(T, V)) {
      bool Pointer = Kind.Repr == model::Representation::Pointer;
      if (S.allIn(T, V, Kind.Immortal) && S.FreeStandard < 3)
        ++S.FreeStandard;
      if (Pointer && *C == 0 && !Kind.ReleaseInvalidOk)
        report(S, ViolationKind::InvalidRelease, V, K, Callee, LossKind::Return, OpLoc);
      return;
    }
    if (S.allIn(T, V, Kind.Invalid) || S.allIn(T, V, Kind.Immortal) || T.isNamedAddress(V))
      if (!Object)
        return;
    WitnessId W = event(S, EventKind::Released, V, Callee);
    Obligation &N = S.addObligation(V);
    N.Kind = K;
    N.St = HandleState::Closed;
    N.Incoming = true;
    N.First = Requirement::Release;
    N.Acquired = N.Changed = W;
    return;
  }
  HandleState Was = O->St;
  if (O->Kind == model::NoKind)
    O->Kind = K;
  ValueId Owner = O->Owner;
  const Obligation *OwnerObl = Owner ? S.obligation(Owner) : nullptr;
  bool Mismatch = O->Kind != K;
  // Somebody has another reference, and who that is cannot be seen.
  if (Was == HandleState::Kept && Kind.Refcounted)
    return;
  switch (Was) {
  case HandleState::Open:
    checkOrder(S, *O, Callee);
    if (Mismatch) {
      report(S, ViolationKind::MismatchedRelease, V, O->Kind, Callee, LossKind::Return, OpLoc);
    } else if (!O->Incoming && !O->Checked && !Kind.ReleaseInvalidOk && !Kind.UseInvalidOk) {
      report(S, ViolationKind::UncheckedUse, V, K, Callee, LossKind::Return, OpLoc);
    }
    break;
  case HandleState::Closed: {
    // `while (close(fd) < 0 && errno == EINTR)`: closed or not, systems differ.
    llvm::SaveAndRestore Doubt(Latent, Latent || KnowsReason);
    // A lock that may be recursive and was taken here once is given back once.
    bool Checks = Kind.ReleaseChecksState || (Kind.Lock && !O->Incoming && !O->Nested);
    if (Checks && !Mismatch && !mayBeCounted(*O))
      report(S, ViolationKind::DoubleRelease, V, K, Callee, LossKind::Return, OpLoc);
    break;
  }
  case HandleState::Transferred:
    if (OwnerObl && OwnerObl->St == HandleState::Closed)
      report(S, ViolationKind::DoubleRelease, V, K, Callee, LossKind::Return, OpLoc);
    else if (OwnerObl && OwnerObl->St == HandleState::Open)
      report(S, ViolationKind::MismatchedRelease, V, K, Callee, LossKind::Return, OpLoc);
    break;
  case HandleState::Borrowed:
    if (OwnerObl && OwnerObl->St == HandleState::Closed)
      report(S, ViolationKind::DoubleRelease, V, K, Callee, LossKind::Return, OpLoc);
    else if (OwnerObl && OwnerObl->St == HandleState::Open)
      report(S, ViolationKind::MismatchedRelease, V, K, Callee, LossKind::Return, OpLoc);
    break;
  case HandleState::Failed:
    if (!Kind.ReleaseInvalidOk && !Mismatch) {
      report(S, ViolationKind::InvalidRelease, V, K, Callee, LossKind::Return, OpLoc);
      crash(Kind);
    }
    break;
  case HandleState::Kept:
    break;
  }
  WitnessId W = event(S, EventKind::Released, V, Callee);
  if (Obligation *Now = S.obligation(V)) {
    if (Was == HandleState::Failed)
      return;
    if (Now->Incoming && Now->First == Requirement::None)
      Now->First = Requirement::Release;
    Now->St = HandleState::Closed;
    Now->Changed = W;
  }
}

void Explorer::use(State &S, ValueId V, model::KindId K, llvm::StringRef Callee) {
  V = S.rep(V);
  if (!enabled(K))
    return;
  const model::ResourceKind &Kind = Models.Kinds[K];
  Obligation *O = S.obligation(V);
  if (!O) {
    if (S.constant(T, V) == 0 && !Kind.UseInvalidOk)
      crash(Kind);
    if (S.constant(T, V) || !T.isInput(V))
      return;
    WitnessId W = event(S, EventKind::Used, V, Callee);
    Obligation &N = S.addObligation(V);
    N.Kind = K;
    N.Incoming = true;
    N.First = Requirement::Use;
    N.Acquired = N.Changed = W;
    return;
  }
  if (O->Kind == model::NoKind)
    O->Kind = K;
  const Obligation *OwnerObl = O->Owner ? S.obligation(O->Owner) : nullptr;
  switch (O->St) {
  case HandleState::Open:
    if (!O->Incoming && !O->Checked && !Kind.UseInvalidOk && O->Kind == K) {
      O->Checked = true; // once is enough
      report(S, ViolationKind::UncheckedUse, V, K, Callee, LossKind::Return, OpLoc);
      if (!S.assumeNotIn(T, V, Kind.Invalid))
        crash(Kind);
    }
    break;
  case HandleState::Closed:
    if (!mayBeCounted(*O))
      report(S, ViolationKind::UseAfterRelease, V, O->Kind, Callee, LossKind::Return, OpLoc);
    break;
  case HandleState::Transferred:
  case HandleState::Borrowed:
    if (OwnerObl && OwnerObl->St == HandleState::Closed)
      report(S, ViolationKind::UseAfterRelease, V, O->Kind, Callee, LossKind::Return, OpLoc);
    break;
  case HandleState::Failed:
    if (!Kind.UseInvalidOk) {
      report(S, ViolationKind::UncheckedUse, V, K, Callee, LossKind::Return, OpLoc);
      crash(Kind);
    }
    break;
  case HandleState::Kept:
    break;
  }
}

/// Something out of sight may hold \p V from now on.
void Explorer::keep(State &S, ValueId V, llvm::StringRef Callee) {
  V = S.rep(V);
  if (Keeper)
    KeptBy.try_emplace(V, *Keeper);
  keepReference(S, V);
  if (Obligation *O = S.obligation(V)) {
    if (O->St == HandleState::Open) {
      if (Keeper && !O->Incoming && Models.Kinds[O->Kind].ReportLeak && !isObject(V))
        KeptAt.try_emplace({*Keeper, Events[O->Acquired].E.Loc}, OpLoc);
      O->St = HandleState::Kept;
      O->Changed = event(S, EventKind::Passed, V, Callee);
    }
    return;
  }
  if (!T.isInput(V) || T.depth(V) > Options.MaxDepth || S.constant(T, V))
    return;
  Obligation &N = S.addObligation(V);
  N.Incoming = true;
  N.St = HandleState::Kept;
}

/// Some object of the kind of \p V, at or below its address, may have changed hands.
void Explorer::keepSomeObject(State &S, ValueId V, llvm::StringRef Callee) {
  const model::KindId Kind = T[V].C - ObjectHandle;
  for (Obligation &O : S.Obls)
    if (O.Kind == Kind && O.St == HandleState::Open && T.within(T[O.V].A, T[V].A)) {
      O.St = HandleState::Kept;
      O.Changed = event(S, EventKind::Passed, O.V, Callee);
    }
  if (T.isInput(V) && !S.obligation(V)) {
    Obligation &N = S.addObligation(V);
    N.Kind = Kind;
    N.Incoming = true;
    N.St = HandleState::Kept;
  }
}

void Explorer::transferTo(State &S, ValueId V, model::KindId K, ValueId To,
                          llvm::StringRef Callee) {
  V = S.rep(V);
  if (!enabled(K))
    return;
  SawEvent = true;
  // Of several references, that of this function's own goes first.
  if (Obligation *R = S.obligation(referenceTo(V, K)); R && R->St == HandleState::Open) {
    R->St = HandleState::Kept;
    return;
  }
  Obligation *O = S.obligation(V);
  if (!O) {
    if (S.constant(T, V))
      return;
    O = &S.addObligation(V);
    O->Kind = K;
    O->Incoming = true;
    O->First = Requirement::Use;
  } else if (O->St == HandleState::Closed) {
    report(S, ViolationKind::UseAfterRelease, V, O->Kind, Callee, LossKind::Return, OpLoc);
    return;
  } else if (O->St == HandleState::Kept && Models.Kinds[K].Refcounted) {
    return; // one of several references
  } else if (hasOtherOwner(S, *O, To)) {
    report(S, ViolationKind::SecondOwner, V, O->Kind, Callee, LossKind::Return, OpLoc);
  }
  WitnessId W = event(S, EventKind::Transferred, V, Callee);
  O = S.obligation(V);
  O->St = HandleState::Transferred;
  O->Owner = To;
  O->Changed = W;
  if (!O->Acquired)
    O->Acquired = W;
}

void Explorer::borrow(State &S, ValueId V, model::KindId K, ValueId From) {
  if (!enabled(K) || S.obligation(V))
    return;
  WitnessId W = event(S, EventKind::Borrowed, V, "");
  Obligation &O = S.addObligation(V);
  O.Kind = K;
  O.St = HandleState::Borrowed;
  O.Owner = S.rep(From);
  O.Checked = true;
  O.Acquired = O.Changed = W;
}

/// Reports the open handles that no root reaches any more. Roots: temporaries,
/// variables in scope, globals, and all memory that this function did not make.
/// Those in \p Unreported are dropped without a word: what reaches them is in a
/// part of a summary that was too long to tell.
void Explorer::checkLosses(State &S, LossKind Why, LocId Loc, ValueId AlsoRoot,
                           const llvm::DenseSet<ValueId> *Unreported) {
  // What is lost just before the process ends is lost by that.
  if (!S.hasOpen() || Info.Dies.test(Block))
    return;
  llvm::DenseSet<ValueId> Marked;
  llvm::SmallVector<ValueId, 16> Work;
  auto Mark = [&](ValueId V) {
    V = S.rep(V);
    if (V && Marked.insert(V).second)
      Work.push_back(V);
  };
  if (AlsoRoot)
    Mark(AlsoRoot);
  for (const ValuePair &P : S.Temps) {
    // What is being compared may yet prove to be no handle at all.
    ValueId V = S.rep(P.Second);
    while (T[V].Kind == ValueKind::Not)
      V = S.rep(T[V].A);
    Mark(V);
    if (T[V].Kind == ValueKind::Eq || T[V].Kind == ValueKind::Lt) {
      Mark(T[V].A);
      Mark(T[V].B);
    }
  }
  for (ValueId R : S.Exposed)
    Mark(R);
  auto RootAlive = [&](ValueId R) {
    const ValueInfo &I = T[R];
    return !I.Allocated || Marked.count(R);
  };
  std::vector<char> Seen(S.Heap.size());
  bool Changed = true;
  while (Changed) {
    Changed = false;
    while (!Work.empty()) {
      ValueId V = Work.pop_back_val();
      const ValueInfo &I = T[V];
      switch (I.Kind) {
      case ValueKind::Field:
      case ValueKind::Container:
      case ValueKind::Elem:
      case ValueKind::ElemAt:
        Mark(T.root(V));
        break;
      case ValueKind::Derived:
        Mark(I.A);
        if (I.B)
          Mark(I.B);
        break;
      case ValueKind::Plus:
        Mark(I.A);
        break;
      default:
        for (ValueId X : llvm::SmallVector<ValueId, 2>(T.alternatives(V)))
          Mark(X);
        break;
      }
    }
    for (size_t K = 0; K < S.Heap.size(); ++K) {
      if (Seen[K] || !RootAlive(S.rep(T.root(S.Heap[K].Addr))))
        continue;
      Seen[K] = 1;
      Mark(S.Heap[K].Value);
      Changed = true;
    }
    Changed |= !Work.empty();
  }
  llvm::SmallVector<ValueId, 4> Lost;
  for (const Obligation &O : S.Obls)
    if (O.St == HandleState::Open && !O.Incoming && !Marked.count(O.V) && !neverLost(S, O))
      Lost.push_back(O.V);
  for (ValueId V : Lost) {
    const Obligation O = *S.obligation(V);
    if (!(Unreported && Unreported->contains(V)) && mayBeValid(S, O))
      report(S, ViolationKind::Leak, V, O.Kind, "", Why, Loc);
    S.dropObligation(V);
  }
}

void Explorer::report(State &S, ViolationKind K, ValueId V, model::KindId Kind,
                      llvm::StringRef Releaser, LossKind Loss, LocId Loc) {
  Violation R;
  R.Kind = K;
  R.Loss = Loss;
  R.U = &U;
  R.F = &F;
  R.Loc = Loc;
  R.Handle = Kind;
  R.Releaser = Releaser.str();
  R.Sure = Latent || OneOfSeveral ? Certainty::Possible : static_cast<Certainty>(S.Sure);
  if (auto It = ValueNames.find(V); It != ValueNames.end())
    R.Variable = It->second;
  else if (T[V].Kind == ValueKind::Content)
    R.Variable = describeAddress(S, T[V].A);
  if ((K == ViolationKind::DoubleRelease || K == ViolationKind::UseAfterRelease) &&
      mayBeAnother(S, V))
    R.Sure = Certainty::Possible;
  LocId AcquiredAt = 0;
  if (const Obligation *O = S.obligation(V)) {
    if (O->Doubtful)
      R.Sure = Certainty::Possible;
    const Event &E = Events[O->Acquired].E;
    if (E.Kind == EventKind::Acquired) {
      R.Acquirer = E.Text;
      AcquiredAt = E.Loc;
    } else if (E.Kind == EventKind::Passed) {
      R.Acquirer = E.Text;
      AcquiredAt = E.Loc;
    }
  }
  R.Path = path(S, V);
  size_t Length = S.Length;
  // One finding per mistake, place of acquire and place of loss: the two ends of
  // one pipe are one mistake.
  // A stream that nobody checked is one mistake however often it is used, and closed.
  bool Once =
      AcquiredAt && (K == ViolationKind::UncheckedUse || K == ViolationKind::InvalidRelease);
  auto Key = std::make_tuple(Once ? ViolationKind::UncheckedUse : K, Once ? 0 : Loc,
                             AcquiredAt ? std::string() : R.Variable, AcquiredAt);
  auto It = Violations.find(Key);
  if (It == Violations.end())
    Violations.emplace(Key, Found{std::move(R), Length, Block, OpNumber});
  else if (R.Sure < It->second.V.Sure ||
           (R.Sure == It->second.V.Sure && Length < It->second.Length))
    It->second = Found{std::move(R), Length, Block, OpNumber};
}

} // namespace handrail::solver
