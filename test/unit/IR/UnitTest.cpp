//===- UnitTest.cpp - tables and equality of units -------------*- C++ -*-===//

#include "lib/IR/Unit.h"
#include "lib/IR/OpInfo.h"
#include "test/unit/IR/TestUnits.h"
#include <gtest/gtest.h>

using namespace handrail::ir;

static Type intType(unsigned Bits, bool Signed = true) {
  Type T;
  T.Kind = TypeKind::Int;
  T.Bits = Bits;
  T.Signed = Signed;
  return T;
}

static Type pointerTo(TypeId Elem) {
  Type T;
  T.Kind = TypeKind::Pointer;
  T.Elem = Elem;
  return T;
}

TEST(UnitBuilder, KeepsEqualEntriesOnce) {
  Unit U;
  UnitBuilder B(U);
  EXPECT_EQ(B.string(""), 0u);
  EXPECT_EQ(B.string("a"), 1u);
  EXPECT_EQ(B.string("b"), 2u);
  EXPECT_EQ(B.string("a"), 1u);
  EXPECT_EQ(B.type(Type{}), 0u);
  TypeId I32 = B.type(intType(32)), U32 = B.type(intType(32, false));
  EXPECT_NE(I32, U32);
  EXPECT_EQ(B.type(intType(32)), I32);
  EXPECT_EQ(B.type(pointerTo(I32)), B.type(pointerTo(I32)));
  EXPECT_NE(B.type(pointerTo(I32)), B.type(pointerTo(U32)));
  EXPECT_EQ(B.file("/a.c", false), 0u);
  EXPECT_EQ(B.file("/b.h", true), 1u);
  EXPECT_EQ(B.file("/a.c", false), 0u);
  EXPECT_EQ(B.loc(SourceLoc{}), 0u);
  EXPECT_EQ(B.loc({0, 1, 2, 1, 5, 0, 1, 2}), 1u);
  EXPECT_EQ(B.loc({0, 1, 2, 1, 6, 0, 1, 2}), 2u);
  EXPECT_EQ(B.loc({0, 1, 2, 1, 5, 0, 1, 2}), 1u);
  EXPECT_EQ(verify(U), std::nullopt);
}

TEST(UnitBuilder, KnowsWhatTheUnitHeldBefore) {
  Unit U = parsed(richText());
  size_t Strings = U.Strings.size(), Types = U.Types.size(), Locs = U.Locs.size();
  UnitBuilder B(U);
  for (size_t I = 0; I < Strings; ++I)
    EXPECT_EQ(B.string(std::string(U.Strings[I])), I);
  for (size_t I = 0; I < Types; ++I)
    EXPECT_EQ(B.type(U.Types[I]), I);
  for (size_t I = 0; I < Locs; ++I)
    EXPECT_EQ(B.loc(U.Locs[I]), I);
  EXPECT_EQ(U.Strings.size() + U.Types.size() + U.Locs.size(), Strings + Types + Locs);
}

TEST(UnitBuilder, ResetsWhatAKindDoesNotHave) {
  Unit U;
  UnitBuilder B(U);
  Type T;
  T.Kind = TypeKind::Bool;
  T.Bits = 8;
  T.Signed = T.Variadic = T.Reference = true;
  T.Count = 3;
  T.Elem = B.type(intType(8));
  T.Record = 0;
  T.Params.push_back(0);
  Type Plain;
  Plain.Kind = TypeKind::Bool;
  EXPECT_EQ(B.type(T), B.type(Plain));
  EXPECT_EQ(verify(U), std::nullopt);
}

TEST(UnitBuilder, TypesNestedBeyondAllReasonBecomeOther) {
  Unit U;
  UnitBuilder B(U);
  TypeId T = B.type(intType(8));
  for (unsigned I = 1; I < MaxTypeDepth; ++I)
    T = B.type(pointerTo(T));
  EXPECT_EQ(U.Types[T].Kind, TypeKind::Pointer);
  EXPECT_EQ(U.Types[B.type(pointerTo(T))].Kind, TypeKind::Other);

  // Written out, each of these is twice as long as the one before.
  TypeId Twice = B.type(intType(8));
  unsigned Doublings = 0;
  while (U.Types[Twice].Kind != TypeKind::Other) {
    Type Fn;
    Fn.Kind = TypeKind::Function;
    Fn.Params = {Twice, Twice};
    Twice = B.type(Fn);
    ++Doublings;
  }
  EXPECT_EQ(Doublings, 12u); // 3 * 2^12 - 2 parts are the first above MaxTypeSize
  EXPECT_EQ(verify(U), std::nullopt);
}

TEST(Canonicalize, GivesEqualUnitsEqualTables) {
  // The same function, with the tables filled in another order.
  Unit A = parsed("define @f(x : i32) { local y : u8 return }");
  Unit B;
  UnitBuilder Builder(B);
  Builder.string("unused");
  Builder.string("y");
  Builder.type(intType(8, false));
  Builder.loc({0, 1, 26, 1, 26, 0, 1, 26});
  B.MainFile = A.MainFile;
  B.Files = A.Files;
  B.Symbols = A.Symbols;
  B.Functions = A.Functions;
  auto Type = [&](TypeId &Id) {
    handrail::ir::Type T = A.Types[Id];
    for (TypeId &P : T.Params)
      P = Builder.type(A.Types[P]);
    Id = Builder.type(T);
  };
  auto Loc = [&](LocId &Id) { Id = Builder.loc(A.Locs[Id]); };
  auto String = [&](StringId &Id) { Id = Builder.string(A.Strings[Id]); };
  Symbol &S = B.Symbols[0];
  String(S.Name), Type(S.Ty), Loc(S.Loc);
  Function &F = B.Functions[0];
  Loc(F.Loc), Loc(F.EndLoc), Loc(F.Blocks[0].Term.Loc);
  for (Local &L : F.Locals)
    String(L.Name), Type(L.Ty), Loc(L.Loc);

  ASSERT_EQ(verify(B), std::nullopt);
  EXPECT_NE(A.Strings, B.Strings);
  EXPECT_TRUE(A == B);
  EXPECT_NE(contentHash(A), contentHash(B));
  canonicalize(A);
  canonicalize(B);
  EXPECT_EQ(A.Strings, B.Strings);
  EXPECT_EQ(A.Types, B.Types);
  EXPECT_EQ(A.Locs, B.Locs);
  EXPECT_EQ(contentHash(A), contentHash(B));
}

TEST(Canonicalize, ChangesNothingTheSecondTime) {
  Unit Once = parsed(richText());
  Unit Twice = Once;
  canonicalize(Twice);
  EXPECT_EQ(Once.Strings, Twice.Strings);
  EXPECT_EQ(Once.Types, Twice.Types);
  EXPECT_EQ(Once.Locs, Twice.Locs);
  EXPECT_EQ(Once.Functions, Twice.Functions);
}

TEST(Unit, DiffersWhenAnythingInItDoes) {
  const Unit U = parsed(richText());
  auto Differs = [&](auto Change) {
    Unit V = U;
    Change(V);
    return !(U == V);
  };
  EXPECT_FALSE(Differs([](Unit &) {}));
  EXPECT_TRUE(Differs([](Unit &V) { V.MainFile += "x"; }));
  EXPECT_TRUE(Differs([](Unit &V) { V.HadErrors = !V.HadErrors; }));
  EXPECT_TRUE(Differs([](Unit &V) { V.Files[1].System = !V.Files[1].System; }));
  EXPECT_TRUE(Differs([](Unit &V) { V.Strings[1] += "x"; }));
  EXPECT_TRUE(Differs([](Unit &V) { ++V.Locs[1].EndCol; }));
  EXPECT_TRUE(Differs([](Unit &V) { V.Records[0].Trivial = !V.Records[0].Trivial; }));
  EXPECT_TRUE(Differs([](Unit &V) { V.Symbols[0].Attributes.pop_back(); }));
  EXPECT_TRUE(Differs([](Unit &V) { V.Functions[0].Blocks[0].Ops[0].Flags ^= OF_Macro; }));
  EXPECT_TRUE(Differs([](Unit &V) { std::swap(V.Functions[0], V.Functions[1]); }));
}

TEST(ContentHash, IsAFunctionOfTheUnit) {
  Unit U = parsed(richText());
  std::string Hash = contentHash(U);
  EXPECT_EQ(Hash.size(), 64u);
  EXPECT_EQ(Hash.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(contentHash(Unit(U)), Hash);
  U.Functions[0].Blocks[0].Ops[0].Flags ^= OF_Macro;
  EXPECT_NE(contentHash(U), Hash);
}

// The value stands here so that no change of the binary form passes unnoticed:
// BitcodeVersion goes up with it. A change of what the text means alters it, too.
TEST(ContentHash, IsTheSameOnEveryMachine) {
  EXPECT_EQ(contentHash(parsed(richText())),
            "c6b7a2d8a7f2ad906fbf1bf0e7901f5b5d9ee1cd6fc4d5563ab689cc991e3feb");
}
