//===- handrail.cpp - from the command line to an exit status ----*- C++ -*-===//
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "llvm/Support/raw_ostream.h"

using namespace handrail::tool;

int main(int Argc, char **Argv) {
  auto Parsed = parseCommandLine(Argc, Argv);
  if (const int *Status = std::get_if<int>(&Parsed))
    return *Status;
  ExitStatus Status =
      std::visit([](const auto &Command) { return run(Command); }, std::get<Command>(Parsed));
  // A full disk or a closed pipe must not pass for a complete report.
  llvm::outs().flush();
  if (llvm::outs().has_error()) {
    printFailure("cannot write to standard output: " + llvm::outs().error().message());
    llvm::outs().clear_error();
    return Failure;
  }
  return Status;
}
