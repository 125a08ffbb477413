//===- Invocation.h - from a compile command to a parse ----------*- C++ -*-===//
#pragma once

#include "lib/Capture/Capture.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Frontend/CompilerInvocation.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace handrail::capture {

/// The front end's settings for \p Job: what its compiler would parse, but nothing
/// is written and nothing is warned about. Flags that only other compilers know
/// are dropped. Null when Clang's driver can make nothing of the command; \p Diags
/// has been told why. Reads the file system, for response files and to find
/// system headers.
std::shared_ptr<clang::CompilerInvocation>
createInvocation(const CompileJob &Job, llvm::IntrusiveRefCntPtr<clang::DiagnosticsEngine> Diags,
                 llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files);

} // namespace handrail::capture
