//===- Capture.h - from Clang's AST to Handle IR -----------------*- C++ -*-===//
//
// The only layer of lib/ that includes Clang. It lowers the Clang CFG of every
// function that the project's own code reaches, and knows no model.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/Support/Error.h"
#include <map>
#include <string>
#include <vector>

namespace clang {
class ASTContext;
} // namespace clang

namespace handrail::capture {

/// One way to compile one file.
struct CompileJob {
  std::string Directory; ///< made the working directory of the compiler's view of files
  std::string File;      ///< absolute
  std::vector<std::string> Arguments; ///< argv with the compiler's name first
};

/// A diagnostic of the front end, errors only.
struct CaptureError {
  std::string File;
  unsigned Line = 0, Col = 0;
  std::string Message;
};

/// A file that a compilation looked at.
struct InputFile {
  static constexpr const char *Absent = "absent";   ///< it was looked for and is not there
  static constexpr const char *Present = "present"; ///< it is there and was not read
  std::string Path;                                 ///< absolute
  std::string Content; ///< digestOf() what was read, or one of those above
  auto operator<=>(const InputFile &) const = default;
};

/// Whether some texts stand in what a compilation reads.
struct TextSearch {
  std::vector<std::string> Texts;
  bool Found = false;
};

struct CaptureResult {
  ir::Unit U;                       ///< what could be built; empty when nothing could
  std::vector<CaptureError> Errors; ///< when not empty, the unit is partial
  bool Parsed = false;              ///< the front end ran to the end

  /// False: what went wrong is all there is.
  bool hasUnit() const { return Parsed || !U.Functions.empty(); }
};

/// Files as they were at another time, by absolute, clean path: their text, or nothing where
/// there was no file. All other files are as they are.
using PastFiles = std::map<std::string, std::optional<std::string>, std::less<>>;

/// Parses once and lowers. Never throws, prints nothing. Errors in the source are
/// in the result, and functions that parsed well are still there. \p Inputs takes
/// what it depends on, sorted by path: the same job with the same inputs gives the
/// same result. \p Past: what the compiler sees of the files named there.
/// \p Search learns what is in the inputs, and goes with them.
CaptureResult captureFile(const CompileJob &Job, std::vector<InputFile> *Inputs = nullptr,
                          const PastFiles *Past = nullptr, TextSearch *Search = nullptr);

/// As captureFile, with a symbol for every function that the file, or a header of the project
/// that it includes, declares. For headers, which call nothing.
CaptureResult captureDeclarations(const CompileJob &Job);

/// As captureFile for source text, for tests: \p Name decides the language.
CaptureResult captureSource(llvm::StringRef Name, llvm::StringRef Text,
                            llvm::ArrayRef<std::string> Flags = {});

/// Lowers an AST that somebody else parsed (clang-tidy).
ir::Unit captureAST(clang::ASTContext &Context, llvm::StringRef MainFile);

} // namespace handrail::capture
