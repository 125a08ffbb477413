//===- Parser.h - Handle IR from text ----------------------------*- C++ -*-===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/Support/Error.h"

namespace handrail::ir {

/// Reads the text form. An error reads `name:line:col: error: …` and says what
/// was found and what was expected. What a person may leave out when writing by
/// hand: types of temporaries, locations (an operation then gets the line it
/// stands on in \p Name, so that findings on text IR can be read), symbols that
/// are only called, and `NumTemps`.
llvm::Expected<Unit> parseUnit(llvm::StringRef Text, llvm::StringRef Name);

} // namespace handrail::ir
