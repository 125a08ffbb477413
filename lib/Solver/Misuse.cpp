//===- Misuse.cpp - what goes wrong although all is released once ---------===//
//
// Order: a handle that was made from another one names it as its owner while it is
// open, and is to be released before it. References: a retained handle is an object
// of its own, derived from the handle as a held lock is from its mutex; it is
// compared where the function returns, as locks are (Returns.cpp). Suspension: what a coroutine
// holds there is lost when nobody resumes it.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace handrail::ir;

namespace handrail::solver {

static bool releasedBefore(const model::ModelSet &Models, model::KindId First,
                           model::KindId Second) {
  return llvm::is_contained(Models.Kinds[First].ReleaseBefore, Models.Kinds[Second].Id);
}

/// After a modelled call: what it made from a handle that it uses depends on that one.
/// What a function releases that waits for its dependants may go before them.
void Explorer::orderReleases(State &S, const model::FunctionModel &M, llvm::ArrayRef<ValueId> Args,
                             ValueId Ret, llvm::ArrayRef<const model::Effect *> Effects) {
  for (const model::Effect *E : Effects) {
    if (E->Kind == model::NoKind)
      continue;
    if (E->Op == model::EffectKind::Release && M.Defers) {
      if (auto V = place(S, E->At, Args, Ret, false))
        for (Obligation &O : S.Obls)
          if (O.St == HandleState::Open && O.Owner == S.rep(*V))
            O.Owner = 0;
      continue;
    }
    if (E->Op != model::EffectKind::Acquire || Models.Kinds[E->Kind].ReleaseBefore.empty())
      continue;
    auto Made = place(S, E->At, Args, Ret, false);
    Obligation *O = Made ? S.obligation(S.rep(*Made)) : nullptr;
    if (!O || O->St != HandleState::Open)
      continue;
    for (const model::Effect *From : Effects)
      if (From->Op == model::EffectKind::Use && From->Kind != model::NoKind &&
          releasedBefore(Models, E->Kind, From->Kind))
        if (auto V = place(S, From->At, Args, Ret, false))
          O->Owner = S.rep(*V);
  }
}

/// \p O is released now: is what it depends on still there?
void Explorer::checkOrder(State &S, const Obligation &O, llvm::StringRef Callee) {
  const Obligation *Owner = O.Owner ? S.obligation(O.Owner) : nullptr;
  if (Owner && Owner->St == HandleState::Closed && Owner->Kind != model::NoKind &&
      releasedBefore(Models, O.Kind, Owner->Kind))
    report(S, ViolationKind::ReleaseOrder, O.V, O.Kind, Callee, LossKind::Return, OpLoc);
}

/// True when \p O has an owner that is still there, and \p To is another one.
bool Explorer::hasOtherOwner(const State &S, const Obligation &O, ValueId To) const {
  if (O.St != HandleState::Transferred || !O.Owner || !To || S.rep(O.Owner) == S.rep(To))
    return false;
  const Obligation *Owner = S.obligation(O.Owner);
  return Owner && Owner->St == HandleState::Open && Owner->Checked;
}

ValueId Explorer::referenceTo(ValueId V, model::KindId K) {
  return T.derived(V, 0, ObjectHandle + K, MinInt, MaxInt);
}

bool Explorer::isReference(const Obligation &O) const {
  return isObject(O.V) && Models.Kinds[O.Kind].Repr != model::Representation::Object;
}

/// One more reference to \p V. Of a handle that this function made itself, and of
/// one that is retained twice, no count is kept: nothing more is said of it.
void Explorer::retain(State &S, ValueId V, model::KindId K, llvm::StringRef Callee) {
  V = S.rep(V);
  const Obligation *Own = S.obligation(V);
  if (!enabled(K) || !Models.Kinds[K].Refcounted || S.constant(T, V) || (Own && !Own->Incoming))
    return keep(S, V, Callee);
  const ValueId R = referenceTo(V, K);
  if (Obligation *Old = S.obligation(R)) {
    Old->St = HandleState::Kept;
    return;
  }
  SawEvent = true;
  if (auto Name = ValueNames.find(V); Name != ValueNames.end())
    ValueNames.emplace(R, std::string(Name->second));
  else if (T[V].Kind == ValueKind::Content)
    ValueNames.emplace(R, describeAddress(S, T[V].A));
  const WitnessId W = event(S, EventKind::Acquired, R, Callee);
  Obligation &O = S.addObligation(R);
  O.Kind = K;
  O.Checked = true;
  O.Acquired = O.Changed = W;
}

/// True when it was a reference of this function's own that \p Callee gave back.
bool Explorer::releaseReference(State &S, ValueId V, model::KindId K, llvm::StringRef Callee) {
  if (!enabled(K) || !Models.Kinds[K].Refcounted)
    return false;
  const ValueId R = referenceTo(S.rep(V), K);
  const Obligation *O = S.obligation(R);
  if (!O || O->St == HandleState::Closed)
    return false;
  const WitnessId W = event(S, EventKind::Released, R, Callee);
  if (Obligation *Now = S.obligation(R); Now->St == HandleState::Open) {
    Now->St = HandleState::Closed;
    Now->Changed = W;
    ReleasedObjects.insert(R);
  }
  return true;
}

/// Who got \p V may have got the reference with it.
void Explorer::keepReference(State &S, ValueId V) {
  for (Obligation &O : S.Obls)
    if (O.St == HandleState::Open && O.Kind != model::NoKind && isReference(O) && T[O.V].A == V)
      O.St = HandleState::Kept;
}

/// At a suspension point: open handles that lie in plain variables, which nobody
/// destroys when the coroutine is not resumed. A guard refers to the variable.
void Explorer::checkSuspension(State &S) {
  if (!S.hasOpen())
    return;
  llvm::SmallVector<ValueId, 2> Held;
  for (const Obligation &O : S.Obls) {
    if (O.Incoming || O.St != HandleState::Open || neverLost(S, O) || isObject(O.V) ||
        isInvalid(S, O.V, Models.Kinds[O.Kind]))
      continue;
    unsigned Plain = 0, Other = 0;
    for (const HeapEntry &E : S.Heap) {
      if (S.rep(E.Value) != O.V)
        continue;
      const ValueInfo &At = T[E.Addr];
      const bool Variable = At.Kind == ValueKind::LocalAddr && !F.Locals[At.A].Param &&
                            U.type(F.Locals[At.A].Ty).Kind != TypeKind::Record;
      const bool Referred =
          llvm::any_of(S.Heap, [&](const HeapEntry &X) { return S.rep(X.Value) == S.rep(E.Addr); });
      ++(Variable && !Referred ? Plain : Other);
    }
    if (Plain && !Other)
      Held.push_back(O.V);
  }
  // Whether it is ever destroyed there is for its callers to know.
  llvm::SaveAndRestore Doubt(Latent, true);
  for (ValueId V : Held)
    report(S, ViolationKind::HeldAcrossAwait, V, S.obligation(V)->Kind, "", LossKind::Return,
           OpLoc);
}

/// What is returned must not belong to somebody who is gone.
void Explorer::checkReturnedBorrow(State &S, ValueId Ret, LocId Loc) {
  const Obligation *O = Ret ? S.obligation(S.rep(Ret)) : nullptr;
  if (!O || O->St != HandleState::Borrowed || O->Kind == model::NoKind)
    return;
  const Obligation *Owner = O->Owner ? S.obligation(O->Owner) : nullptr;
  if (Owner && Owner->St == HandleState::Closed && !Owner->Incoming)
    report(S, ViolationKind::BorrowEscapes, O->V, O->Kind, "", LossKind::Return, Loc);
}

} // namespace handrail::solver
