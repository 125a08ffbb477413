//===- Rewrites.h - how code could be written otherwise ------------*- C++ -*-===//
//
// Capture alone sees the source text, so it tells what a check may want to change.
// It offers only what compiles and keeps the meaning of everything else: nothing
// out of macros and templates, no name that is in use.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Capture/UnitLowering.h"
#include "clang/AST/ExprCXX.h"

namespace handrail::capture {

/// Temporaries of \p FD that are statements of their own, and would do something else
/// if they lived as long as their block.
void findTemporaryRewrites(UnitLowering &Unit, const clang::FunctionDecl *FD,
                           std::vector<ir::Rewrite> &Out);

/// Captures of \p E, a lambda in \p FD, that its parameter or a weak reference can stand
/// for.
void findCaptureRewrites(UnitLowering &Unit, const clang::FunctionDecl *FD,
                         const clang::LambdaExpr *E, std::vector<ir::Rewrite> &Out);

} // namespace handrail::capture
