//===- ParserTest.cpp - text written by hand -------------------*- C++ -*-===//

#include "lib/IR/Parser.h"
#include "lib/IR/OpInfo.h"
#include "test/unit/IR/TestUnits.h"
#include "llvm/Support/MemoryBuffer.h"
#include <gtest/gtest.h>

using namespace handrail::ir;

static const Op &op(const Unit &U, size_t Index, size_t Block = 0) {
  return U.Functions.at(0).Blocks.at(Block).Ops.at(Index);
}

//===- What may be left out ------------------------------------------------===//

TEST(Parser, ReadsAFunctionWrittenByHand) {
  Unit U = parsed(R"(
unit "t.c"
declare @open : fn(ptr<const i8>, i32, ...) -> i32   # with a type
declare @close header "unistd.h"                     ; without
record @conn { fd : i32  next : ptr<rec @conn> }
define @f(path : ptr<const i8>) -> i32 {
  local fd : i32
  decl &fd
  %0 = load &path
  %1 = call @open(%0, 0) !3:8
  store &fd, %1
  %2 = load &fd
  %3 = lt %2, 0
  branch %3, failed, opened
failed:
  return -1
opened:
  %4 = call @close(%2)
  end &fd
  return 0
}
)");
  EXPECT_EQ(verify(U), std::nullopt);
  ASSERT_EQ(U.Functions.size(), 1u);
  const Function &F = U.Functions[0];
  EXPECT_EQ(F.NumParams, 1u);
  EXPECT_EQ(F.NumTemps, 5u);
  ASSERT_EQ(F.Locals.size(), 2u);
  EXPECT_EQ(U.str(F.Locals[1].Name), "fd");
  ASSERT_EQ(F.Blocks.size(), 3u);
  const Op &Open = op(U, 2);
  EXPECT_EQ(Open.Kind, OpKind::Call);
  EXPECT_EQ(U.Symbols[Open.Aux].Usr, "open");
  ASSERT_EQ(Open.Operands.size(), 2u);
  EXPECT_EQ(Open.Operands[0], Operand::temp(0));
  EXPECT_EQ(Open.Operands[1], Operand::integer(0));
  EXPECT_EQ(F.Blocks[0].Term.Value, Operand::temp(3));
  EXPECT_EQ(F.Blocks[1].Term.Value, Operand::integer(-1));
  EXPECT_EQ(F.Blocks[2].Ops[1].Kind, OpKind::End);
}

TEST(Parser, SymbolsThatAreOnlyCalledNeedNoDeclaration) {
  Unit U = parsed("define @f() { call @close(1) return }");
  ASSERT_EQ(U.Symbols.size(), 2u);
  const Symbol &S = U.Symbols[op(U, 0).Aux];
  EXPECT_EQ(S.Usr, "close");
  EXPECT_EQ(U.name(S), "close");
  EXPECT_TRUE(S.IsFunction);
  EXPECT_TRUE(S.CLinkage);
  EXPECT_EQ(S.Link, Linkage::External);
  EXPECT_EQ(U.type(S.Ty).Kind, TypeKind::Function);
  EXPECT_TRUE(U.type(S.Ty).Variadic);
}

TEST(Parser, ADefinitionDeclaresItsFunction) {
  Unit U = parsed("define @f(x : i32, y : ptr) -> bool internal { return }");
  const Symbol &S = U.Symbols[U.Functions[0].Sym];
  const Type &T = U.type(S.Ty);
  EXPECT_EQ(S.Link, Linkage::Internal);
  EXPECT_EQ(U.type(T.Elem).Kind, TypeKind::Bool);
  ASSERT_EQ(T.Params.size(), 2u);
  EXPECT_EQ(U.type(T.Params[0]).Bits, 32u);
  EXPECT_EQ(U.type(T.Params[1]).Kind, TypeKind::Pointer);
}

TEST(Parser, NamesMayBeUsedBeforeTheyAreDeclared) {
  Unit U = parsed("define @f() { %0 = copy @later call @g(%0) return }\n"
                  "define @g(x : ptr<rec @s>) { return }\n"
                  "global @later : i32\n"
                  "record @s { }\n");
  EXPECT_EQ(U.Symbols.size(), 3u);
  EXPECT_EQ(U.Records.size(), 1u);
  EXPECT_EQ(op(U, 0).Operands[0].Kind, OperandKind::Global);
  EXPECT_EQ(U.Functions[1].Sym, op(U, 1).Aux);
}

TEST(Parser, AnOperationWithoutLocationStandsWhereItIsWritten) {
  Unit U = parsed("unit \"a.c\"\n"
                  "define @f() {\n"
                  "  %0 = copy 1\n"
                  "    call @g() !7:3-9\n"
                  "  return }\n");
  const SourceLoc &Text = U.loc(op(U, 0).Loc), &Written = U.loc(op(U, 1).Loc);
  EXPECT_EQ(U.Files[Text.File].Path, "t.hir");
  EXPECT_EQ(Text, (SourceLoc{1, 3, 3, 3, 3, 1, 3, 3}));
  EXPECT_EQ(U.Files[Written.File].Path, "a.c");
  EXPECT_EQ(Written, (SourceLoc{0, 7, 3, 7, 9, 0, 7, 3}));
  const Function &F = U.Functions[0];
  EXPECT_EQ(U.loc(F.Loc).Line, 2u);
  EXPECT_EQ(U.loc(F.EndLoc).Line, 5u);
  EXPECT_EQ(U.loc(F.EndLoc).Col, 10u);
}

TEST(Parser, WithoutAUnitLineTheTextIsTheMainFile) {
  Unit U = parsed("define @f() { return }");
  EXPECT_EQ(U.MainFile, "t.hir");
  ASSERT_EQ(U.Files.size(), 1u);
  EXPECT_EQ(U.Files[0].Path, "t.hir");
}

TEST(Parser, TemporariesMayHaveNames) {
  Unit U = parsed("define @f() {\n"
                  "  %fd = call @open()\n"
                  "  %3 = copy 1\n"
                  "  %rc = copy %fd\n"
                  "  return %rc }\n");
  // After the numbered ones, in the order of appearance.
  EXPECT_EQ(op(U, 0).Result, 4u);
  EXPECT_EQ(op(U, 1).Result, 3u);
  EXPECT_EQ(op(U, 2).Result, 5u);
  EXPECT_EQ(op(U, 2).Operands[0].Index, 4u);
  EXPECT_EQ(U.Functions[0].NumTemps, 6u);
}

TEST(Parser, LabelsAreNumberedByPosition) {
  Unit U = parsed("define @f(x : i32) {\n"
                  "  branch 1, if.then, bb0\n"
                  "bb0: jump if.then\n"
                  "if.then: return }\n");
  const Function &F = U.Functions[0];
  ASSERT_EQ(F.Blocks.size(), 3u);
  EXPECT_EQ(F.Blocks[0].Term.Succs[0], 2u);
  EXPECT_EQ(F.Blocks[0].Term.Succs[1], 1u);
  EXPECT_EQ(F.Blocks[1].Term.Succs[0], 2u);
}

TEST(Parser, InfersTypes) {
  Unit U = parsed("record @s { n : i64  p : ptr<u8> }\n"
                  "define @f(s : ptr<rec @s>, a : arr<u16, 4>) {\n"
                  "  %0 = load &s\n"
                  "  %1 = field %0, \"p\"\n"
                  "  %2 = load %1\n"
                  "  %3 = index %2, 1\n"
                  "  %4 = load %3\n"
                  "  %5 = lt %4, 3\n"
                  "  %6 = index &a, 2\n"
                  "  %7 = load %6\n"
                  "  %8 = call @late()\n"
                  "  %9 = add 1, %7\n"
                  "  store %1, %2\n"
                  "  %10 = field %0, \"nothing\"\n"
                  "  return }\n"
                  "declare @late : fn() -> f64\n");
  auto TypeOf = [&](size_t I) { return U.type(op(U, I).Ty); };
  EXPECT_EQ(TypeOf(0).Kind, TypeKind::Pointer);
  EXPECT_EQ(U.type(TypeOf(1).Elem).Kind, TypeKind::Pointer);
  EXPECT_EQ(U.type(TypeOf(2).Elem).Bits, 8u);
  EXPECT_EQ(op(U, 3).Ty, op(U, 2).Ty);
  EXPECT_EQ(TypeOf(4).Bits, 8u);
  EXPECT_EQ(TypeOf(5).Bits, 32u);
  EXPECT_EQ(U.type(TypeOf(6).Elem).Bits, 16u);
  EXPECT_EQ(TypeOf(7).Bits, 16u);
  EXPECT_EQ(TypeOf(8).Kind, TypeKind::Float);
  EXPECT_EQ(TypeOf(9).Bits, 16u);
  EXPECT_EQ(op(U, 10).Ty, op(U, 2).Ty);
  EXPECT_EQ(op(U, 11).Ty, 0u);
}

// A value is neither const nor is it spelled as the variable that held it.
TEST(Parser, InfersTheTypesOfValues) {
  Unit U = parsed("global @g : const i32'fd_t'\n"
                  "declare @make : fn() -> const ptr<const i8>'name_t'\n"
                  "define @f() {\n"
                  "  %0 = load @g\n"
                  "  %1 = call @make()\n"
                  "  return }\n");
  const Type &Load = U.type(op(U, 0).Ty), &Call = U.type(op(U, 1).Ty);
  EXPECT_EQ(Load.Bits, 32u);
  EXPECT_FALSE(Load.Const);
  EXPECT_EQ(Load.Name, 0u);
  EXPECT_EQ(Call.Kind, TypeKind::Pointer);
  EXPECT_FALSE(Call.Const);
  EXPECT_EQ(Call.Name, 0u);
  EXPECT_TRUE(U.type(Call.Elem).Const);
}

TEST(Parser, ReadsNumbersInAllForms) {
  Unit U =
      parsed("define @f() { call @g(-9223372036854775808, 0x10, 0xffffffffffffffff, -0x1, null,"
             " true, false) return }");
  std::vector<int64_t> Values;
  for (const Operand &V : op(U, 0).Operands)
    Values.push_back(V.Value);
  EXPECT_EQ(Values, (std::vector<int64_t>{INT64_MIN, 16, -1, -1, 0, 1, 0}));
}

TEST(Parser, CommentsEndWithTheLine) {
  Unit U = parsed("; declare @a\n# declare @b\ndeclare @c ; \"\n");
  ASSERT_EQ(U.Symbols.size(), 1u);
  EXPECT_EQ(U.Symbols[0].Usr, "c");
}

TEST(Parser, ReadsTheExampleOfItsPage) {
  auto Page = llvm::MemoryBuffer::getFile(HANDRAIL_DOCS "/ir.md");
  ASSERT_TRUE(bool(Page));
  llvm::StringRef Example = (*Page)->getBuffer().split("```\n").second.split("```\n").first;
  Unit U = parsed(Example);
  ASSERT_EQ(U.Functions.size(), 1u);
  EXPECT_EQ(U.name(U.Symbols[U.Functions[0].Sym]), "connect");
  EXPECT_EQ(U.Functions[0].Blocks.size(), 3u);
}

//===- Errors --------------------------------------------------------------===//

struct ErrorCase {
  const char *Text, *Error; ///< without the leading t.hir:
};

class ParserErrors : public testing::TestWithParam<ErrorCase> {};

TEST_P(ParserErrors, SayWhereAndWhat) {
  EXPECT_EQ(parseError(GetParam().Text), std::string("t.hir:") + GetParam().Error);
}

static const ErrorCase TopLevelErrors[] = {
    {"open", "1:1: error: found 'open', expected file, record, global, declare or define"},
    {"unit 3", "1:6: error: found '3', expected the main file as a string"},
    {"file 1 \"a\"", "1:6: error: found '1', expected file number 0"},
    {"declare close", "1:9: error: found 'close', expected a name such as @f"},
    {"declare @f declare @f", "1:20: error: @f is declared twice"},
    {"define @f() { return }\ndeclare @f", "2:9: error: @f is declared twice"},
    {"define @f() { return } define @f() { return }", "1:31: error: @f is defined twice"},
    {"declare @f : fn() -> i32 define @f() -> ptr { return }",
     "1:33: error: @f is declared with another result"},
    {"global @g = 1", "1:11: error: found '=', expected ':' and a type"},
    {"global @g : i32 define @g() { return }",
     "1:24: error: found '@g', expected a function, not a variable"},
    {"declare @3 \"x\"", "1:9: error: found '@3', expected @0, the next number"},
    {"declare @f : fn() = 3", "1:21: error: a function has no initialiser"},
    {"declare @f : i32x", "1:14: error: found 'i32x', expected a type"},
    {"declare @f : i99999", "1:14: error: found 'i99999', expected a type"},
    {"declare @f : ptr<i8", "1:20: error: found the end of the text, expected '>'"},
    {"declare @f : fn(..., i8)", "1:20: error: found ',', expected ')'"},
    {"global @g : arr<i8, x>", "1:21: error: found 'x', expected the number of elements"},
    {"global @g : arr<i8, -1>", "1:21: error: found '-1', expected the number of elements"},
    {"declare @f lang \"d\"", "1:17: error: found '\"d\"', expected \"c\" or \"c++\""},
    {"record @s virtual {}",
     "1:11: error: found 'virtual', expected a property of the record or '{'"},
    {"record @s copyctor {}", "1:20: error: found '{', expected defaulted, deleted or user"},
    {"record @s { 3 }", "1:13: error: found '3', expected a field or '}'"},
    {"record @s { x i32 }", "1:15: error: found 'i32', expected ':'"},
    {"record @s {} record @s {}", "1:21: error: @s is declared twice"},
    {"global @g : i32 = @h", "1:19: error: found '@h', expected a declared function or variable"},
    {"global @g : i32 = %0", "1:19: error: found '%0', expected a constant"},
    {"global @g : i32 { [x] = @g }", "1:20: error: found 'x', expected the index of an element"},
    {"global @g : i32 { [-1] = @g }", "1:20: error: found '-1', expected an index of 32 bits"},
    {"global @g : i32 { \"\" = @g }",
     "1:19: error: found '\"\"', expected the name of a member, '[', '=' or '}'"},
    {"declare @f !3", "1:12: error: found '!3', expected a location such as !3:8, !1:3:8-20 or !0"},
    {"declare @f !2:3:4", "1:12: error: the location names file 2, but there are only 1"},
};
INSTANTIATE_TEST_SUITE_P(TopLevel, ParserErrors, testing::ValuesIn(TopLevelErrors));

static const ErrorCase LexicalErrors[] = {
    {"declare @f\n  ?", "2:3: error: unexpected character '?'"},
    {"declare @f \x01", "1:12: error: unexpected character '\\x01'"},
    {"unit \"a", "1:6: error: the string does not end on its line"},
    {"unit \"a\\", "1:6: error: the string does not end on its line"},
    {"unit \"\\q\"", "1:6: error: a string knows the escapes \\n \\t \\\\ \\\" \\' and \\xHH"},
    {"define @f() { %0 = copy 9223372036854775808 }",
     "1:25: error: the number does not fit into 64 bits"},
    {"define @f() { %0 = copy - }", "1:25: error: a number needs digits"},
    {"define @f() { % }", "1:15: error: '%' needs a name"},
    {"define @f() { %4294967296 = copy 1 }", "1:15: error: the number does not fit into 32 bits"},
};
INSTANTIATE_TEST_SUITE_P(Lexical, ParserErrors, testing::ValuesIn(LexicalErrors));

static const ErrorCase FunctionErrors[] = {
    {"define @f(", "1:11: error: found the end of the text, expected a parameter or ')'"},
    {"define @f(x)", "1:12: error: found ')', expected ':' and a type"},
    {"define @f(x : i32 y : i32)", "1:19: error: found 'y', expected ',' or ')'"},
    {"define @f(x : i32, x : i32)", "1:20: error: local 'x' is declared twice"},
    {"define @f() return", "1:13: error: found 'return', expected '{'"},
    {"define @f() {\n}", "2:1: error: found '}', expected an operation or a terminator"},
    {"define @f() { local fd }", "1:24: error: found '}', expected ':' and a type"},
    {"define @f() { local &1 \"x\" : i32 }",
     "1:21: error: found '&1', expected &0, the next number"},
    {"define @f() { closure 1 {} }", "1:23: error: found '1', expected closure number 0"},
    {"define @f() { closure 0 { by } }",
     "1:27: error: found 'by', expected copy, ref, this, init or '}'"},
    {"define @f() { rewrite by {} }", "1:23: error: found 'by', expected name, parameter or weak"},
    {"define @f() { rewrite weak { -1 0 \"\" } }",
     "1:30: error: found '-1', expected the offset of an edit, or '}'"},
    {"define @f() { rewrite weak { 1 0 } }",
     "1:34: error: found '}', expected the new text as a string"},
    {"define @f() { decl &fd }",
     "1:20: error: found '&fd', expected a parameter or local of this function"},
    {"define @f(&0 \"x\" : i32, &1 \"x\" : i32) { %0 = load &x }",
     "1:51: error: &x names several locals, write the number of one"},
    {"define @f() { opne }",
     "1:15: error: found 'opne', expected an operation, a terminator or a label"},
    {"define @f() { %0 = opne }", "1:20: error: found 'opne', expected an operation"},
    {"define @f() { %0 load }", "1:18: error: found 'load', expected '='"},
    {"define @f() { load @f }", "1:15: error: load needs a result: %0 = load …"},
    {"define @f() { %0 = store 1, 1 }", "1:20: error: store has no result"},
    {"define @f() { store 1 }", "1:23: error: found '}', expected ','"},
    {"define @f() { %0 = copy foo }", "1:25: error: found 'foo', expected an operand"},
    {"define @f() { %0 = copy @g }",
     "1:25: error: found '@g', expected a declared function or variable"},
    {"global @g : i32 define @f() { call @g() }",
     "1:36: error: found '@g', expected a function, not a variable"},
    {"define @f() { call @g(1 2) }", "1:25: error: found '2', expected ',' or ')'"},
    {"define @f() { vcall %0() }", "1:21: error: found '%0', expected the method's name"},
    {"define @f() { %0 = field &0, x }", "1:26: error: found '&0', expected the number of a local"},
    {"define @f() { %0 = field 0, x }", "1:29: error: found 'x', expected the field as a string"},
    {"define @f() { %0 = cast 1 return }",
     "1:27: error: found 'return', expected ':' and the type to cast to"},
    {"define @f() { %0 = closure 0 }",
     "1:28: error: found '0', expected the number of a closure of this function"},
    {"define @f() { return return }", "1:22: error: found 'return', expected a label or '}'"},
    {"define @f() { %0 = copy 1\nbb1: return }",
     "2:1: error: found 'bb1', expected a terminator before the next block"},
    {"define @f() {\na: jump a\na: return }", "3:1: error: label 'a' is defined twice"},
    {"define @f() { jump nowhere }",
     "1:20: error: found 'nowhere', expected a label of this function"},
    {"define @f() { branch 1, a a: return }", "1:27: error: found 'a', expected ','"},
    {"define @f() { switch 1, [x -> a], default a }", "1:26: error: found 'x', expected a number"},
    {"define @f() { switch 1, [3..1 -> a], default a }", "1:26: error: the range is empty"},
    {"define @f() { switch 1, [1 -> a] }", "1:34: error: found '}', expected ','"},
    {"define @f() { end &0 { }", "1:19: error: found '&0', expected the number of a local"},
    {"define @f() end {", "1:17: error: found '{', expected a location"},
};
INSTANTIATE_TEST_SUITE_P(Function, ParserErrors, testing::ValuesIn(FunctionErrors));

// What only the whole unit shows still points at its place.
static const ErrorCase VerifierErrors[] = {
    {"define @f() {\n  store %0, 1\n  return\n}",
     "2:3: error: function @f: bb0: %0 is used but not defined on every path to here"},
    {"define @f(x : i32) {\n"
     "  branch 1, a, b\n"
     "a: %0 = copy 1 jump c\n"
     "b: jump c\n"
     "c:\n"
     "  return %0\n"
     "}",
     "6:3: error: function @f: bb3: %0 is used but not defined on every path to here"},
    {"define @f() {\n  decl 3\n  return\n}",
     "2:3: error: function @f: bb0, operation 0: decl takes a local"},
    {"declare @9 \"\"", "1:9: error: found '@9', expected @0, the next number"},
};
INSTANTIATE_TEST_SUITE_P(Verifier, ParserErrors, testing::ValuesIn(VerifierErrors));

TEST(Parser, BoundsTheNestingOfTypes) {
  auto Nested = [](unsigned Depth) {
    std::string Text = "global @g : ";
    for (unsigned I = 0; I < Depth; ++I)
      Text += "ptr<";
    return Text + "i8" + std::string(Depth, '>');
  };
  EXPECT_EQ(parseError(Nested(MaxTypeDepth - 1)), "");
  EXPECT_EQ(parseError(Nested(MaxTypeDepth)), "t.hir:1:413: error: the type is nested too deeply");
  EXPECT_EQ(parseError(Nested(1000000)), "t.hir:1:413: error: the type is nested too deeply");
}

//===- Damaged text --------------------------------------------------------===//

/// Either an error with a place or a unit that holds up.
static void expectSane(llvm::StringRef Text) {
  llvm::Expected<Unit> U = parseUnit(Text, "t.hir");
  if (!U) {
    std::string Error = llvm::toString(U.takeError());
    EXPECT_EQ(Error.find("t.hir:"), 0u) << Error;
    EXPECT_NE(Error.find(": error: "), std::string::npos) << Error;
    return;
  }
  EXPECT_EQ(verify(*U), std::nullopt) << Text.str();
  EXPECT_TRUE(parsed(printed(*U)) == *U) << Text.str();
}

TEST(Parser, SurvivesTruncationAnywhere) {
  for (size_t Size = 0; Size < richText().size(); ++Size)
    expectSane(richText().take_front(Size));
}

TEST(Parser, SurvivesChangedCharacters) {
  Sequence Random(1);
  llvm::StringRef Alphabet = "{}()[]<>,:=%@&\"'!-.~0123456789;# abfptr\n\\";
  for (unsigned Round = 0; Round < 3000; ++Round) {
    std::string Text = richText().str();
    for (uint64_t N = 1 + Random.next(2); N; --N)
      Text[Random.next(Text.size())] = Alphabet[Random.next(Alphabet.size())];
    expectSane(Text);
  }
}

TEST(Parser, SurvivesMovedLines) {
  Sequence Random(2);
  llvm::SmallVector<llvm::StringRef, 0> Lines;
  richText().split(Lines, '\n');
  for (unsigned Round = 0; Round < 1000; ++Round) {
    llvm::SmallVector<llvm::StringRef, 0> Mixed = Lines;
    std::swap(Mixed[Random.next(Mixed.size())], Mixed[Random.next(Mixed.size())]);
    Mixed.erase(Mixed.begin() + Random.next(Mixed.size()));
    std::string Text;
    for (llvm::StringRef L : Mixed)
      Text += (L + "\n").str();
    expectSane(Text);
  }
}
