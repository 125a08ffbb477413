//===- CommandLine.h - compiler commands as a front end needs them -*- C++ -*-===//
//
// A compilation database holds what the build ran: launchers before the
// compiler, response files, outputs, warnings, and flags that only GCC knows.
// What decides how a file is parsed is a small part of that. Everything else is
// dropped here, so that capture gets arguments Clang accepts and equal parses
// have equal arguments. Which flag is which stands in CompilerFlags.def.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace handrail::project {

/// The command compiles something, but not C or C++.
class UnsupportedLanguage : public llvm::ErrorInfo<UnsupportedLanguage> {
public:
  static char ID;
  explicit UnsupportedLanguage(std::string What) : What(std::move(What)) {}
  void log(llvm::raw_ostream &OS) const override { OS << What; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

private:
  std::string What;
};

/// The cleaned arguments that parse \p File (absolute) in \p Directory: the
/// compiler's name, the flags that matter in their order, the file. Fails with
/// UnsupportedLanguage for what is not C or C++, and with a plain error when no
/// compiler is in \p Command or a response file cannot be read.
llvm::Expected<std::vector<std::string>> frontEndArguments(llvm::ArrayRef<std::string> Command,
                                                           llvm::StringRef File,
                                                           llvm::StringRef Directory);

/// True for the file names that compilers take for C++.
bool isCXXFile(llvm::StringRef File);

/// Splits a command as the shell of a build does.
std::vector<std::string> splitCommand(llvm::StringRef Command);

} // namespace handrail::project
