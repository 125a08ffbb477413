//===- SummaryTest.cpp - what summaries say -------------------------------===//

#include "SolveText.h"
#include <gmock/gmock.h>

using namespace handrail::solver;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Summary, CasesByReturnClass) {
  std::string S = summariesOf(R"(
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
)");
  EXPECT_THAT(S, HasSubstr("case returns -1\n"));
  EXPECT_THAT(S, HasSubstr("case returns 0\n"));
  EXPECT_THAT(S, HasSubstr("writes *arg0 = fresh"));
  EXPECT_THAT(S, HasSubstr("open fd"));
}

TEST(Summary, ReleaseOfAParameterIsARequirement) {
  std::string S = summariesOf(R"(
define @drop(fd : i32) {
bb0:
  %0 = load &fd
  %1 = call @close(%0)
  return
}
)");
  EXPECT_THAT(S, HasSubstr("handle arg0 closed fd"));
}

TEST(Summary, FunctionThatOnlyExitsDoesNotReturn) {
  std::string S = summariesOf(R"(
define @die() {
bb0:
  call @exit(1)
  return
}
)");
  EXPECT_THAT(S, HasSubstr("does not return"));
}

TEST(Summary, RecursionSettles) {
  std::string S = summariesOf(R"(
define @walk(n : i32, fd : i32) -> i32 {
bb0:
  %0 = load &n
  %1 = eq %0, 0
  branch %1, last, more
last:
  %2 = load &fd
  %3 = call @close(%2)
  return 0
more:
  %4 = load &n
  %5 = sub %4, 1
  %6 = load &fd
  %7 = call @walk(%5, %6)
  return %7
}
)");
  EXPECT_THAT(S, Not(HasSubstr("unknown")));
  EXPECT_THAT(S, HasSubstr("handle arg1 closed fd"));
}

TEST(Summary, RecursionOfFunctionsThatMoveNoHandlesReturns) {
  // note() always calls log(), which sometimes calls note().
  EXPECT_THAT(solveText(R"(
define @note(n : i32) {
bb0:
  %0 = load &n
  call @log(%0)
  return
}
define @log(n : i32) {
bb0:
  %0 = load &n
  branch %0, more, out
more:
  call @note(0)
  jump out
out:
  return
}
define @f() {
  local fd : i32
bb0:
  %0 = call @open("p", 0)
  store &fd, %0
  call @note(1)
  return !24:1
}
)"),
              ElementsAre("24 leak fd open"));
}
