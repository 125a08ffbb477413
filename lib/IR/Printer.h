//===- Printer.h - Handle IR as text -----------------------------*- C++ -*-===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::ir {

/// Prints all of \p U; `parseUnit` gives back an equal unit, and printing that
/// prints the same bytes.
void print(const Unit &U, llvm::raw_ostream &OS);
void print(const Unit &U, const Function &F, llvm::raw_ostream &OS);
void print(const Unit &U, const Function &F, const Op &O, llvm::raw_ostream &OS);

} // namespace handrail::ir
