#include "tool/Analysis.h"
#include "lib/Link/Link.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Files.h"
#include "lib/Support/Timer.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Path.h"
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
  uint64_t Reused = 0; ///< units with the findings of an earlier run
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

/// What is kept under \p Name for \p Key, of so many units, or else what \p Make gives.
UnitResult reuse(const ResultCache &Results, llvm::StringRef Name, llvm::StringRef Key,
                 uint64_t Units, llvm::function_ref<UnitResult()> Make) {
  if (std::optional<EngineResult> Known = Results.find(Name, Key)) {
    UnitResult Result;
    Result.Engine = std::move(*Known);
    Result.Reused = Units;
    return Result;
  }
  UnitResult Result = Make();
  if (Result.Failures.empty())
    Results.store(Name, Key, Result.Engine);
  return Result;
}

/// As analyzeUnit(), unless that was done before.
UnitResult findResult(const project::CaptureRun &Run, size_t Job, const Setup &How,
                      const ResultCache *Results) {
  auto Analyze = [&] { return analyzeUnit(Run, Job, How); };
  const std::string &File = Run.Outcomes[Job].Unit->File;
  std::optional<std::string> Unit;
  if (Results && !File.empty())
    Unit = project::hashOfUnit(File);
  if (!Unit)
    return Analyze();
  // Of each unit and way to judge it the latest result is kept.
  std::string Name = llvm::sys::path::stem(File).str() + "-" + How.Identity;
  return reuse(*Results, Name, *Unit + How.Identity, 1, Analyze);
}

/// What was solved is kept in one file for each way to judge.
EngineResult analyzeWithCache(const solver::Program &Program, const Setup &How,
                              const EngineOptions &Options, llvm::StringRef Directory,
                              AnalysisResult &All) {
  std::string File = Directory.str() + "/program-" + How.Identity;
  solver::ComponentCache Components(readWholeFile(File).value_or(""));
  EngineResult Result = analyze(Program, How.Models, How.Checks, Options, Components);
  if (Components.Solved)
    llvm::consumeError(writeAtomically(File, Components.save())); // costs the next run time
  All.ComponentsSolved += Components.Solved;
  All.ComponentsReused += Components.Reused;
  return Result;
}

/// The units, by number of their job, are linked to one program.
UnitResult linkAndAnalyze(const project::CaptureRun &Run, llvm::ArrayRef<size_t> Units,
                          const Setup &How, unsigned Threads, llvm::StringRef Cache, bool Summarize,
                          AnalysisResult &All) {
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
  Result.Engine = Cache.empty() ? analyze(Program, How.Models, How.Checks, Options)
                                : analyzeWithCache(Program, How, Options, Cache, All);
  if (Summarize)
    All.Summaries.emplace_back(&How.Models, std::move(Result.Engine.Summaries));
  llvm::append_range(All.LinkNotes, Linked.Notes);
  All.Merged += Linked.Merged;
  return Result;
}

/// What the findings of a program follow from: its units, and how they are judged.
/// Empty when a unit lies in no file.
std::string programKey(const project::CaptureRun &Run, llvm::ArrayRef<size_t> Units,
                       const Setup &How) {
  Digest Key;
  for (size_t I : Units) {
    const std::string &File = Run.Outcomes[I].Unit->File;
    std::optional<std::string> Unit = File.empty() ? std::nullopt : project::hashOfUnit(File);
    if (!Unit)
      return "";
    Key.add(*Unit);
  }
  return Key.add(How.Identity).hex();
}

/// As linkAndAnalyze(), unless that was done before with the same units: nothing is read then.
UnitResult findProgram(const project::CaptureRun &Run, llvm::ArrayRef<size_t> Units,
                       const Setup &How, unsigned Threads, llvm::StringRef Cache, bool Summarize,
                       AnalysisResult &All) {
  auto Analyze = [&] { return linkAndAnalyze(Run, Units, How, Threads, Cache, Summarize, All); };
  std::string Key = Cache.empty() || Summarize ? "" : programKey(Run, Units, How);
  return Key.empty() ? Analyze()
                     : reuse(ResultCache(Cache.str()), "linked-" + How.Identity, Key, Units.size(),
                             Analyze);
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
  All.ReadSeconds += R.ReadSeconds;
  All.SolveSeconds += R.Engine.SolveSeconds;
  All.CheckSeconds += R.Engine.CheckSeconds;
}

} // namespace

AnalysisResult analyzeProgram(const project::CaptureRun &Run,
                              llvm::ArrayRef<capture::CompileJob> Jobs,
                              llvm::ArrayRef<const Setup *> Setups, unsigned Threads,
                              llvm::StringRef Cache, bool Summarize,
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
    UnitResult Result = findProgram(Run, Units, *How, Threads, Cache, Summarize, All);
    collect(Result, All);
    Progress(Done += Units.size());
  }
  normalize(All.Findings);
  return All;
}

AnalysisResult analyzeUnits(const project::CaptureRun &Run, llvm::ArrayRef<const Setup *> Setups,
                            unsigned Threads, const ResultCache *Results,
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
      All[Jobs[I]] = findResult(Run, Jobs[I], *Setups[Jobs[I]], Results);
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
  normalize(Result.Findings);
  return Result;
}

} // namespace handrail::tool
