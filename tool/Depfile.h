//===- Depfile.h - what a build must look at before a rerun ------*- C++ -*-===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include <set>
#include <string>

namespace handrail::tool {

/// A rule in the syntax of Make, as compilers write it (`-MMD -MP`): \p Target depends on
/// \p Inputs, each of which may go away. Make and Ninja read it. Line feeds in names
/// cannot be written there, and such inputs are left out.
std::string depfileText(llvm::StringRef Target, const std::set<std::string> &Inputs);

/// What FILE is about when nothing else is said: `units.stamp` for `units.stamp.d`.
/// Empty when the name does not tell.
llvm::StringRef depfileTarget(llvm::StringRef File);

} // namespace handrail::tool
