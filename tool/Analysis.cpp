#include "tool/Analysis.h"
#include "lib/Support/Timer.h"
#include "llvm/Support/PrettyStackTrace.h"
#include <atomic>
#include <mutex>
#include <thread>

namespace handrail::tool {
namespace {

/// What one task leaves behind.
struct UnitResult {
  EngineResult Engine;
  std::string Failure;
  double ReadSeconds = 0;
};

/// The one place that decides what is solved together: each unit is a program of
/// its own, and nothing is seen across files.
UnitResult analyzeUnit(const project::CaptureRun &Run, size_t Job, const Setup &How) {
  UnitResult Result;
  auto Read = [&] {
    ScopedTimer Timer(Result.ReadSeconds);
    return Run.unit(Job);
  };
  llvm::Expected<ir::Unit> Unit = Read();
  if (!Unit) {
    Result.Failure = llvm::toString(Unit.takeError());
    return Result;
  }
  llvm::PrettyStackTraceFormat Where("analysing %s", Unit->MainFile.c_str());
  solver::Program Program;
  Program.Units.push_back(&*Unit);
  Result.Engine = analyze(Program, How.Models, How.Checks, How.Engine);
  return Result;
}

} // namespace

AnalysisResult analyzeUnits(const project::CaptureRun &Run, llvm::ArrayRef<const Setup *> Setups,
                            unsigned Threads, llvm::function_ref<void(size_t)> Progress) {
  // Should the analysis itself ever crash, it says on which file.
  llvm::setBugReportMsg("handrail crashed; this is a bug of Handrail worth a report\n");
  llvm::EnablePrettyStackTrace();

  std::vector<UnitResult> Results(Run.Outcomes.size());
  std::vector<size_t> Jobs; // with a unit
  for (size_t I = 0; I != Results.size(); ++I)
    if (Run.Outcomes[I].Unit)
      Jobs.push_back(I);

  // Threads take units one after another; each writes to a place of its own.
  std::atomic<size_t> Next = 0;
  std::mutex Mutex;
  size_t Done = Results.size() - Jobs.size();
  auto Work = [&] {
    for (size_t I; (I = Next++) < Jobs.size();) {
      Results[Jobs[I]] = analyzeUnit(Run, Jobs[I], *Setups[Jobs[I]]);
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
  AnalysisResult All;
  for (UnitResult &R : Results) {
    std::move(R.Engine.Findings.begin(), R.Engine.Findings.end(), std::back_inserter(All.Findings));
    if (!R.Failure.empty())
      All.Failures.push_back(R.Failure);
    All.Stats.add(R.Engine.Stats);
    All.ReadSeconds += R.ReadSeconds;
    All.SolveSeconds += R.Engine.SolveSeconds;
    All.CheckSeconds += R.Engine.CheckSeconds;
  }
  normalize(All.Findings);
  return All;
}

} // namespace handrail::tool
