//===- FunctionRanges.h - where functions lie in a file -----------*- C++ -*-===//
//
// For excerpts: what is the whole function around a line? Found by looking at brackets,
// comments and literals, without a compiler, so a file of which nothing but its name is
// known will do. Macros may deceive it; nothing but what a reader is shown depends on
// the answer.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace handrail::report {

/// Lines count from 1. Invariant: First <= Body <= Last.
struct FunctionRange {
  uint32_t First = 0; ///< where the declaration starts
  uint32_t Body = 0;  ///< where the `{` stands
  uint32_t Last = 0;  ///< where the `}` stands
  std::string Name;   ///< as it is written before the parameters
};

/// The functions of a C or C++ file in their order; they do not overlap. O(size of text).
std::vector<FunctionRange> findFunctions(llvm::StringRef Text);

/// The one of \p Functions around \p Line, or null.
const FunctionRange *functionAround(const std::vector<FunctionRange> &Functions, uint32_t Line);

} // namespace handrail::report
