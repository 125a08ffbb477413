//===- Documents.cpp - handrail completion and handrail manual ---*- C++ -*-===//
#include "lib/Support/Files.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "llvm/Support/FileSystem.h"

namespace handrail::tool {

ExitStatus run(const DocumentsCommand &Command) {
  if (Command.Directory.empty()) {
    for (const auto &[Name, Text] : Command.Files)
      llvm::outs() << Text;
    return Clean;
  }
  if (std::error_code Code = llvm::sys::fs::create_directories(Command.Directory)) {
    printFailure("cannot create directory " + Command.Directory + ": " + Code.message());
    return Failure;
  }
  for (const auto &[Name, Text] : Command.Files)
    if (llvm::Error E = writeAtomically(Command.Directory + "/" + Name, Text)) {
      printFailure(std::move(E));
      return Failure;
    }
  return Clean;
}

} // namespace handrail::tool
