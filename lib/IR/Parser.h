//===- Parser.h - Handle IR from text ----------------------------*- C++ -*-===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/Support/Error.h"

namespace handrail::ir {

/// Reads the text form; docs/ir.md is its reference. An error reads
/// `name:line:col: error: …` and says what was found and what was expected. What a
/// person may leave out when writing by hand: types that follow from operands,
/// locations (an operation then gets the line it stands on in \p Name, so that
/// findings on text IR can be read), functions that are only called, the label of
/// the first block. The unit is valid and canonical. Linear.
llvm::Expected<Unit> parseUnit(llvm::StringRef Text, llvm::StringRef Name);

} // namespace handrail::ir
