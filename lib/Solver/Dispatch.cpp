//===- Dispatch.cpp - calls through pointers and virtual tables -----------===//
//
// A pointer that is known on the path is one function. Otherwise the call is one
// of those that may be there (IndirectCalls.h): the states after it are those of
// each. Which one it is nothing decides, so what they disagree on is doubtful.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Explorer.h"

using namespace handrail::ir;

namespace handrail::solver {

/// The call as one of a function that is named.
static Op direct(const Op &O) {
  Op Direct = O;
  Direct.Flags &= ~(OF_Indirect | OF_Virtual);
  if (O.has(OF_Indirect))
    Direct.Operands.erase(Direct.Operands.begin());
  return Direct;
}

/// The handles that were open before, and those of the caller's caller that end.
static llvm::SmallVector<ValueId, 4> atStake(const State &Before,
                                             llvm::ArrayRef<std::vector<State>> ByCallee) {
  llvm::SmallVector<ValueId, 4> Handles;
  for (const Obligation &O : Before.Obls)
    if (O.St == HandleState::Open)
      Handles.push_back(O.V);
  for (const std::vector<State> &After : ByCallee)
    for (const State &S : After)
      for (const Obligation &O : S.Obls)
        if (O.Incoming && O.St != HandleState::Open && !Before.obligation(O.V))
          Handles.push_back(O.V);
  llvm::sort(Handles);
  Handles.erase(std::unique(Handles.begin(), Handles.end()), Handles.end());
  return Handles;
}

/// A handle that some callees end and others leave, or end as one of another kind, is
/// doubtful after all of them.
static void doubtDisagreement(const State &Before,
                              llvm::MutableArrayRef<std::vector<State>> ByCallee,
                              llvm::DenseSet<ValueId> &LeftToCallers) {
  enum Outcome { Left, Kept, Ended };
  for (ValueId V : atStake(Before, ByCallee)) {
    bool Ours = Before.obligation(V) != nullptr;
    auto OutcomeIn = [&](const State &S) {
      const Obligation *Now = S.obligation(S.rep(V));
      if (!Now)
        return Ours ? Ended : Left;
      return Now->St == HandleState::Open ? Left : Now->St == HandleState::Kept ? Kept : Ended;
    };
    std::optional<model::KindId> Kind;
    std::optional<Outcome> All;
    bool Agree = true;
    for (const std::vector<State> &After : ByCallee) {
      Outcome Most = Left;
      for (const State &S : After) {
        Most = std::max(Most, OutcomeIn(S));
        if (const Obligation *Now = S.obligation(S.rep(V)); Now && OutcomeIn(S) == Ended) {
          Agree &= !Kind || *Kind == Now->Kind;
          Kind = Now->Kind;
        }
      }
      if (After.empty())
        continue;
      Agree &= !All || *All == Most;
      All = Most;
    }
    if (Agree)
      continue;
    LeftToCallers.erase(V); // they cannot know which callee it is
    for (std::vector<State> &After : ByCallee)
      for (State &S : After)
        if (Obligation *Now = S.obligation(S.rep(V)))
          Now->Doubtful = true;
  }
}

/// As callFunction(), through a pointer. The graph of calls does not lead from there to
/// functions that do not return, so nothing is known about them.
void Explorer::callTarget(State S, const Op &Direct, llvm::ArrayRef<ValueId> Args, ProgSym Callee,
                          States &Out) {
  if (!Index.Symbols[Callee].Sym->NoReturn)
    callFunction(std::move(S), Direct, Args, Callee, Out);
}

void Explorer::dispatch(State S, const Op &O, llvm::ArrayRef<ValueId> Args, States &Out) {
  Op Direct = direct(O);
  if (O.has(OF_Indirect))
    if (ValueId Target = value(S, O.Operands[0]); T[Target].Kind == ValueKind::FuncAddr) {
      callTarget(std::move(S), Direct, Args, T[Target].A, Out);
      return;
    }
  ProgSym Named = O.has(OF_Indirect) ? 0 : Names.Symbols[O.Aux];
  const CallTargets *Targets = targets(O);
  if (O.has(OF_Indirect) && !(Targets && Targets->Functions.size() == 1 && !Targets->Open))
    noteCalledThrough(value(S, O.Operands[0]));
  if (!Targets) {
    applyUnknown(S, O, Args, Named, false);
    Out.push_back(std::move(S));
    return;
  }
  std::vector<States> ByCallee;
  OneOfSeveral = Targets->Functions.size() + Targets->Open > 1;
  for (ProgSym Callee : Targets->Functions) {
    FirstCase = ByCallee.size() * Options.MaxCases;
    callTarget(S, Direct, Args, Callee, ByCallee.emplace_back());
  }
  FirstCase = 0;
  OneOfSeveral = false;
  if (Targets->Open) {
    ByCallee.emplace_back().push_back(S);
    applyUnknown(ByCallee.back().back(), O, Args, Named, false);
  }
  doubtDisagreement(S, ByCallee, LeftToCallers);
  for (States &After : ByCallee)
    std::move(After.begin(), After.end(), std::back_inserter(Out));
}

/// What node \p N of \p Sum, a summary of this function, names on entry; 0 when that is no
/// place below an input.
ValueId Explorer::inputNamed(const Summary &Sum, NodeId N) {
  const SumNode &X = Sum.Nodes[N];
  ValueId Base = 0;
  if (X.Kind == ValueKind::LocalAddr)
    return X.A < F.NumParams ? T.localAddr(X.A) : 0;
  if (X.Kind == ValueKind::GlobalAddr)
    return globalAddr(X.A);
  if (!X.A || !(Base = inputNamed(Sum, X.A)))
    return 0;
  switch (X.Kind) {
  case ValueKind::Field:
    return T.field(Base, X.B);
  case ValueKind::Elem:
    return T.elem(Base, X.C);
  case ValueKind::Content:
    return X.B ? 0 : T.content(Base, 0, X.Lo, X.Hi);
  default:
    return 0;
  }
}

/// True for a function that neither ends nor keeps what it is given, however often a
/// callee runs it.
bool Explorer::onlyLooks(ValueId Callback) {
  if (T[Callback].Kind != ValueKind::FuncAddr)
    return false;
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[T[Callback].A];
  if (!SI.isSummarized() || SI.Sym->NoReturn)
    return false;
  const Summary &Sum = Callees.get(T[Callback].A);
  auto Ends = [](const SumHandle &H) { return H.Incoming && H.St != HandleState::Open; };
  auto Keeps = [&](const std::pair<NodeId, NodeId> &Write) {
    ValueKind K = Sum.Nodes[Write.second].Kind;
    return K == ValueKind::Content || K == ValueKind::LocalAddr || K == ValueKind::Joined;
  };
  return !Sum.Unknown && llvm::none_of(Sum.Cases, [&](const SumCase &Case) {
    return llvm::any_of(Case.Handles, Ends) || llvm::any_of(Case.Writes, Keeps);
  });
}

/// What a constant table holds at \p Addr, if that is a function or another table.
ValueId Explorer::initialValue(ValueId Addr) {
  const ValueInfo &Root = T[T.root(Addr)];
  if (Root.Kind != ValueKind::GlobalAddr)
    return 0;
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Root.A];
  if (!SI.Sym->Const)
    return 0;
  if (ProgSym Table = Root.A; InitialKnown.insert(Table).second) {
    const ProgramIndex::UnitInfo &Info = Index.unit(SI.U);
    auto Note = [&](ValueId Place, const Operand &V) {
      if (V.Kind == OperandKind::Func && Callees.findsInTables(Info.Symbols[V.Index]))
        Initial[Place] = T.funcAddr(Info.Symbols[V.Index]);
      else if (V.Kind == OperandKind::Global)
        Initial[Place] = globalAddr(Info.Symbols[V.Index]);
    };
    Note(globalAddr(Table), SI.Sym->Init);
    for (const InitialValue &V : SI.Sym->Values) {
      // Elements of elements are not told apart.
      auto Element = [](const InitialStep &Step) { return Step.Field == 0; };
      if (std::adjacent_find(V.Steps.begin(), V.Steps.end(), [&](const auto &A, const auto &B) {
            return Element(A) && Element(B);
          }) != V.Steps.end())
        continue;
      ValueId Place = globalAddr(Table);
      for (const InitialStep &Step : V.Steps)
        Place = Step.Field ? T.field(Place, Info.Strings[Step.Field]) : T.elem(Place, Step.Index);
      Note(Place, V.Value);
    }
  }
  auto It = Initial.find(Addr);
  return It == Initial.end() ? 0 : It->second;
}

} // namespace handrail::solver
