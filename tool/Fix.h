//===- Fix.h - handrail check --fix --------------------------------*- C++ -*-===//
#pragma once

#include "lib/Finding/Finding.h"
#include "llvm/Support/Chrono.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::tool {

/// Makes the repairs of \p Findings, file by file: all of a file's, or none when two of
/// them are in each other's way or when the file was written to after \p Since, when it
/// was read. Tells \p OS what it did.
llvm::Error applyFixes(const std::vector<Finding> &Findings, llvm::sys::TimePoint<> Since,
                       llvm::raw_ostream &OS);

} // namespace handrail::tool
