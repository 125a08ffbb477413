//===- Explorer.cpp - walks one function ----------------------------------===//

#include "lib/Solver/Explorer.h"
#include "llvm/ADT/DenseSet.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

static constexpr unsigned MaxBlocksToCall = 16; ///< between `try` and the call that may throw

Explorer::Explorer(const ProgramIndex &Index, ProgSym Self, const model::ModelSet &Models,
                   const SolverOptions &Options, SummarySource &Callees)
    : Index(Index), Self(Self), U(*Index.Symbols[Self].U), F(*Index.Symbols[Self].Body),
      Names(Index.unit(Index.Symbols[Self].U)), Models(Models), Options(Options), Callees(Callees) {
  for (LocalId L = 0; L < F.NumParams; ++L)
    if (U.type(F.Locals[L].Ty).Kind == TypeKind::Record)
      T.setCallers(T.localAddr(L));
  IsMain = U.name(*Index.Symbols[Self].Sym) == "main";
  const Type &Ty = U.type(U.Symbols[F.Sym].Ty);
  ReturnsNothing = Ty.Kind == TypeKind::Function && U.type(Ty.Elem).Kind == TypeKind::Void;
}

Exploration Explorer::run() { return runFrom(State()); }

Exploration Explorer::runFor(const Summary &Generic, const BoundPointers &Known) {
  State Start;
  for (auto [Node, Target] : Known) {
    ValueId Function = T.funcAddr(Target);
    if (ValueId V = inputNamed(Generic, Node); !V || !Start.assumeEqual(T, V, Function)) {
      Exploration Nothing;
      Nothing.Sum.Unknown = true;
      return Nothing;
    }
  }
  return runFrom(std::move(Start));
}

Exploration Explorer::runFrom(State Start) {
  Exploration Result;
  DefOf = singleDefinitions(F);
  Info = analyzeFunction(F, {[this](const Op &O) { return isEvent(O); },
                             [this](const Op &O) { return mayEnd(O); },
                             [this](const Op &O, unsigned K) { return mayWrite(O, K); }});
  findErrno();
  findElementRecords();
  for (unsigned K = 0; K < Info.RelevantGlobals.size(); ++K)
    GlobalBit[Names.Symbols[Info.RelevantGlobals[K]]] = K;
  for (unsigned K = 0; K < Info.RelevantFields.size(); ++K)
    FieldBit[Names.Strings[Info.RelevantFields[K]]] = K;

  Pending.resize(F.Blocks.size());
  Left.resize(F.Blocks.size());
  Pending[0].push_back(std::move(Start));
  Ready.insert(0);
  while (!Ready.empty() && !Aborted)
    runBlock(takeReady());
  ++Stats.Explored;
  forgetSweepsOfChildren();
  Result.Sum = summarize();
  if (Aborted) {
    ++Stats.StepCap;
    Result.Sum = Summary();
    Result.Sum.Unknown = true;
  }
  doubtSwept();
  for (auto &[Key, Found] : Violations)
    Result.Violations.push_back(std::move(Found.V));
  for (const auto &[What, Passed] : KeptAt)
    Result.Kept.push_back({What.first, &U, What.second, Passed});
  Result.Stats = Stats;
  return Result;
}

/// The next block to run after `Block`: an inner loop goes round until nothing is left
/// in it, and what follows a block in a loop comes before the loop's next round. So
/// most states meet their like. (Bourdoncle 1993, the recursive strategy.)
BlockId Explorer::takeReady() {
  uint32_t After = Info.Rpo[Block] + 1;
  auto Next = Ready.end();
  auto Look = [&](uint32_t From, uint32_t End) {
    Next = Ready.lower_bound(From);
    return Next != Ready.end() && *Next < End;
  };
  bool Found = false;
  for (BlockId Head : llvm::reverse(Info.LoopsOf[Block])) {
    uint32_t Begin = Info.Rpo[Head], End = Begin + Info.LoopBody[Head].count();
    Found = Look(After, End) || Look(Begin, End);
    if (Found)
      break;
  }
  if (!Found && !Look(After, UINT32_MAX))
    Next = Ready.begin();
  BlockId B = Info.Order[*Next];
  Ready.erase(Next);
  return B;
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
  for (State &S : Now) {
    dropDead(S, B);
    llvm::erase_if(S.Temps, [&](const ValuePair &P) {
      return Info.CrossingTemps.test(P.First) &&
             !Info.LiveTemps[B].test(Info.CrossingIndex[P.First]);
    });
  }
  join(Now, B);
  // Big states cost more than their operations.
  for (const State &S : Now)
    Stats.Steps += (S.Heap.size() + S.Tokens.size() + S.Facts.size()) / 16;
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
      bool MayThrow = K + 1 < Blk.Ops.size() && Blk.Ops[K + 1].Kind == OpKind::Threw;
      for (State &S : Now) {
        bool Before = S.Unwinding;
        size_t Mark = Next.size();
        call(S, O, Next);
        // Nobody says where an exception goes from here: `noexcept`, a destructor.
        if (!Before && !MayThrow)
          Next.erase(std::remove_if(Next.begin() + Mark, Next.end(),
                                    [](const State &X) { return X.Unwinding; }),
                     Next.end());
      }
      Now = std::move(Next);
    } else {
      llvm::erase_if(Now, [&](State &S) { return !dereference(S, O); });
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
        checkLosses(S, S.Unwinding ? LossKind::Throw : LossKind::ScopeEnd,
                    S.Unwinding ? S.Unwinding : O.Loc);
    }
    if (Now.size() > Options.MaxStates / 2)
      join(Now, B);
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
      raise(std::move(S), Blk.Term, B);
      break;
    case TermKind::Unreachable:
      break;
    }
  }
}

void Explorer::branch(State S, BlockId B) {
  const Terminator &Term = F.Blocks[B].Term;
  if (firstCallTells(Term)) {
    takeEdge(std::move(S), B, Term.Succs[1]);
    return;
  }
  ValueId V = condition(value(S, Term.Value));
  auto Known = S.truth(T, V);
  for (bool Taken : {true, false}) {
    if (Known && *Known != Taken)
      continue;
    State X = Known || !Taken ? std::move(S) : S;
    if (!X.assume(T, V, Taken))
      continue;
    settleValidity(X);
    if (!Known) {
      assumed(X, Term.Value, Term.Loc, Taken);
      if (takesFromLoop(V, B))
        X.weaken(Sureness::Possible);
    }
    if (Term.Value.isTemp() && !Info.CrossingTemps.test(Term.Value.Index))
      X.killTemp(Term.Value.Index);
    BlockId To = Term.Succs[Taken ? 0 : 1];
    if (X.hasOpen() && !T.isConst(V) && !Info.Dies.test(To))
      checkLosses(X, LossKind::Discard, Term.Loc);
    takeEdge(std::move(X), B, To);
  }
}

void Explorer::switchOn(State S, BlockId B) {
  const Terminator &Term = F.Blocks[B].Term;
  ValueId V = value(S, Term.Value);
  if (!S.constant(T, V) && takesFromLoop(V, B))
    S.weaken(Sureness::Possible);
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

/// A try block that calls something begins with a choice: its first call throws, or not.
/// True when there is nothing to choose, for that call says itself when it throws, and what
/// it has done by then.
bool Explorer::firstCallTells(const Terminator &Choice) {
  if (Choice.Value.Kind != OperandKind::Undef || F.Blocks[Choice.Succs[0]].Term.Catches.empty())
    return false;
  BlockId At = Choice.Succs[1];
  for (unsigned Steps = 0; Steps < MaxBlocksToCall; ++Steps) {
    const ir::Block &Blk = F.Blocks[At];
    const Op *Asked =
        Blk.Ops.empty() || Blk.Ops.back().Kind != OpKind::Threw ? nullptr : &Blk.Ops.back();
    for (const Op &O : Blk.Ops) {
      if (O.Kind == OpKind::New)
        return false;
      if (O.Kind != OpKind::Call)
        continue;
      if (O.has(OF_Indirect) || O.has(OF_Virtual))
        return false;
      const ProgSym Callee = Names.Symbols[O.Aux];
      const ProgramIndex::SymbolInfo &SI = Index.Symbols[Callee];
      if (SI.Sym->CLinkage || SI.Sym->NoThrow)
        continue;
      if (!SI.isSummarized())
        return false;
      if (!Asked || &O + 1 != Asked)
        continue;
      const Summary &Sum = Callees.get(Callee);
      if (Sum.Unknown || llvm::any_of(Sum.Cases, [](const SumCase &C) { return C.Throws; }))
        return !Sum.Unknown;
    }
    if (Blk.Term.Kind == TermKind::Jump)
      At = Blk.Term.Succs[0];
    else if (Asked && Blk.Term.Value.isTemp() && Blk.Term.Value.Index == Asked->Result)
      At = Blk.Term.Succs[1];
    else
      return false;
  }
  ++Stats.TryCap;
  return false;
}

/// The number of exceptions of the first of \p Classes, which has the others as bases.
uint32_t Explorer::exceptionOf(std::vector<std::string> Classes) {
  auto Known = llvm::find(Exceptions, Classes);
  if (Known == Exceptions.end())
    Known = Exceptions.insert(Known, std::move(Classes));
  return Known - Exceptions.begin();
}

/// An exception goes to the first handler that takes it. One of which nothing is known any
/// handler may take, and none of them lets it pass.
void Explorer::raise(State S, const Terminator &Term, BlockId B) {
  if (!Term.Thrown.empty()) {
    std::vector<std::string> Classes;
    for (StringId Class : Term.Thrown)
      if (Class)
        Classes.push_back(U.str(Class).str());
    S.Exception = exceptionOf(std::move(Classes));
  }
  const std::vector<std::string> &Classes = Exceptions[S.Exception];
  bool Handled = false;
  for (size_t K = 0; K < Term.Catches.size(); ++K) {
    const StringId Caught = Term.Catches[K];
    if (Caught && S.Exception && !llvm::is_contained(Classes, U.str(Caught)))
      continue;
    State X = S;
    X.Unwinding = 0;
    takeEdge(std::move(X), B, Term.Succs[K]);
    Handled = true;
    if (!Caught || S.Exception)
      return;
  }
  if (Handled)
    return;
  if (Term.Succs.size() == Term.Catches.size()) {
    finish(std::move(S), Term);
    return;
  }
  if (!S.Unwinding)
    S.Unwinding = Term.Loc ? Term.Loc : F.Loc;
  takeEdge(std::move(S), B, Term.Succs.back());
}

/// True when the edge belongs to the condition at the head of a loop, which may be
/// several blocks (&&, ||) that go the same way out.
static bool leavesByCondition(const Function &F, BlockId Head, BlockId From, BlockId To) {
  return From == Head || llvm::is_contained(successors(F.Blocks[Head].Term), To);
}

/// True when a state that went round the loops it is in often enough gains nothing
/// by running the body once more: others have left the loop, and what this one
/// adds is that the variables of the loop may be anything. That it takes out by the
/// condition at the head.
bool Explorer::loopIsDone(const State &S, BlockId From, BlockId To) const {
  for (BlockId Head : Info.LoopsOf[From]) {
    if (!Left.test(Head) || S.rounds(Head) < Options.LoopRounds || !Info.inLoop(Head, To))
      continue;
    // The rest of a condition of several blocks goes the same way out.
    auto Out = successors(F.Blocks[Head].Term);
    if (llvm::none_of(successors(F.Blocks[To].Term), [&](BlockId B) {
          return !Info.inLoop(Head, B) && llvm::is_contained(Out, B);
        }))
      return true;
  }
  return false;
}

/// The round in which a state enters the loop headed by \p Head: that of the loop
/// around it, in whose earlier rounds the first turns of this one were seen. So the
/// rounds of nested loops add up instead of multiplying.
unsigned Explorer::firstRound(const State &S, BlockId Head) const {
  unsigned Round = 0;
  for (BlockId Outer : Info.LoopsOf[Head])
    if (Outer != Head)
      Round = std::max(Round, S.rounds(Outer));
  return Round;
}

void Explorer::takeEdge(State S, BlockId From, BlockId To) {
  for (BlockId Head : Info.LoopsOf[From])
    if (!Info.inLoop(Head, To) && S.rounds(Head) < Options.LoopRounds)
      Left.set(Head);
  if (loopIsDone(S, From, To))
    return;
  // A loop that is left before its first turn, with a handle that its body may
  // end, assumes an empty sequence where the code may well know better.
  if (S.hasOpen())
    for (BlockId Head : Info.LoopsOf[From])
      if (!Info.inLoop(Head, To) && S.rounds(Head) == firstRound(S, Head) &&
          leavesByCondition(F, Head, From, To))
        for (const HeapEntry &E : S.Heap) {
          const ValueInfo &A = T[E.Addr];
          if (A.Kind != ValueKind::LocalAddr || !Info.LoopEnds[Head].test(A.A))
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
      if (Rounds > Options.LoopRounds ||
          (Rounds == Options.LoopRounds && Left.test(To) &&
           llvm::all_of(successors(F.Blocks[To].Term),
                        [&](BlockId B) { return Info.inLoop(To, B); })))
        return;
      S.setRounds(To, Rounds);
      if (Rounds == Options.LoopRounds)
        widen(S, To);
    } else {
      S.setRounds(To, firstRound(S, To));
      if (S.rounds(To) == Options.LoopRounds)
        widen(S, To);
    }
  }
  Pending[To].push_back(std::move(S));
  Ready.insert(Info.Rpo[To]);
}

/// True when \p V depends on what a loop left unknown, and \p At lies behind that loop.
/// What comes out of a loop is often tied to what happened in it.
bool Explorer::takesFromLoop(ValueId V, BlockId At) const {
  if (!V || Widened.empty())
    return false;
  if (auto It = Widened.find(V); It != Widened.end())
    return !Info.inLoop(It->second, At);
  if (T.isIntricate(V))
    return true;
  const ValueInfo &I = T[V];
  switch (I.Kind) {
  case ValueKind::Eq:
  case ValueKind::Lt:
  case ValueKind::ElemAt:
  case ValueKind::Derived:
    return takesFromLoop(I.A, At) || takesFromLoop(I.B, At);
  case ValueKind::Not:
  case ValueKind::Plus:
  case ValueKind::Content:
  case ValueKind::Field:
  case ValueKind::Elem:
    return takesFromLoop(I.A, At);
  default:
    return false;
  }
}

/// Makes unknown what the loop headed by \p Head may change; obligations stay,
/// and so does memory that holds handles.
void Explorer::widen(State &S, BlockId Head) {
  ++Stats.Widened;
  // Who holds what the loop opened after the rounds that were followed is not known.
  S.weaken(Info.LoopMovesHandles.test(Head) ? Sureness::Possible : Sureness::Likely);
  ir::BlockId Saved = Block;
  Block = Head;
  uint32_t Round = round(S);
  Block = Saved;
  auto Unknown = [&](int64_t What, Interval L) {
    ValueId V = T.joined(Head, Round + 1000, What, L.Lo, L.Hi);
    Widened.try_emplace(V, Head);
    return V;
  };
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
    E.Value = Unknown(E.Addr, L);
  }
  // Values read before the loop and written in it have no entry yet: parameters.
  for (unsigned L : Info.LoopStores[Head].set_bits())
    if (Info.SimpleLocals.test(L) && L < F.NumParams && !S.stored(T.localAddr(L)))
      S.store(T.localAddr(L), Unknown(T.localAddr(L), {MinInt, MaxInt}));
}

} // namespace handrail::solver
