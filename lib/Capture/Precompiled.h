//===- Precompiled.h - what most files of this folder include ----*- C++ -*-===//
//
// Parsed once per build. Every file still includes what it uses.
//
//===----------------------------------------------------------------------===//
#include "lib/IR/Unit.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"
#include "clang/Basic/SourceManager.h"
