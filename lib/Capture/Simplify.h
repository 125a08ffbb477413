//===- Simplify.h - tidying a lowered function -------------------*- C++ -*-===//
#pragma once

#include "lib/IR/Unit.h"

namespace handrail::capture {

/// Brings \p F into the form the IR promises, without changing what it does:
/// branches on a value that was only just decided become branches where it was
/// decided; operations without effect whose result nobody uses disappear; blocks
/// are the reachable ones in reverse post-order, joined where one follows the
/// other; temporaries are numbered in order and written before they are read.
/// Calls whose result is unused are marked. Near linear.
void simplify(ir::Function &F);

} // namespace handrail::capture
