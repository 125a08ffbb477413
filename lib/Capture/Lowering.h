//===- Lowering.h - a whole translation unit ---------------------*- C++ -*-===//
#pragma once

#include "lib/IR/Unit.h"
#include "clang/Basic/SourceLocation.h"

namespace clang {
class ASTContext;
} // namespace clang

namespace handrail::capture {

/// As captureAST. Functions that contain one of \p ErrorsAt are left out: the
/// parser dropped statements of theirs. \p Declared asks for a symbol of every function
/// that the project's files declare.
ir::Unit lowerUnit(clang::ASTContext &Context, llvm::StringRef MainFile,
                   llvm::ArrayRef<clang::SourceLocation> ErrorsAt, bool Declared = false);

} // namespace handrail::capture
