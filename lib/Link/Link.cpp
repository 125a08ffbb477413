//===- Link.cpp - units to one program ------------------------------------===//

#include "lib/Link/Link.h"
#include "lib/Link/Compact.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace handrail::ir;

namespace handrail::link {

namespace {

llvm::StringRef fileOf(const Unit &U, LocId Loc) {
  const SourceLoc &L = U.loc(Loc);
  return L.File < U.Files.size() ? llvm::StringRef(U.Files[L.File].Path) : "";
}

std::string placeOf(const Unit &U, LocId Loc) {
  const SourceLoc &L = U.loc(Loc);
  return (fileOf(U, Loc) + ":" + llvm::Twine(L.Line) + ":" + llvm::Twine(L.Col)).str();
}

/// Equal for equal bodies of one piece of source text, whatever their units number.
uint64_t shapeOf(const Function &F) {
  llvm::hash_code Hash = llvm::hash_combine(F.Blocks.size(), F.Locals.size(), F.NumTemps);
  for (const Block &B : F.Blocks) {
    Hash = llvm::hash_combine(Hash, B.Ops.size(), B.Term.Kind, B.Term.Succs.size());
    for (const Op &O : B.Ops) {
      Hash = llvm::hash_combine(Hash, O.Kind, O.Flags, O.Operands.size());
      for (const Operand &X : O.Operands)
        Hash = llvm::hash_combine(Hash, X.Kind, X.isInt() ? X.Value : 0);
    }
  }
  return Hash;
}

} // namespace

/// True when \p F stays in \p U, which is about to become the next unit.
bool Linker::keeps(Unit &U, Function &F) {
  Symbol &S = U.Symbols[F.Sym];
  std::string Usr = S.Usr;
  bool InHeader = S.Link == Linkage::Internal && fileOf(U, F.Loc) != U.MainFile;
  if (S.Link == Linkage::Internal) {
    if (!InHeader)
      return true;
    // A copy in every unit that includes the header: one function to us.
    llvm::StringRef Name = Usr;
    Name.consume_back("@" + U.MainFile);
    Usr = (Name + "@" + fileOf(U, F.Loc)).str();
  }
  auto [It, New] = Definitions.try_emplace(
      Usr, Definition{Program.Units.size(), F.Sym, placeOf(U, F.Loc), shapeOf(F)});
  Definition &First = It->second;
  if (InHeader && First.Shape != shapeOf(F))
    return true; // with other macros another function, and a name of this unit alone
  if (InHeader) {
    S.Link = Linkage::Inline;
    S.Usr = Usr;
  }
  if (New) {
    OfLast.push_back(&First);
    return true;
  }
  bool Same =
      S.Link == Linkage::Inline || S.Link == Linkage::Weak || First.Place == placeOf(U, F.Loc);
  if (Same) {
    ++Program.Merged;
    return false;
  }
  Unit &Before = *Program.Units[First.Unit];
  Symbol &Other = Before.Symbols[First.Symbol];
  if (Other.Link == Linkage::Weak) {
    // A strong definition replaces a weak one.
    llvm::erase_if(Before.Functions, [&](const Function &X) { return X.Sym == First.Symbol; });
    First = {Program.Units.size(), F.Sym, placeOf(U, F.Loc), shapeOf(F)};
    OfLast.push_back(&First);
    ++Program.Merged;
    return true;
  }
  if (!First.Ambiguous)
    Program.Notes.push_back((U.name(S) + " is defined at " + First.Place + " and at " +
                             placeOf(U, F.Loc) + ": to other units it has no body")
                                .str());
  First.Ambiguous = true;
  Other.Link = S.Link = Linkage::Internal;
  return true;
}

void Linker::add(Unit U) {
  std::vector<Function> Kept;
  for (Function &F : U.Functions)
    if (keeps(U, F))
      Kept.push_back(std::move(F));
  Kept.shrink_to_fit();
  U.Functions = std::move(Kept);
  std::vector<SymbolId> NewIds = dropUnused(U);
  for (Definition *D : OfLast)
    D->Symbol = NewIds[D->Symbol];
  OfLast.clear();
  Program.Units.push_back(std::make_unique<Unit>(std::move(U)));
}

LinkedProgram Linker::finish() {
  llvm::sort(Program.Notes);
  Definitions.clear();
  return std::exchange(Program, {});
}

} // namespace handrail::link
