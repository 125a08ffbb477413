//===- Capture.cpp - handrail capture ----------------------------*- C++ -*-===//
#include "lib/Project/Workers.h"
#include "lib/Support/Paths.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Identity.h"
#include "tool/Inputs.h"
#include "tool/Setup.h"
#include "tool/Summary.h"

namespace handrail::tool {

static llvm::Expected<ExitStatus> capture(const CaptureCommand &Command) {
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
