//===- ApplySummary.cpp - a callee's summary at a call --------------------===//
//
// First every case is bound: its expressions are rebuilt over the caller's values
// before the call, and a case whose facts contradict the caller's is dropped. Then
// the others happen, each in a state of its own. What one of them does to a handle
// is judged with the others in view, for which of them is taken may be beyond
// what is known here.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace handrail::ir;

namespace handrail::solver {

struct Explorer::CallSite {
  const State &Before;
  const Op &O;
  const Summary &Sum;
  llvm::ArrayRef<ValueId> Args;
  llvm::StringRef Callee;
};

/// One case of the summary over the caller's values.
struct Explorer::BoundCase {
  const SumCase &Case;
  size_t Number;
  const State *Start;          ///< the caller's, until the case assumes something
  State S;                     ///< the caller's, with what the case assumes; empty before
  std::vector<ValueId> Values; ///< by node: what it stands for, or Unbuilt
  size_t Built = 0;            ///< nodes with a value
  bool Crashes = false;
  bool Undecided = false; ///< it takes an input that nothing here decides
  ValueId Ret = 0;
  /// In the order of the members of Case with these names.
  std::vector<std::pair<ValueId, ValueId>> Writes;
  std::vector<ValueId> Handles, Owners;
  std::vector<std::pair<ValueId, ValueId>> Copies;

  static constexpr ValueId Unbuilt = UINT32_MAX;

  BoundCase(const SumCase &Case, size_t Number, const State &Before, size_t NumNodes)
      : Case(Case), Number(Number), Start(&Before), Values(NumNodes, Unbuilt) {}

  const State &now() const { return Start ? *Start : S; }
  /// The state, to be changed. Most cases that cannot happen here never ask for it.
  State &own() {
    if (Start)
      S = *std::exchange(Start, nullptr);
    return S;
  }

  /// True when the case closes \p V or gives it away.
  bool ends(ValueId V) const {
    for (size_t K = 0; K < Handles.size(); ++K) {
      const SumHandle &H = Case.Handles[K];
      if (H.Incoming && S.rep(Handles[K]) == V &&
          (H.St == HandleState::Closed || H.St == HandleState::Transferred))
        return true;
    }
    return false;
  }
  /// True when the callee opens \p V in this case, and no callee of its own does.
  bool opensItself(ValueId V) const {
    for (size_t K = 0; K < Handles.size(); ++K)
      if (!Case.Handles[K].Incoming && Handles[K] == V)
        return llvm::all_of(Case.Handles[K].Path, [](const Event &E) { return E.Depth == 0; });
    return false;
  }
  /// True when the case has nothing to do with handles.
  bool idle() const {
    return llvm::none_of(Case.Handles, [](const SumHandle &H) { return H.Kind != model::NoKind; });
  }
  bool touches(ValueId V) const {
    return llvm::any_of(Handles, [&](ValueId H) { return S.rep(H) == V; });
  }
};

/// The value that node \p N of the summary stands for at this call.
ValueId Explorer::build(const CallSite &Call, BoundCase &B, NodeId N) {
  if (!N)
    return 0;
  if (B.Values[N] != BoundCase::Unbuilt)
    return B.Values[N];
  const SumNode &X = Call.Sum.Nodes[N];
  auto Build = [&](NodeId M) { return build(Call, B, M); };
  auto Fresh = [&] {
    // One object in all the cases that the callee makes it for, so that their joining loses
    // nothing of it.
    int64_t Which = FirstCase + (X.Allocated ? 0 : B.Number);
    ValueId V = T.opResult(OpNumber, round(Call.Before), 1000 + Which * 65536 + N, X.Lo, X.Hi);
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
    if (X.A < Call.Args.size()) {
      V = Call.Args[X.A];
    } else {
      V = Fresh(); // the record that is returned
      T.setAllocated(V);
    }
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
  case ValueKind::Container:
    V = T.container(Build(X.A), X.B);
    break;
  case ValueKind::Elem:
    V = T.elem(Build(X.A), X.C);
    break;
  case ValueKind::ElemAt: {
    ValueId Base = Build(X.A), I = Build(X.B);
    auto C = B.now().constant(T, I);
    V = C ? T.elem(Base, *C) : T.elemAt(Base, I);
    break;
  }
  case ValueKind::Content:
    if (X.B)
      V = Fresh();
    else if (Call.Sum.Nodes[X.A].Kind == ValueKind::LocalAddr)
      V = Build(X.A);
    else
      V = Call.Before.load(T, Build(X.A), X.Lo, X.Hi);
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
  case ValueKind::Derived: {
    ValueId L = Build(X.A), R = X.B ? Build(X.B) : 0;
    V = T.derived(L, R, static_cast<uint32_t>(X.C), X.Lo, X.Hi);
    if (T.isIntricate(V))
      V = Fresh();
    auto CL = B.now().constant(T, L), CR = R ? B.now().constant(T, R) : CL;
    if (CL && CR && X.C <= static_cast<int64_t>(OpKind::BitNot))
      if (auto C = fold(static_cast<OpKind>(X.C), *CL, *CR))
        V = T.constant(*C);
    if (auto Tag = R ? taggedBits(L, static_cast<OpKind>(X.C), R) : std::nullopt)
      V = T.constant(*Tag);
    break;
  }
  default:
    V = Fresh();
  }
  ++B.Built;
  return B.Values[N] = B.now().rep(V);
}

/// Whether \p X says that a global variable, or a part of it, has nothing yet.
static bool saysNotMadeYet(const Summary &Sum, const SumFact &X) {
  if (X.F.Lo != 0 || X.F.Hi != 0 || Sum.Nodes[X.Node].Kind != ValueKind::Content)
    return false;
  NodeId N = Sum.Nodes[X.Node].A;
  while (N && Sum.Nodes[N].Kind == ValueKind::Field)
    N = Sum.Nodes[N].A;
  return Sum.Nodes[N].Kind == ValueKind::GlobalAddr;
}

/// Assumes one fact of the case; false when the caller knows better.
bool Explorer::assumeFact(const CallSite &Call, BoundCase &B, const SumFact &X) {
  if (!X.Node)
    return true;
  ValueId V = build(Call, B, X.Node);
  if (B.now().rulesOut(T, V, X.F.Lo, X.F.Hi))
    return false;
  State &S = B.own();
  ValueKind Kind = Call.Sum.Nodes[X.Node].Kind;
  if (Kind != ValueKind::OpResult && Kind != ValueKind::Joined && !S.obligation(V)) {
    Interval R = S.range(T, V);
    bool Open = R.Lo < X.F.Lo || R.Hi > X.F.Hi;
    B.Undecided |= Open;
    for (unsigned K = 0; K < X.F.NumExcluded; ++K)
      B.Undecided |= !S.excludes(T, V, X.F.Excluded[K]);
    // What is made once, where it is first asked for, fails there and in no later call.
    if (Open && B.Case.Throws && saysNotMadeYet(Call.Sum, X))
      S.weaken(Sureness::Possible);
  }
  // `src == dst`, when one is the address of a part of something: callers pass what they
  // mean to be two objects, and the callee looks for another caller's. A global variable
  // is there to be compared with.
  auto Part = [&](ValueId A) {
    return T[T.root(A)].Kind != ValueKind::GlobalAddr && (T.isStep(A) || T.isNamedAddress(A));
  };
  if (T[V].Kind == ValueKind::Eq && X.F.Lo == 1 && !S.truth(T, V) &&
      (Part(S.rep(T[V].A)) || Part(S.rep(T[V].B))))
    S.weaken(Sureness::Possible);
  if (!S.assumeRange(T, V, X.F.Lo, X.F.Hi))
    return false;
  for (unsigned K = 0; K < X.F.NumExcluded; ++K)
    if (!S.assumeNot(T, S.rep(V), X.F.Excluded[K]))
      return false;
  return true;
}

/// Binds everything that the case names, over the state before the call; false
/// when the case cannot happen here.
bool Explorer::bind(const CallSite &Call, BoundCase &B) {
  for (const SumFact &X : B.Case.Requires)
    if (!assumeFact(Call, B, X))
      return false;
  if (!assumeFact(Call, B, B.Case.RetFact))
    return false;
  B.own();
  // What a loop in there may have done wrong with its own handles is no doubt about ours.
  B.S.weaken(B.Case.Handles.empty() ? std::min(B.Case.Sure, Sureness::Likely) : B.Case.Sure);
  settleValidity(B.S);
  for (const auto &[Addr, V] : B.Case.Writes) {
    ValueId To = build(Call, B, Addr);
    B.Writes.emplace_back(To, build(Call, B, V));
  }
  for (const SumHandle &H : B.Case.Handles) {
    B.Handles.push_back(build(Call, B, H.Node));
    B.Owners.push_back(build(Call, B, H.Owner));
  }
  for (const auto &[To, From] : B.Case.Copies) {
    ValueId Address = build(Call, B, To);
    B.Copies.emplace_back(Address, build(Call, B, From));
  }
  for (const auto *Nodes : {&B.Case.Forgets, &B.Case.Exposed})
    for (NodeId N : *Nodes)
      build(Call, B, N);
  for (const auto &[Joined, V] : B.Case.Alternatives)
    T.addAlternative(build(Call, B, Joined), build(Call, B, V));
  B.Ret = B.Case.Ret ? build(Call, B, B.Case.Ret) : fresh(B.S, 0, Call.O.Ty);
  return true;
}

/// What a case does to the handles that it was given or makes. The new ones are
/// added to \p Made.
void Explorer::applyHandles(const CallSite &Call, BoundCase &B, llvm::ArrayRef<BoundCase> All,
                            llvm::DenseSet<ValueId> &Made) {
  State &S = B.S;
  // Which of the cases is taken decides over \p V, and nothing here decides that.
  auto Contested = [&](ValueId V, bool Ends) {
    return B.Undecided && llvm::any_of(All, [&](const BoundCase &X) {
             return X.Number != B.Number && (Ends ? !X.ends(V) : !X.touches(V));
           });
  };
  for (size_t K = 0; K < B.Case.Handles.size(); ++K) {
    const SumHandle &H = B.Case.Handles[K];
    ValueId V = S.rep(B.Handles[K]);
    if (!H.Incoming) {
      if (H.Kind == model::NoKind || !enabled(H.Kind) || T.isConst(V))
        continue;
      SawEvent = true;
      if (isObject(V) && Models.Kinds[H.Kind].Repr != model::Representation::Object) {
        retain(S, T[V].A, H.Kind, Call.Callee);
        continue;
      }
      WitnessId W = event(S, EventKind::Acquired, V, Call.Callee, false, &H.Path);
      Obligation &Obl = S.addObligation(V);
      Obl.Kind = H.Kind;
      Obl.St = H.St;
      Obl.Checked = H.Checked;
      Obl.Doubtful = H.Doubtful || (OneOfSeveral && V != S.rep(B.Ret));
      Obl.Owner = B.Owners[K];
      Obl.Acquired = Obl.Changed = W;
      Made.insert(V);
      continue;
    }
    if (H.St == HandleState::Kept) {
      llvm::SaveAndRestore Behind(Keeper, H.Keeper);
      if (H.Kind != model::NoKind && isObject(V))
        keepSomeObject(S, V, Call.Callee);
      else
        keep(S, V, Call.Callee);
      if (ValueId Root = T.root(V); T[Root].Allocated)
        S.expose(Root);
      continue;
    }
    if (H.Kind == model::NoKind)
      continue;
    const Obligation *Now = S.obligation(V);
    bool WasGone = Now && Now->St == HandleState::Closed;
    if (H.First == Requirement::Use && (WasGone || H.St == HandleState::Open)) {
      Latent = Contested(V, false);
      use(S, V, H.Kind, Call.Callee);
      Latent = false;
    }
    if (H.First == Requirement::Use && WasGone)
      continue;
    size_t Mark = Events.size();
    if (H.St == HandleState::Closed) {
      Latent = H.Doubtful || Contested(V, true);
      release(S, V, H.Kind, Call.Callee);
      if (Obligation *Obl = S.obligation(V); Obl && Latent) {
        // For what came in, the requirement goes on to the callers, who may decide it.
        if (!H.Doubtful && Obl->Incoming)
          LeftToCallers.insert(V);
        Obl->Doubtful = true;
      }
      Latent = false;
    } else if (H.St == HandleState::Transferred) {
      transferTo(S, V, H.Kind, B.Owners[K], Call.Callee);
    }
    if (Events.size() > Mark && Events.back().V == V)
      Events.back().Inner = H.Path;
  }
}

/// True when the case puts a constant in the place of a handle that it does not end, and
/// nothing tells whether it is this case: the callee has a reason that is not known here.
bool Explorer::clearsUnasked(const State &Before, const BoundCase &B, llvm::ArrayRef<BoundCase> All,
                             ValueId Addr, ValueId New) const {
  if (!T.isConst(New))
    return false;
  ValueId Old = Before.rep(Before.stored(Addr));
  return Old && Before.obligation(Old) && !B.ends(B.S.rep(Old)) &&
         llvm::any_of(All, [&](const BoundCase &X) {
           return X.Number != B.Number && !distinguishable(X, B) &&
                  llvm::none_of(X.Writes, [&](const auto &W) { return W.first == Addr; });
         });
}

/// What a case does to memory, and which handles get lost by that.
void Explorer::applyWrites(const CallSite &Call, BoundCase &B, llvm::ArrayRef<BoundCase> All,
                           llvm::DenseSet<ValueId> Made) {
  State &S = B.S;
  const State Before = B.Copies.empty() ? State() : S;
  for (const auto &[To, From] : B.Copies) {
    S.copyMemory(T, To, Before, From);
    keepCopied(S, From);
  }
  for (NodeId N : B.Case.Forgets)
    clobber(S, B.Values[N], true, Call.Callee);
  if (B.Case.ForgetsGlobals)
    clobberGlobals(S);
  for (NodeId N : B.Case.Exposed)
    if (T[B.Values[N]].Allocated)
      S.expose(B.Values[N]);
  bool Overwrote = false;
  llvm::DenseSet<ValueId> Overwritten;
  for (const auto &[Addr, V] : B.Writes) {
    if (ValueId Old = S.stored(S.rep(Addr))) {
      Overwrote = true;
      bool Local = T[T.root(S.rep(Addr))].Kind == ValueKind::LocalAddr;
      if (!Local || !B.opensItself(V))
        Overwritten.insert(S.rep(Old));
    }
    if (clearsUnasked(Call.Before, B, All, Addr, S.rep(V))) {
      clobber(S, S.rep(Addr), true, Call.Callee);
      continue;
    }
    storeTo(S, Addr, S.rep(V));
  }
  // Moved, not lost: `take()`, `a = std::move(b)`.
  Overwritten.erase(S.rep(B.Ret));
  for (const auto &[Addr, V] : B.Writes)
    Overwritten.erase(S.rep(V));
  if (!S.hasOpen() || (!Overwrote && Made.empty() && B.Copies.empty()))
    return;
  // Which cell a callee wrote is less sure than what we write ourselves, but for a
  // member of a variable that the callee itself opens: `r.Open(a); r.Open(b);`. What
  // its own callees open they may open only when there is need.
  llvm::SmallVector<ValueId, 4> Doubted;
  for (Obligation &Obl : S.Obls)
    if (!Obl.Doubtful && Obl.St == HandleState::Open && Overwritten.contains(Obl.V)) {
      Obl.Doubtful = true;
      Doubted.push_back(Obl.V);
    }
  ValueId Ret = S.rep(B.Ret);
  Made.erase(Ret);
  checkLosses(S, LossKind::Overwrite, OpLoc, Call.O.has(OF_Discarded) ? 0 : Ret, &Made);
  // What is still to be had was not lost by the write: `fd = steal(&this->fd)`.
  for (ValueId V : Doubted)
    if (Obligation *Obl = S.obligation(V))
      Obl->Doubtful = false;
}

/// The parameters whose objects have locks that the callee takes or gives back.
static llvm::SmallVector<unsigned, 2> lockedArguments(const Summary &Sum,
                                                      const model::ModelSet &Models) {
  llvm::SmallVector<unsigned, 2> Result;
  if (!Sum.TouchesHandles)
    return Result;
  for (const SumCase &Case : Sum.Cases)
    for (const SumHandle &H : Case.Handles) {
      if (H.Kind == model::NoKind || Models.Kinds[H.Kind].Repr != model::Representation::Object)
        continue;
      const SumNode &From = Sum.Nodes[Sum.origin(H.Node)];
      if (From.Kind == ValueKind::LocalAddr && !llvm::is_contained(Result, From.A))
        Result.push_back(From.A);
    }
  return Result;
}

/// The call that is being interpreted ends in an exception.
void Explorer::throwFrom(State &S, llvm::StringRef Callee, uint32_t Exception) {
  event(S, EventKind::Thrown, 0, Callee);
  S.Unwinding = OpLoc ? OpLoc : F.Loc;
  S.Exception = Exception;
}

/// A pointer to a function that a caller may know: an argument, or in an object that
/// one points to.
void Explorer::noteCalledThrough(ValueId Pointer) {
  if (T[Pointer].Kind != ValueKind::Content || !T.isComputable(Pointer) || T.depth(Pointer) > 2 ||
      T[T.origin(Pointer)].Kind != ValueKind::LocalAddr || CalledThrough.contains(Pointer))
    return;
  if (CalledThrough.size() < Options.MaxCallsThrough)
    CalledThrough.insert(Pointer);
  else
    ++Stats.TargetCap;
}

/// The summary of \p Callee for what this call knows of the pointers that it calls;
/// \p Sum when that is nothing.
const Summary &Explorer::boundSummary(const State &S, const Op &O, const Summary &Sum,
                                      llvm::ArrayRef<ValueId> Args, ProgSym Callee) {
  if (Sum.CallsThrough.empty())
    return Sum;
  const SumCase Nothing;
  CallSite Call{S, O, Sum, Args, ""};
  BoundCase B(Nothing, 0, S, Sum.Nodes.size());
  BoundPointers Known;
  for (NodeId N : Sum.CallsThrough) {
    ValueId V = build(Call, B, N);
    if (T[V].Kind == ValueKind::FuncAddr)
      Known.emplace_back(N, T[V].A);
    else
      noteCalledThrough(V);
  }
  const Summary *Bound = Known.empty() ? nullptr : Callees.getFor(Callee, Known);
  return Bound ? *Bound : Sum;
}

void Explorer::applySummary(const State &Before, const Op &O, const Summary &Sum,
                            llvm::ArrayRef<ValueId> Args, ProgSym Callee, States &Out) {
  CallSite Call{Before, O, Sum, Args, Index.symbolName(Callee)};
  State Swept;
  if (!Sum.Sweeps.empty())
    Swept = Before;
  for (model::KindId Kind : Sum.Sweeps)
    sweep(Swept, Kind, Call.Callee);
  const State &Start = Sum.Sweeps.empty() ? Before : Swept;
  std::vector<BoundCase> Bound;
  Bound.reserve(Sum.Cases.size());
  for (size_t K = 0; K < Sum.Cases.size(); ++K) {
    BoundCase B(Sum.Cases[K], K, Start, Sum.Nodes.size());
    // An exception in a destructor that runs while another is in flight ends all.
    bool Possible = !(Sum.Cases[K].Throws && Before.Unwinding) && bind(Call, B);
    Stats.Steps += (B.Built + Before.Heap.size() + Before.Tokens.size()) / 16;
    if (Possible)
      Bound.push_back(std::move(B));
  }
  llvm::SmallVector<ValueId, 2> Locked;
  for (unsigned Arg : lockedArguments(Sum, Models))
    if (Arg < Args.size())
      Locked.push_back(Before.rep(Args[Arg]));
  for (BoundCase &B : Bound) {
    State &S = B.S;
    if (B.Case.Throws)
      throwFrom(S, Call.Callee, exceptionOf(B.Case.Thrown));
    else if (O.Result != None)
      S.setTemp(O.Result, S.rep(B.Ret));
    // A callee that works on locks of an object may have its own idea of when this
    // one is given back.
    if (!Locked.empty())
      for (Obligation &Obl : S.Obls)
        if (Obl.St == HandleState::Open && isObject(Obl.V))
          Obl.Doubtful |= llvm::is_contained(Locked, T.root(T[Obl.V].A));
    llvm::DenseSet<ValueId> Made;
    applyHandles(Call, B, Bound, Made);
    B.Crashes = std::exchange(Crashed, false);
    doubtWhatOthersEnd(B, Bound); // before it is found lost in what is overwritten
    applyWrites(Call, B, Bound, std::move(Made));
  }
  doubtUndecided(Bound);
  for (BoundCase &B : Bound)
    if (!B.Crashes)
      Out.push_back(std::move(B.S));
}

/// True when callers tell \p A from \p B by the result, or by an exception.
bool Explorer::distinguishable(const BoundCase &A, const BoundCase &B) const {
  return A.Case.Throws != B.Case.Throws ||
         (A.Case.Ret && B.Case.Ret && !mayBeSame(T, A.S, A.Ret, B.S, B.Ret));
}

/// What \p A leaves open and another case ends, although nothing tells which it is.
void Explorer::doubtWhatOthersEnd(BoundCase &A, llvm::ArrayRef<BoundCase> Bound) {
  if (!A.S.hasOpen())
    return;
  for (const BoundCase &B : Bound) {
    if (A.Number == B.Number || distinguishable(A, B))
      continue;
    for (Obligation &O : A.S.Obls)
      O.Doubtful |= O.St == HandleState::Open && B.ends(O.V);
  }
}

/// A callee that ends a handle in one case and not in another, for reasons that
/// nothing here decides and with results that nobody can tell apart, most likely
/// did so rightly: `unlock_if_threaded()`, `drop_reference(p)`.
void Explorer::doubtUndecided(llvm::MutableArrayRef<BoundCase> Bound) {
  for (BoundCase &A : Bound)
    for (const BoundCase &B : Bound) {
      if (A.Number == B.Number || distinguishable(A, B))
        continue;
      for (Obligation &O : A.S.Obls) {
        if (O.St != HandleState::Open)
          continue;
        O.Doubtful |= B.ends(O.V);
        // `if (!file->name) return -1;` in front of everything that the callee does:
        // what a caller that got this far has made sure of.
        const Obligation *There = B.S.obligation(O.V);
        O.Doubtful |= A.Undecided && A.idle() && There && There->St == HandleState::Kept;
        // A lock taken in one case only is given back under the same condition.
        if (O.Incoming || !isObject(O.V))
          continue;
        const Obligation *P = B.S.obligation(O.V);
        O.Doubtful |= !P || P->Acquired != O.Acquired || P->St != HandleState::Open;
      }
    }
}

} // namespace handrail::solver
