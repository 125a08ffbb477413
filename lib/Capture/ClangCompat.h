//===- ClangCompat.h - differences between Clang 19 and 22 -------*- C++ -*-===//
#pragma once

#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"
#include "clang/Basic/Version.h"

namespace handrail::capture {

inline unsigned bitWidth(const clang::FieldDecl *FD) {
#if CLANG_VERSION_MAJOR >= 20
  return FD->getBitWidthValue();
#else
  return FD->getBitWidthValue(FD->getASTContext());
#endif
}

inline clang::QualType recordType(const clang::RecordDecl *RD) {
#if CLANG_VERSION_MAJOR >= 22
  return RD->getASTContext().getCanonicalTagType(RD);
#else
  return RD->getASTContext().getRecordType(RD);
#endif
}

} // namespace handrail::capture
