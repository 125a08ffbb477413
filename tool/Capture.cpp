//===- Capture.cpp - handrail capture ----------------------------*- C++ -*-===//
#include "lib/Project/Workers.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Identity.h"
#include "tool/Inputs.h"
#include "tool/Progress.h"
#include "tool/Setup.h"
#include "tool/Summary.h"
#include <thread>

namespace handrail::tool {

static llvm::Expected<ExitStatus> capture(const CaptureCommand &Command) {
  auto In = findInputs(Command.Input);
  if (!In)
    return In.takeError();
  PathGlobs Exclude;
  for (const std::string &Glob : Command.Exclude)
    if (llvm::Error E = Exclude.add(Glob))
      return std::move(E);
  std::erase_if(In->Jobs, [&](const auto &Job) { return Exclude.contains(Job.File); });
  auto Store = project::UnitStore::create(Command.Output, toolIdentity());
  if (!Store)
    return Store.takeError();

  project::FileIndex Files;
  project::WorkerOptions Options;
  Options.Workers = Command.Jobs ? Command.Jobs : std::max(1u, std::thread::hardware_concurrency());
  Options.CpuSecondsPerUnit = Command.Limits.Seconds;
  Options.MemoryMiBPerWorker = Command.Limits.MiB;
  Options.Store = &*Store;
  Options.Files = &Files;
  auto Capture = [&] {
    Progress Line("parsing", In->Jobs.size(), Command.Quiet);
    return project::captureAll(In->Jobs, Options, [&](size_t Done) { Line.update(Done); });
  };
  auto Run = Capture();
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

ExitStatus run(const CaptureCommand &Command) {
  auto Status = capture(Command);
  if (Status)
    return *Status;
  printFailure(Status.takeError());
  return Failure;
}

} // namespace handrail::tool
