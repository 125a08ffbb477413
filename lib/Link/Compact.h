//===- Compact.h - units without what nobody needs ---------------*- C++ -*-===//
#pragma once

#include "lib/IR/Unit.h"

namespace handrail::link {

/// Drops the symbols and records that no function of \p U names, directly or
/// through others, and then the strings, types and locations nothing refers to.
/// What stays keeps its order. Variables and virtual methods stay: they tell other
/// units something. Returns by old SymbolId the new one, or ir::None.
std::vector<ir::SymbolId> dropUnused(ir::Unit &U);

} // namespace handrail::link
