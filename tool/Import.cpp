//===- Import.cpp - handrail models import -----------------------*- C++ -*-===//
#include "lib/Capture/Capture.h"
#include "lib/Infer/Attributes.h"
#include "lib/Infer/Cppcheck.h"
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Inputs.h"
#include "tool/Setup.h"
#include <deque>

namespace handrail::tool {

namespace {

/// False when some file could not be read; the others count.
bool readCfgFiles(llvm::ArrayRef<std::string> Names, std::vector<infer::CfgFile> &Out) {
  bool Right = true;
  for (const std::string &Name : Names) {
    if (auto Text = readWholeFile(Name)) {
      Out.push_back({Name, std::move(*Text)});
      continue;
    }
    printFailure("cannot read '" + Name + "'");
    Right = false;
  }
  return Right;
}

llvm::Expected<bool> readHeaders(const InputArguments &Input, std::deque<ir::Unit> &Out) {
  InputArguments Arguments = Input;
  if (!Arguments.Flags)
    Arguments.Flags.emplace();
  auto In = findInputs(Arguments);
  if (!In)
    return In.takeError();
  bool Right = true;
  for (const capture::CompileJob &Job : In->Jobs) {
    capture::CaptureResult Result = capture::captureDeclarations(Job);
    for (const capture::CaptureError &E : Result.Errors)
      printSourceError({E.File, E.Line, E.Col}, E.Message);
    Right &= Result.Errors.empty();
    if (Result.hasUnit())
      Out.push_back(std::move(Result.U));
  }
  return Right;
}

void printLeft(const infer::Imported &Imported) {
  std::string Here = currentDirectory();
  for (const infer::NotTaken &N : Imported.Left)
    llvm::errs() << displayPath(absolutePath(N.File, Here), Here) << ':' << N.Line
                 << ": not taken: " << N.What << ": " << N.Why << '\n';
  bool First = true;
  for (const auto &[What, Count] : Imported.Foreign)
    if (Count) {
      llvm::errs() << (First ? "without a counterpart in a model: " : ", ") << Count << ' ' << What;
      First = false;
    }
  if (!First)
    llvm::errs() << '\n';
  llvm::errs() << counted(Imported.Model.Kinds.size(), "kind") << "; "
               << counted(Imported.Taken, "statement") << " taken, " << Imported.Known
               << " known already, " << Imported.Left.size() << " not taken\n";
}

llvm::Expected<ExitStatus> import(const ModelsImportCommand &Command) {
  model::ModelSet Models;
  if (llvm::Error E = loadModels({}, Command.Models, Models))
    return std::move(E);
  infer::Imported Imported;
  bool Right = true;
  if (Command.Cppcheck) {
    std::vector<infer::CfgFile> Files;
    Right = readCfgFiles(Command.Input.Files, Files);
    Imported = infer::importCppcheck(Files, Models);
  } else {
    std::deque<ir::Unit> Units; // the program points to them
    auto Read = readHeaders(Command.Input, Units);
    if (!Read)
      return Read.takeError();
    Right = *Read;
    solver::Program Program;
    for (const ir::Unit &U : Units)
      Program.Units.push_back(&U);
    Imported = infer::importAttributes(Program, Models);
  }
  if (llvm::Error E = writeModel(Imported.Model, Imported.Kinds, Command.Output))
    return std::move(E);
  printLeft(Imported);
  return Right ? Clean : Failure;
}

} // namespace

llvm::Error writeModel(const model::WrittenModel &Model, llvm::ArrayRef<model::ResourceKind> Kinds,
                       const std::string &Output) {
  std::string Text = model::printModel(Model, Kinds);
  if (!Output.empty())
    return writeAtomically(Output, Text);
  llvm::outs() << Text;
  llvm::outs().flush(); // what is said on standard error comes last
  return llvm::Error::success();
}

ExitStatus run(const ModelsImportCommand &Command) { return statusOf(import(Command)); }

} // namespace handrail::tool
