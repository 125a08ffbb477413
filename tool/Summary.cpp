#include "tool/Summary.h"
#include "lib/Support/Paths.h"
#include "tool/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include <map>
#include <sys/resource.h>

namespace handrail::tool {

std::vector<report::ReportError> collectErrors(const Inputs &In, const project::CaptureRun &Run,
                                               const AnalysisResult &Analysis) {
  std::vector<report::ReportError> Errors;
  std::set<report::ReportError> Seen;
  auto Add = [&](Location Loc, std::string Message) {
    report::ReportError E{std::move(Loc), std::move(Message)};
    if (Seen.insert(E).second)
      Errors.push_back(std::move(E));
  };
  for (const project::SkippedEntry &Entry : In.Skipped)
    if (Entry.Failure)
      Add({.File = Entry.File}, Entry.Reason);
  for (size_t I = 0; I != In.Jobs.size(); ++I) {
    for (const capture::CaptureError &E : Run.Outcomes[I].Errors)
      Add({E.File.empty() ? In.Jobs[I].File : cleanPath(E.File), E.Line, E.Col}, E.Message);
    if (!Run.Outcomes[I].Failure.empty())
      Add({.File = In.Jobs[I].File}, Run.Outcomes[I].Failure);
  }
  for (const std::string &Failure : Analysis.Failures)
    Add({}, Failure);
  return Errors;
}

std::set<std::string> failedFiles(const Inputs &In, const project::CaptureRun &Run) {
  std::set<std::string> Files;
  for (const project::SkippedEntry &Entry : In.Skipped)
    if (Entry.Failure)
      Files.insert(Entry.File);
  for (size_t I = 0; I != In.Jobs.size(); ++I)
    if (!Run.Outcomes[I].Errors.empty() || !Run.Outcomes[I].Failure.empty())
      Files.insert(In.Jobs[I].File);
  return Files;
}

static size_t countFiles(const Inputs &In) {
  std::set<llvm::StringRef> Files;
  for (const capture::CompileJob &Job : In.Jobs)
    Files.insert(Job.File);
  for (const project::SkippedEntry &Entry : In.Skipped)
    if (Entry.Failure)
      Files.insert(Entry.File);
  return Files.size();
}

void printErrors(llvm::ArrayRef<report::ReportError> Errors) {
  constexpr unsigned MostPerFile = 10;
  std::map<llvm::StringRef, unsigned> Count;
  for (const report::ReportError &E : Errors)
    ++Count[E.Loc.File];
  std::map<llvm::StringRef, unsigned> Printed;
  for (const report::ReportError &E : Errors) {
    unsigned N = ++Printed[E.Loc.File], All = Count[E.Loc.File];
    if (N <= MostPerFile || All == MostPerFile + 1)
      printSourceError(E.Loc, E.Message);
    else if (N == All)
      printSourceError({.File = E.Loc.File},
                       "and " + std::to_string(All - MostPerFile) + " more errors");
  }
}

void printSummary(llvm::StringRef What, const Inputs &In, size_t Failed) {
  llvm::errs() << What << " in " << counted(countFiles(In), "file");
  if (Failed)
    llvm::errs() << " (" << Failed << " could not be parsed)";
  llvm::errs() << '\n';
}

void printKept(std::vector<KeptHandle> Kept, llvm::raw_ostream &OS) {
  // What a header opens is opened once, however many files include it.
  llvm::sort(Kept);
  Kept.erase(std::unique(Kept.begin(), Kept.end(),
                         [](const KeptHandle &A, const KeptHandle &B) {
                           return A.Callee == B.Callee && A.Acquired == B.Acquired;
                         }),
             Kept.end());
  if (Kept.empty()) {
    OS << "no handle went to a function of which nothing is known\n";
    return;
  }
  struct Keeper {
    const KeptHandle *First;
    size_t Handles = 0;
  };
  std::vector<Keeper> Keepers;
  for (const KeptHandle &K : Kept) {
    if (Keepers.empty() || Keepers.back().First->Callee != K.Callee)
      Keepers.push_back({&K});
    ++Keepers.back().Handles;
  }
  llvm::stable_sort(Keepers,
                    [](const Keeper &A, const Keeper &B) { return A.Handles > B.Handles; });
  OS << "functions that may have kept handles, about which nothing more is reported\n";
  std::string Here = currentDirectory();
  for (const Keeper &K : Keepers)
    OS << llvm::format("%7zu  ", K.Handles)
       << (K.First->Callee.empty() ? "(through a function pointer)" : K.First->Callee)
       << ", first at " << displayPath(K.First->Passed.File, Here) << ':' << K.First->Passed.Line
       << '\n';
  OS << "a model says what they do: see docs/models.md, and handrail models schema\n";
}

static void printCount(llvm::StringRef What, uint64_t N, llvm::raw_ostream &OS) {
  OS << "  " << llvm::left_justify(What, 24) << llvm::format("%9llu\n", (unsigned long long)N);
}

void printCaptureStats(const Inputs &In, const project::CaptureRun &Run,
                       const std::set<std::string> &Failed, llvm::raw_ostream &OS) {
  size_t Reused = llvm::count_if(Run.Outcomes, [](const auto &O) { return O.Reused; });
  OS << "files\n";
  printCount("parsed", Run.Outcomes.size() - Reused, OS);
  printCount("reused", Reused, OS);
  printCount("repeated entries", In.Duplicates, OS);
  printCount("other languages",
             llvm::count_if(In.Skipped, [](const auto &E) { return !E.Failure; }), OS);
  printCount("failed to parse", Failed.size(), OS);
  std::string Here = currentDirectory();
  for (const std::string &File : Failed)
    OS << "    " << displayPath(File, Here) << '\n';
}

void printStats(const Inputs &In, const project::CaptureRun &Run, const AnalysisResult &Analysis,
                const std::set<std::string> &Failed, double WallSeconds, llvm::raw_ostream &OS) {
  auto Row = [&](llvm::StringRef Stage, double Seconds) {
    OS << "  " << llvm::left_justify(Stage, 24) << llvm::format("%9.2f s\n", Seconds);
  };
  OS << "time\n";
  Row("parse (all workers)", Run.CpuSeconds);
  Row("read units", Analysis.ReadSeconds);
  Row("solve (all threads)", Analysis.SolveSeconds);
  Row("checks (all threads)", Analysis.CheckSeconds);
  Row("elapsed", WallSeconds);
  rusage Own{};
  getrusage(RUSAGE_SELF, &Own);
  OS << "memory\n";
  auto Memory = [&](llvm::StringRef Who, uint64_t KiB) {
    OS << "  " << llvm::left_justify(Who, 24)
       << llvm::format("%9llu MiB\n", (unsigned long long)(KiB >> 10));
  };
  Memory("largest worker", Run.PeakKiB);
  Memory("this process", uint64_t(Own.ru_maxrss));

  const solver::SolverStats &S = Analysis.Stats;
  auto Count = [&](llvm::StringRef What, uint64_t N) { printCount(What, N, OS); };
  OS << "solver\n";
  Count("functions", S.Functions);
  Count("explored", S.Explored);
  Count("steps", S.Steps);
  Count("states", S.States);
  Count("unknown callees", S.UnknownCallees);
  Count("calls by pointer known", S.Resolved);
  Count("units reused", Analysis.UnitsReused);
  Count("components solved", Analysis.ComponentsSolved);
  Count("components reused", Analysis.ComponentsReused);
  if (Analysis.Linked) {
    OS << "linked\n";
    Count("equal definitions", Analysis.Merged);
    Count("ambiguous names", Analysis.LinkNotes.size());
    for (const std::string &Note : Analysis.LinkNotes)
      OS << "    " << Note << '\n';
  }
  OS << "bounds reached\n";
  Count("states per point", S.StateCap);
  Count("steps per function", S.StepCap);
  Count("cases per summary", S.CaseCap);
  Count("effects per case", S.WriteCap);
  Count("events per handle", S.PathCap);
  Count("cells per state", S.HeapCap);
  Count("rounds of recursion", S.RecursionCap);
  Count("targets per call", S.TargetCap);
  Count("calls tying components", S.ComponentCap);
  Count("steps to a target", S.FlowCap);
  Count("known pointers", S.BoundCap);
  Count("loops widened", S.Widened);
  Count("classes of exceptions", S.ThrownCap);
  Count("blocks to a call", S.TryCap);
  Count("steps from a parameter", Analysis.Checks.PlaceCap);
  Count("effects per function", Analysis.Checks.EffectCap);
  Count("destructors in others", Analysis.Checks.GuardCap);
  printCaptureStats(In, Run, Failed, OS);
}

} // namespace handrail::tool
