//===- Capture.h - from Clang's AST to Handle IR -----------------*- C++ -*-===//
//
// The only layer of lib/ that includes Clang. It lowers the Clang CFG of every
// function that the project's own code reaches, and knows no model.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/Support/Error.h"
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

struct CaptureResult {
  ir::Unit U;                       ///< what could be built; empty when nothing could
  std::vector<CaptureError> Errors; ///< when not empty, the unit is partial
  bool Parsed = false;              ///< the front end ran to the end
};

/// Parses once and lowers. Never throws, prints nothing. Errors in the source are
/// in the result, and functions that parsed well are still there.
CaptureResult captureFile(const CompileJob &Job);

/// As captureFile for source text, for tests: \p Name decides the language.
CaptureResult captureSource(llvm::StringRef Name, llvm::StringRef Text,
                            llvm::ArrayRef<std::string> Flags = {});

/// Lowers an AST that somebody else parsed (clang-tidy).
ir::Unit captureAST(clang::ASTContext &Context, llvm::StringRef MainFile);

} // namespace handrail::capture
