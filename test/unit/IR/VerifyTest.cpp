//===- VerifyTest.cpp - every invariant is looked at -----------*- C++ -*-===//

#include "lib/IR/OpInfo.h"
#include "lib/IR/Unit.h"
#include "test/unit/IR/TestUnits.h"
#include "llvm/ADT/Twine.h"
#include <functional>
#include <gtest/gtest.h>

using namespace handrail::ir;

static constexpr llvm::StringLiteral Text = "record @s { x : i32 }\n"
                                            "global @g : ptr<i32>\n"
                                            "declare @m : fn(ptr<rec @s>)\n"
                                            "define @f(p : ptr<rec @s>) -> i32 {\n"
                                            "  local y : i32\n"
                                            "  closure 0 @m { copy \"c\" = 1 : i32 }\n"
                                            "  decl &y\n"              // 0
                                            "  %0 = load &p\n"         // 1
                                            "  %1 = field %0, \"x\"\n" // 2
                                            "  store %1, 1\n"          // 3
                                            "  %2 = call @m(%0)\n"     // 4
                                            "  %3 = call %0()\n"       // 5
                                            "  %4 = cast %2 : i64\n"   // 6
                                            "  %5 = closure 0\n"       // 7
                                            "  escape %5\n"            // 8
                                            "  branch %4, a, b\n"
                                            "a: jump b\n"
                                            "b: switch %4, [1..2 -> a], default c\n"
                                            "c: return %2\n"
                                            "}\n";

struct Broken {
  const char *What;
  std::function<void(Unit &)> Break;
};

// Index 2 of the symbols is @f.
static std::vector<Broken> brokenTables() {
  return {
      {"string 0 must be the empty string", [](Unit &U) { U.Strings[0] = "x"; }},
      {"string 0 must be the empty string", [](Unit &U) { U.Strings.clear(); }},
      {"location 0 must be \"no location\"", [](Unit &U) { U.Locs[0].Line = 1; }},
      {"type 0 must be void", [](Unit &U) { U.Types[0].Const = true; }},
      {"location 1: file 7 does not exist (there are 1)", [](Unit &U) { U.Locs[1].File = 7; }},
      {"location 1: file 7 does not exist (there are 1)", [](Unit &U) { U.Locs[1].SpellFile = 7; }},
      {"type 1: has an unknown kind", [](Unit &U) { U.Types[1].Kind = TypeKind(99); }},
      {"type 1: string 99 does not exist (there are 9)", [](Unit &U) { U.Types[1].Name = 99; }},
      {"type 1: sets a member that its kind does not have",
       [](Unit &U) { U.Types[1].Variadic = true; }},
      {"type 1: sets a member that its kind does not have", [](Unit &U) { U.Types[1].Elem = 1; }},
      {"type 2: its part, type 2, must stand before it", [](Unit &U) { U.Types[2].Elem = 2; }},
      {"type 3: record 5 does not exist (there are 1)", [](Unit &U) { U.Types[3].Record = 5; }},
      {"record 0 (s): name 99 does not exist (there are 9)",
       [](Unit &U) { U.Records[0].Name = 99; }},
      {"record 0 (s): destructor 0 is a variable, not a function",
       [](Unit &U) { U.Records[0].Destructor = 0; }},
      {"record 0 (s): type 99 does not exist (there are 8)",
       [](Unit &U) { U.Records[0].Fields[0].Ty = 99; }},
      {"record 0 (s): type 99 does not exist (there are 8)",
       [](Unit &U) { U.Records[0].Bases.push_back(99); }},
      {"symbol 0 (g): record 1 does not exist (there are 1)",
       [](Unit &U) { U.Symbols[0].Parent = 1; }},
      {"symbol 1 (m): overridden method 9 does not exist (there are 3)",
       [](Unit &U) { U.Symbols[1].Overrides.push_back(9); }},
      {"symbol 1 (m): a function has no initialiser",
       [](Unit &U) { U.Symbols[1].Init = Operand::integer(0); }},
      {"symbol 0 (g): a temporary outside of a function",
       [](Unit &U) { U.Symbols[0].Init = Operand::temp(0); }},
      {"symbol 0 (g): a local outside of a function",
       [](Unit &U) { U.Symbols[0].Init = Operand::local(0); }},
      {"symbol 0 (g): global 1 is a function, not a variable",
       [](Unit &U) { U.Symbols[0].Init = Operand::global(1); }},
      {"symbol 0 (g): function 0 is a variable, not a function",
       [](Unit &U) { U.Symbols[0].Init = Operand::func(0); }},
      {"symbol 0 (g): an operand has an unknown kind",
       [](Unit &U) { U.Symbols[0].Init.Kind = OperandKind(8); }},
      {"symbol 1 (m): a function has no initialiser",
       [](Unit &U) { U.Symbols[1].Values = {{{{0, 1}}, Operand::undef()}}; }},
      {"symbol 0 (g): an initial value lies nowhere inside the variable",
       [](Unit &U) { U.Symbols[0].Values = {{{}, Operand::undef()}}; }},
      {"symbol 0 (g): member name 99 does not exist (there are 9)",
       [](Unit &U) { U.Symbols[0].Values = {{{{99, 0}}, Operand::undef()}}; }},
      {"symbol 0 (g): a step is a member or an element, not both",
       [](Unit &U) { U.Symbols[0].Values = {{{{1, 1}}, Operand::undef()}}; }},
      {"symbol 0 (g): an initial value is a function, a variable or unknown",
       [](Unit &U) { U.Symbols[0].Values = {{{{0, 1}}, Operand::integer(1)}}; }},
      {"symbol 0 (g): function 0 is a variable, not a function",
       [](Unit &U) { U.Symbols[0].Values = {{{{0, 1}}, Operand::func(0)}}; }},
      {"symbol 0 (g): an operand sets a member that its kind does not have",
       [](Unit &U) { U.Symbols[0].Init.Value = 1; }},
  };
}

static std::vector<Broken> brokenFunctions() {
  auto OpAt = [](Unit &U, size_t I) -> Op & { return U.Functions[0].Blocks[0].Ops[I]; };
  auto Term = [](Unit &U, size_t B) -> Terminator & { return U.Functions[0].Blocks[B].Term; };
  return {
      {"function 0: symbol 9 does not exist (there are 3)",
       [](Unit &U) { U.Functions[0].Sym = 9; }},
      {"function @f: is defined twice",
       [](Unit &U) { U.Functions.push_back(Function(U.Functions[0])); }},
      {"function @f: has 3 parameters but only 2 locals",
       [](Unit &U) { U.Functions[0].NumParams = 3; }},
      {"function @f: local 1 is a parameter but not marked",
       [](Unit &U) { U.Functions[0].NumParams = 2; }},
      {"function @f: local 1 is marked as a parameter but is none",
       [](Unit &U) { U.Functions[0].Locals[1].Param = true; }},
      {"function @f: has 4194305 temporaries, more than 4194304",
       [](Unit &U) { U.Functions[0].NumTemps = MaxTemps + 1; }},
      {"function @f: callee of a closure 0 is a variable, not a function",
       [](Unit &U) { U.Functions[0].Closures[0].Callee = 0; }},
      {"function @f: temporary %9 does not exist (there are 6)",
       [](Unit &U) { U.Functions[0].Closures[0].Captures[0].Value = Operand::temp(9); }},
      {"function @f: a rewrite has no edits",
       [](Unit &U) { U.Functions[0].Rewrites.push_back({}); }},
      {"function @f: the edits of a rewrite overlap, or are not in order",
       [](Unit &U) {
         U.Functions[0].Rewrites.push_back({RewriteKind::UseParameter, 0, {{3, 2, 0}, {4, 0, 0}}});
       }},
      {"function @f: text of an edit 99 does not exist (there are 9)",
       [](Unit &U) {
         U.Functions[0].Rewrites.push_back({RewriteKind::UseParameter, 0, {{3, 2, 99}}});
       }},
      {"function @f: has no blocks", [](Unit &U) { U.Functions[0].Blocks.clear(); }},
      {"function @f: location 99 does not exist (there are 24)",
       [](Unit &U) { U.Functions[0].EndLoc = 99; }},

      {"function @f: bb0, operation 1: unknown operation",
       [=](Unit &U) { OpAt(U, 1).Kind = OpKind(60); }},
      {"function @f: bb0, operation 1: load takes 1 operands, not 2",
       [=](Unit &U) { OpAt(U, 1).Operands.push_back(Operand::undef()); }},
      {"function @f: bb0, operation 8: escape takes at least 1 operands, not 0",
       [=](Unit &U) { OpAt(U, 8).Operands.clear(); }},
      {"function @f: bb0, operation 1: load needs a result",
       [=](Unit &U) { OpAt(U, 1).Result = None; }},
      {"function @f: bb0, operation 3: store has no result",
       [=](Unit &U) { OpAt(U, 3).Result = 0; }},
      {"function @f: bb0, operation 1: temporary %6 does not exist (there are 6)",
       [=](Unit &U) { OpAt(U, 1).Result = 6; }},
      {"function @f: bb0, operation 3: temporary %6 does not exist (there are 6)",
       [=](Unit &U) { OpAt(U, 3).Operands[1] = Operand::temp(6); }},
      {"function @f: bb0, operation 3: an operand is missing",
       [=](Unit &U) { OpAt(U, 3).Operands[1] = Operand(); }},
      {"function @f: bb0, operation 1: local 2 does not exist (there are 2)",
       [=](Unit &U) { OpAt(U, 1).Operands[0] = Operand::local(2); }},
      {"function @f: bb0, operation 0: decl takes a local",
       [=](Unit &U) { OpAt(U, 0).Operands[0] = Operand::global(0); }},
      {"function @f: bb0, operation 3: only calls are indirect or virtual",
       [=](Unit &U) { OpAt(U, 3).Flags |= OF_Virtual; }},
      {"function @f: bb0, operation 5: a call is either indirect or virtual",
       [=](Unit &U) { OpAt(U, 5).Flags |= OF_Virtual; }},
      {"function @f: bb0, operation 5: an indirect call needs a callee",
       [=](Unit &U) { OpAt(U, 5).Operands.clear(); }},
      {"function @f: bb0, operation 4: callee 0 is a variable, not a function",
       [=](Unit &U) { OpAt(U, 4).Aux = 0; }},
      {"function @f: bb0, operation 2: field name 99 does not exist (there are 9)",
       [=](Unit &U) { OpAt(U, 2).Aux = 99; }},
      {"function @f: bb0, operation 6: unknown kind of cast", [=](Unit &U) { OpAt(U, 6).Aux = 4; }},
      {"function @f: bb0, operation 7: closure 1 does not exist (there are 1)",
       [=](Unit &U) { OpAt(U, 7).Aux = 1; }},
      {"function @f: bb0, operation 1: load has no aux", [=](Unit &U) { OpAt(U, 1).Aux = 1; }},
      {"function @f: bb0, operation 1: type 99 does not exist (there are 8)",
       [=](Unit &U) { OpAt(U, 1).Ty = 99; }},
      {"function @f: bb0, operation 1: location 99 does not exist (there are 24)",
       [=](Unit &U) { OpAt(U, 1).Loc = 99; }},

      {"function @f: bb0, terminator: branch has 2 successors, not 1",
       [=](Unit &U) { Term(U, 0).Succs.pop_back(); }},
      {"function @f: bb0, terminator: branch needs a value",
       [=](Unit &U) { Term(U, 0).Value = Operand(); }},
      {"function @f: bb0, terminator: block 4 does not exist (there are 4)",
       [=](Unit &U) { Term(U, 0).Succs[1] = 4; }},
      {"function @f: bb1, terminator: jump has no value",
       [=](Unit &U) { Term(U, 1).Value = Operand::integer(1); }},
      {"function @f: bb1, terminator: only a switch has cases",
       [=](Unit &U) { Term(U, 1).Cases.push_back({1, 1, 1}); }},
      {"function @f: bb1, terminator: only a throw names classes",
       [=](Unit &U) { Term(U, 1).Thrown.push_back(0); }},
      {"function @f: bb2, terminator: case 3..2 is empty",
       [=](Unit &U) { Term(U, 2).Cases[0].Lo = 3; }},
      {"function @f: bb2, terminator: block 9 does not exist (there are 4)",
       [=](Unit &U) { Term(U, 2).Cases[0].Target = 9; }},
      {"function @f: bb2, terminator: switch has 1 successors, not 2",
       [=](Unit &U) { Term(U, 2).Succs.push_back(0); }},
      {"function @f: bb3, terminator: return has 0 successors, not 1",
       [=](Unit &U) { Term(U, 3).Succs.push_back(0); }},
      {"function @f: bb3, terminator: unreachable has no value",
       [=](Unit &U) { Term(U, 3).Kind = TermKind::Unreachable; }},
      {"function @f: bb3, terminator: unknown terminator",
       [=](Unit &U) { Term(U, 3).Kind = TermKind(17); }},
  };
}

static void expectBroken(const std::vector<Broken> &All) {
  const Unit U = parsed(Text);
  ASSERT_EQ(verify(U), std::nullopt);
  for (const Broken &B : All) {
    Unit V = U;
    B.Break(V);
    EXPECT_EQ(verify(V), B.What);
  }
}

TEST(Verify, Tables) { expectBroken(brokenTables()); }
TEST(Verify, Functions) { expectBroken(brokenFunctions()); }

TEST(Verify, BoundsTheTemporariesOfAUnit) {
  std::string Many;
  for (unsigned I = 0; I < 17; ++I)
    Many += "define @f" + std::to_string(I) + "() { temps 4194304 return }\n";
  EXPECT_EQ(parseError(Many),
            "t.hir:17:31: error: function @f16: brings the unit to more than 67108864 temporaries");
}

//===- Definitions ---------------------------------------------------------===//

static constexpr llvm::StringLiteral Undefined =
    ": %0 is used but not defined on every path to here";

static std::string definitionError(llvm::StringRef Body) {
  std::string Error = parseError(("define @f(x : i32) {\n" + llvm::Twine(Body) + "}\n").str());
  size_t At = Error.find("function @f: ");
  return At == std::string::npos ? Error : Error.substr(At + 13);
}

TEST(VerifyDefinitions, OnBothSidesOfABranch) {
  EXPECT_EQ(definitionError("branch 1, a, b\n"
                            "a: %0 = copy 1 jump c\n"
                            "b: %0 = copy 2 jump c\n"
                            "c: return %0\n"),
            "");
}

TEST(VerifyDefinitions, OnOneSideOfABranch) {
  EXPECT_EQ(definitionError("switch 1, [1 -> a, 2 -> c], default a\n"
                            "a: %0 = copy 1 jump c\n"
                            "c: return %0\n"),
            "bb2" + Undefined.str());
}

TEST(VerifyDefinitions, ALoopThatMayNotRun) {
  EXPECT_EQ(definitionError("jump head\n"
                            "body: %0 = copy 1 jump head\n"
                            "head: branch 1, body, out\n"
                            "out: return %0\n"),
            "bb3" + Undefined.str());
}

TEST(VerifyDefinitions, ALoopThatRunsOnce) {
  EXPECT_EQ(definitionError("jump body\n"
                            "out: return %0\n"
                            "body: %0 = copy 1 branch 1, body, out\n"),
            "");
}

TEST(VerifyDefinitions, TheSecondTurnDoesNotHelpTheFirst) {
  EXPECT_EQ(definitionError("jump body\n"
                            "body: escape %0 %0 = copy 1 branch 1, body, out\n"
                            "out: return\n"),
            "bb1" + Undefined.str());
}

TEST(VerifyDefinitions, CodeThatNothingReaches) {
  EXPECT_EQ(definitionError("return\nb: return %0\n"), "");
}

TEST(VerifyDefinitions, HandlersSeeWhatStandsBeforeTheThrow) {
  EXPECT_EQ(definitionError("%0 = copy 1 throw 1 to h\nh: return %0\n"), "");
}

TEST(VerifyDefinitions, CapturesAreReadWhereTheClosureIsMade) {
  EXPECT_EQ(definitionError("closure 0 { copy \"c\" = %0 : i32 }\n"
                            "%0 = copy 1 %1 = closure 0 return\n"),
            "");
  EXPECT_EQ(definitionError("closure 0 { copy \"c\" = %0 : i32 }\n"
                            "%1 = closure 0 %0 = copy 1 return\n"),
            "bb0" + Undefined.str());
}

TEST(VerifyDefinitions, MoreTemporariesThanOneWordHolds) {
  std::string Defs, Uses;
  for (unsigned I = 0; I < 200; ++I) {
    Defs += "%" + std::to_string(I) + " = copy 1\n";
    Uses += "escape %" + std::to_string(I) + "\n";
  }
  EXPECT_EQ(definitionError(Defs + "jump b\nb:\n" + Uses + "return\n"), "");
  EXPECT_EQ(definitionError(Defs + "jump b\nb:\n" + Uses + "escape %200 return\n"),
            "bb1: %200 is used but not defined on every path to here");
}

// The first in the order of the text, whichever word it lies in.
TEST(VerifyDefinitions, TheFirstOfSeveral) {
  std::string Uses = "escape %0\n";
  for (unsigned I = 100; I > 0; --I)
    Uses += "escape %" + std::to_string(I) + "\n";
  EXPECT_EQ(definitionError(Uses + "return\n"), "bb0" + Undefined.str());
}
