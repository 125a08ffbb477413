//===- PrecisionTest.cpp - what must not be reported ----------------------===//
//
// One test for each cause of false alarms that real projects showed
// (docs/triage.md).
//
//===----------------------------------------------------------------------===//

#include "SolveText.h"
#include <gmock/gmock.h>

using namespace handrail::solver;
using ::testing::IsEmpty;

TEST(Precision, ComplementOfABitTest) {
  EXPECT_THAT(solveText(R"(
define @f(flags : i32) -> i32 {
  local fd : i32
bb0:
  store &fd, -1
  %0 = load &flags
  %1 = and %0, 8
  branch %1, next, opens
opens:
  %2 = call @open("p", 0)
  store &fd, %2
  jump next
next:
  %3 = load &flags
  %4 = bitnot %3
  %5 = and %4, 8
  branch %5, closes, out
closes:
  %6 = load &fd
  %7 = call @close(%6)
  jump out
out:
  return 0
}
)"),
              IsEmpty());
}

TEST(Precision, ANewHandleEqualsNothingOld) {
  EXPECT_THAT(solveText(R"(
global @stdin : ptr<i8>
define @f() -> i32 {
  local f : ptr<i8>
bb0:
  %0 = call @fopen("a")
  store &f, %0
  %1 = load &f
  %2 = eq %1, 0
  branch %2, out, opened
opened:
  %3 = load &f
  %4 = load @stdin
  %5 = ne %3, %4
  branch %5, closes, out
closes:
  %6 = load &f
  %7 = call @fclose(%6)
  jump out
out:
  return 0
}
)"),
              IsEmpty());
}

TEST(Precision, LockGivenBackAndTakenAgainByACallee) {
  EXPECT_THAT(solveText(R"(
record @q { m : i32 }
define @pause(q : ptr<rec @q>) {
bb0:
  %0 = load &q
  %1 = field %0, "m"
  call @unlock(%1)
  call @lock(%1)
  return
}
define @f(q : ptr<rec @q>, n : i32) -> i32 {
bb0:
  %0 = load &q
  call @pause(%0)
  %1 = load &n
  branch %1, bad, good
bad:
  return -1
good:
  return 0
}
)"),
              IsEmpty());
}

TEST(Precision, LeakOnlyWithoutATurnOfTheLoopIsNoFinding) {
  EXPECT_THAT(solveText(R"(
define @f(n : i32) -> i32 {
  local fd : i32
  local i : i32
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  store &i, 0
  jump head
head:
  %1 = load &i
  %2 = load &n
  %3 = lt %1, %2
  branch %3, body, out
body:
  %4 = load &fd
  %5 = call @mystery(%4)
  %6 = load &i
  %7 = add %6, 1
  store &i, %7
  jump head
out:
  return 0
}
)"),
              IsEmpty());
}
