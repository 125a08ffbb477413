//===- ProgramIndex.cpp - names and bodies across units -------------------===//

#include "lib/Solver/ProgramIndex.h"
#include "lib/Solver/Libraries.h"
#include "lib/Solver/SummaryFile.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace handrail::ir;

namespace handrail::solver {

/// The record that a pointer type points to, or None.
static RecordId pointee(const Unit &U, TypeId Ty) {
  const Type &P = U.type(Ty);
  return P.Kind == TypeKind::Pointer && U.type(P.Elem).Kind == TypeKind::Record
             ? U.type(P.Elem).Record
             : None;
}

/// Names of first members that some cast goes up from: `(struct file *)stream`, where
/// a file begins with a stream.
static std::vector<StringId> downcastMembers(const Unit &U) {
  std::vector<StringId> Result;
  std::vector<TypeId> TypeOf;
  for (const Function &F : U.Functions) {
    TypeOf.assign(F.NumTemps, 0);
    for (const Block &B : F.Blocks)
      for (const Op &O : B.Ops) {
        if (O.Result != None)
          TypeOf[O.Result] = O.Ty;
        if (O.Kind != OpKind::Cast || static_cast<CastKind>(O.Aux) != CastKind::Pointer ||
            !O.Operands[0].isTemp())
          continue;
        RecordId Inner = pointee(U, TypeOf[O.Operands[0].Index]), Outer = pointee(U, O.Ty);
        if (Inner == None || Outer == None || U.Records[Outer].Fields.empty())
          continue;
        const Field &First = U.Records[Outer].Fields.front();
        if (U.type(First.Ty).Kind == TypeKind::Record && U.type(First.Ty).Record == Inner)
          Result.push_back(First.Name);
      }
  }
  return Result;
}

ProgramIndex::ProgramIndex(const Program &P, const model::ModelSet &Models) {
  llvm::StringMap<ProgSym> ByIdentity;
  llvm::StringMap<uint32_t> NameIds;
  std::vector<uint32_t> Leading;
  const Libraries Known(P, Models);
  for (const Unit *U : P.Units) {
    UnitInfo Info;
    Info.U = U;
    for (const Symbol &S : U->Symbols) {
      // An internal name belongs to its unit, whatever the identity says.
      std::string Key = S.Usr;
      if (S.Link == Linkage::Internal)
        Key += "\n" + U->MainFile;
      const bool Foreign = Known.isForeign(*U, S);
      if (Foreign)
        Key += "\nmodel";
      auto [It, New] = ByIdentity.try_emplace(Key, static_cast<ProgSym>(Symbols.size()));
      if (New) {
        SymbolInfo SI;
        SI.Identity = std::move(Key);
        SI.U = U;
        SI.Sym = &S;
        SI.Foreign = Foreign;
        SI.Models = Models.find(U->name(S));
        if (SI.Models.empty()) // attributes of one of several overloads
          SI.Models = Models.find(S.Usr);
        for (uint32_t M : SI.Models)
          SI.ModelWins |= Models.Functions[M].BeforeBody;
        Symbols.push_back(std::move(SI));
      } else if (SymbolInfo &SI = Symbols[It->second]; S.Init || !S.Values.empty()) {
        SI.U = U; // the unit that says what the variable starts with
        SI.Sym = &S;
      }
      // Whoever defines a function of the C library stands in for it.
      SymbolInfo &SI = Symbols[It->second];
      SI.CLibrary |= S.Header && Models.isCLibraryHeader(U->str(S.Header));
      SI.ModelWins |= SI.CLibrary && !SI.Models.empty();
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
    auto Takes = [&](const Operand &V) {
      if (V.Kind == OperandKind::Func)
        Symbols[Info.Symbols[V.Index]].AddressTaken = true;
    };
    for (const Symbol &S : U->Symbols) {
      Takes(S.Init);
      for (const InitialValue &V : S.Values) {
        Takes(V.Value);
        for (const InitialStep &Step : V.Steps)
          if (Step.Field)
            NoteName(Step.Field);
      }
    }
    for (const Function &F : U->Functions) {
      SymbolInfo &SI = Symbols[Info.Symbols[F.Sym]];
      if (!SI.Body) { // the first definition wins; equal inline functions merge
        SI.Body = &F;
        SI.U = U;
        SI.Sym = &U->Symbols[F.Sym];
      }
      for (const ClosureInfo &C : F.Closures)
        for (const LambdaCapture &L : C.Captures) {
          Takes(L.Value);
          NoteName(L.Name);
        }
      for (const Block &B : F.Blocks) {
        for (const Op &O : B.Ops) {
          if (O.Kind == OpKind::Field || O.Kind == OpKind::Container)
            NoteName(O.Aux);
          llvm::for_each(O.Operands, Takes);
        }
        Takes(B.Term.Value);
      }
    }
    if (P.Told && U == &P.Told->Names)
      llvm::for_each(P.Told->Members, NoteName);
    for (StringId Name : downcastMembers(*U))
      if (auto It = NameIds.find(U->str(Name)); It != NameIds.end())
        Leading.push_back(It->second);
    ByUnit.emplace_back(U, static_cast<uint32_t>(Units.size()));
    Units.push_back(std::move(Info));
  }
  std::sort(ByUnit.begin(), ByUnit.end());
  if (P.Told) {
    ToldDigest = P.Told->Digest;
    for (const auto &[Id, Sum] : P.Told->Functions) {
      SymbolInfo &SI = Symbols[unit(&P.Told->Names).Symbols[Id]];
      SI.Told = !SI.Body && SI.Models.empty() && !SI.CLibrary;
    }
  }
  LeadingMember.resize(Names.size());
  for (uint32_t Name : Leading)
    LeadingMember[Name] = true;
}

std::vector<ProgSym> ProgramIndex::reachableFrom(ProgSym Table) const {
  std::vector<ProgSym> Work{Table};
  llvm::DenseSet<ProgSym> Seen{Table};
  for (size_t K = 0; K < Work.size(); ++K) {
    const SymbolInfo &SI = Symbols[Work[K]];
    if (SI.Sym->IsFunction || !SI.Sym->Const)
      continue;
    const UnitInfo &Names = unit(SI.U);
    auto Visit = [&](const Operand &V) {
      if (V.Kind != OperandKind::Func && V.Kind != OperandKind::Global)
        return;
      if (ProgSym S = Names.Symbols[V.Index]; Seen.insert(S).second)
        Work.push_back(S);
    };
    Visit(SI.Sym->Init);
    for (const InitialValue &V : SI.Sym->Values)
      Visit(V.Value);
  }
  return Work;
}

const ProgramIndex::UnitInfo &ProgramIndex::unit(const Unit *U) const {
  auto It = std::lower_bound(ByUnit.begin(), ByUnit.end(), std::pair<const Unit *, uint32_t>(U, 0));
  return Units[It->second];
}

} // namespace handrail::solver
