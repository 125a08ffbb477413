//===- Link.cpp - units to one program ------------------------------------===//

#include "lib/Link/Link.h"
#include "lib/Link/Compact.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/xxhash.h"

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

} // namespace

Linker::Shape Linker::shapeOf(const Function &F) {
  llvm::SmallVector<uint64_t, 128> Words{F.Blocks.size(), F.Locals.size(), F.NumTemps};
  uint64_t Size = 0;
  for (const Block &B : F.Blocks) {
    Size += B.Ops.size();
    Words.append({B.Ops.size(), uint64_t(B.Term.Kind), B.Term.Succs.size()});
    for (const Op &O : B.Ops) {
      Words.append({uint64_t(O.Kind), O.Flags, O.Operands.size()});
      for (const Operand &X : O.Operands)
        Words.append({uint64_t(X.Kind), X.isInt() ? uint64_t(X.Value) : 0});
    }
  }
  llvm::ArrayRef<uint8_t> Bytes(reinterpret_cast<const uint8_t *>(Words.data()),
                                Words.size() * sizeof(uint64_t));
  return {Size, llvm::xxh3_64bits(Bytes)};
}

/// \p By, in the unit that is being added, takes the place of \p D.
void Linker::replace(Definition &D, Definition By) {
  llvm::erase_if(Program.Units[D.Unit]->Functions,
                 [&](const Function &X) { return X.Sym == D.Symbol; });
  D = std::move(By);
  OfLast.push_back(&D);
  ++Program.Merged;
}

/// Gives \p S of the unit that is being added a name of its own, for another build of the
/// same file has one with other contents.
void Linker::setApart(Symbol &S) {
  S.Link = Linkage::Internal;
  S.Usr += "#" + std::to_string(Program.Units.size());
}

/// True when \p F, known to its file alone, stays in \p U.
bool Linker::keepsStatic(Unit &U, Function &F) {
  auto Before = MainFiles.find(U.MainFile);
  if (Before == MainFiles.end())
    return true;
  Symbol &S = U.Symbols[F.Sym];
  const Unit &First = *Program.Units[Before->second];
  auto Same = llvm::find_if(First.Functions,
                            [&](const Function &X) { return First.Symbols[X.Sym].Usr == S.Usr; });
  if (Same != First.Functions.end() && shapeOf(*Same) == shapeOf(F)) {
    ++Program.Merged;
    return false;
  }
  setApart(S);
  return true;
}

/// True when \p F stays in \p U, which is about to become the next unit.
bool Linker::keeps(Unit &U, Function &F) {
  Symbol &S = U.Symbols[F.Sym];
  std::string Usr = S.Usr;
  bool InHeader = S.Link == Linkage::Internal && fileOf(U, F.Loc) != U.MainFile;
  if (S.Link == Linkage::Internal) {
    if (!InHeader)
      return keepsStatic(U, F);
    // A copy in every unit that includes the header: one function to us.
    llvm::StringRef Name = Usr;
    Name.consume_back("@" + U.MainFile);
    Usr = (Name + "@" + fileOf(U, F.Loc)).str();
  }
  Definition Here{Program.Units.size(), F.Sym, placeOf(U, F.Loc), shapeOf(F)};
  auto [It, New] = Definitions.try_emplace(Usr, Here);
  Definition &First = It->second;
  if (InHeader && First.Body != Here.Body)
    return true; // with other macros another function, and a name of this unit alone
  if (InHeader) {
    S.Link = Linkage::Inline;
    S.Usr = Usr;
  }
  if (New) {
    OfLast.push_back(&First);
    return true;
  }
  if (First.Unit == Here.Unit)
    return false; // an identity that stands twice in one unit
  Symbol &Other = Program.Units[First.Unit]->Symbols[First.Symbol];
  auto MayRepeat = [](const Symbol &X) {
    return X.Link == Linkage::Inline || X.Link == Linkage::Weak;
  };
  if (MayRepeat(Other) && (!MayRepeat(S) || First.Body < Here.Body)) {
    replace(First, std::move(Here));
    return true;
  }
  const bool SamePlace = First.Place == Here.Place;
  if (MayRepeat(Other) || MayRepeat(S) || (SamePlace && First.Body == Here.Body)) {
    ++Program.Merged;
    return false;
  }
  if (SamePlace) {
    setApart(S);
    return true;
  }
  if (!First.Ambiguous)
    Program.Notes.push_back((U.name(S) + " is defined at " + First.Place + " and at " + Here.Place +
                             ": to other units it has no body")
                                .str());
  First.Ambiguous = true;
  Other.Link = S.Link = Linkage::Internal;
  return keepsStatic(U, F);
}

void Linker::add(Unit U) {
  std::vector<Function> Kept;
  for (Function &F : U.Functions)
    if (keeps(U, F))
      Kept.push_back(std::move(F));
  MainFiles.try_emplace(U.MainFile, Program.Units.size());
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
