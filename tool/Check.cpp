//===- Check.cpp - handrail check --------------------------------*- C++ -*-===//
//
// From a project to a report: find the translation units, capture them in
// worker processes, analyse the units in threads, report what concerns the
// project.
//
//===----------------------------------------------------------------------===//
#include "checks/Registry.h"
#include "lib/Report/Json.h"
#include "lib/Report/Text.h"
#include "lib/Support/Paths.h"
#include "lib/Support/Timer.h"
#include "tool/Analysis.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Inputs.h"
#include "tool/Progress.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include <map>
#include <set>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace handrail::tool {
namespace {

/// One Setup for every handrail.json that governs some file.
class SetupCache {
public:
  explicit SetupCache(const AnalysisArguments &Arguments) : Arguments(Arguments) {}

  llvm::Expected<const Setup *> forFile(llvm::StringRef File) {
    // The nearest handrail.json is the same for all files of a directory.
    std::string Directory = llvm::sys::path::parent_path(File).str();
    auto [Known, New] = ConfigOf.try_emplace(Directory);
    if (New)
      Known->second = model::findProjectModel(File).value_or("");
    return forConfig(Known->second);
  }

  llvm::Expected<const Setup *> forConfig(const std::string &Config) {
    std::unique_ptr<Setup> &Made = Setups[Config];
    if (!Made) {
      auto Created = Setup::create(Config, Arguments);
      if (!Created)
        return Created.takeError();
      Made = std::move(*Created);
    }
    return Made.get();
  }

private:
  const AnalysisArguments &Arguments;
  std::map<std::string, std::string> ConfigOf; ///< by directory
  std::map<std::string, std::unique_ptr<Setup>> Setups;
};

/// Which of the places that findings name concern the user.
class Scope {
public:
  static llvm::Expected<Scope> create(const CheckCommand &Command, const Inputs &In) {
    Scope Result;
    for (const std::string &Glob : Command.Exclude)
      if (llvm::Error E = Result.Exclude.add(Glob))
        return std::move(E);
    if (Command.HeaderFilter) {
      Result.HeaderFilter.emplace(*Command.HeaderFilter);
      std::string Why;
      if (!Result.HeaderFilter->isValid(Why))
        return llvm::createStringError("--header-filter: " + Why);
    }
    Result.Roots = In.Roots;
    for (const capture::CompileJob &Job : In.Jobs)
      Result.Sources.insert(Job.File);
    return Result;
  }

  bool excludes(llvm::StringRef File, const Setup &How) const {
    return Exclude.contains(File) || How.Exclude.contains(File);
  }

  /// A source file of the run, or a header of the project.
  bool covers(llvm::StringRef File, const Setup &How) const {
    if (excludes(File, How))
      return false;
    if (Sources.count(File))
      return true;
    if (HeaderFilter)
      return matches(*HeaderFilter, File, currentDirectory());
    if (How.HeaderFilter)
      return matches(*How.HeaderFilter, File, llvm::sys::path::parent_path(How.Config.File));
    return llvm::any_of(Roots, [&](const std::string &Root) { return isBelow(File, Root); });
  }

private:
  /// Patterns may speak of the path as it is shown or of the absolute one.
  static bool matches(const llvm::Regex &Filter, llvm::StringRef File, llvm::StringRef Base) {
    return Filter.match(File) || Filter.match(displayPath(File, Base));
  }

  PathGlobs Exclude;
  std::optional<llvm::Regex> HeaderFilter;
  std::vector<std::string> Roots;
  std::set<std::string, std::less<>> Sources;
};

/// Everything that went wrong with files, in the order of the jobs. A header that
/// many files include is blamed once.
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
      Add({E.File.empty() ? In.Jobs[I].File : E.File, E.Line, E.Col}, E.Message);
    if (!Run.Outcomes[I].Failure.empty())
      Add({.File = In.Jobs[I].File}, Run.Outcomes[I].Failure);
  }
  for (const std::string &Failure : Analysis.Failures)
    Add({}, Failure);
  return Errors;
}

/// Files that were not, or not completely, analysed; by name.
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

size_t countFiles(const Inputs &In) {
  std::set<llvm::StringRef> Files;
  for (const capture::CompileJob &Job : In.Jobs)
    Files.insert(Job.File);
  for (const project::SkippedEntry &Entry : In.Skipped)
    if (Entry.Failure)
      Files.insert(Entry.File);
  return Files.size();
}

void printSummary(size_t FindingCount, const Inputs &In, size_t Failed) {
  llvm::errs() << (FindingCount ? counted(FindingCount, "finding") : "no findings") << " in "
               << counted(countFiles(In), "file");
  if (Failed)
    llvm::errs() << " (" << Failed << " could not be parsed)";
  llvm::errs() << '\n';
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
  auto Count = [&](llvm::StringRef What, uint64_t N) {
    OS << "  " << llvm::left_justify(What, 24) << llvm::format("%9llu\n", (unsigned long long)N);
  };
  OS << "solver\n";
  Count("functions", S.Functions);
  Count("explored", S.Explored);
  Count("steps", S.Steps);
  Count("states", S.States);
  Count("unknown callees", S.UnknownCallees);
  OS << "bounds reached\n";
  Count("states per point", S.StateCap);
  Count("steps per function", S.StepCap);
  Count("cases per summary", S.CaseCap);
  Count("rounds of recursion", S.RecursionCap);
  Count("loops widened", S.Widened);
  OS << "files\n";
  Count("parsed", In.Jobs.size());
  Count("repeated entries", In.Duplicates);
  Count("other languages", llvm::count_if(In.Skipped, [](const auto &E) { return !E.Failure; }));
  Count("failed to parse", Failed.size());
  std::string Here = currentDirectory();
  for (const std::string &File : Failed)
    OS << "    " << displayPath(File, Here) << '\n';
}

void printReport(const CheckCommand &Command, const std::vector<Finding> &Findings,
                 llvm::ArrayRef<report::ReportError> Errors, llvm::raw_ostream &OS) {
  std::string Here = currentDirectory();
  if (Command.Format == ReportFormat::Json)
    return report::printJson(Findings, Errors, {HANDRAIL_VERSION, Here}, OS);
  report::TextOptions Options;
  Options.WorkingDirectory = Here;
  Options.Color = Command.Output.empty() ? wantColor(Command.Color, STDOUT_FILENO)
                                         : Command.Color == ColorMode::Always;
  report::printText(Findings, Options, OS);
}

ExitStatus listChecks(llvm::ArrayRef<RegisteredCheck> Checks) {
  for (const RegisteredCheck &Check : Checks)
    llvm::outs() << llvm::left_justify(Check.Info.Id, 22) << Check.Info.Summary << '\n';
  return Clean;
}

llvm::Expected<ExitStatus> check(const CheckCommand &Command) {
  SetupCache Setups(Command.Analysis);
  if (Command.ListChecks) {
    auto Own = Setups.forFile(absolutePath("x.c", currentDirectory()));
    if (!Own)
      return Own.takeError();
    return listChecks((*Own)->Checks);
  }

  double WallSeconds = 0;
  auto Timer = std::make_optional<ScopedTimer>(WallSeconds);
  auto In = findInputs(Command.Input);
  if (!In)
    return In.takeError();
  auto Concerns = Scope::create(Command, *In);
  if (!Concerns)
    return Concerns.takeError();

  // Everything the user wrote is read before the long part starts.
  std::vector<const Setup *> SetupOf;
  std::vector<capture::CompileJob> Jobs;
  for (capture::CompileJob &Job : In->Jobs) {
    auto How = Setups.forFile(Job.File);
    if (!How)
      return How.takeError();
    if (Concerns->excludes(Job.File, **How))
      continue;
    SetupOf.push_back(*How);
    Jobs.push_back(std::move(Job));
  }
  In->Jobs = std::move(Jobs);
  std::unique_ptr<llvm::raw_fd_ostream> File;
  if (!Command.Output.empty()) {
    std::error_code Code;
    File = std::make_unique<llvm::raw_fd_ostream>(Command.Output, Code);
    if (Code)
      return llvm::createStringError("cannot write " + Command.Output + ": " + Code.message());
  }

  unsigned Parallel =
      Command.Jobs ? Command.Jobs : std::max(1u, std::thread::hardware_concurrency());
  auto Capture = [&] {
    Progress Line("parsing", In->Jobs.size(), Command.Quiet);
    return project::captureAll(In->Jobs, {Parallel, Command.TimeLimit, Command.MemoryLimit},
                               [&](size_t Done) { Line.update(Done); });
  };
  auto Run = Capture();
  if (!Run)
    return Run.takeError();

  // No process is forked after this point, so threads may start.
  auto Analyze = [&] {
    Progress Line("solving", In->Jobs.size(), Command.Quiet);
    return analyzeUnits(*Run, SetupOf, Parallel, [&](size_t Done) { Line.update(Done); });
  };
  AnalysisResult Analysis = Analyze();
  std::erase_if(Analysis.Findings, [&](const Finding &F) {
    auto How = Setups.forFile(F.Loc.File);
    if (How)
      return !Concerns->covers(F.Loc.File, **How);
    // A broken handrail.json beside a header that no source file stands below.
    llvm::consumeError(How.takeError());
    return true;
  });

  std::vector<report::ReportError> Errors = collectErrors(*In, *Run, Analysis);
  for (const report::ReportError &E : Errors)
    printSourceError(E.Loc, E.Message);
  printReport(Command, Analysis.Findings, Errors, File ? *File : llvm::outs());
  if (File) {
    File->close();
    if (File->has_error()) {
      std::string Why = File->error().message();
      File->clear_error();
      return llvm::createStringError("cannot write " + Command.Output + ": " + Why);
    }
  }
  llvm::outs().flush(); // the closing line comes last, whatever the streams are
  Timer.reset();
  std::set<std::string> Failed = failedFiles(*In, *Run);
  if (Command.Stats)
    printStats(*In, *Run, Analysis, Failed, WallSeconds, llvm::errs());
  if (!Command.Quiet)
    printSummary(Analysis.Findings.size(), *In, Failed.size());
  if (!Errors.empty() && !Command.KeepGoing)
    return Failure;
  return Analysis.Findings.empty() ? Clean : ExitStatus::Findings;
}

} // namespace

ExitStatus run(const CheckCommand &Command) {
  auto Status = check(Command);
  if (Status)
    return *Status;
  printFailure(Status.takeError());
  return Failure;
}

} // namespace handrail::tool
