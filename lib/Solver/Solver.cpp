//===- Solver.cpp - bottom-up over the call graph -------------------------===//
//
// Components are visited callees first. A function that neither handles handles
// itself nor calls one that does is not explored for its own sake: it cannot
// hold a finding. Its summary is computed when a function that matters calls it.
//
// Each component has a record of its own, which one thread writes. It is read by
// callers, and those come later or wait: along the edges of the call graph, which
// has no cycles between components. Results are put together in the order of the
// components, so that nobody can tell which thread was first.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Borrowing.h"
#include "lib/Solver/CallGraph.h"
#include "lib/Solver/ComponentCache.h"
#include "lib/Solver/Explorer.h"
#include "lib/Solver/GlobalLocks.h"
#include "lib/Solver/ProgramArchive.h"
#include "lib/Solver/Schedule.h"
#include "lib/Solver/SummaryFile.h"
#include "lib/Support/Digest.h"
#include "llvm/Support/SaveAndRestore.h"
#include <algorithm>
#include <cassert>
#include <deque>
#include <map>
#include <mutex>

using namespace handrail::ir;

namespace handrail::solver {

void SolverStats::add(const SolverStats &O) {
  Functions += O.Functions;
  Explored += O.Explored;
  Steps += O.Steps;
  States += O.States;
  StateCap += O.StateCap;
  StepCap += O.StepCap;
  CaseCap += O.CaseCap;
  HeapCap += O.HeapCap;
  Widened += O.Widened;
  RecursionCap += O.RecursionCap;
  UnknownCallees += O.UnknownCallees;
  Resolved += O.Resolved;
  TargetCap += O.TargetCap;
  ComponentCap += O.ComponentCap;
  WriteCap += O.WriteCap;
  PathCap += O.PathCap;
  BoundCap += O.BoundCap;
  FlowCap += O.FlowCap;
  ThrownCap += O.ThrownCap;
  TryCap += O.TryCap;
}

namespace {

/// What is known of one component. Mattering ones are solved when their turn comes,
/// others when somebody asks.
struct Component : SolvedComponent { // empty: not solved
  bool Matters = false;              ///< set when its turn comes, before its callers' turns
  std::once_flag OnDemand;

  // With a cache.
  std::string Key;                  ///< set when its turn comes
  std::vector<std::string> Digests; ///< of the summaries of members, when they matter
  std::string Record;               ///< when it was solved in this run
};

/// Only to know what a call does, much less effort is enough.
void limitPlain(SolverOptions &Limits) {
  Limits.MaxStates = Limits.MaxPlainStates;
  Limits.MaxCases = Limits.MaxPlainCases;
  Limits.MaxSteps = Limits.MaxPlainSteps;
  Limits.MaxNodes = Limits.MaxPlainNodes;
}

class ComponentSolver;

class ProgramSolver {
public:
  ProgramSolver(const Program &P, const model::ModelSet &Models, const SolverOptions &Options,
                ComponentCache *Cache = nullptr)
      : Index(P, Models), Indirect(Index, Options.MaxTargets),
        Graph(buildCallGraph(Index, Indirect, Options.MaxComponent, Stats.ComponentCap)),
        Lent(Index, Graph, Indirect, Models), Locks(Index, Graph, Models), Models(Models),
        Options(Options), Components(Graph.Components.size()), Cache(Cache) {
    if (P.Told)
      Told = bindSummaries(*P.Told, Index);
    Stats.Resolved = Indirect.Resolved - Stats.ComponentCap;
    Stats.TargetCap = Indirect.TooMany;
    Stats.FlowCap = Indirect.TooFar + Locks.TooFar;
    if (Cache)
      Archive.emplace(Index, Graph, Indirect, Lent, Locks, Models, Options);
  }

  Solution run();
  void dump(llvm::raw_ostream &OS);

private:
  friend class ComponentSolver;
  bool concernsCallers(ProgSym S, const ComponentSolver *Within) const;
  bool matters(ProgSym S, const ComponentSolver *Within = nullptr) const;
  const Summary *find(ProgSym S) const;
  const Summary &get(ProgSym S);
  const Summary *told(ProgSym S) const;
  size_t memberOf(ProgSym S) const;
  void solveOrFind(uint32_t C);
  std::string dependency(ProgSym S) const;
  std::string keyOf(uint32_t C) const;
  void digestSummaries(uint32_t C);
  void fillCache();

  SolverStats Stats; ///< of the whole program
  ProgramIndex Index;
  IndirectCalls Indirect; ///< read only once the graph is built
  CallGraph Graph;
  Borrowing Lent;
  GlobalLocks Locks;
  const model::ModelSet &Models;
  const SolverOptions &Options;
  std::vector<std::pair<ProgSym, Summary>> Told; ///< sorted
  std::deque<Component> Components;              ///< parallel to those of the graph
  ComponentCache *Cache;
  std::optional<ProgramArchive> Archive; ///< with a cache
};

/// Solves one component, and is the world to its explorers.
class ComponentSolver final : public SummarySource {
public:
  ComponentSolver(ProgramSolver &P, uint32_t Number)
      : P(P), Number(Number), Members(P.Graph.Components[Number]), Own(P.Components[Number]),
        Summaries(Members.size()) {}

  void run();

  const Summary &get(ProgSym S) override {
    if (P.Graph.ComponentOf[S] != Number) {
      assert((P.Index.Symbols[S].Told || P.Graph.ComponentOf[S] < Number) &&
             "the graph of calls leads to all that is asked for");
      return P.get(S);
    }
    const std::optional<Summary> &Known = Summaries[P.memberOf(S)];
    return Known ? *Known : InRounds ? DoesNotReturn : NotKnown;
  }

  const Summary *getFor(ProgSym S, const BoundPointers &Known) override;

  bool movesHandles(ProgSym S) const override {
    if (P.Graph.ComponentOf[S] == Number) {
      const std::optional<Summary> &Known = Summaries[P.memberOf(S)];
      return Known && Known->ConcernsCaller;
    }
    const Summary *Known = P.find(S);
    return Known && Known->ConcernsCaller;
  }

  bool borrows(ProgSym S, unsigned Arg) const override { return P.Lent.borrows(S, Arg); }

  bool callersGiveBack(ProgSym S, ProgSym Lock) const override {
    return llvm::any_of(P.Locks.givenBack(), [&](auto Given) {
      return Given.first == Lock && llvm::binary_search(P.Graph.Callees[Given.second], S);
    });
  }

  // Functions in tables are callees in the graph, but for those that are hidden.
  bool findsInTables(ProgSym S) const override { return !P.Graph.Hidden.contains(S); }

  const CallTargets *targets(const Op &O) const override { return P.Indirect.at(O); }

private:
  bool callsThroughPointers(ProgSym S) const;
  bool callsOtherFiles(ProgSym S) const;
  Exploration explore(ProgSym S, const SolverOptions &Limits);
  Edges calls() const;
  void doubtUnsettled(llvm::ArrayRef<char> Stale);

  ProgramSolver &P;
  const uint32_t Number;
  const std::vector<ProgSym> &Members; ///< sorted
  Component &Own;
  std::vector<std::optional<Summary>> Summaries; ///< by member; of the last round
  // Inside a recursion a call does not return at first, and what it does comes up
  // round by round; for functions that get no more rounds, nobody knows.
  Summary DoesNotReturn, NotKnown;
  bool InRounds = false; ///< the function that is being explored has rounds to come
  /// With pointers that callers know; Unknown while one is being computed.
  std::map<std::pair<ProgSym, BoundPointers>, Summary> Bound;
  unsigned BoundDepth = 0;
};

bool ComponentSolver::callsThroughPointers(ProgSym S) const {
  return llvm::any_of(P.Index.Symbols[S].Body->Blocks, [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) { return targets(O) != nullptr; });
  });
}

bool ComponentSolver::callsOtherFiles(ProgSym S) const {
  const ProgramIndex::SymbolInfo &SI = P.Index.Symbols[S];
  const ProgramIndex::UnitInfo &Names = P.Index.unit(SI.U);
  return llvm::any_of(P.Graph.Callees[S],
                      [&](ProgSym C) { return !P.Index.Symbols[C].isOf(*SI.U); }) ||
         llvm::any_of(SI.Body->Blocks, [&](const Block &B) {
           return llvm::any_of(B.Ops, [&](const Op &O) {
             return O.Kind == OpKind::Call && !O.has(OF_Indirect) &&
                    P.Index.Symbols[Names.Symbols[O.Aux]].Told;
           });
         });
}

/// Explores \p S; when that takes too many steps, again with less that is known of
/// callees: better than nothing of this function.
Exploration ComponentSolver::explore(ProgSym S, const SolverOptions &Limits) {
  Exploration X = Explorer(P.Index, S, P.Models, Limits, *this).run();
  SolverOptions Less = Limits;
  auto Again = [&] {
    Own.Stats.Steps += X.Stats.Steps;
    X = Explorer(P.Index, S, P.Models, Less, *this).run();
  };
  if (X.Sum.Unknown && callsThroughPointers(S)) {
    Less.FollowPointers = false;
    Again();
  }
  if (X.Sum.Unknown && callsOtherFiles(S)) {
    Less.FollowFiles = false;
    Again();
  }
  return X;
}

/// By member: the members that it calls.
Edges ComponentSolver::calls() const {
  Edges Callees(Members.size());
  for (size_t M = 0; M < Members.size(); ++M)
    for (ProgSym Callee : P.Graph.Callees[Members[M]])
      if (P.Graph.ComponentOf[Callee] == Number)
        Callees[M].push_back(P.memberOf(Callee));
  return Callees;
}

const Summary *ComponentSolver::getFor(ProgSym S, const BoundPointers &Known) {
  if (P.Index.Symbols[S].Told)
    return nullptr;
  auto It = Bound.find({S, Known});
  if (It == Bound.end()) {
    if (P.Graph.ComponentOf[S] == Number)
      return nullptr;
    if (Bound.size() >= P.Options.MaxBound || BoundDepth >= P.Options.MaxBoundDepth) {
      ++Own.Stats.BoundCap;
      return nullptr;
    }
    It = Bound.try_emplace({S, Known}).first;
    It->second.Unknown = true;
    llvm::SaveAndRestore Deeper(BoundDepth, BoundDepth + 1);
    SolverOptions Limits = P.Options;
    limitPlain(Limits);
    Exploration X = Explorer(P.Index, S, P.Models, Limits, *this).runFor(get(S), Known);
    It->second = std::move(X.Sum);
    Own.Stats.Steps += X.Stats.Steps;
  }
  return It->second.Unknown ? nullptr : &It->second;
}

/// What does not return after so many rounds may do so after more.
void ComponentSolver::doubtUnsettled(llvm::ArrayRef<char> Stale) {
  Own.Stats.RecursionCap += llvm::count(Stale, true);
  if (!llvm::is_contained(Stale, true))
    return;
  for (std::optional<Summary> &S : Summaries)
    if (S->NoReturn) {
      S->NoReturn = false;
      S->Unknown = true;
    }
}

/// What grew while it was put together and stays until the end takes no more room than
/// it needs.
static void shrink(Summary &S) {
  S.Nodes.shrink_to_fit();
  S.Cases.shrink_to_fit();
  for (SumCase &Case : S.Cases) {
    Case.Requires.shrink_to_fit();
    Case.Writes.shrink_to_fit();
    Case.Forgets.shrink_to_fit();
    Case.Handles.shrink_to_fit();
  }
}

void ComponentSolver::run() {
  DoesNotReturn.NoReturn = true;
  NotKnown.Unknown = true;
  SolverOptions Limits = P.Options;
  SolverOptions Plain = Limits;
  limitPlain(Plain);
  bool Recursive = P.Graph.Recursive[Members[0]];
  unsigned Rounds = Recursive && Own.Matters ? Limits.RecursionRounds : 1;
  Own.Violations.resize(Members.size());
  Own.Kept.resize(Members.size());
  const Edges Callees = calls();
  Edges Callers(Members.size());
  std::vector<uint32_t> Order; // most members come after what they call
  llvm::BitVector Seen(Members.size());
  for (uint32_t M = 0; M < Members.size(); ++M) {
    postOrder(Callees, M, Seen, Order);
    for (uint32_t Callee : Callees[M])
      Callers[Callee].push_back(M);
  }
  std::vector<char> Stale(Members.size(), true); // a callee has changed since
  std::vector<unsigned> Explored(Members.size());
  for (unsigned Round = 0; Round < Rounds; ++Round)
    for (uint32_t M : Order) {
      if (!Stale[M] || (Summaries[M] && Summaries[M]->Unknown))
        continue; // too much for one round already
      // Most members of a big recursion have nothing to do with handles.
      InRounds = Own.Matters && (!Recursive || P.matters(Members[M], this));
      if (!InRounds && Explored[M] == Limits.PlainRounds)
        continue;
      ++Explored[M];
      Stale[M] = false;
      Exploration X = explore(Members[M], InRounds ? Limits : Plain);
      Own.Violations[M] = std::move(X.Violations);
      Own.Kept[M] = std::move(X.Kept);
      bool Same = Summaries[M] && Summaries[M]->Nodes == X.Sum.Nodes &&
                  Summaries[M]->Cases.size() == X.Sum.Cases.size() &&
                  Summaries[M]->Unknown == X.Sum.Unknown;
      Summaries[M] = std::move(X.Sum);
      Own.Stats.add(X.Stats);
      if (!Same && Recursive)
        for (uint32_t Caller : Callers[M])
          Stale[Caller] = true;
    }
  if (Recursive)
    doubtUnsettled(Stale);
  for (std::optional<Summary> &S : Summaries) {
    shrink(*S);
    Own.Summaries.push_back(std::move(*S));
  }
}

/// The place of \p S in its component.
size_t ProgramSolver::memberOf(ProgSym S) const {
  const std::vector<ProgSym> &Members = Graph.Components[Graph.ComponentOf[S]];
  return std::lower_bound(Members.begin(), Members.end(), S) - Members.begin();
}

/// What another run has found out about \p S, or null.
const Summary *ProgramSolver::told(ProgSym S) const {
  if (!Index.Symbols[S].Told)
    return nullptr;
  auto It = llvm::lower_bound(Told, S, [](const auto &T, ProgSym Id) { return T.first < Id; });
  return &It->second;
}

/// The summary of a function that matters, when it is there.
const Summary *ProgramSolver::find(ProgSym S) const {
  if (const Summary *Known = told(S))
    return Known;
  const Component &Known = Components[Graph.ComponentOf[S]];
  return Known.Matters && !Known.Summaries.empty() ? &Known.Summaries[memberOf(S)] : nullptr;
}

/// The summary of a function whose turn is over, computed now if need be.
const Summary &ProgramSolver::get(ProgSym S) {
  if (const Summary *Known = told(S))
    return *Known;
  uint32_t C = Graph.ComponentOf[S];
  Component &Wanted = Components[C];
  if (!Wanted.Matters)
    std::call_once(Wanted.OnDemand, [&] { solveOrFind(C); });
  return Wanted.Summaries[memberOf(S)];
}

/// Solves a component, or takes it from the cache.
void ProgramSolver::solveOrFind(uint32_t C) {
  Component &Own = Components[C];
  if (Cache) {
    SolvedComponent Found;
    llvm::StringRef Record = Cache->find(Own.Key);
    if (!Record.empty() && Archive->read(Record, Graph.Components[C], Found)) {
      static_cast<SolvedComponent &>(Own) = std::move(Found);
      return;
    }
  }
  ComponentSolver(*this, C).run();
  if (Cache)
    Own.Record = Archive->write(Own);
}

/// What who calls \p S depends on: its summary when that is there, and what that is
/// made from otherwise, or when a caller may know more.
std::string ProgramSolver::dependency(ProgSym S) const {
  const Component &Callee = Components[Graph.ComponentOf[S]];
  if (!Callee.Matters)
    return Callee.Key;
  const std::string &Digest = Callee.Digests[memberOf(S)];
  return Callee.Summaries[memberOf(S)].CallsThrough.empty() ? Digest : Digest + Callee.Key;
}

/// A digest of all that solving a component depends on.
std::string ProgramSolver::keyOf(uint32_t C) const {
  Digest Key;
  Key.add(Components[C].Matters);
  // By name, for numbers change. A summary is that of a name.
  std::map<llvm::StringRef, ProgSym> Callees;
  for (ProgSym S : Graph.Components[C]) {
    Key.add(Archive->bodyDigest(S));
    for (ProgSym Callee : Graph.Callees[S])
      if (Graph.ComponentOf[Callee] != C)
        Callees.try_emplace(Archive->identity(Callee), Callee);
  }
  for (const auto &[Identity, Callee] : Callees)
    Key.add(Identity).add(dependency(Callee));
  return Key.hex();
}

/// After a component was solved: what its callers depend on.
void ProgramSolver::digestSummaries(uint32_t C) {
  Component &Own = Components[C];
  for (const Summary &S : Own.Summaries) {
    // A function that is returned may be called by the caller.
    std::vector<ProgSym> Callable;
    Digest All;
    All.add(Archive->summaryDigest(S, Callable));
    for (ProgSym Callee : Callable)
      All.add(Graph.ComponentOf[Callee] == C ? Own.Key : dependency(Callee));
    Own.Digests.push_back(All.hex());
  }
}

/// What the next run may need: all that was solved or found, and what nobody asked
/// for this time.
void ProgramSolver::fillCache() {
  for (const Component &C : Components) {
    llvm::StringRef Record = C.Record.empty() ? Cache->find(C.Key) : C.Record;
    if (!Record.empty())
      Cache->keep(C.Key, Record);
    Cache->Solved += !C.Record.empty();
    Cache->Reused += C.Record.empty() && !C.Summaries.empty();
  }
}

/// Moves handles, in a model or by summary, which \p Within has for functions of the
/// component that it is at.
bool ProgramSolver::concernsCallers(ProgSym S, const ComponentSolver *Within) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[S];
  if (SI.Sym->NoReturn)
    return false; // there is no order between it and its callers
  if (SI.isSummarized()) {
    if (Within)
      return Within->movesHandles(S);
    const Summary *Known = find(S);
    return Known && Known->ConcernsCaller;
  }
  return llvm::any_of(SI.Models, [&](uint32_t M) {
    return llvm::any_of(Models.Functions[M].Effects, [&](const model::Effect &E) {
      return E.Kind != model::NoKind && Models.KindEnabled[E.Kind] &&
             E.Op != model::EffectKind::Use;
    });
  });
}

/// Calls something that moves handles.
bool ProgramSolver::matters(ProgSym S, const ComponentSolver *Within) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[S];
  const ProgramIndex::UnitInfo &Names = Index.unit(SI.U);
  auto Concerns = [&](ProgSym C) { return concernsCallers(C, Within); };
  return llvm::any_of(SI.Body->Blocks, [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      if (O.Kind != OpKind::Call || O.has(OF_NoReturn))
        return false;
      if (!O.has(OF_Indirect) && Concerns(Names.Symbols[O.Aux]))
        return true;
      const CallTargets *Targets = Indirect.at(O);
      return Targets && llvm::any_of(Targets->Functions, Concerns);
    });
  });
}

Solution ProgramSolver::run() {
  forEachBottomUp(Graph, Options.Threads, [&](uint32_t C) {
    const std::vector<ProgSym> &Members = Graph.Components[C];
    bool Matters =
        std::any_of(Members.begin(), Members.end(), [&](ProgSym S) { return matters(S); });
    Components[C].Matters = Matters;
    if (Cache)
      Components[C].Key = keyOf(C);
    if (Matters)
      solveOrFind(C);
    if (Matters && Cache)
      digestSummaries(C);
  });
  Solution Result;
  Result.Stats = Stats;
  for (uint32_t C = 0; C < Components.size(); ++C) {
    Result.Stats.Functions += Graph.Components[C].size();
    Result.Stats.add(Components[C].Stats);
    for (std::vector<Violation> &Found : Components[C].Violations)
      std::move(Found.begin(), Found.end(), std::back_inserter(Result.Violations));
    for (std::vector<KeptHandle> &Taken : Components[C].Kept)
      std::move(Taken.begin(), Taken.end(), std::back_inserter(Result.Kept));
  }
  std::stable_sort(Result.Violations.begin(), Result.Violations.end(),
                   [](const Violation &A, const Violation &B) {
                     const SourceLoc &X = A.U->loc(A.Loc), &Y = B.U->loc(B.Loc);
                     return std::tie(A.U->MainFile, X, A.Kind, A.Variable) <
                            std::tie(B.U->MainFile, Y, B.Kind, B.Variable);
                   });
  if (Options.WriteSummaries)
    Result.Summaries =
        writeSummaries(Index, Models, [&](ProgSym S) -> const Summary & { return get(S); });
  if (Cache)
    fillCache();
  return Result;
}

void ProgramSolver::dump(llvm::raw_ostream &OS) {
  std::vector<ProgSym> Order;
  for (ProgSym S = 0; S < Index.Symbols.size(); ++S)
    if (Index.Symbols[S].Body)
      Order.push_back(S);
  std::sort(Order.begin(), Order.end(), [&](ProgSym A, ProgSym B) {
    return Index.Symbols[A].Sym->Usr < Index.Symbols[B].Sym->Usr;
  });
  auto Name = [&](ValueKind K, uint32_t Id) -> std::string {
    if (K == ValueKind::Field)
      return Id < Index.Names.size() ? Index.Names[Id] : "?";
    return Index.symbolName(Id).str();
  };
  for (ProgSym S : Order) {
    OS << "summary @" << Index.Symbols[S].Sym->Usr << ":\n";
    printSummary(get(S), Models, Name, OS);
  }
}

} // namespace

Solution solve(const Program &P, const model::ModelSet &Models, const SolverOptions &Options) {
  return ProgramSolver(P, Models, Options).run();
}

Solution solve(const Program &P, const model::ModelSet &Models, const SolverOptions &Options,
               ComponentCache &Cache) {
  return ProgramSolver(P, Models, Options, &Cache).run();
}

Solution solveAndDump(const Program &P, const model::ModelSet &Models, const SolverOptions &Options,
                      llvm::raw_ostream &OS) {
  ProgramSolver Solver(P, Models, Options);
  Solution Result = Solver.run();
  Solver.dump(OS);
  return Result;
}

} // namespace handrail::solver
