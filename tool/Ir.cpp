//===- Ir.cpp - handrail ir dump and ir solve --------------------*- C++ -*-===//
#include "lib/Capture/Capture.h"
#include "lib/IR/Parser.h"
#include "lib/IR/Printer.h"
#include "lib/Report/Text.h"
#include "lib/Solver/DeclaredModels.h"
#include "lib/Support/Paths.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Inputs.h"
#include "tool/Setup.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <deque>
#include <unistd.h>

namespace handrail::tool {

ExitStatus run(const IrDumpCommand &Command) {
  if (Command.Input.Files.size() != 1) {
    printFailure("one file is needed");
    return Failure;
  }
  auto In = findInputs(Command.Input);
  if (!In) {
    printFailure(In.takeError());
    return Failure;
  }
  ExitStatus Status = Clean;
  for (const project::SkippedEntry &Entry : In->Skipped) {
    printSourceError({.File = Entry.File}, Entry.Reason);
    Status = Failure;
  }
  for (const capture::CompileJob &Job : In->Jobs) {
    capture::CaptureResult Result = capture::captureFile(Job);
    for (const capture::CaptureError &E : Result.Errors)
      printSourceError({E.File.empty() ? Job.File : E.File, E.Line, E.Col}, E.Message);
    if (!Result.Errors.empty() || !Result.Parsed)
      Status = Failure;
    ir::print(Result.U, llvm::outs());
  }
  return Status;
}

ExitStatus run(const IrSolveCommand &Command) {
  auto How = Setup::create("", Command.Analysis, /*Summaries=*/nullptr);
  if (!How) {
    printFailure(How.takeError());
    return Failure;
  }
  std::deque<ir::Unit> Units; // the program points to them
  solver::Program Program;
  for (const std::string &File : Command.Files) {
    auto Buffer = llvm::MemoryBuffer::getFileOrSTDIN(File, /*IsText=*/true);
    if (!Buffer) {
      printFailure("cannot read '" + File + "': " + Buffer.getError().message());
      return Failure;
    }
    std::string Name = File == "-" ? "<stdin>" : absolutePath(File, currentDirectory());
    auto Unit = ir::parseUnit((*Buffer)->getBuffer(), Name);
    if (!Unit) {
      printFailure(llvm::make_error<PlacedError>(llvm::toString(Unit.takeError())));
      return Failure;
    }
    Units.push_back(std::move(*Unit));
    Program.Units.push_back(&Units.back());
  }
  if (Command.DumpSummaries) {
    auto Declared = solver::withDeclaredModels(Program, (*How)->Models);
    solver::solveAndDump(Program, Declared ? *Declared : (*How)->Models, (*How)->Engine.Solver,
                         llvm::outs());
  }
  EngineResult Result = analyze(Program, (*How)->Models, (*How)->Checks, (*How)->Engine);
  report::TextOptions Options;
  Options.Color = wantColor(Command.Color, STDOUT_FILENO);
  Options.WorkingDirectory = currentDirectory();
  report::printText(Result.Findings, Options, llvm::outs());
  return Result.Findings.empty() ? Clean : Findings;
}

} // namespace handrail::tool
