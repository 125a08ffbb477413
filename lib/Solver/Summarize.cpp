//===- Summarize.cpp - from returning states to a summary -----------------===//
//
// Each of the states that are left when a function has been explored (Returns.cpp)
// becomes a case, its values renamed to nodes over the inputs.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"
#include "lib/Solver/SummaryNodes.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

/// Turns one return into a case.
struct Explorer::CaseBuilder {
  Explorer &X;
  const Returned &R;
  const State &S;
  Summary &Sum;
  NodeBuilder &Nodes;
  SumCase Case;
  std::set<ValueId> Reached; ///< values that the caller has afterwards
  /// Values that the caller gets by the result, or in memory that an argument
  /// points to.
  llvm::DenseSet<ValueId> Handed;
  llvm::DenseSet<ValueId> InTables; ///< what global variables have, likewise
  /// Memory of our own that holds handles, directly or not, and joined values that
  /// may be such memory.
  llvm::DenseSet<ValueId> Holders;
  /// What memory has that neither we made nor the caller can name: the entry that
  /// some lookup returned.
  llvm::DenseSet<ValueId> Elsewhere;
  unsigned MaxDepth;     ///< see SolverOptions::MaxDepth
  bool Cut = false;      ///< for MaxWrites, the case does not tell all
  uint64_t CutPaths = 0; ///< handles of which it does not tell all, for MaxEvents

  CaseBuilder(Explorer &X, const Returned &R, Summary &Sum, NodeBuilder &Nodes, unsigned MaxDepth)
      : X(X), R(R), S(R.S), Sum(Sum), Nodes(Nodes), MaxDepth(MaxDepth) {}

  SumCase build() {
    Case.Sure = S.Sure;
    Case.Throws = R.Throws;
    if (R.Throws)
      Case.Thrown = X.Exceptions[S.Exception];
    findHolders();
    findElsewhere();
    writes();
    forgets();
    handles();
    result();
    requirements();
    return std::move(Case);
  }

private:
  /// True when callers may care for what lies at \p Addr: not too many pointers
  /// away (k-limiting: Jones and Muchnick, POPL 1979), nor somewhere in an array.
  bool near(ValueId Addr) const {
    for (ValueId A = Addr; A != X.T.root(A); A = X.T[A].A)
      if (X.T[A].Kind == ValueKind::ElemAt)
        return false;
    return X.T.depth(Addr) <= MaxDepth;
  }
  /// Made from something that may be a handle: `(void *)(fd + 1)`, `fd << 32 | flags`.
  bool packed(ValueId V) const {
    return X.T[V].Kind == ValueKind::Plus || (X.T[V].Kind == ValueKind::Derived && !X.isObject(V));
  }
  /// A handle, what may be one of the caller's, or memory that holds one.
  bool precious(ValueId V) const {
    const Obligation *O = S.obligation(V);
    bool Given = X.T[V].Kind == ValueKind::Content && X.T.isInput(V) && X.T.depth(V) <= 2;
    if (packed(V))
      return precious(S.rep(X.T[V].A)) || (X.T[V].B && precious(S.rep(X.T[V].B)));
    return (O && O->Kind != model::NoKind) || Given || Holders.contains(X.T.root(V)) ||
           Holders.contains(V);
  }
  /// True when a caller would know as much of \p V if it were told nothing.
  bool opaque(ValueId V) const {
    const ValueInfo &I = X.T[V];
    return !I.Computable && !I.Allocated && !I.NonNull && !X.T[X.T.root(V)].Allocated &&
           !precious(V) && !S.fact(V) && V != S.rep(R.Ret);
  }

  /// True for an argument and what lies in memory that one points to, and for a
  /// global variable.
  bool atHand(ValueId V) const {
    if (X.isObject(V))
      V = X.T[V].A;
    unsigned Depth = X.T.depth(V);
    return X.T[X.T.origin(V)].Kind == ValueKind::LocalAddr ? Depth <= 2 : Depth <= 1;
  }

  /// For an object at an index that callers cannot compute: what it is an element
  /// of. 0 for others.
  ValueId someElementOf(ValueId Object) const {
    ValueId Base = 0;
    for (ValueId A = Object; A != X.T.root(A); A = X.T[A].A)
      if (X.T[A].Kind == ValueKind::ElemAt && !X.T.isComputable(X.T[A].B))
        Base = X.T[A].A;
    return Base;
  }

  /// True when what is kept in the program's own tables was put there by a callee,
  /// or opened by a callee of that one: who calls us will hardly be the one to lose it.
  bool isSettled(const Obligation &O) const {
    return llvm::any_of(X.Events[O.Acquired].Inner, [](const Event &E) { return E.Depth > 0; });
  }

  /// True when a callee did something to what a global variable has: that concerns
  /// the callers of that callee, but not theirs.
  bool isDistant(const Obligation &O) const {
    ValueId V = X.isObject(O.V) ? X.T[O.V].A : O.V;
    return X.T[X.T.origin(V)].Kind != ValueKind::LocalAddr && !X.Events[O.Changed].Inner.empty();
  }

  void findHolders();
  void findElsewhere();
  void writes();
  void keepUntold(const std::vector<const HeapEntry *> &Exported);
  bool copied(const ValuePair &Token);
  void forgets();
  void handles();
  void tellPath(ValueId V, SumHandle &H);
  void result();
  void requirements();
};

void Explorer::CaseBuilder::findHolders() {
  auto MayHold = [&](ValueId V) {
    V = S.rep(V);
    return precious(V) || llvm::any_of(X.T.alternatives(V), [&](ValueId A) { return precious(A); });
  };
  if (llvm::none_of(S.Obls, [](const Obligation &O) { return O.Kind != model::NoKind; }))
    return;
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const HeapEntry &E : S.Heap) {
      if (!MayHold(E.Value))
        continue;
      ValueId Root = S.rep(X.T.root(E.Addr));
      if (X.T[Root].Allocated)
        Changed |= Holders.insert(Root).second;
      if (!X.T.alternatives(S.rep(E.Value)).empty())
        Changed |= Holders.insert(S.rep(E.Value)).second;
    }
  }
}

void Explorer::CaseBuilder::findElsewhere() {
  auto Strange = [&](ValueId Root) {
    const ValueInfo &I = X.T[Root];
    return !I.Allocated && !I.Input && !X.T.isNamedAddress(Root) && I.Kind != ValueKind::Const;
  };
  for (bool Changed = !S.Obls.empty(); Changed;) {
    Changed = false;
    for (const HeapEntry &E : S.Heap) {
      ValueId Root = S.rep(X.T.root(E.Addr)), V = S.rep(E.Value);
      if (precious(V) && (Strange(Root) || Elsewhere.contains(Root)))
        for (ValueId W : {V, S.rep(X.T.root(V))})
          Changed |= Elsewhere.insert(W).second;
    }
  }
}

/// What leaves: the result, and what is written to memory that the caller has.
void Explorer::CaseBuilder::writes() {
  const ValueTable &T = X.T;
  std::set<ValueId> Roots;
  std::vector<ValueId> Work;
  std::vector<const HeapEntry *> Exported;
  std::vector<ValueId> Unknown;
  auto Reach = [&](ValueId V) {
    V = S.rep(V);
    if (V && Reached.insert(V).second)
      Work.push_back(V);
  };
  auto ExportRoot = [&](ValueId Root) {
    if (!Roots.insert(Root).second)
      return;
    for (const HeapEntry &E : S.Heap) {
      const ValueInfo &V = T[E.Value];
      bool Unchanged = V.Kind == ValueKind::Content && V.A == E.Addr && V.B == 0;
      if (S.rep(T.root(E.Addr)) != Root || Unchanged ||
          (!near(E.Addr) && !precious(S.rep(E.Value))))
        continue;
      if (opaque(S.rep(E.Value))) {
        if (!T[Root].Allocated)
          Unknown.push_back(E.Addr);
        continue;
      }
      Exported.push_back(&E);
      Reach(E.Value);
    }
  };
  if (R.Ret)
    Reach(R.Ret);
  for (const HeapEntry &E : S.Heap) {
    ValueId Root = S.rep(T.root(E.Addr));
    if (X.callers(Root) || llvm::is_contained(S.Exposed, Root))
      ExportRoot(Root);
  }
  while (!Work.empty()) {
    ValueId V = Work.back();
    Work.pop_back();
    ValueId Root = S.rep(T.root(V));
    if (T[Root].Allocated || T[Root].Kind == ValueKind::LocalAddr)
      ExportRoot(Root);
    for (ValueId A : T.alternatives(V))
      if (precious(S.rep(A)))
        Reach(A);
    if (T[V].Kind == ValueKind::Derived || T[V].Kind == ValueKind::Plus) {
      Reach(T[V].A);
      if (T[V].Kind == ValueKind::Derived && T[V].B)
        Reach(T[V].B);
    }
  }
  llvm::sort(Exported, [](const HeapEntry *A, const HeapEntry *B) { return A->Addr < B->Addr; });
  if (Exported.size() > X.Options.MaxWrites) {
    // Too much to tell: what was written is unknown, but for the handles in it.
    Cut = true;
    std::vector<const HeapEntry *> Few;
    std::set<ValueId> Vague;
    for (const HeapEntry *E : Exported) {
      if (S.obligation(S.rep(E->Value)) && Few.size() < X.Options.MaxWrites)
        Few.push_back(E);
      ValueId Root = T.root(E->Addr);
      if (!T[Root].Allocated && Vague.insert(Root).second)
        Case.Forgets.push_back(Nodes.node(Root));
    }
    Exported = std::move(Few);
  }
  // By what the caller has in its hands, however deep it lies in memory of ours.
  auto Hand = [&](ValueId V) {
    bool New = false;
    for (V = S.rep(V); V && Handed.insert(V).second; V = packed(V) ? S.rep(T[V].A) : 0)
      New = true;
    return New;
  };
  Hand(R.Ret);
  Hand(T.root(R.Ret));
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const HeapEntry *E : Exported) {
      ValueId Root = S.rep(T.root(E->Addr)), V = S.rep(E->Value);
      bool AtHand = T.isInput(Root) && T.depth(E->Addr) <= 1;
      bool Global = AtHand && T[T.origin(Root)].Kind != ValueKind::LocalAddr;
      if (Handed.contains(Root) || (AtHand && !Global))
        Changed |= Hand(V);
      if (InTables.contains(Root) || Global)
        Changed |= InTables.insert(V).second;
    }
  }
  for (const HeapEntry *E : Exported) {
    NodeId Addr = Nodes.node(E->Addr);
    Case.Writes.emplace_back(Addr, Nodes.node(S.rep(E->Value)));
  }
  keepUntold(Exported);
  llvm::sort(Unknown);
  for (ValueId Addr : Unknown)
    if (Case.Forgets.size() < X.Options.MaxWrites)
      Case.Forgets.push_back(Nodes.node(Addr));
    else
      Cut = true;
  for (ValueId V : Reached)
    for (ValueId A : T.alternatives(V))
      if (precious(S.rep(A)))
        Case.Alternatives.emplace_back(Nodes.node(V), Nodes.node(S.rep(A)));
}

/// What an argument was stored in, and callers are not told: to them somebody out
/// of sight has it now.
void Explorer::CaseBuilder::keepUntold(const std::vector<const HeapEntry *> &Exported) {
  const ValueTable &T = X.T;
  std::set<const HeapEntry *> Told(Exported.begin(), Exported.end());
  std::set<ValueId> Held;
  std::vector<ValueId> Work;
  auto Hold = [&](ValueId V) {
    V = S.rep(V);
    if (V && Held.insert(V).second)
      Work.push_back(V);
  };
  for (const HeapEntry &E : S.Heap) {
    const ValueInfo &Root = T[S.rep(T.root(E.Addr))], &V = T[E.Value];
    bool Unchanged = V.Kind == ValueKind::Content && V.A == E.Addr && V.B == 0;
    if (!Unchanged && !Root.Allocated && Root.Kind != ValueKind::LocalAddr && !Told.count(&E))
      Hold(E.Value);
  }
  while (!Work.empty()) {
    ValueId V = Work.back();
    Work.pop_back();
    for (ValueId A : T.alternatives(V))
      Hold(A);
    ValueId Root = S.rep(T.root(V));
    if (Root != V)
      Hold(Root);
    if (!T[Root].Allocated && T[Root].Kind != ValueKind::Joined)
      continue;
    for (const HeapEntry &E : S.Heap)
      if (S.rep(T.root(E.Addr)) == Root)
        Hold(E.Value);
  }
  for (ValueId V : Held) {
    if (T[V].Kind != ValueKind::Content || !T.isInput(V) || T.depth(V) > 2)
      continue;
    if (const Obligation *O = S.obligation(V); O && (!O->Incoming || O->St != HandleState::Open))
      continue;
    SumHandle H;
    H.Node = Nodes.node(V);
    H.Incoming = true;
    H.St = HandleState::Kept;
    Case.Handles.push_back(std::move(H));
  }
}

/// Tells of memory that is a copy of what an input held on entry; false when it is
/// no such copy.
bool Explorer::CaseBuilder::copied(const ValuePair &P) {
  const ValueTable &T = X.T;
  const ValueInfo &Token = T[P.Second];
  if (Token.Kind != ValueKind::CopyToken || Token.B || !T.isInput(T.root(Token.A)))
    return false;
  if (Case.Copies.size() == X.Options.MaxWrites) {
    Cut = true;
    return false;
  }
  NodeId To = Nodes.node(P.First);
  Case.Copies.emplace_back(To, Nodes.node(Token.A));
  return true;
}

/// Memory of the caller that is unknown now: by part, or by object when that is
/// too long a list.
void Explorer::CaseBuilder::forgets() {
  const ValueTable &T = X.T;
  std::set<ValueId> Parts, Objects;
  for (const ValuePair &P : S.Tokens) {
    ValueId Root = T.root(P.First);
    bool Callers = X.callers(Root);
    if (near(P.First) && (Callers || Reached.count(Root)) && copied(P))
      continue;
    // What memory out of sight has a copy of may be held by that.
    if (const ValueInfo &Token = T[P.Second];
        Token.Kind == ValueKind::CopyToken && !near(P.First) && near(Token.A) &&
        T[Root].Kind != ValueKind::LocalAddr && X.callers(T.root(Token.A))) {
      Parts.insert(Token.A);
      Objects.insert(T.root(Token.A));
    }
    if (Callers && near(P.First)) {
      Parts.insert(P.First);
      Objects.insert(Root);
    }
  }
  const size_t Limit = X.Options.MaxWrites;
  Cut |= Parts.size() > Limit;
  const std::set<ValueId> &Told = Parts.size() <= Limit ? Parts : Objects;
  size_t Left = Limit;
  for (ValueId V : Told)
    if (Left && Left--)
      Case.Forgets.push_back(Nodes.node(V));
  Case.ForgetsGlobals = S.GlobalToken != 0;
  for (ValueId V : S.Exposed)
    if (T[V].Allocated && Reached.count(V))
      Case.Exposed.push_back(Nodes.node(V));
}

void Explorer::CaseBuilder::handles() {
  ValueTable &T = X.T;
  std::set<std::pair<ValueId, model::KindId>> Vague;
  // What lies in the program's own tables is hardly what a caller goes on to lose.
  unsigned LeftToTell = X.Options.MaxWrites, LeftInTables = X.Options.MaxKeptInTables;
  for (const Obligation &O : S.Obls) {
    bool Object = O.Kind != model::NoKind && X.isObject(O.V);
    if (ValueId Base = Object ? someElementOf(T[O.V].A) : 0) {
      if (T.isInput(Base) && near(Base))
        Vague.insert({Base, O.Kind});
      continue;
    }
    if (O.Incoming) {
      bool Changed = O.St == HandleState::Closed || O.St == HandleState::Transferred;
      bool Unpacked = packed(O.V) && T.isComputable(O.V);
      if (!(T.isInput(O.V) || Unpacked) || (!Changed && !near(O.V)))
        continue;
      if (!Changed) {
        unsigned &Left = O.Kind == model::NoKind && X.inTables(O.V) ? LeftInTables : LeftToTell;
        Cut |= !Left;
        if (!Left)
          continue;
        --Left;
      }
    } else {
      if (!Reached.count(O.V) && !(Object && T.isInput(O.V)))
        continue;
      if (O.St == HandleState::Failed || O.St == HandleState::Kept || Elsewhere.contains(O.V))
        continue;
      if (O.St == HandleState::Closed && Object)
        continue; // locked and unlocked: nothing to the caller
      if (O.St == HandleState::Open && !Object && !Handed.contains(O.V) &&
          (!InTables.contains(O.V) || isSettled(O)))
        continue;
    }
    SumHandle H;
    H.Node = Nodes.node(O.V);
    H.Kind = O.Kind;
    H.St = O.St;
    H.Incoming = O.Incoming;
    H.Checked = O.Checked;
    H.Doubtful = O.Doubtful && !X.LeftToCallers.contains(O.V);
    H.First = O.First;
    // What belonged to something that is closed was closed with it.
    const Obligation *Owner = O.Owner ? S.obligation(S.rep(O.Owner)) : nullptr;
    if (O.St == HandleState::Transferred && Owner && Owner->St == HandleState::Closed &&
        !X.Models.Kinds[Owner->Kind].Refcounted)
      H.St = HandleState::Closed;
    else if (O.Owner)
      H.Owner = Nodes.node(S.rep(O.Owner));
    if (!O.Incoming)
      H.Acquirer = X.acquirerOf(O);
    if (auto By = X.KeptBy.find(O.V); O.St == HandleState::Kept && By != X.KeptBy.end())
      H.Keeper = By->second;
    // The program's own tables are in the hands of those who work on them.
    if (O.Incoming && !Object && X.inTables(O.V) && (!atHand(O.V) || isDistant(O))) {
      H.St = HandleState::Kept;
      H.First = Requirement::None;
      Case.Handles.push_back(std::move(H));
      continue;
    }
    if (O.Kind != model::NoKind)
      tellPath(O.V, H);
    if (!O.Incoming || O.St == HandleState::Closed || O.St == HandleState::Transferred) {
      Sum.TouchesHandles = true;
      Sum.ConcernsCaller |= Object || O.Incoming ? atHand(O.V) && !isDistant(O)
                                                 : Handed.contains(O.V) || InTables.contains(O.V);
    }
    Case.Handles.push_back(std::move(H));
  }
  for (auto [Base, Kind] : Vague) {
    SumHandle H;
    H.Node = Nodes.node(T.derived(Base, 0, ObjectHandle + Kind, MinInt, MaxInt));
    H.Kind = Kind;
    H.Incoming = true;
    H.St = HandleState::Kept;
    Sum.TouchesHandles = true;
    Sum.ConcernsCaller |= atHand(Base);
    Case.Handles.push_back(std::move(H));
  }
}

/// What happened to \p V, without the conditions that it took.
void Explorer::CaseBuilder::tellPath(ValueId V, SumHandle &H) {
  for (Event &E : X.path(S, V)) {
    if (E.Kind == EventKind::Assumed)
      continue;
    if (H.Path.size() == X.Options.MaxEvents) {
      ++CutPaths;
      return;
    }
    H.Path.push_back(std::move(E));
  }
}

void Explorer::CaseBuilder::result() {
  ValueId Ret = R.Ret ? S.rep(R.Ret) : 0;
  Case.Ret = Nodes.node(Ret);
  if (!Ret || X.T.isConst(Ret))
    return;
  Interval I = S.range(X.T, Ret);
  const Fact *Known = S.fact(Ret);
  if (I.Lo == MinInt && I.Hi == MaxInt && !Known)
    return;
  Case.RetFact.Node = Case.Ret;
  if (Known)
    Case.RetFact.F = *Known;
  Case.RetFact.F.V = 0;
  Case.RetFact.F.Lo = I.Lo;
  Case.RetFact.F.Hi = I.Hi;
}

/// What it takes to get here, in terms of the inputs.
void Explorer::CaseBuilder::requirements() {
  for (const Fact &F : S.Facts) {
    bool OfInputs = X.T.isComputable(F.V) && X.T.depth(F.V) <= MaxDepth + 1;
    // However far away: who tested a handle does not release an invalid one.
    const Obligation *O = S.obligation(F.V);
    bool Released = O && O->Incoming && O->St == HandleState::Closed;
    if (!OfInputs && !Released && !Reached.count(F.V))
      continue;
    SumFact SF;
    SF.Node = Nodes.node(F.V);
    SF.F = F;
    SF.F.V = 0;
    Case.Requires.push_back(SF);
  }
}

Summary Explorer::summarize() {
  reportHeldLocks();
  reportImbalances();
  size_t Limit = Options.MaxCases;
  for (unsigned Depth = Options.MaxDepth;;) {
    if (Returns.size() > Limit)
      reduceReturns(Limit);
    Summary Sum;
    Sum.NoReturn = Returns.empty();
    for (const auto &[Kind, At, AtOp] : Sweeps)
      if (Sum.Sweeps.empty() || Sum.Sweeps.back() != Kind)
        Sum.Sweeps.push_back(Kind);
    Sum.ConcernsCaller = !Sum.Sweeps.empty();
    NodeBuilder Nodes(T, F.NumParams, Sum);
    uint64_t Cut = 0, CutPaths = 0;
    for (const Returned &R : Returns) {
      CaseBuilder Builder(*this, R, Sum, Nodes, Depth);
      Sum.Cases.push_back(Builder.build());
      Cut += Builder.Cut;
      CutPaths += Builder.CutPaths;
    }
    for (ValueId V : CalledThrough)
      if (T.depth(V) <= Depth)
        Sum.CallsThrough.push_back(Nodes.node(V));
    // Callers pay for every name at every call: rather less far from the inputs, and
    // fewer cases, than many names.
    if (Sum.Nodes.size() <= Options.MaxNodes || (Depth == 1 && Limit <= 4)) {
      Stats.WriteCap += Cut;
      Stats.PathCap += CutPaths;
      return Sum;
    }
    if (Depth > 1)
      --Depth;
    else
      Limit = std::max<size_t>(std::min(Limit, Returns.size()) / 2, 4);
  }
}

} // namespace handrail::solver
