//===- Verify.h - the invariants of a unit, with places ----------*- C++ -*-===//
//
// `verify` in Unit.h for the users inside lib/IR: the parser wants the place to
// point at the text, the binary reader wants memory safety alone. Internal.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"

namespace handrail::ir {

/// A broken invariant: what, and where as far as it lies in a function. Op is
/// the number of operations of the block for its terminator.
struct Broken {
  std::string What;
  uint32_t Function = None, Block = None, Op = None;
};

/// Everything that makes using a unit safe: indexes, counts, kinds.
std::optional<Broken> verifyStructure(const Unit &U);

/// Temporaries are defined on every path that reaches a use. \p U must have
/// passed verifyStructure.
std::optional<Broken> verifyDefinitions(const Unit &U);

} // namespace handrail::ir
