//===- Paths.h - file names as people read them ------------------*- C++ -*-===//
//
// Inside the tool every path is absolute and lexically clean, so that paths can
// be compared as strings; reports show them relative to where the user stands.
// Symbolic links are left alone: a path stays the one the build system wrote.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace handrail {

/// \p Path made absolute against \p Directory (itself absolute), without `.`,
/// `..` and repeated separators.
std::string absolutePath(llvm::StringRef Path, llvm::StringRef Directory);

/// \p Path without `.`, `..` and repeated separators; a relative one stays relative.
std::string cleanPath(llvm::StringRef Path);

/// The working directory of the process; "/" when there is none any more.
std::string currentDirectory();

/// True when \p Path is \p Directory or lies below it. Both must be clean.
bool isBelow(llvm::StringRef Path, llvm::StringRef Directory);

/// \p Path relative to \p Directory when it lies below it, otherwise unchanged.
std::string displayPath(llvm::StringRef Path, llvm::StringRef Directory);

/// The deepest directory that holds all of \p Directories; empty for an empty list.
std::string commonDirectory(llvm::ArrayRef<std::string> Directories);

} // namespace handrail
