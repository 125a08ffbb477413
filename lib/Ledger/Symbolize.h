//===- Symbolize.h - functions and lines for offsets in modules --*- C++ -*-===//
//
// With LLVM's own symbolizer, which also finds debug information that is kept apart: by
// build-id in the folder .build-id of /usr/lib/debug or of other directories, or by the
// name that the module tells.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Report.h"
#include "llvm/ADT/ArrayRef.h"

namespace handrail::ledger {

/// Fills in functions, files and lines of the frames of \p R that have a module and no
/// file yet, and adds the calls that were inlined there. A site without a stack becomes one
/// of a single frame. What cannot be found stays as it is. Returns what a reader should know, a
/// sentence each: a module that cannot be read, or is not the one that ran.
std::vector<std::string> symbolize(Report &R, llvm::ArrayRef<std::string> DebugDirectories = {});

/// Takes from every stack what is not the program's: the C library's frames around `main` or
/// a thread's first function, and those of Handrail's hooks. \p R is symbolized.
void dropSurroundings(Report &R);

/// Makes the stacks of the runtime's objects begin where the program called the runtime,
/// as the site tells or, without one, the names of the frames. \p R is symbolized.
void beginAtCalls(Report &R);

} // namespace handrail::ledger
