//===- Capture.cpp - handrail capture ----------------------------*- C++ -*-===//
#include "lib/Project/Workers.h"
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include "tool/Commands.h"
#include "tool/Depfile.h"
#include "tool/Diagnostics.h"
#include "tool/Identity.h"
#include "tool/Inputs.h"
#include "tool/Setup.h"
#include "tool/Summary.h"
#include "llvm/Support/FileSystem.h"

namespace handrail::tool {

/// Everything that the units of \p In were made from.
static llvm::Error writeDepfile(const CaptureCommand &Command, const Inputs &In,
                                const project::UnitStore &Store) {
  std::set<std::string> Files;
  if (!In.Database.empty())
    Files.insert(absolutePath(In.Database, currentDirectory()));
  for (const capture::CompileJob &Job : In.Jobs) {
    Files.insert(Job.File);
    if (std::optional<project::UnitEntry> Entry = Store.entry(Job))
      for (const capture::InputFile &Input : Entry->Inputs)
        if (Input.Content != capture::InputFile::Absent && !llvm::sys::fs::is_directory(Input.Path))
          Files.insert(Input.Path);
  }
  llvm::StringRef Target = Command.DepfileTarget;
  return writeAtomically(
      Command.Depfile,
      depfileText(Target.empty() ? depfileTarget(Command.Depfile) : Target, Files));
}

static llvm::Expected<ExitStatus> capture(const CaptureCommand &Command) {
  if (!Command.Depfile.empty() && Command.DepfileTarget.empty() &&
      depfileTarget(Command.Depfile).empty())
    return llvm::createStringError("--depfile: the name should be STAMP.d, where STAMP is what the "
                                   "build makes, or say --depfile-target");
  auto In = findInputs(Command.Input);
  if (!In)
    return In.takeError();
  PathGlobs Exclude(currentDirectory());
  for (const std::string &Glob : Command.Exclude)
    if (llvm::Error E = Exclude.add(Glob))
      return std::move(E);
  std::erase_if(In->Jobs, [&](const auto &Job) { return Exclude.contains(Job.File); });
  auto Store = project::UnitStore::create(Command.Output, toolIdentity());
  if (!Store)
    return Store.takeError();

  project::FileIndex Files;
  auto Run = captureInputs(*In, parallelJobs(Command.Jobs), Command.Limits, Command.Quiet,
                           {.Store = &*Store, .Files = &Files});
  if (!Run)
    return Run.takeError();

  if (Command.Prune)
    if (llvm::Error E = Store->keepOnly(In->Jobs))
      return std::move(E);
  if (!Command.Depfile.empty())
    if (llvm::Error E = writeDepfile(Command, *In, *Store))
      return std::move(E);

  std::vector<report::ReportError> Errors = collectErrors(*In, *Run, {});
  printErrors(Errors);
  std::set<std::string> Failed = failedFiles(*In, *Run);
  if (Command.Stats)
    printCaptureStats(*In, *Run, Failed, llvm::errs());
  if (!Command.Quiet)
    printSummary(
        counted(llvm::count_if(Run->Outcomes, [](auto &O) { return bool(O.Unit); }), "unit"), *In,
        Failed.size());
  return Errors.empty() || Command.KeepGoing ? Clean : Failure;
}

ExitStatus run(const CaptureCommand &Command) { return statusOf(capture(Command)); }

} // namespace handrail::tool
