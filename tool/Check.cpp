//===- Check.cpp - handrail check and handrail analyze -----------*- C++ -*-===//
//
// From a project to a report.
//
//===----------------------------------------------------------------------===//
#include "lib/Support/Paths.h"
#include "lib/Support/Timer.h"
#include "tool/CheckReport.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Examination.h"
#include "tool/Fix.h"
#include "tool/RunReport.h"
#include "tool/Summary.h"
#include "llvm/Support/Format.h"

namespace handrail::tool {
namespace {

/// Those that would run on a file in the current directory.
llvm::Expected<ExitStatus> listChecks(SetupCache &Setups) {
  auto How = Setups.forFile(absolutePath("any.c", currentDirectory()));
  if (!How)
    return How.takeError();
  for (const RegisteredCheck &Check : (*How)->Checks)
    llvm::outs() << llvm::left_justify(Check.Info.Id, 22) << Check.Info.Summary << '\n';
  return Clean;
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

/// What is not told since it is known.
void printKnown(const Baselines &Known, const Examined &Seen) {
  if (size_t Count = Known.knownCount())
    llvm::errs() << counted(Count, "known finding") << " not shown\n";
  if (size_t Count = Known.fixed(Seen).size())
    llvm::errs() << counted(Count, "known finding")
                 << " fixed: 'handrail baseline update' drops what is\n";
}

/// Tells what \p Run finds.
llvm::Expected<ExitStatus> report(const CheckCommand &Command, SetupCache &Setups,
                                  Examination Run) {
  const auto Start = std::chrono::system_clock::now();
  double WallSeconds = 0;
  auto Timer = std::make_optional<ScopedTimer>(WallSeconds);
  Baselines Known(Command.Baseline, Setups);
  if (llvm::Error E = Known.read(Run.SetupOf, /*Write=*/false))
    return std::move(E);
  auto Where = openOutputs(Command);
  if (!Where)
    return Where.takeError();
  std::optional<ledger::Report> Runs;
  if (!Command.RuntimeReports.empty()) {
    auto Read = readRuns(Command.RuntimeReports);
    if (!Read)
      return Read.takeError();
    Runs = std::move(*Read);
  }
  if (llvm::Error E = Run.run())
    return std::move(E);
  if (Runs)
    Run.join(*Runs);
  std::vector<Finding> &Found = Run.Analysis.Findings;
  Known.dropKnown(Found);
  Run.dropOld();

  printErrors(Run.Errors);
  if (llvm::Error E = writeReports(Command, Found, Run.Errors, *Where))
    return std::move(E);
  llvm::outs().flush(); // what follows comes last, whatever the streams are
  if (Command.Fix)
    if (llvm::Error E = applyFixes(Found, Start, llvm::errs()))
      return std::move(E);
  Timer.reset();
  if (Command.Unused)
    printUnused(Run.Asked, Run.In, Run.SetupOf, llvm::errs());
  if (Command.WhyNot)
    printKept(std::move(Run.Analysis.Kept), llvm::errs());
  if (Command.Stats)
    printStats(Run.In, *Run.Captured, Run.Analysis, Run.Failed, WallSeconds, llvm::errs());
  if (!Command.Quiet) {
    std::string What = Found.empty() ? "no findings" : counted(Found.size(), "finding");
    printSummary(Command.Since.empty() ? What : What + " since " + Command.Since, Run.In,
                 Run.Failed.size());
    for (const std::string &File : Run.FailedBefore)
      llvm::errs() << displayPath(File, currentDirectory())
                   << ": did not parse then; what is found in it counts as new\n";
    printKnown(Known, Run.examined());
  }
  if (!Run.Errors.empty() && !Command.KeepGoing)
    return Failure;
  return Found.empty() ? Clean : Findings;
}

llvm::Expected<ExitStatus> check(const CheckCommand &Command) {
  SetupCache Setups(Command.Analysis);
  if (Command.ListChecks)
    return listChecks(Setups);
  auto Run = Examination::prepare(Command, Setups);
  if (!Run)
    return Run.takeError();
  return report(Command, Setups, std::move(*Run));
}

llvm::Expected<ExitStatus> analyze(const AnalyzeCommand &Command) {
  SetupCache Setups(Command.Analysis);
  project::CaptureRun Captured;
  auto In = findUnits(Command.Directories, Captured);
  if (!In)
    return In.takeError();
  auto Run = Examination::prepare(Command, Setups, std::move(*In), std::move(Captured));
  if (!Run)
    return Run.takeError();
  return report(Command, Setups, std::move(*Run));
}

} // namespace

ExitStatus run(const CheckCommand &Command) { return statusOf(check(Command)); }

ExitStatus run(const AnalyzeCommand &Command) { return statusOf(analyze(Command)); }

} // namespace handrail::tool
