//===- SolverTest.cpp - the rules of the solver, one small test each ------===//

#include "SolveText.h"
#include <gmock/gmock.h>

using namespace handrail::solver;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Solver, LeakOnOneReturn) {
  EXPECT_THAT(solveText(R"(
define @f(n : i32) -> i32 {
  local fd : i32
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  %1 = load &fd
  %2 = lt %1, 0
  branch %2, failed, opened
failed:
  return -1
opened:
  %3 = load &n
  %4 = eq %3, 0
  branch %4, early, late
early:
  return -2
late:
  %5 = load &fd
  %6 = call @close(%5)
  return 0
}
)"),
              ElementsAre("17 leak fd open"));
}

TEST(Solver, ResultThatNobodyKeepsIsLostAtOnce) {
  EXPECT_THAT(solveText(R"(
define @f() -> i32 {
bb0:
  %0 = call discarded @fopen("p")
  return 0
}
)"),
              ElementsAre("4 leak  fopen"));
}

TEST(Solver, OverwriteLosesTheOldHandle) {
  EXPECT_THAT(solveText(R"(
define @f() -> i32 {
  local f : ptr<i8>
bb0:
  %0 = call @fopen("a")
  store &f, %0
  %1 = call @fopen("b")
  store &f, %1
  %2 = load &f
  %3 = eq %2, 0
  branch %3, out, shut
shut:
  %4 = load &f
  %5 = call @fclose(%4)
  jump out
out:
  return 0
}
)"),
              ElementsAre("8 leak f fopen"));
}

TEST(Solver, FailedAcquireOwesNothing) {
  EXPECT_THAT(solveText(R"(
define @f() -> i32 {
  local f : ptr<i8>
bb0:
  %0 = call @fopen("a")
  store &f, %0
  %1 = load &f
  %2 = eq %1, 0
  branch %2, failed, opened
failed:
  return -1
opened:
  %3 = load &f
  %4 = call @fclose(%3)
  return 0
}
)"),
              IsEmpty());
}

TEST(Solver, DoubleAndUseAfterRelease) {
  EXPECT_THAT(solveText(R"(
define @f(fd : i32) -> i32 {
bb0:
  %0 = load &fd
  %1 = call @close(%0)
  %2 = load &fd
  %3 = call @read(%2, 0, 0)
  %4 = load &fd
  %5 = call @close(%4)
  return 0
}
)"),
              ElementsAre("7 use-after-release fd ", "9 double-release fd "));
}

TEST(Solver, UncheckedStreamIsReportedOnce) {
  EXPECT_THAT(solveText(R"(
define @f() -> i32 {
  local f : ptr<i8>
bb0:
  %0 = call @fopen("a")
  store &f, %0
  %1 = load &f
  %2 = call @fgetc(%1)
  %3 = load &f
  %4 = call @fclose(%3)
  return 0
}
)"),
              ElementsAre("8 unchecked f fopen"));
}

TEST(Solver, WrongReleaseFunction) {
  EXPECT_THAT(solveText(R"(
define @f() -> i32 {
  local f : ptr<i8>
bb0:
  %0 = call @popen("a", "r")
  store &f, %0
  %1 = load &f
  %2 = eq %1, 0
  branch %2, out, shut
shut:
  %3 = load &f
  %4 = call @fclose(%3)
  jump out
out:
  return 0
}
)"),
              ElementsAre("12 mismatched f popen"));
}

TEST(Solver, CorrelatedFlagKeepsPathsApart) {
  EXPECT_THAT(solveText(R"(
define @f(flag : i32) -> i32 {
  local fd : i32
bb0:
  store &fd, -1
  %0 = load &flag
  branch %0, opens, next
opens:
  %1 = call @open("p", 0)
  store &fd, %1
  jump next
next:
  %2 = call @read(0, 0, 0)
  %3 = load &flag
  branch %3, closes, out
closes:
  %4 = load &fd
  %5 = call @close(%4)
  jump out
out:
  return 0
}
)"),
              IsEmpty());
}

TEST(Solver, ConditionInAVariableRefinesWhatItCompared) {
  EXPECT_THAT(solveText(R"(
define @f() -> i32 {
  local fd : i32
  local ok : i32
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  %1 = load &fd
  %2 = ge %1, 0
  store &ok, %2
  %3 = load &ok
  branch %3, closes, out
closes:
  %4 = load &fd
  %5 = call @close(%4)
  jump out
out:
  return 0
}
)"),
              IsEmpty());
}

TEST(Solver, BothEndsOfAPipe) {
  EXPECT_THAT(solveText(R"(
define @f() -> i32 {
  local p : arr<i32, 2>
bb0:
  decl &p
  %0 = call @pipe2(&p, 0)
  %1 = lt %0, 0
  branch %1, failed, opened
failed:
  return -1
opened:
  %2 = index &p, 0
  %3 = load %2
  %4 = call @close(%3)
  return 0
}
)"),
              ElementsAre("15 leak p[1] pipe2"));
}

TEST(Solver, StreamTakesTheDescriptorOnlyWhenItSucceeds) {
  EXPECT_THAT(solveText(R"(
define @f() -> i32 {
  local fd : i32
  local f : ptr<i8>
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  %1 = load &fd
  %2 = lt %1, 0
  branch %2, out, opened
opened:
  %3 = load &fd
  %4 = call @fdopen(%3, "r")
  store &f, %4
  %5 = load &f
  %6 = eq %5, 0
  branch %6, out, streams
streams:
  %7 = load &f
  %8 = call @fclose(%7)
  jump out
out:
  return 0
}
)"),
              ElementsAre("23 leak fd open"));
}

TEST(Solver, DescriptorOfAnOpenStreamIsNotClosedByHand) {
  EXPECT_THAT(solveText(R"(
define @f(f : ptr<i8>) -> i32 {
bb0:
  %0 = call @fopen("a")
  %1 = eq %0, 0
  branch %1, out, opened
opened:
  %2 = call @fileno(%0)
  %3 = call @close(%2)
  %4 = call @fclose(%0)
  jump out
out:
  return 0
}
)"),
              ElementsAre("9 mismatched  "));
}

TEST(Solver, WrapperReturnsWhatItOpened) {
  EXPECT_THAT(solveText(R"(
define @xopen(p : ptr<i8>) -> i32 {
  local fd : i32
bb0:
  %0 = load &p
  %1 = call @open(%0, 0)
  store &fd, %1
  %2 = load &fd
  %3 = lt %2, 0
  branch %3, dies, fine
dies:
  call noreturn @exit(1)
  unreachable
fine:
  %4 = load &fd
  return %4
}
define @f() -> i32 {
  local fd : i32
bb0:
  %0 = call @xopen("p")
  store &fd, %0
  return 0
}
)"),
              ElementsAre("23 leak fd xopen"));
}

TEST(Solver, OutParameterByReturnClass) {
  const char *Callee = R"(
define @make(out : ptr<i32>) -> i32 {
  local fd : i32
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  %1 = load &fd
  %2 = lt %1, 0
  branch %2, bad, good
bad:
  return -1
good:
  %3 = load &out
  %4 = load &fd
  store %3, %4
  return 0
}
)";
  EXPECT_THAT(solveText(std::string(Callee) + R"(
define @right() -> i32 {
  local fd : i32
bb0:
  decl &fd
  %0 = call @make(&fd)
  %1 = ne %0, 0
  branch %1, bad, good
bad:
  return -1
good:
  %2 = load &fd
  %3 = call @close(%2)
  return 0
}
define @wrong() -> i32 {
  local fd : i32
bb0:
  decl &fd
  %0 = call @make(&fd)
  %1 = lt %0, 0
  branch %1, bad, good
bad:
  return -1
good:
  return 0
}
)"),
              ElementsAre("43 leak fd make"));
}

TEST(Solver, CalleeThatClosesItsParameter) {
  EXPECT_THAT(solveText(R"(
define @drop(fd : i32) {
bb0:
  %0 = load &fd
  %1 = call @close(%0)
  return
}
define @f() -> i32 {
  local fd : i32
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  %1 = load &fd
  %2 = lt %1, 0
  branch %2, out, opened
opened:
  %3 = load &fd
  call @drop(%3)
  %4 = load &fd
  %5 = call @close(%4)
  jump out
out:
  return 0
}
)"),
              ElementsAre("20 double-release fd open"));
}

TEST(Solver, HandleInAFieldOfTheCallersStructIsTheirs) {
  EXPECT_THAT(solveText(R"(
record @conn { fd : i32 }
define @init(c : ptr<rec @conn>) -> i32 {
bb0:
  %0 = load &c
  %1 = field %0, "fd"
  %2 = call @open("p", 0)
  store %1, %2
  return 0
}
)"),
              IsEmpty());
}

TEST(Solver, FreeingTheHolderLosesTheHandle) {
  EXPECT_THAT(solveText(R"(
record @conn { fd : i32 }
define @f() -> i32 {
  local c : ptr<rec @conn>
bb0:
  %0 = call @malloc(8)
  store &c, %0
  %1 = load &c
  %2 = eq %1, 0
  branch %2, out, have
have:
  %3 = call @open("p", 0)
  %4 = load &c
  %5 = field %4, "fd"
  store %5, %3
  %6 = load &c
  call @free(%6)
  jump out
out:
  return 0
}
)"),
              ElementsAre("17 leak c->fd open"));
}

TEST(Solver, LoopOpensAndClosesEveryTurn) {
  EXPECT_THAT(solveText(R"(
define @f(n : i32) -> i32 {
  local i : i32
  local fd : i32
bb0:
  store &i, 0
  jump head
head:
  %0 = load &i
  %1 = load &n
  %2 = lt %0, %1
  branch %2, body, out
body:
  %3 = call @open("p", 0)
  store &fd, %3
  %4 = load &fd
  %5 = lt %4, 0
  branch %5, next, opened
opened:
  %6 = load &fd
  %7 = call @close(%6)
  jump next
next:
  %8 = load &i
  %9 = add %8, 1
  store &i, %9
  jump head
out:
  return 0
}
)"),
              IsEmpty());
}

TEST(Solver, NextTurnOverwritesWhatContinueLeftOpen) {
  EXPECT_THAT(solveText(R"(
define @f(n : i32) -> i32 {
  local fd : i32
bb0:
  jump head
head:
  %0 = call @more()
  branch %0, body, out
body:
  %3 = call @open("p", 0)
  store &fd, %3
  %4 = load &fd
  %5 = lt %4, 0
  branch %5, head, opened
opened:
  %6 = call @good()
  branch %6, closes, head
closes:
  %7 = load &fd
  %8 = call @close(%7)
  jump head
out:
  return 0
}
)"),
              ElementsAre("11 leak fd open", "23 leak fd open"));
}

TEST(Solver, UnknownCalleeMayKeepTheHandle) {
  const char *Text = R"(
define @f() -> i32 {
  local fd : i32
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  %1 = load &fd
  %2 = call @mystery(%1)
  return 0
}
)";
  EXPECT_THAT(solveText(Text), IsEmpty());
  SolverOptions Strict;
  Strict.Strict = true;
  EXPECT_THAT(solveText(Text, Strict), ElementsAre("9 leak fd open"));
}

TEST(Solver, StandardDescriptorsAreNobodys) {
  EXPECT_THAT(solveText(R"(
define @f() -> i32 {
  local fd : i32
bb0:
  %0 = call @open("/dev/null", 2)
  store &fd, %0
  %1 = load &fd
  %2 = gt %1, 2
  branch %2, closes, out
closes:
  %3 = load &fd
  %4 = call @close(%3)
  jump out
out:
  return 0
}
)"),
              IsEmpty());
}

TEST(Solver, MainMayEndWithOpenHandles) {
  EXPECT_THAT(solveText(R"(
define @main() -> i32 {
  local fd : i32
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  return 0
}
)"),
              IsEmpty());
}

TEST(Solver, LockHeldOnTheFailingReturn) {
  EXPECT_THAT(solveText(R"(
record @q { m : i32 n : i32 }
define @f(q : ptr<rec @q>) -> i32 {
bb0:
  %0 = load &q
  %1 = field %0, "m"
  call @lock(%1)
  %2 = load &q
  %3 = field %2, "n"
  %4 = load %3
  %5 = eq %4, 0
  branch %5, empty, full
empty:
  return -1
full:
  %6 = load &q
  %7 = field %6, "m"
  call @unlock(%7)
  return 0
}
define @take(q : ptr<rec @q>) -> i32 {
bb0:
  %0 = load &q
  %1 = field %0, "m"
  call @lock(%1)
  return 0
}
)"),
              ElementsAre("14 leak q->m lock"));
}

TEST(Solver, RenamingAndUnreachableBlocksChangeNothing) {
  auto Program = [](std::string Var, std::string Extra) {
    return "\ndefine @f() -> i32 {\n  local " + Var +
           " : i32\nbb0:\n  %0 = call @open(\"p\", 0)\n  store &" + Var + ", %0\n  return 0\n" +
           Extra + "}\n";
  };
  auto Plain = solveText(Program("fd", ""));
  EXPECT_THAT(Plain, ElementsAre("7 leak fd open"));
  EXPECT_EQ(Plain, solveText(Program("fd", "dead:\n  %9 = call @open(\"p\", 0)\n  return 1\n")));
  EXPECT_THAT(solveText(Program("x", "")), ElementsAre("7 leak x open"));
}

TEST(Solver, StepBudgetMakesAFunctionUnknown) {
  SolverOptions Tiny;
  Tiny.MaxSteps = 3;
  auto U = handrail::ir::parseUnit(R"(
define @f() -> i32 {
  local fd : i32
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  %1 = load &fd
  %2 = load &fd
  return 0
}
)",
                                   "t.hir");
  ASSERT_TRUE(static_cast<bool>(U));
  Program P;
  P.Units.push_back(&*U);
  Solution S = solve(P, testModels(), Tiny);
  EXPECT_EQ(S.Stats.StepCap, 1u);
}
