//===- Examination.cpp - from files to the findings that are told ----------===//
//
// Find the translation units, capture them in worker processes or take those that were
// captured, analyse the units in threads, keep what concerns the project.
//
//===----------------------------------------------------------------------===//
#include "tool/Examination.h"
#include "lib/Finding/Fingerprint.h"
#include "lib/Join/Join.h"
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include "tool/Progress.h"
#include "tool/RunCache.h"
#include "tool/Summary.h"
#include "llvm/Support/Path.h"

namespace handrail::tool {
namespace {

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

llvm::Expected<project::CaptureRun> captureJobs(const CheckCommand &Command, const Inputs &In,
                                                const RunCache *Cache, unsigned Parallel,
                                                const capture::PastFiles *Watched) {
  auto Run = captureInputs(In, Parallel, Command.Limits, Command.Quiet,
                           {.Watched = Watched, .Cache = Cache ? &Cache->units() : nullptr});
  if (Cache)
    Cache->saveFiles();
  return Run;
}

/// A directory of the tree that is analysed: where the user stands, if that is in it.
std::string placeInTree(llvm::ArrayRef<capture::CompileJob> Jobs) {
  std::string Here = currentDirectory();
  if (llvm::any_of(Jobs, [&](const auto &Job) { return isBelow(Job.File, Here); }))
    return Here;
  return llvm::sys::path::parent_path(Jobs.front().File).str();
}

} // namespace

llvm::Expected<Examination> Examination::prepare(const CheckCommand &Command, SetupCache &Setups) {
  auto In = findInputs(Command.Input);
  if (!In)
    return In.takeError();
  return prepare(Command, Setups, std::move(*In), std::nullopt);
}

llvm::Expected<Examination> Examination::prepare(const CheckCommand &Command, SetupCache &Setups,
                                                 Inputs In,
                                                 std::optional<project::CaptureRun> Run) {
  auto Concerns = Scope::create(Command, In);
  if (!Concerns)
    return Concerns.takeError();
  Examination Result(Command, Setups, std::move(In), std::move(Run), std::move(*Concerns));
  if (!Result.isWholeProgram() && !Command.WriteSummaries.empty())
    return llvm::createStringError("--write-summaries needs the whole program: do not name files "
                                   "of a database, or give --whole-program");
  std::vector<project::CaptureOutcome> None;
  auto SetupOf = selectJobs(Result.In, Result.Captured ? Result.Captured->Outcomes : None,
                            Result.Concerns, Setups);
  if (!SetupOf)
    return SetupOf.takeError();
  Result.SetupOf = std::move(*SetupOf);
  if (!Command.Since.empty() && !Result.In.Jobs.empty()) {
    auto Change = project::Changes::since(Command.Since, placeInTree(Result.In.Jobs));
    if (!Change)
      return Change.takeError();
    Result.Change = std::move(*Change);
  }
  return Result;
}

bool Examination::isWholeProgram() const { return Command.WholeProgram.value_or(!isPart()); }

/// Drops findings that lie where the user does not look, and those that the user does
/// not want.
void Examination::keepOwn(std::vector<Finding> &Findings, Silence &Asked) const {
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

AnalysisResult Examination::analyze(const project::CaptureRun &Run,
                                    llvm::ArrayRef<capture::CompileJob> Jobs,
                                    llvm::ArrayRef<const Setup *> SetupOf, const RunCache *Cache,
                                    bool Summarize, const char *Stage) const {
  const unsigned Threads = parallelJobs(Command.Jobs);
  Progress Line(Stage, Jobs.size(), Command.Quiet);
  auto Update = [&](size_t Done) { Line.update(Done); };
  return isWholeProgram() ? analyzeProgram(Run, Jobs, SetupOf, Threads, Cache, Summarize, Update)
                          : analyzeUnits(Run, SetupOf, Threads, Cache, Update);
}

llvm::Error Examination::run() {
  const unsigned Parallel = parallelJobs(Command.Jobs);
  std::unique_ptr<RunCache> Cache;
  if (!Captured) {
    // Summaries in a file speak of this checkout.
    auto Found = RunCache::create(Command, In, /*Share=*/Command.WriteSummaries.empty());
    if (!Found)
      return Found.takeError();
    Cache = std::move(*Found);
    auto Run = captureJobs(Command, In, Cache.get(), Parallel, Change ? &Change->files() : nullptr);
    if (!Run)
      return Run.takeError();
    Captured = std::move(*Run);
  }
  std::optional<PastUnits> Past;
  if (Change) {
    auto Units =
        capturePast(*Change, In, SetupOf, *Captured, Parallel, Command.Limits, Command.Quiet);
    if (!Units)
      return Units.takeError();
    Past = std::move(*Units);
  }

  // No process is forked after this point, so threads may start.
  std::vector<Finding> Before;
  if (Past) {
    Before = analyze(Past->Run, Past->Jobs, Past->SetupOf, Cache.get(), /*Summarize=*/false,
                     "solving the past")
                 .Findings;
    FailedBefore = std::move(Past->Failed);
  }
  Analysis =
      analyze(*Captured, In.Jobs, SetupOf, Cache.get(), !Command.WriteSummaries.empty(), "solving");
  Captured->Cache = nullptr; // it ends here
  if (Cache)
    Cache->finish(*Captured, Analysis);
  if (!Command.WriteSummaries.empty())
    if (llvm::Error E =
            writeAtomically(Command.WriteSummaries, solver::SummaryFile::bytes(Analysis.Summaries)))
      return E;
  setFingerprints(Analysis.Findings);
  keepOwn(Analysis.Findings, Asked);
  if (Change)
    findNew(std::move(Before));
  Errors = collectErrors(In, *Captured, Analysis);
  Failed = failedFiles(In, *Captured);
  return llvm::Error::success();
}

void Examination::findNew(std::vector<Finding> Before) {
  Silence Then;
  for (const auto &[Path, Text] : Change->files())
    Then.Comments.set(Path, Text.value_or(""));
  keepOwn(Before, Then);
  SourceCache Sources;
  auto Known = pairFindings(Analysis.Findings, placeNow(Before, *Change), Sources);
  for (size_t I = 0; I != Known.size(); ++I)
    if (!Known[I])
      New.insert(Analysis.Findings[I].Fingerprint);
}

void Examination::join(const ledger::Report &Runs) {
  std::vector<Finding> &Findings = Analysis.Findings;
  Join Joined = joinRuns(Findings, Runs);
  for (size_t I = 0; I != Findings.size(); ++I)
    if ((Findings[I].Runs = Joined.EvidenceFor[I]))
      Findings[I].Message += " (" + describe(*Findings[I].Runs) + ")";
  std::vector<Finding> Others = findingsOf(Runs, Joined);
  keepOwn(Others, Asked);
  llvm::append_range(Findings, std::move(Others));
  normalize(Findings);
}

void Examination::dropOld() {
  if (Change)
    std::erase_if(Analysis.Findings, [&](const Finding &F) { return !New.count(F.Fingerprint); });
}

Examined Examination::examined() const {
  Examined Seen;
  Seen.All = !isPart() && Errors.empty();
  for (const capture::CompileJob &Job : In.Jobs)
    if (!Failed.count(Job.File))
      Seen.Files.insert(Job.File);
  for (const Setup *How : SetupOf)
    for (const RegisteredCheck &Check : How->Checks)
      Seen.Checks.insert(Check.Info.Id);
  return Seen;
}

} // namespace handrail::tool
