//===- FrontendCompat.h - differences between Clang 19 and 22 ----*- C++ -*-===//
//
// As ClangCompat.h, for what needs Clang's driver and front end.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/DiagnosticIDs.h"
#include "clang/Basic/DiagnosticOptions.h"
#include "clang/Basic/Version.h"
#if CLANG_VERSION_MAJOR >= 22
#include "clang/Driver/CreateInvocationFromArgs.h"
#else
#include "clang/Frontend/Utils.h"
#endif

namespace handrail::capture {

/// A diagnostics engine with default options.
class OwnedDiagnostics {
public:
  explicit OwnedDiagnostics(clang::DiagnosticConsumer &Consumer)
#if CLANG_VERSION_MAJOR >= 21
      : Engine(llvm::makeIntrusiveRefCnt<clang::DiagnosticsEngine>(
            clang::DiagnosticIDs::create(), Options, &Consumer, /*ShouldOwnClient=*/false))
#else
      : Options(llvm::makeIntrusiveRefCnt<clang::DiagnosticOptions>()),
        Engine(llvm::makeIntrusiveRefCnt<clang::DiagnosticsEngine>(
            llvm::makeIntrusiveRefCnt<clang::DiagnosticIDs>(), Options, &Consumer,
            /*ShouldOwnClient=*/false))
#endif
  {
  }
  llvm::IntrusiveRefCntPtr<clang::DiagnosticsEngine> get() { return Engine; }

private:
#if CLANG_VERSION_MAJOR >= 21
  clang::DiagnosticOptions Options;
#else
  llvm::IntrusiveRefCntPtr<clang::DiagnosticOptions> Options;
#endif
  llvm::IntrusiveRefCntPtr<clang::DiagnosticsEngine> Engine;
};

} // namespace handrail::capture
