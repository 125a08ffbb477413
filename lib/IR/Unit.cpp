//===- Unit.cpp - tables of a unit, and when two units are equal -*- C++ -*-===//
//
// Strings, locations and types live in tables so that operations stay small. The
// numbers carry no meaning: capture hands them out as it meets things, the parser
// in the order of the text. `canonicalize` is the common form of all such
// numberings, and equality is defined through it.
//
//===----------------------------------------------------------------------===//

#include "lib/IR/Unit.h"
#include "lib/IR/OpInfo.h"
#include "llvm/ADT/Hashing.h"
#include <algorithm>

namespace handrail::ir {

//===- UnitBuilder ---------------------------------------------------------===//

/// DenseMap keeps the two highest keys for itself.
static uint64_t key(llvm::hash_code H) { return uint64_t(size_t(H)) >> 2; }

static uint64_t hashOf(const SourceLoc &L) {
  return key(llvm::hash_combine(L.File, L.Line, L.Col, L.EndLine, L.EndCol, L.SpellFile,
                                L.SpellLine, L.SpellCol));
}

static uint64_t hashOf(const Type &T) {
  return key(llvm::hash_combine(unsigned(T.Kind), T.Signed, T.Const, T.Variadic, T.Reference,
                                T.Bits, T.Elem, T.Record, T.Count, T.Name,
                                llvm::hash_combine_range(T.Params.begin(), T.Params.end())));
}

/// The id of \p X in \p Table, appended when it is not there yet. The indexed
/// entries of \p Table are those \p Ids names; nothing is ever taken out, so
/// walking from the hash to the first free key finds every equal entry.
template <class T>
static uint32_t intern(T X, std::vector<T> &Table, llvm::DenseMap<uint64_t, uint32_t> &Ids) {
  for (uint64_t Key = hashOf(X);; ++Key) {
    auto [It, New] = Ids.try_emplace(Key, uint32_t(Table.size()));
    if (New)
      Table.push_back(std::move(X));
    else if (!(Table[It->second] == X))
      continue;
    return It->second;
  }
}

template <class T>
static void indexTable(const std::vector<T> &Table, llvm::DenseMap<uint64_t, uint32_t> &Ids) {
  for (uint32_t Id = 0; Id < Table.size(); ++Id)
    for (uint64_t Key = hashOf(Table[Id]);; ++Key) {
      auto [It, New] = Ids.try_emplace(Key, Id);
      if (New || Table[It->second] == Table[Id])
        break;
    }
}

UnitBuilder::UnitBuilder(Unit &U) : U(U) {
  for (StringId I = 0; I < U.Strings.size(); ++I)
    StringIds.try_emplace(U.Strings[I], I);
  for (uint32_t I = 0; I < U.Files.size(); ++I)
    FileIds.try_emplace(U.Files[I].Path, I);
  indexTable(U.Locs, LocIds);
  indexTable(U.Types, TypeIds);
  for (const Type &T : U.Types)
    Extents.push_back(extent(T));
}

StringId UnitBuilder::string(llvm::StringRef S) {
  auto [It, New] = StringIds.try_emplace(S, StringId(U.Strings.size()));
  if (New)
    U.Strings.push_back(S.str());
  return It->second;
}

uint32_t UnitBuilder::file(llvm::StringRef Path, bool System) {
  auto [It, New] = FileIds.try_emplace(Path, uint32_t(U.Files.size()));
  if (New)
    U.Files.push_back({Path.str(), System});
  return It->second;
}

LocId UnitBuilder::loc(const SourceLoc &L) { return intern(L, U.Locs, LocIds); }

UnitBuilder::Extent UnitBuilder::extent(const Type &T) const {
  Extent E;
  auto Add = [&](TypeId Id) {
    if (Id >= Extents.size())
      return;
    E.Size = std::min(E.Size + Extents[Id].Size, MaxTypeSize + 1);
    E.Depth = std::max(E.Depth, Extents[Id].Depth + 1);
  };
  if (T.Kind == TypeKind::Pointer || T.Kind == TypeKind::Array || T.Kind == TypeKind::Function)
    Add(T.Elem);
  for (TypeId P : T.Params)
    Add(P);
  return E;
}

TypeId UnitBuilder::type(Type T) {
  bool HasElem = T.Kind == TypeKind::Pointer || T.Kind == TypeKind::Array;
  bool IsFunction = T.Kind == TypeKind::Function;
  if (T.Kind != TypeKind::Int)
    T.Signed = false;
  if (T.Kind != TypeKind::Int && T.Kind != TypeKind::Float)
    T.Bits = 0;
  if (!HasElem && !IsFunction)
    T.Elem = 0;
  if (!IsFunction) {
    T.Variadic = false;
    T.Params.clear();
  }
  if (T.Kind != TypeKind::Pointer)
    T.Reference = false;
  if (T.Kind != TypeKind::Array)
    T.Count = 0;
  if (T.Kind != TypeKind::Record)
    T.Record = None;
  Extent E = extent(T);
  if (E.Size > MaxTypeSize || E.Depth > MaxTypeDepth) {
    Type Other;
    Other.Kind = TypeKind::Other;
    Other.Const = T.Const;
    Other.Name = T.Name;
    T = std::move(Other);
    E = Extent();
  }
  TypeId Id = intern(std::move(T), U.Types, TypeIds);
  if (Id == Extents.size())
    Extents.push_back(E);
  return Id;
}

//===- Canonical form ------------------------------------------------------===//

namespace {
/// Moves the entries that a unit refers to into fresh tables, each when it is
/// first met.
class Renumbering {
public:
  explicit Renumbering(Unit &U) : Old(U), Builder(New) {
    Strings.assign(U.Strings.size(), None);
    Locs.assign(U.Locs.size(), None);
    Types.assign(U.Types.size(), None);
  }

  void string(StringId &Id) {
    if (Strings[Id] == None)
      Strings[Id] = Builder.string(Old.Strings[Id]);
    Id = Strings[Id];
  }
  void loc(LocId &Id) {
    if (Locs[Id] == None)
      Locs[Id] = Builder.loc(Old.Locs[Id]);
    Id = Locs[Id];
  }
  // Recursion is bounded by MaxTypeDepth.
  void type(TypeId &Id) {
    if (Types[Id] == None) {
      Type T = Old.Types[Id];
      string(T.Name);
      type(T.Elem);
      for (TypeId &P : T.Params)
        type(P);
      Types[Id] = Builder.type(std::move(T));
    }
    Id = Types[Id];
  }
  void operand(Operand &O) {
    if (O.Kind == OperandKind::String)
      string(O.Index);
  }

  void run() {
    // `void` has no parts, so this ends the recursion for everything else.
    Types[0] = 0;
    for (Record &R : Old.Records)
      record(R);
    for (Symbol &S : Old.Symbols)
      symbol(S);
    for (Function &F : Old.Functions)
      function(F);
    Old.Strings = std::move(New.Strings);
    Old.Locs = std::move(New.Locs);
    Old.Types = std::move(New.Types);
    Old.Strings.shrink_to_fit();
    Old.Locs.shrink_to_fit();
    Old.Types.shrink_to_fit();
  }

private:
  void record(Record &R) {
    string(R.Name);
    for (TypeId &B : R.Bases)
      type(B);
    loc(R.Loc);
    for (Field &F : R.Fields) {
      string(F.Name);
      type(F.Ty);
      loc(F.Loc);
    }
  }
  void symbol(Symbol &S) {
    type(S.Ty);
    string(S.Name);
    string(S.Header);
    operand(S.Init);
    for (InitialValue &V : S.Values) {
      for (InitialStep &Step : V.Steps)
        string(Step.Field);
      operand(V.Value);
    }
    loc(S.Loc);
  }
  void function(Function &F) {
    loc(F.Loc);
    loc(F.EndLoc);
    for (Local &L : F.Locals) {
      string(L.Name);
      type(L.Ty);
      loc(L.Loc);
    }
    for (ClosureInfo &C : F.Closures) {
      loc(C.Loc);
      for (LambdaCapture &L : C.Captures) {
        string(L.Name);
        operand(L.Value);
        type(L.Ty);
        loc(L.Loc);
      }
    }
    for (Rewrite &R : F.Rewrites) {
      loc(R.About);
      for (TextEdit &E : R.Edits)
        string(E.Text);
    }
    for (Block &B : F.Blocks) {
      for (Op &O : B.Ops) {
        if (O.Kind == OpKind::Field || O.Kind == OpKind::Container)
          string(O.Aux);
        for (Operand &V : O.Operands)
          operand(V);
        type(O.Ty);
        loc(O.Loc);
      }
      operand(B.Term.Value);
      for (auto *Names : {&B.Term.Thrown, &B.Term.Catches})
        for (StringId &Name : *Names)
          string(Name);
      loc(B.Term.Loc);
    }
  }

  Unit &Old;
  Unit New;
  UnitBuilder Builder;
  std::vector<uint32_t> Strings, Locs, Types; ///< old id to new id, or None
};
} // namespace

void canonicalize(Unit &U) { Renumbering(U).run(); }

static bool sameTables(const Unit &A, const Unit &B) {
  return A.MainFile == B.MainFile && A.CPlusPlus == B.CPlusPlus && A.HadErrors == B.HadErrors &&
         A.Files == B.Files && A.Strings == B.Strings && A.Locs == B.Locs && A.Types == B.Types &&
         A.Records == B.Records && A.Symbols == B.Symbols && A.Functions == B.Functions;
}

bool Unit::operator==(const Unit &O) const {
  if (sameTables(*this, O))
    return true;
  Unit A = *this, B = O;
  canonicalize(A);
  canonicalize(B);
  return sameTables(A, B);
}

} // namespace handrail::ir
