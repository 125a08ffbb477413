#include "tool/Analysis.h"
#include "lib/Support/Timer.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/Threading.h"
#include <mutex>

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
  solver::Program Program;
  Program.Units.push_back(&*Unit);
  Result.Engine = analyze(Program, How.Models, How.Checks, How.Engine);
  return Result;
}

} // namespace

AnalysisResult analyzeUnits(const project::CaptureRun &Run, llvm::ArrayRef<const Setup *> Setups,
                            unsigned Threads, llvm::function_ref<void(size_t)> Progress) {
  std::vector<UnitResult> Results(Run.Outcomes.size());
  std::mutex Mutex;
  size_t Done = 0;
  llvm::DefaultThreadPool Pool(llvm::hardware_concurrency(Threads));
  for (size_t I = 0; I != Results.size(); ++I) {
    if (!Run.Outcomes[I].Unit) {
      ++Done;
      continue;
    }
    Pool.async([&, I] {
      Results[I] = analyzeUnit(Run, I, *Setups[I]);
      std::lock_guard Lock(Mutex);
      Progress(++Done);
    });
  }
  Pool.wait();

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
