//===- Solver.h - summaries and violations of a program ----------*- C++ -*-===//
//
// The solver knows Handle IR and models, never Clang. The semantics are those
// of docs/architecture.md, "The solver".
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ResourceModel.h"
#include "lib/Solver/Violation.h"
#include "llvm/Support/raw_ostream.h"
#include <array>

namespace handrail::solver {

/// Every bound is a count of steps, so that every machine gives the same result.
struct SolverOptions {
  unsigned MaxStates = 20;     ///< per program point
  unsigned JoinAbove = 3;      ///< states that are kept apart even where they are alike
  unsigned MaxCases = 16;      ///< per summary
  unsigned MaxSteps = 25000;   ///< interpreted operations per function
  unsigned MaxPlainStates = 6; ///< the same for functions that move no handles
  unsigned MaxPlainCases = 6;
  unsigned MaxPlainSteps = 4000;
  unsigned MaxPlainNodes = 96;
  unsigned MaxWrites = 48;      ///< per case; beyond, what is written becomes unknown
  unsigned MaxKeptInTables = 4; ///< unknown values in global variables that a case keeps
  unsigned MaxNodes = 160;      ///< names in a summary, as far as joining cases gets it there
  unsigned MaxDepth = 3;        ///< pointers between an input and what a summary tells about
  unsigned MaxHeap = 256;       ///< memory cells per state; beyond, big objects are forgotten
  unsigned LoopRounds = 2;      ///< before a loop is widened
  unsigned RecursionRounds = 3;
  unsigned PlainRounds = 2;     ///< the same for functions that move no handles, among others
  unsigned MaxTargets = 4;      ///< functions that a call through a pointer may go to
  unsigned MaxComponent = 48;   ///< functions that such calls may tie to one recursion
  unsigned MaxBound = 32;       ///< explorations per component with pointers that callers know
  unsigned MaxBoundDepth = 3;   ///< of those inside each other
  unsigned MaxEvents = 12;      ///< that a summary tells of what happened to a handle
  unsigned MaxThrown = 4;       ///< classes of exceptions that a summary tells apart
  unsigned MaxCallsThrough = 8; ///< pointers to functions that a summary says are called
  bool FollowPointers = true;   ///< calls through pointers go where they can
  bool FollowFiles = true;      ///< bodies of functions that other files define are known
  bool Strict = false;          ///< unknown callees use a handle, they do not keep it
  unsigned Threads = 1;         ///< no part of the result
  bool WriteSummaries = false;  ///< no part of the result but of Solution::Summaries
};

/// What `--stats` shows. Adding two is adding the counts.
struct SolverStats {
  uint64_t Functions = 0, Explored = 0, Steps = 0, States = 0;
  uint64_t StateCap = 0, StepCap = 0, CaseCap = 0, HeapCap = 0, Widened = 0, RecursionCap = 0;
  uint64_t UnknownCallees = 0, Resolved = 0;
  uint64_t TargetCap = 0, ComponentCap = 0;
  uint64_t WriteCap = 0;  ///< cases that do not tell all that happens
  uint64_t PathCap = 0;   ///< handles in cases that do not tell all that happened to them
  uint64_t BoundCap = 0;  ///< calls that were not explored for the pointers they are given
  uint64_t FlowCap = 0;   ///< ways of functions to pointers that are followed no further
  uint64_t ThrownCap = 0; ///< exceptions of which callers do not hear the class
  uint64_t TryCap = 0;    ///< try blocks of which the first call was not found
  void add(const SolverStats &O);

  /// Calls \p Each with every count.
  template <class Fn> void forEach(Fn Each) { forEach(*this, Each); }
  template <class Fn> void forEach(Fn Each) const { forEach(*this, Each); }

private:
  template <class Self, class Fn> static void forEach(Self &S, Fn Each) {
    for (auto *Count :
         {&S.Functions,      &S.Explored, &S.Steps,     &S.States,       &S.StateCap,
          &S.StepCap,        &S.CaseCap,  &S.HeapCap,   &S.Widened,      &S.RecursionCap,
          &S.UnknownCallees, &S.Resolved, &S.TargetCap, &S.ComponentCap, &S.WriteCap,
          &S.PathCap,        &S.BoundCap, &S.FlowCap,   &S.ThrownCap,    &S.TryCap})
      Each(*Count);
  }
};

/// An open handle that was given to a function of which nothing is known.
struct KeptHandle {
  std::string Callee; ///< empty: a function pointer
  const ir::Unit *U = nullptr;
  ir::LocId Acquired = 0, Passed = 0;
};

/// The result of solving. Violations are sorted by place; they refer to the
/// units of the program, which must outlive it.
struct Solution {
  std::vector<Violation> Violations;
  std::vector<KeptHandle> Kept; ///< in no order that means anything, but always the same
  SolverStats Stats;
  std::string Summaries; ///< if asked for: a part of SummaryFile::bytes()
};

struct ToldSummaries; // SummaryFile.h

/// Units to be solved together. A function is looked up by Symbol::Usr;
/// internal linkage keeps units apart.
struct Program {
  std::vector<const ir::Unit *> Units;
  /// What another run found out about functions that no unit defines, or null. Its unit
  /// of names is the last of the units.
  const ToldSummaries *Told = nullptr;
};

/// Solves every function of \p P bottom-up over the call graph, components that do
/// not call each other at the same time. Deterministic: depends on the program,
/// models and options alone.
Solution solve(const Program &P, const model::ModelSet &Models, const SolverOptions &Options = {});

/// As `solve`, and prints each function's summary in order of name: what
/// `handrail ir solve --dump=summaries` shows and text-IR tests look at.
Solution solveAndDump(const Program &P, const model::ModelSet &Models, const SolverOptions &Options,
                      llvm::raw_ostream &OS);

} // namespace handrail::solver
