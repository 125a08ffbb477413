//===- Engine.cpp - the pipeline, read aloud ---------------------*- C++ -*-===//
//
// Units in, findings out. Every stage is one call; nothing here knows a check
// or a resource kind by name.
//
//===----------------------------------------------------------------------===//
#include "lib/Engine/Engine.h"
#include "lib/Engine/ResultCache.h"
#include "lib/Solver/DeclaredModels.h"
#include "lib/Support/Paths.h"
#include "lib/Support/Timer.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringSet.h"

namespace handrail {

Location toLocation(const ir::Unit &U, ir::LocId Loc) {
  const ir::SourceLoc &L = U.loc(Loc);
  if (L.Line == 0 || L.File >= U.Files.size())
    return {};
  return {cleanPath(U.Files[L.File].Path), L.Line, L.Col, L.EndLine, L.EndCol};
}

std::optional<Fix> findFix(const ir::Unit &U, const ir::Function &F, ir::RewriteKind Kind,
                           ir::LocId About, std::string Description) {
  for (const ir::Rewrite &R : F.Rewrites) {
    if (R.Kind != Kind || R.About != About)
      continue;
    Fix Result{std::move(Description), {}};
    for (const ir::TextEdit &E : R.Edits)
      Result.Edits.push_back({toLocation(U, About).File, E.Offset, E.Length, U.str(E.Text).str()});
    return Result;
  }
  return std::nullopt;
}

std::optional<Severity> severityFrom(llvm::StringRef Word) {
  if (Word == "note")
    return Severity::Note;
  if (Word == "warning")
    return Severity::Warning;
  if (Word == "error")
    return Severity::Error;
  return std::nullopt;
}

/// Runs one check and stamps what it found with what is known about the check.
static void runCheck(const RegisteredCheck &Check, const solver::Program &Program,
                     const model::ModelSet &Models, const solver::Solution &Solution,
                     const EngineOptions &Options, EngineResult &Result) {
  static const CheckOptions NoOptions;
  auto Own = Options.Options.find(Check.Info.Id);
  std::vector<Finding> &Out = Result.Findings;
  size_t First = Out.size();
  Check.Impl->run({Program, Models, Solution,
                   Own == Options.Options.end() ? NoOptions : Own->second, Result.Checks},
                  Out);
  Severity Sev = Check.Info.DefaultSeverity;
  if (Own != Options.Options.end())
    if (auto Asked = Own->second.find(SeverityOption); Asked != Own->second.end())
      Sev = severityFrom(Asked->second).value_or(Sev);
  for (size_t I = First; I != Out.size(); ++I) {
    Out[I].Check = Check.Info.Id;
    Out[I].Sev = Sev;
  }
}

/// Files that the compiler found in system directories in every unit that names
/// them. A file that one unit takes from the project is the project's.
static llvm::StringSet<> systemFiles(const solver::Program &Program) {
  llvm::StringSet<> System, Own;
  for (const ir::Unit *U : Program.Units)
    for (const ir::SourceFile &File : U->Files)
      (File.System ? System : Own).insert(cleanPath(File.Path));
  for (const auto &File : Own)
    System.erase(File.getKey());
  return System;
}

static EngineResult analyze(
    const solver::Program &Program, const model::ModelSet &GivenModels,
    const std::vector<RegisteredCheck> &Checks, const EngineOptions &Options,
    llvm::function_ref<solver::Solution(const solver::Program &, const model::ModelSet &)> Solve) {
  EngineResult Result;
  std::optional<model::ModelSet> Declared = solver::withDeclaredModels(Program, GivenModels);
  const model::ModelSet &Models = Declared ? *Declared : GivenModels;
  solver::Program All = Program;
  std::unique_ptr<solver::ToldSummaries> Told;
  if (Options.Summaries) {
    Told = Options.Summaries->load(Program, GivenModels, Models);
    All.Units.push_back(&Told->Names);
    All.Told = Told.get();
  }
  solver::Solution Solution;
  {
    ScopedTimer Timer(Result.SolveSeconds);
    Solution = Solve(All, Models);
  }
  Result.Stats = Solution.Stats;
  Result.Summaries = std::move(Solution.Summaries);

  // The solver's work is done: checks only read from here on.
  ScopedTimer Timer(Result.CheckSeconds);
  for (const RegisteredCheck &Check : Checks)
    runCheck(Check, Program, Models, Solution, Options, Result);

  llvm::StringSet<> System = systemFiles(Program);
  std::erase_if(Result.Findings, [&](const Finding &F) {
    return F.Conf > Options.MinimumConfidence || System.contains(F.Loc.File);
  });
  normalize(Result.Findings);
  for (const solver::KeptHandle &K : Solution.Kept)
    Result.Kept.push_back({K.Callee, toLocation(*K.U, K.Acquired), toLocation(*K.U, K.Passed)});
  return Result;
}

EngineResult analyze(const solver::Program &Program, const model::ModelSet &Models,
                     const std::vector<RegisteredCheck> &Checks, const EngineOptions &Options) {
  return analyze(Program, Models, Checks, Options,
                 [&](const solver::Program &P, const model::ModelSet &All) {
                   return solver::solve(P, All, Options.Solver);
                 });
}

EngineResult analyze(const solver::Program &Program, const model::ModelSet &Models,
                     const std::vector<RegisteredCheck> &Checks, const EngineOptions &Options,
                     solver::ComponentCache &Cache) {
  return analyze(Program, Models, Checks, Options,
                 [&](const solver::Program &P, const model::ModelSet &All) {
                   return solver::solve(P, All, Options.Solver, Cache);
                 });
}

} // namespace handrail
