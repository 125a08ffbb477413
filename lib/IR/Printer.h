//===- Printer.h - Handle IR as text -----------------------------*- C++ -*-===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::ir {

/// Prints all of \p U, which must be valid; `parseUnit` gives back an equal unit,
/// and printing that prints the same bytes. Linear.
void print(const Unit &U, llvm::raw_ostream &OS);

/// One function as it stands in the unit. Linear in the tables of \p U, too.
void print(const Unit &U, const Function &F, llvm::raw_ostream &OS);

/// One operation on a line of its own, without the line's end, for messages and
/// dumps: its type is always written, and identities that repeat in the unit are
/// not told apart. Linear in the locals of \p F.
void print(const Unit &U, const Function &F, const Op &O, llvm::raw_ostream &OS);

} // namespace handrail::ir
