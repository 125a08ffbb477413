#include "tool/Analysis.h"
#include "lib/Link/Link.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Timer.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/PrettyStackTrace.h"
#include <atomic>
#include <mutex>
#include <numeric>
#include <thread>

namespace handrail::tool {
namespace {

/// What one task leaves behind: a unit of its own, or a program.
struct UnitResult {
  EngineResult Engine;
  std::vector<std::string> Failures;
  double ReadSeconds = 0;
  uint64_t Reused = 0;          ///< units with the findings of an earlier run
  uint64_t Found = 0, Made = 0; ///< results, with a cache
};

/// Each unit is a program of its own, and nothing is seen across files.
UnitResult analyzeUnit(const project::CaptureRun &Run, size_t Job, const Setup &How) {
  UnitResult Result;
  auto Read = [&] {
    ScopedTimer Timer(Result.ReadSeconds);
    return Run.unit(Job);
  };
  llvm::Expected<ir::Unit> Unit = Read();
  if (!Unit) {
    Result.Failures.push_back(llvm::toString(Unit.takeError()));
    return Result;
  }
  llvm::PrettyStackTraceFormat Where("analysing %s", Unit->MainFile.c_str());
  solver::Program Program;
  Program.Units.push_back(&*Unit);
  Result.Engine = analyze(Program, How.Models, How.Checks, How.Engine);
  return Result;
}

/// What is kept for \p Key, of so many units, or else what \p Make gives.
UnitResult reuse(const ObjectStore &Objects, llvm::StringRef Key, uint64_t Units,
                 llvm::function_ref<UnitResult()> Make) {
  if (std::optional<EngineResult> Known = findResult(Objects, Key)) {
    UnitResult Result;
    Result.Engine = std::move(*Known);
    Result.Reused = Units;
    Result.Found = 1;
    return Result;
  }
  UnitResult Result = Make();
  Result.Made = 1;
  if (Result.Failures.empty())
    storeResult(Objects, Key, Result.Engine);
  return Result;
}

/// As analyzeUnit(), unless that was done before.
UnitResult findUnitResult(const project::CaptureRun &Run, size_t Job, const Setup &How,
                          const RunCache *Cache) {
  auto Analyze = [&] { return analyzeUnit(Run, Job, How); };
  const std::string &Unit = Run.Outcomes[Job].Unit->Hash;
  return Cache ? reuse(Cache->objects(), Digest().add("unit").add(Unit).add(How.Identity).hex(), 1,
                       Analyze)
               : Analyze();
}

/// What components of the program are kept under. It may change and still be the same
/// program: the least digest of its files is likely to stay.
std::string nameOfProgram(llvm::ArrayRef<size_t> Units, llvm::ArrayRef<capture::CompileJob> Jobs,
                          const Setup &How, const RunCache &Cache) {
  std::string Least;
  for (size_t I : Units)
    if (std::string File = digestOf(Cache.names().pathIn(Jobs[I].File));
        Least.empty() || File < Least)
      Least = std::move(File);
  return Digest().add("program").add(Least).add(How.Identity).hex();
}

EngineResult analyzeWithCache(const solver::Program &Program, const Setup &How,
                              const EngineOptions &Options, const ObjectStore &Objects,
                              llvm::StringRef Name, AnalysisResult &All) {
  solver::ComponentCache Components(Objects.get(ObjectSort::Program, Name).value_or(""));
  EngineResult Result = analyze(Program, How.Models, How.Checks, Options, Components);
  if (Components.Solved)
    Objects.put(ObjectSort::Program, Name, Components.save());
  All.ComponentsSolved += Components.Solved;
  All.ComponentsReused += Components.Reused;
  return Result;
}

/// The units, by number of their job, are linked to one program.
UnitResult linkAndAnalyze(const project::CaptureRun &Run, llvm::ArrayRef<capture::CompileJob> Jobs,
                          llvm::ArrayRef<size_t> Units, const Setup &How, unsigned Threads,
                          const RunCache *Cache, bool Summarize, AnalysisResult &All) {
  UnitResult Result;
  link::Linker Linker;
  for (size_t I : Units) {
    ScopedTimer Timer(Result.ReadSeconds);
    llvm::Expected<ir::Unit> Unit = Run.unit(I);
    if (Unit)
      Linker.add(std::move(*Unit));
    else
      Result.Failures.push_back(llvm::toString(Unit.takeError()));
  }
  link::LinkedProgram Linked = Linker.finish();
  solver::Program Program;
  for (const auto &Unit : Linked.Units)
    Program.Units.push_back(Unit.get());
  EngineOptions Options = How.Engine;
  Options.Solver.Threads = Threads;
  Options.Solver.WriteSummaries = Summarize;
  Result.Engine = Cache ? analyzeWithCache(Program, How, Options, Cache->objects(),
                                           nameOfProgram(Units, Jobs, How, *Cache), All)
                        : analyze(Program, How.Models, How.Checks, Options);
  if (Summarize)
    All.Summaries.emplace_back(&How.Models, std::move(Result.Engine.Summaries));
  llvm::append_range(All.LinkNotes, Linked.Notes);
  All.Merged += Linked.Merged;
  return Result;
}

/// What the findings of a program follow from: its units, and how they are judged.
std::string programKey(const project::CaptureRun &Run, llvm::ArrayRef<size_t> Units,
                       const Setup &How) {
  Digest Key;
  Key.add("linked");
  for (size_t I : Units)
    Key.add(Run.Outcomes[I].Unit->Hash);
  return Key.add(How.Identity).hex();
}

/// As linkAndAnalyze(), unless that was done before with the same units: nothing is read then.
UnitResult findProgram(const project::CaptureRun &Run, llvm::ArrayRef<capture::CompileJob> Jobs,
                       llvm::ArrayRef<size_t> Units, const Setup &How, unsigned Threads,
                       const RunCache *Cache, bool Summarize, AnalysisResult &All) {
  auto Analyze = [&] {
    return linkAndAnalyze(Run, Jobs, Units, How, Threads, Cache, Summarize, All);
  };
  return Cache && !Summarize
             ? reuse(Cache->objects(), programKey(Run, Units, How), Units.size(), Analyze)
             : Analyze();
}

/// Should the analysis itself ever crash, it says on which file.
void nameCrashes() {
  llvm::setBugReportMsg("handrail crashed; this is a bug of Handrail worth a report\n");
  llvm::EnablePrettyStackTrace();
}

void collect(UnitResult &R, AnalysisResult &All) {
  std::move(R.Engine.Findings.begin(), R.Engine.Findings.end(), std::back_inserter(All.Findings));
  llvm::append_range(All.Failures, R.Failures);
  std::move(R.Engine.Kept.begin(), R.Engine.Kept.end(), std::back_inserter(All.Kept));
  All.Stats.add(R.Engine.Stats);
  All.Checks.add(R.Engine.Checks);
  All.UnitsReused += R.Reused;
  All.ResultsFound += R.Found;
  All.ResultsMade += R.Made;
  All.ReadSeconds += R.ReadSeconds;
  All.SolveSeconds += R.Engine.SolveSeconds;
  All.CheckSeconds += R.Engine.CheckSeconds;
}

/// From the names of the cache to those of this checkout.
void comeOut(AnalysisResult &All, const RunCache *Cache) {
  if (Cache) {
    auto Out = [&](llvm::StringRef Text) { return Cache->names().out(Text); };
    changePaths(All.Findings, All.Kept, Out);
    for (auto *Texts : {&All.Failures, &All.LinkNotes})
      for (std::string &Text : *Texts)
        Text = Out(Text);
  }
  normalize(All.Findings);
}

} // namespace

AnalysisResult analyzeProgram(const project::CaptureRun &Run,
                              llvm::ArrayRef<capture::CompileJob> Jobs,
                              llvm::ArrayRef<const Setup *> Setups, unsigned Threads,
                              const RunCache *Cache, bool Summarize,
                              llvm::function_ref<void(size_t)> Progress) {
  nameCrashes();
  AnalysisResult All;
  All.Linked = true;
  size_t Done = 0;
  // By name: which of two equal definitions stays does not depend on the order of
  // the database.
  std::vector<size_t> Order(Jobs.size());
  std::iota(Order.begin(), Order.end(), 0);
  llvm::stable_sort(Order, [&](size_t A, size_t B) { return Jobs[A].File < Jobs[B].File; });
  // One program per setup.
  llvm::MapVector<const Setup *, std::vector<size_t>> Programs;
  for (size_t I : Order)
    if (Run.Outcomes[I].Unit)
      Programs[Setups[I]].push_back(I);
    else
      Progress(++Done);
  for (const auto &[How, Units] : Programs) {
    UnitResult Result = findProgram(Run, Jobs, Units, *How, Threads, Cache, Summarize, All);
    collect(Result, All);
    Progress(Done += Units.size());
  }
  comeOut(All, Cache);
  return All;
}

AnalysisResult analyzeUnits(const project::CaptureRun &Run, llvm::ArrayRef<const Setup *> Setups,
                            unsigned Threads, const RunCache *Cache,
                            llvm::function_ref<void(size_t)> Progress) {
  nameCrashes();
  std::vector<UnitResult> All(Run.Outcomes.size());
  std::vector<size_t> Jobs; // with a unit
  for (size_t I = 0; I != All.size(); ++I)
    if (Run.Outcomes[I].Unit)
      Jobs.push_back(I);

  // Threads take units one after another; each writes to a place of its own.
  std::atomic<size_t> Next = 0;
  std::mutex Mutex;
  size_t Done = All.size() - Jobs.size();
  auto Work = [&] {
    for (size_t I; (I = Next++) < Jobs.size();) {
      All[Jobs[I]] = findUnitResult(Run, Jobs[I], *Setups[Jobs[I]], Cache);
      std::lock_guard Lock(Mutex);
      Progress(++Done);
    }
  };
  {
    std::vector<std::jthread> Pool; // joined at the end of this block
    for (size_t I = 1; I < std::min<size_t>(Threads, Jobs.size()); ++I)
      Pool.emplace_back(Work);
    Work();
  }

  // In the order of the jobs from here on: what the threads did is forgotten.
  AnalysisResult Result;
  for (UnitResult &R : All)
    collect(R, Result);
  comeOut(Result, Cache);
  return Result;
}

} // namespace handrail::tool
