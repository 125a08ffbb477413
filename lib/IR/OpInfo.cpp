//===- OpInfo.cpp - what every kind of operation has in common -*- C++ -*-===//

#include "lib/IR/OpInfo.h"
#include "llvm/ADT/STLExtras.h"

namespace handrail::ir {

static constexpr ResultRule Never = ResultRule::Never, Always = ResultRule::Always,
                            Maybe = ResultRule::Maybe;

// In the order of OpKind.
// clang-format off: a table
static constexpr OpInfo Infos[] = {
    {"copy", 1, 1, Always},
    {"load", 1, 1, Always},
    {"store", 2, 2, Never},
    {"copymem", 2, 2, Never},
    {"zero", 1, 1, Never},
    {"havoc", 1, 1, Never},
    {"field", 1, 1, Always},
    {"container", 1, 1, Always},
    {"index", 2, 2, Always},
    {"add", 2, 2, Always},
    {"sub", 2, 2, Always},
    {"mul", 2, 2, Always},
    {"div", 2, 2, Always},
    {"rem", 2, 2, Always},
    {"and", 2, 2, Always},
    {"or", 2, 2, Always},
    {"xor", 2, 2, Always},
    {"shl", 2, 2, Always},
    {"shr", 2, 2, Always},
    {"eq", 2, 2, Always},
    {"ne", 2, 2, Always},
    {"lt", 2, 2, Always},
    {"le", 2, 2, Always},
    {"gt", 2, 2, Always},
    {"ge", 2, 2, Always},
    {"not", 1, 1, Always},
    {"neg", 1, 1, Always},
    {"bitnot", 1, 1, Always},
    {"cast", 1, 1, Always},
    {"call", 0, AnyOperands, Maybe},
    {"new", 0, 0, Always},
    {"delete", 1, 1, Never},
    {"closure", 0, 0, Always},
    {"decl", 1, 1, Never},
    {"end", 1, 1, Never},
    {"escape", 1, AnyOperands, Never},
    {"await", 1, 1, Maybe},
    {"threw", 0, 0, Always},
};
// clang-format on
static_assert(std::size(Infos) == NumOpKinds, "one row per OpKind");

static constexpr FlagWord Flags[] = {
    {"unsigned", OF_Unsigned},   {"array", OF_Array},       {"implicit", OF_Implicit},
    {"discarded", OF_Discarded}, {"noreturn", OF_NoReturn}, {"macro", OF_Macro},
};

static constexpr llvm::StringLiteral Casts[] = {"", "inttoptr", "ptrtoint", "pointer"};

const OpInfo &opInfo(OpKind K) { return Infos[unsigned(K)]; }

std::optional<OpKind> opKindByName(llvm::StringRef Name) {
  for (unsigned I = 0; I < NumOpKinds; ++I)
    if (Infos[I].Name == Name)
      return OpKind(I);
  return std::nullopt;
}

llvm::ArrayRef<FlagWord> opFlagWords() { return Flags; }
llvm::ArrayRef<llvm::StringLiteral> castWords() { return Casts; }

llvm::ArrayRef<llvm::StringLiteral> rewriteWords() {
  static constexpr llvm::StringLiteral Words[] = {"name", "parameter", "weak"};
  return Words;
}

} // namespace handrail::ir
