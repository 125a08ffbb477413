//===- Infer.cpp - handrail infer --------------------------------*- C++ -*-===//
#include "lib/Infer/Proposals.h"
#include "lib/Link/Link.h"
#include "lib/Support/GlobList.h"
#include "lib/Support/Paths.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Summary.h"

namespace handrail::tool {

namespace {

/// The models that ship, those of the nearest handrail.json, and those of the command line.
llvm::Error readAllModels(const InferCommand &Command, const Inputs &In, model::ModelSet &Out) {
  std::vector<model::ModelSource> Sources;
  model::ProjectConfig Config;
  llvm::Error Result = llvm::Error::success();
  if (!In.Jobs.empty())
    if (auto File = model::findProjectModel(In.Jobs.front().File))
      for (const model::ModelError &E : model::loadProject(*File, Config, Sources))
        Result = llvm::joinErrors(std::move(Result), llvm::make_error<PlacedError>(E.str()));
  return llvm::joinErrors(std::move(Result), loadModels(std::move(Sources), Command.Models, Out));
}

/// All units as one program, in the order of the names of their files, so that the order of
/// the database counts for nothing.
link::LinkedProgram linkAll(const Inputs &In, const project::CaptureRun &Run,
                            AnalysisResult &Said) {
  std::vector<size_t> Order;
  for (size_t I = 0; I < In.Jobs.size(); ++I)
    if (Run.Outcomes[I].Unit)
      Order.push_back(I);
  llvm::stable_sort(Order, [&](size_t A, size_t B) { return In.Jobs[A].File < In.Jobs[B].File; });
  link::Linker Linker;
  for (size_t I : Order)
    if (llvm::Expected<ir::Unit> Unit = Run.unit(I))
      Linker.add(std::move(*Unit));
    else
      Said.Failures.push_back(llvm::toString(Unit.takeError()));
  return Linker.finish();
}

llvm::Expected<ExitStatus> infer(const InferCommand &Command) {
  auto In = findInputs(Command.Input);
  if (!In)
    return In.takeError();
  PathGlobs Exclude;
  for (const std::string &Glob : Command.Exclude)
    if (llvm::Error E = Exclude.add(Glob))
      return std::move(E);
  std::erase_if(In->Jobs, [&](const auto &Job) { return Exclude.contains(Job.File); });
  model::ModelSet Models;
  if (llvm::Error E = readAllModels(Command, *In, Models))
    return std::move(E);
  auto Run = captureInputs(*In, parallelJobs(Command.Jobs), Command.Limits, Command.Quiet);
  if (!Run)
    return Run.takeError();
  AnalysisResult Said;
  link::LinkedProgram Linked = linkAll(*In, *Run, Said);
  std::vector<report::ReportError> Errors = collectErrors(*In, *Run, Said);
  printErrors(Errors);

  solver::Program Program;
  for (const auto &Unit : Linked.Units)
    Program.Units.push_back(Unit.get());
  std::string Root = In->Roots.empty() ? currentDirectory() : In->Roots.front();
  infer::Proposals Proposed = infer::propose(
      Program, Models, [&](llvm::StringRef Path) { return displayPath(Path, Root); });
  if (llvm::Error E = writeModel(Proposed.Model, Proposed.Kinds, Command.Output))
    return std::move(E);
  size_t Functions = 0;
  for (const model::WrittenFunction &F : Proposed.Model.Functions)
    Functions += F.Names.size();
  if (!Command.Quiet)
    printSummary(counted(Proposed.Model.Kinds.size(), "kind") + " and " +
                     counted(Functions, "function"),
                 *In, failedFiles(*In, *Run).size());
  return Errors.empty() || Command.KeepGoing ? Clean : Failure;
}

} // namespace

ExitStatus run(const InferCommand &Command) { return statusOf(infer(Command)); }

} // namespace handrail::tool
