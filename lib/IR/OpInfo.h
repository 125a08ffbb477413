//===- OpInfo.h - what every kind of operation has in common ----*- C++ -*-===//
//
// One table says how an operation is called in text, how many operands it takes
// and whether it has a result. Printer, parser, verifier and the binary form
// read it, so a new operation is a new row. Internal to lib/IR.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Op.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace handrail::ir {

enum class ResultRule : uint8_t { Never, Always, Maybe };

struct OpInfo {
  llvm::StringLiteral Name;
  uint8_t MinOperands, MaxOperands; ///< AnyOperands: no upper limit
  ResultRule Result;
};

inline constexpr uint8_t AnyOperands = 255;
inline constexpr unsigned NumOpKinds = unsigned(OpKind::Threw) + 1;

const OpInfo &opInfo(OpKind K);

/// The operation called \p Name. `vcall` is not in the table: it is a Call with
/// a flag.
std::optional<OpKind> opKindByName(llvm::StringRef Name);

inline bool isComparison(OpKind K) { return K >= OpKind::Eq && K <= OpKind::Ge; }

/// Words that stand between an opcode and its operands, one per flag that the
/// rest of the text does not show.
struct FlagWord {
  llvm::StringLiteral Word;
  OpFlags Flag;
};
llvm::ArrayRef<FlagWord> opFlagWords();

/// Words of CastKind; Value has the empty one.
llvm::ArrayRef<llvm::StringLiteral> castWords();

/// Words of RewriteKind.
llvm::ArrayRef<llvm::StringLiteral> rewriteWords();

/// Bounds that keep hostile input from costing much more than its size: nesting of
/// a type, parts of a type when written out, temporaries of a function and of all
/// functions of a unit.
inline constexpr unsigned MaxTypeDepth = 100;
inline constexpr unsigned MaxTypeSize = 10000;
inline constexpr uint32_t MaxTemps = 1u << 22;
inline constexpr uint32_t MaxUnitTemps = 1u << 26;

} // namespace handrail::ir
