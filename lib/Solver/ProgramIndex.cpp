//===- ProgramIndex.cpp - names and bodies across units -------------------===//

#include "lib/Solver/ProgramIndex.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

ProgramIndex::ProgramIndex(const Program &P, const model::ModelSet &Models) {
  llvm::StringMap<ProgSym> ByUsr;
  llvm::StringMap<uint32_t> NameIds;
  for (const Unit *U : P.Units) {
    UnitInfo Info;
    Info.U = U;
    for (const Symbol &S : U->Symbols) {
      // An internal name belongs to its unit, whatever the identity says.
      std::string Key = S.Usr;
      if (S.Link == Linkage::Internal)
        Key += "\n" + U->MainFile;
      auto [It, New] = ByUsr.try_emplace(Key, static_cast<ProgSym>(Symbols.size()));
      if (New) {
        SymbolInfo SI;
        SI.Usr = S.Usr;
        SI.U = U;
        SI.Sym = &S;
        SI.Models = Models.find(U->name(S));
        SI.CLibrary = S.Header && Models.isCLibraryHeader(U->str(S.Header));
        for (uint32_t M : SI.Models)
          SI.ModelWins |= Models.Functions[M].FromProject;
        Symbols.push_back(std::move(SI));
      }
      Info.Symbols.push_back(It->second);
    }
    Info.Strings.resize(U->Strings.size());
    auto NoteName = [&](StringId Id) {
      if (Info.Strings[Id])
        return;
      auto [It, New] = NameIds.try_emplace(U->str(Id), static_cast<uint32_t>(Names.size()));
      if (New)
        Names.push_back(U->str(Id).str());
      Info.Strings[Id] = It->second;
    };
    for (const Function &F : U->Functions) {
      SymbolInfo &SI = Symbols[Info.Symbols[F.Sym]];
      if (!SI.Body) { // the first definition wins; equal inline functions merge
        SI.Body = &F;
        SI.U = U;
        SI.Sym = &U->Symbols[F.Sym];
      }
      for (const Block &B : F.Blocks)
        for (const Op &O : B.Ops) {
          if (O.Kind == OpKind::Field || O.Kind == OpKind::Container)
            NoteName(O.Aux);
          for (const Operand &X : O.Operands)
            if (X.Kind == OperandKind::Func)
              Symbols[Info.Symbols[X.Index]].AddressTaken = true;
        }
    }
    ByUnit.emplace_back(U, static_cast<uint32_t>(Units.size()));
    Units.push_back(std::move(Info));
  }
  std::sort(ByUnit.begin(), ByUnit.end());
}

const ProgramIndex::UnitInfo &ProgramIndex::unit(const Unit *U) const {
  auto It = std::lower_bound(ByUnit.begin(), ByUnit.end(), std::pair<const Unit *, uint32_t>(U, 0));
  return Units[It->second];
}

} // namespace handrail::solver
