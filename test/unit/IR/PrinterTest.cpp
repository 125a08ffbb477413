//===- PrinterTest.cpp - the text form round-trips -------------*- C++ -*-===//

#include "lib/IR/Printer.h"
#include "lib/IR/OpInfo.h"
#include "test/unit/IR/TestUnits.h"
#include <gmock/gmock.h>
#include <set>

using namespace handrail::ir;
using testing::HasSubstr;

TEST(Printer, PrintsWhatItWasReadFrom) { EXPECT_EQ(printed(parsed(richText())), richText().str()); }

TEST(Printer, ParsingWhatIsPrintedGivesTheSameUnit) {
  Unit U = parsed(richText());
  EXPECT_TRUE(parsed(printed(U)) == U);
}

// The test unit is only worth something while it holds everything.
TEST(Printer, TheTestUnitHoldsEveryConstruct) {
  Unit U = parsed(richText());
  std::set<OpKind> Ops;
  std::set<TermKind> Terminators;
  std::set<OperandKind> Operands;
  std::set<TypeKind> Types;
  std::set<CaptureKind> Captures;
  std::set<RewriteKind> Rewrites;
  std::set<Linkage> Linkages;
  std::set<SpecialMember> Specials;
  std::set<uint32_t> Casts;
  unsigned Flags = 0;
  for (const Type &T : U.Types)
    Types.insert(T.Kind);
  for (const Symbol &S : U.Symbols)
    Linkages.insert(S.Link);
  for (const Record &R : U.Records)
    Specials.insert({R.CopyCtor, R.MoveCtor, R.CopyAssign, R.MoveAssign});
  for (const Function &F : U.Functions) {
    for (const ClosureInfo &C : F.Closures)
      for (const LambdaCapture &L : C.Captures)
        Captures.insert(L.Kind);
    for (const Rewrite &R : F.Rewrites)
      Rewrites.insert(R.Kind);
    for (const Block &B : F.Blocks) {
      for (const Op &O : B.Ops) {
        Ops.insert(O.Kind);
        Flags |= O.Flags;
        if (O.Kind == OpKind::Cast)
          Casts.insert(O.Aux);
        for (const Operand &V : O.Operands)
          Operands.insert(V.Kind);
      }
      Terminators.insert(B.Term.Kind);
      Operands.insert(B.Term.Value.Kind);
    }
  }
  EXPECT_EQ(Ops.size(), NumOpKinds);
  EXPECT_EQ(Terminators.size(), size_t(TermKind::Unreachable) + 1);
  EXPECT_EQ(Operands.size(), size_t(OperandKind::String) + 1);
  EXPECT_EQ(Types.size(), size_t(TypeKind::Other) + 1);
  EXPECT_EQ(Captures.size(), size_t(CaptureKind::Init) + 1);
  EXPECT_EQ(Rewrites.size(), size_t(RewriteKind::CaptureWeakly) + 1);
  EXPECT_EQ(Linkages.size(), size_t(Linkage::Weak) + 1);
  EXPECT_EQ(Specials.size(), size_t(SpecialMember::User) + 1);
  EXPECT_EQ(Casts.size(), size_t(CastKind::Pointer) + 1);
  EXPECT_EQ(Flags, 255u);
}

TEST(Printer, NumbersOfTablesLeaveNoTrace) {
  Unit U = parsed("define @f(x : i32) -> i32 {\n  %0 = load &x\n  return %0\n}\n");
  Unit V = U;
  UnitBuilder B(V);
  // Entries that nothing needs, and a second copy of one that is needed.
  B.string("unused");
  V.Strings.push_back("x");
  V.Functions[0].Locals[0].Name = V.Strings.size() - 1;
  V.Types.push_back(V.Types[V.Functions[0].Locals[0].Ty]);
  V.Functions[0].Blocks[0].Ops[0].Ty = V.Types.size() - 1;
  EXPECT_EQ(printed(V), printed(U));
  EXPECT_TRUE(U == V);
}

TEST(Printer, LeavesOutTypesThatFollowFromTheOperands) {
  std::string Text = printed(parsed("define @f(x : ptr<i32>) -> i32 {\n"
                                    "  %0 = load &x : ptr<i32>\n"
                                    "  %1 = load %0 : i32\n"
                                    "  %2 = load %0 : u8\n"
                                    "  return %1\n"
                                    "}\n"));
  EXPECT_THAT(Text, HasSubstr("%0 = load &x !"));
  EXPECT_THAT(Text, HasSubstr("%1 = load %0 !"));
  EXPECT_THAT(Text, HasSubstr("%2 = load %0 : u8 !"));
}

TEST(Printer, LocationsAreAsShortAsTheyCanBe) {
  std::string Text = printed(parsed("unit \"a.c\"\nfile \"a.c\" file \"b.h\"\n"
                                    "define @f() !1:1 end !9:1 {\n"
                                    "  %0 = copy 1 !3:4-3:4~0:3:4\n"
                                    "  %1 = copy 1 !0:3:4-3:9~3:4\n"
                                    "  %2 = copy 1 !0:3:4-5:4\n"
                                    "  %3 = copy 1 !1:3:4~0:8:1\n"
                                    "  %4 = copy 1 !1:3:4-4~1:8:1\n"
                                    "  %5 = copy 1 !0\n"
                                    "  return !0:0\n"
                                    "}\n"));
  for (const char *Line : {"%0 = copy 1 !3:4\n", "%1 = copy 1 !3:4-9\n", "%2 = copy 1 !3:4-5:4\n",
                           "%3 = copy 1 !1:3:4~0:8:1\n", "%4 = copy 1 !1:3:4~8:1\n",
                           "%5 = copy 1 !0\n", "return !0\n"})
    EXPECT_THAT(Text, HasSubstr(Line));
}

TEST(Printer, OneFunctionAndOneOperation) {
  Unit U = parsed("unit \"a.c\"\n"
                  "define @f(fd : i32 !1:7) -> i32 !1:5 end !4:1 {\n"
                  "  %0 = load &fd !2:10\n"
                  "  return %0 !3:3\n"
                  "}\n");
  std::string Function, Operation;
  llvm::raw_string_ostream FunctionOS(Function), OperationOS(Operation);
  print(U, U.Functions[0], FunctionOS);
  print(U, U.Functions[0], U.Functions[0].Blocks[0].Ops[0], OperationOS);
  EXPECT_EQ(Function, "define @f(fd : i32 !1:7) !1:5 end !4:1 {\n"
                      "bb0:\n"
                      "  %0 = load &fd !2:10\n"
                      "  return %0 !3:3\n"
                      "}\n");
  EXPECT_EQ(Operation, "%0 = load &fd : i32 !2:10");
}
