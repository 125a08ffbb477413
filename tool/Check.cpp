//===- Check.cpp - handrail check and handrail analyze -----------*- C++ -*-===//
//
// From a project to a report: find the translation units, capture them in
// worker processes or take those that were captured, analyse the units in
// threads, report what concerns the project.
//
//===----------------------------------------------------------------------===//
#include "lib/Finding/Fingerprint.h"
#include "lib/Report/Json.h"
#include "lib/Report/Text.h"
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include "lib/Support/Timer.h"
#include "tool/Analysis.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Fix.h"
#include "tool/Identity.h"
#include "tool/Inputs.h"
#include "tool/Progress.h"
#include "tool/Scope.h"
#include "tool/Summary.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include <unistd.h>

namespace handrail::tool {
namespace {

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

/// Those that would run on a file in the current directory.
llvm::Expected<ExitStatus> listChecks(SetupCache &Setups) {
  auto How = Setups.forFile(absolutePath("any.c", currentDirectory()));
  if (!How)
    return How.takeError();
  for (const RegisteredCheck &Check : (*How)->Checks)
    llvm::outs() << llvm::left_justify(Check.Info.Id, 22) << Check.Info.Summary << '\n';
  return Clean;
}

/// The jobs of \p In that are not excluded stay, and so do their \p Outcomes when
/// there are some; returns how each is judged. Everything the user wrote is read
/// here, before the long part of a run starts.
llvm::Expected<std::vector<const Setup *>>
selectJobs(Inputs &In, std::vector<project::CaptureOutcome> &Outcomes, const Scope &Concerns,
           SetupCache &Setups) {
  std::vector<const Setup *> SetupOf;
  size_t Kept = 0;
  for (size_t I = 0; I != In.Jobs.size(); ++I) {
    auto How = Setups.forFile(In.Jobs[I].File);
    if (!How)
      return How.takeError();
    if (Concerns.excludes(In.Jobs[I].File, **How))
      continue;
    SetupOf.push_back(*How);
    if (Kept != I) {
      In.Jobs[Kept] = std::move(In.Jobs[I]);
      if (!Outcomes.empty())
        Outcomes[Kept] = std::move(Outcomes[I]);
    }
    ++Kept;
  }
  In.Jobs.resize(Kept);
  if (!Outcomes.empty())
    Outcomes.resize(Kept);
  return SetupOf;
}

/// Who asked for silence, and about what they got it.
struct Silence {
  Suppressions Comments;
  std::set<std::pair<std::string, size_t>> UsedRules; ///< by handrail.json and number

  bool byRule(const Setup &How, const Finding &F) {
    const std::optional<size_t> Rule = How.Rules.find(F);
    if (Rule)
      UsedRules.insert({How.Config.File, *Rule});
    return Rule.has_value();
  }
};

/// Drops findings that lie where the user does not look, and those that the user does
/// not want.
void keepOwn(std::vector<Finding> &Findings, const Scope &Concerns, SetupCache &Setups,
             Silence &Asked) {
  std::erase_if(Findings, [&](Finding &F) {
    auto How = Setups.forFile(F.Loc.File);
    if (How)
      return !Concerns.covers(F.Loc.File, **How) || Asked.Comments.silence(F) ||
             Asked.byRule(**How, F);
    // A broken handrail.json that is no source file's: somebody else's header.
    llvm::consumeError(How.takeError());
    return true;
  });
}

/// Comments in the files analysed, and rules for them, that silenced nothing.
void printUnused(Silence &Asked, const Inputs &In, llvm::ArrayRef<const Setup *> Setups,
                 llvm::raw_ostream &OS) {
  std::set<std::string> Files;
  for (const capture::CompileJob &Job : In.Jobs)
    Files.insert(Job.File);
  auto Tell = [&](llvm::StringRef File, unsigned Line, llvm::StringRef What) {
    OS << displayPath(File, currentDirectory()) << ':' << Line << ": this " << What
       << " silences nothing\n";
  };
  for (const Location &Place : Asked.Comments.unused(std::vector(Files.begin(), Files.end())))
    Tell(Place.File, Place.Line, "comment");
  std::map<std::string, const Setup *> ByFile;
  for (const Setup *S : Setups)
    ByFile[S->Config.File] = S;
  for (const auto &[File, S] : ByFile)
    for (size_t I = 0; I != S->Config.Suppress.size(); ++I)
      if (!Asked.UsedRules.contains({File, I}))
        Tell(File, S->Config.Suppress[I].Line, "rule of 'suppress'");
}

llvm::Error closeOutput(llvm::raw_fd_ostream &File, llvm::StringRef Name) {
  File.close();
  if (!File.has_error())
    return llvm::Error::success();
  std::string Why = File.error().message();
  File.clear_error();
  return llvm::createStringError("cannot write " + Name + ": " + Why);
}

llvm::Expected<project::CaptureRun> captureJobs(const CheckCommand &Command, const Inputs &In,
                                                unsigned Parallel) {
  if (Command.Cache.empty())
    return captureInputs(In, Parallel, Command.Limits, Command.Quiet);

  auto Store = project::UnitStore::create(Command.Cache + "/units", toolIdentity());
  if (!Store)
    return Store.takeError();
  project::FileIndex Files(Command.Cache + "/files");
  auto Run = captureInputs(In, Parallel, Command.Limits, Command.Quiet, &*Store, &Files);
  llvm::consumeError(Files.save()); // costs the next run some time
  return Run;
}

/// Null without a cache.
llvm::Expected<std::unique_ptr<ResultCache>> openResults(const CheckCommand &Command) {
  if (Command.Cache.empty())
    return nullptr;
  std::string Directory = Command.Cache + "/results";
  if (std::error_code Code = llvm::sys::fs::create_directories(Directory))
    return llvm::createStringError("cannot create directory " + Directory + ": " + Code.message());
  return std::make_unique<ResultCache>(Directory);
}

bool isPartOfDatabase(const InputArguments &Input) { return !Input.Files.empty() && !Input.Flags; }

/// \p In are the jobs, and \p Captured what was made of them, unless that is still to
/// do.
llvm::Expected<ExitStatus> check(const CheckCommand &Command, SetupCache &Setups, Inputs In,
                                 std::optional<project::CaptureRun> Captured) {
  const auto Start = std::chrono::system_clock::now();
  double WallSeconds = 0;
  auto Timer = std::make_optional<ScopedTimer>(WallSeconds);
  const bool WholeProgram = Command.WholeProgram.value_or(!isPartOfDatabase(Command.Input));
  if (!WholeProgram && !Command.WriteSummaries.empty())
    return llvm::createStringError("--write-summaries needs the whole program: do not name files "
                                   "of a database, or give --whole-program");
  auto Concerns = Scope::create(Command, In);
  if (!Concerns)
    return Concerns.takeError();
  std::vector<project::CaptureOutcome> None;
  auto SetupOf = selectJobs(In, Captured ? Captured->Outcomes : None, *Concerns, Setups);
  if (!SetupOf)
    return SetupOf.takeError();
  std::optional<llvm::raw_fd_ostream> File;
  if (!Command.Output.empty()) {
    std::error_code Code;
    File.emplace(Command.Output, Code);
    if (Code)
      return llvm::createStringError("cannot write " + Command.Output + ": " + Code.message());
  }

  unsigned Parallel = parallelJobs(Command.Jobs);
  if (!Captured) {
    auto Run = captureJobs(Command, In, Parallel);
    if (!Run)
      return Run.takeError();
    Captured = std::move(*Run);
  }
  const project::CaptureRun &Run = *Captured;
  auto Results = openResults(Command);
  if (!Results)
    return Results.takeError();

  // No process is forked after this point, so threads may start.
  auto Analyze = [&] {
    Progress Line("solving", In.Jobs.size(), Command.Quiet);
    auto Update = [&](size_t Done) { Line.update(Done); };
    return WholeProgram ? analyzeProgram(Run, In.Jobs, *SetupOf, Parallel, Command.Cache,
                                         !Command.WriteSummaries.empty(), Update)
                        : analyzeUnits(Run, *SetupOf, Parallel, Results->get(), Update);
  };
  AnalysisResult Analysis = Analyze();
  if (!Command.WriteSummaries.empty())
    if (llvm::Error E =
            writeAtomically(Command.WriteSummaries, solver::SummaryFile::bytes(Analysis.Summaries)))
      return std::move(E);
  setFingerprints(Analysis.Findings);
  Silence Asked;
  keepOwn(Analysis.Findings, *Concerns, Setups, Asked);

  std::vector<report::ReportError> Errors = collectErrors(In, Run, Analysis);
  printErrors(Errors);
  printReport(Command, Analysis.Findings, Errors, File ? *File : llvm::outs());
  if (File)
    if (llvm::Error E = closeOutput(*File, Command.Output))
      return std::move(E);
  llvm::outs().flush(); // what follows comes last, whatever the streams are
  if (Command.Fix)
    if (llvm::Error E = applyFixes(Analysis.Findings, Start, llvm::errs()))
      return std::move(E);
  Timer.reset();
  std::set<std::string> Failed = failedFiles(In, Run);
  if (Command.Unused)
    printUnused(Asked, In, *SetupOf, llvm::errs());
  if (Command.WhyNot)
    printKept(std::move(Analysis.Kept), llvm::errs());
  if (Command.Stats)
    printStats(In, Run, Analysis, Failed, WallSeconds, llvm::errs());
  size_t Count = Analysis.Findings.size();
  if (!Command.Quiet)
    printSummary(Count ? counted(Count, "finding") : "no findings", In, Failed.size());
  if (!Errors.empty() && !Command.KeepGoing)
    return Failure;
  return Analysis.Findings.empty() ? Clean : Findings;
}

llvm::Expected<ExitStatus> check(const CheckCommand &Command) {
  SetupCache Setups(Command.Analysis);
  if (Command.ListChecks)
    return listChecks(Setups);
  auto In = findInputs(Command.Input);
  if (!In)
    return In.takeError();
  return check(Command, Setups, std::move(*In), std::nullopt);
}

llvm::Expected<ExitStatus> analyze(const AnalyzeCommand &Command) {
  SetupCache Setups(Command.Analysis);
  project::CaptureRun Run;
  auto In = findUnits(Command.Directories, Run);
  if (!In)
    return In.takeError();
  return check(Command, Setups, std::move(*In), std::move(Run));
}

} // namespace

ExitStatus run(const CheckCommand &Command) { return statusOf(check(Command)); }

ExitStatus run(const AnalyzeCommand &Command) { return statusOf(analyze(Command)); }

} // namespace handrail::tool
