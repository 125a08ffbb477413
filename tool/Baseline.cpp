//===- Baseline.cpp - handrail baseline --------------------------*- C++ -*-===//
#include "lib/Support/Paths.h"
#include "tool/Baselines.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Examination.h"
#include "tool/Summary.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace handrail::tool {
namespace {

constexpr llvm::StringLiteral DefaultName = "handrail-baseline.jsonl";

/// Beside the handrail.json here, or here.
std::string defaultFile(SetupCache &Setups) {
  std::string Here = currentDirectory();
  auto How = Setups.forFile(absolutePath("any.c", Here));
  if (!How)
    llvm::consumeError(How.takeError()); // the run itself told of it
  else if (!(*How)->Config.File.empty())
    Here = llvm::sys::path::parent_path((*How)->Config.File).str();
  return absolutePath(DefaultName, Here);
}

llvm::Error write(const Baselines &Known, const std::vector<Finding> &Findings,
                  SetupCache &Setups) {
  const std::string Default = defaultFile(Setups);
  auto Written = Known.write(Findings, Default);
  if (!Written)
    return Written.takeError();
  for (const auto &[Path, Count] : *Written) {
    const std::string Name = displayPath(Path, currentDirectory());
    llvm::errs() << Name << ": " << counted(Count, "known finding") << '\n';
    if (Path == Default)
      llvm::errs() << "give --baseline " << Name << " to check, or say \"baseline\": \""
                   << DefaultName << "\" in handrail.json\n";
  }
  return llvm::Error::success();
}

llvm::Expected<ExitStatus> make(const BaselineCommand &Command) {
  SetupCache Setups(Command.Analysis);
  auto Run = Examination::prepare(Command, Setups);
  if (!Run)
    return Run.takeError();
  Baselines Known(Command.Baseline, Setups);
  if (llvm::Error E = Known.read(Run->SetupOf, /*Write=*/!Command.OnlyShrink))
    return std::move(E);
  if (Command.OnlyShrink && !Known.any())
    return llvm::createStringError("there is no baseline: give --baseline FILE, or name one as "
                                   "\"baseline\" in handrail.json");
  if (!Command.OnlyShrink && Run->isPart())
    return llvm::createStringError("no baseline is written: it is of all files of a project");
  if (llvm::Error E = Run->run())
    return std::move(E);
  printErrors(Run->Errors);
  if (!Command.OnlyShrink && !Run->Errors.empty() && !Command.KeepGoing)
    return llvm::createStringError("no baseline is written, since some files could not be "
                                   "analysed; --keep-going writes what there is");
  const Examined Seen = Run->examined();
  std::vector<Finding> &Found = Run->Analysis.Findings;
  if (!Command.OnlyShrink) {
    if (llvm::Error E = write(Known, Found, Setups))
      return std::move(E);
    return Clean;
  }
  Known.dropKnown(Found);
  const size_t Fixed = Known.fixed(Seen).size();
  if (llvm::Error E = Known.update(Seen))
    return std::move(E);
  llvm::errs() << counted(Known.knownCount(), "known finding") << " left, " << Fixed << " fixed";
  if (!Found.empty())
    llvm::errs() << ", " << Found.size() << " new: 'handrail check' shows them";
  llvm::errs() << '\n';
  return Run->Errors.empty() || Command.KeepGoing ? Clean : Failure;
}

llvm::Expected<ExitStatus> show(const BaselineShowCommand &Command) {
  const AnalysisArguments Plain;
  SetupCache Setups(Plain);
  Baselines Known(Command.File, Setups);
  auto How = Setups.forFile(absolutePath("any.c", currentDirectory()));
  if (!How)
    return How.takeError();
  if (llvm::Error E = Known.read(*How, /*Write=*/false))
    return std::move(E);
  if (!Known.any())
    return llvm::createStringError("there is no baseline: name its file, or give it as "
                                   "\"baseline\" in handrail.json");
  Known.print(llvm::outs());
  return Clean;
}

} // namespace

ExitStatus run(const BaselineCommand &Command) { return statusOf(make(Command)); }

ExitStatus run(const BaselineShowCommand &Command) { return statusOf(show(Command)); }

} // namespace handrail::tool
