//===- BuildSystems.h - how to get a compilation database --------*- C++ -*-===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace handrail::tool {

/// What to do in a tree that has no compile_commands.json.
struct DatabaseAdvice {
  std::string BuildSystem;           ///< "CMake (CMakeLists.txt)"
  std::vector<std::string> Commands; ///< a shell's; a line that begins with # explains
};

/// One for every build system whose files lie in \p Root, the likeliest first.
std::vector<DatabaseAdvice> adviseDatabase(llvm::StringRef Root);

} // namespace handrail::tool
