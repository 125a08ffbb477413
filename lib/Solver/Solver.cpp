//===- Solver.cpp - bottom-up over the call graph -------------------------===//
//
// Components are visited callees first. A function that neither handles handles
// itself nor calls one that does is not explored for its own sake: it cannot
// hold a finding. Its summary is computed when a function that matters calls it.
//
//===----------------------------------------------------------------------===//

#include "lib/Solver/Solver.h"
#include "lib/Solver/Borrowing.h"
#include "lib/Solver/CallGraph.h"
#include "lib/Solver/Explorer.h"
#include <algorithm>
#include <memory>

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
}

namespace {

class ProgramSolver final : public SummarySource {
public:
  ProgramSolver(const Program &P, const model::ModelSet &Models, const SolverOptions &Options)
      : Index(P, Models), Indirect(Index, Options.MaxTargets),
        Graph(buildCallGraph(Index, Indirect, Options.MaxComponent, Stats.ComponentCap)),
        Lent(Index, Graph, Indirect, Models), Models(Models), Options(Options),
        Summaries(Index.Symbols.size()), InProgress(Index.Symbols.size()),
        Found(Index.Symbols.size()), Taken(Index.Symbols.size()),
        ComponentOf(Index.Symbols.size(), UINT32_MAX) {
    for (uint32_t C = 0; C < Graph.Components.size(); ++C)
      for (ProgSym S : Graph.Components[C])
        ComponentOf[S] = C;
    Stats.Resolved = Indirect.Resolved - Stats.ComponentCap;
    Stats.TargetCap = Indirect.TooMany;
  }

  Solution run() {
    Solution Result;
    for (const auto &Component : Graph.Components) {
      Stats.Functions += Component.size();
      bool Matters =
          std::any_of(Component.begin(), Component.end(), [&](ProgSym S) { return matters(S); });
      if (Matters)
        solveComponent(Component, true);
    }
    for (auto &Violations : Found)
      for (Violation &V : Violations)
        Result.Violations.push_back(std::move(V));
    std::stable_sort(Result.Violations.begin(), Result.Violations.end(),
                     [](const Violation &A, const Violation &B) {
                       const SourceLoc &X = A.U->loc(A.Loc), &Y = B.U->loc(B.Loc);
                       return std::tie(A.U->MainFile, X, A.Kind, A.Variable) <
                              std::tie(B.U->MainFile, Y, B.Kind, B.Variable);
                     });
    for (auto &Kept : Taken)
      std::move(Kept.begin(), Kept.end(), std::back_inserter(Result.Kept));
    Result.Stats = Stats;
    return Result;
  }

  void dump(llvm::raw_ostream &OS) {
    std::vector<ProgSym> Order;
    for (ProgSym S = 0; S < Summaries.size(); ++S)
      if (Index.Symbols[S].Body)
        Order.push_back(S);
    std::sort(Order.begin(), Order.end(),
              [&](ProgSym A, ProgSym B) { return Index.Symbols[A].Usr < Index.Symbols[B].Usr; });
    auto Name = [&](ValueKind K, uint32_t Id) -> std::string {
      if (K == ValueKind::Field)
        return Id < Index.Names.size() ? Index.Names[Id] : "?";
      return Index.symbolName(Id).str();
    };
    for (ProgSym S : Order) {
      OS << "summary @" << Index.Symbols[S].Usr << ":\n";
      printSummary(get(S), Models, Name, OS);
    }
  }

  const Summary &get(ProgSym S) override {
    if (!Summaries[S] && !InProgress[S])
      solveComponent(Graph.Components[ComponentOf[S]], false);
    if (Summaries[S])
      return *Summaries[S];
    return InProgress[S] == Briefly ? NotKnown : DoesNotReturn;
  }

  bool borrows(ProgSym S, unsigned Arg) const override { return Lent.borrows(S, Arg); }

  bool movesHandles(ProgSym S) const override {
    return Summaries[S] && Summaries[S]->ConcernsCaller;
  }

  const CallTargets *targets(const Op &O) const override { return Indirect.at(O); }

private:
  /// Moves handles, in a model or by summary.
  bool concernsCallers(ProgSym C) const {
    const auto &CI = Index.Symbols[C];
    if (CI.Body && !CI.ModelWins)
      return movesHandles(C);
    for (uint32_t M : CI.Models)
      for (const model::Effect &E : Models.Functions[M].Effects)
        if (E.Kind != model::NoKind && Models.KindEnabled[E.Kind] && E.Op != model::EffectKind::Use)
          return true;
    return false;
  }

  /// Calls something that moves handles.
  bool matters(ProgSym S) const {
    const auto &SI = Index.Symbols[S];
    const auto &Names = Index.unit(SI.U);
    for (const Block &B : SI.Body->Blocks)
      for (const Op &O : B.Ops) {
        if (O.Kind != OpKind::Call)
          continue;
        if (!O.has(OF_Indirect) && concernsCallers(Names.Symbols[O.Aux]))
          return true;
        if (const CallTargets *Targets = Indirect.at(O);
            Targets &&
            llvm::any_of(Targets->Functions, [&](ProgSym C) { return concernsCallers(C); }))
          return true;
      }
    return false;
  }

  bool callsThroughPointers(ProgSym S) const {
    return llvm::any_of(Index.Symbols[S].Body->Blocks, [&](const Block &B) {
      return llvm::any_of(B.Ops, [&](const Op &O) { return Indirect.at(O) != nullptr; });
    });
  }

  /// \p Matters: for its own sake. Otherwise only to know what a call does, for
  /// which much less effort is enough.
  void solveComponent(const std::vector<ProgSym> &Component, bool Matters) {
    // Inside a recursion a call does not return at first, and what it does comes up
    // round by round; in a component that gets one round only, nobody knows.
    for (ProgSym S : Component)
      InProgress[S] = Matters ? Fully : Briefly;
    bool Recursive = Graph.Recursive[Component[0]];
    unsigned Rounds = Recursive ? Options.RecursionRounds : 1;
    SolverOptions Limits = Options;
    if (!Matters) {
      Limits.MaxStates = Options.MaxPlainStates;
      Limits.MaxCases = Options.MaxPlainCases;
      Limits.MaxSteps = Options.MaxPlainSteps;
      Limits.MaxNodes = Options.MaxPlainNodes;
      Rounds = 1;
    }
    bool Settled = false;
    for (unsigned Round = 0; Round < Rounds && !Settled; ++Round) {
      Settled = true;
      for (ProgSym S : Component) {
        if (Summaries[S] && Summaries[S]->Unknown)
          continue; // too much for one round already
        Exploration X = Explorer(Index, S, Models, Limits, *this).run();
        // Better to know less of some callees than nothing of this function.
        if (X.Sum.Unknown && callsThroughPointers(S)) {
          Stats.Steps += X.Stats.Steps;
          SolverOptions Less = Limits;
          Less.FollowPointers = false;
          X = Explorer(Index, S, Models, Less, *this).run();
        }
        Found[S] = std::move(X.Violations);
        Taken[S] = std::move(X.Kept);
        bool Same = Summaries[S] && Summaries[S]->Nodes == X.Sum.Nodes &&
                    Summaries[S]->Cases.size() == X.Sum.Cases.size();
        Settled &= Same;
        // Still finding new names in the last round.
        if (Recursive && Round + 1 == Options.RecursionRounds)
          Stats.RecursionCap += !Same;
        Summaries[S] = std::make_unique<Summary>(std::move(X.Sum));
        Stats.add(X.Stats);
      }
    }
    // What does not return after so many rounds may do so after more.
    if (Recursive && !Settled)
      for (ProgSym S : Component)
        if (Summaries[S]->NoReturn) {
          Summaries[S]->NoReturn = false;
          Summaries[S]->Unknown = true;
        }
    for (ProgSym S : Component)
      InProgress[S] = No;
  }

  SolverStats Stats;
  ProgramIndex Index;
  IndirectCalls Indirect;
  CallGraph Graph;
  Borrowing Lent;
  const model::ModelSet &Models;
  const SolverOptions &Options;
  std::vector<std::unique_ptr<Summary>> Summaries;
  enum Progress : char { No, Fully, Briefly };
  std::vector<Progress> InProgress;
  std::vector<std::vector<Violation>> Found;
  std::vector<std::vector<KeptHandle>> Taken;
  std::vector<uint32_t> ComponentOf;
  Summary DoesNotReturn = [] {
    Summary S;
    S.NoReturn = true;
    return S;
  }();
  Summary NotKnown = [] {
    Summary S;
    S.Unknown = true;
    return S;
  }();
};

} // namespace

Solution solve(const Program &P, const model::ModelSet &Models, const SolverOptions &Options) {
  return ProgramSolver(P, Models, Options).run();
}

Solution solveAndDump(const Program &P, const model::ModelSet &Models, const SolverOptions &Options,
                      llvm::raw_ostream &OS) {
  ProgramSolver Solver(P, Models, Options);
  Solution Result = Solver.run();
  Solver.dump(OS);
  return Result;
}

} // namespace handrail::solver
