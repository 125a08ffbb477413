//===- StateTest.cpp - facts and memory -----------------------------------===//

#include "lib/Solver/State.h"
#include <gtest/gtest.h>

using namespace handrail::solver;

namespace {
struct StateTest : ::testing::Test {
  ValueTable T;
  State S;
  ValueId X = T.opResult(1, 0, 0, -100, 100), Y = T.opResult(2, 0, 0, -100, 100);
};
} // namespace

TEST_F(StateTest, AContainerUndoesAField) {
  ValueId Member = T.field(X, 7);
  EXPECT_EQ(T.container(Member, 7), X);
  EXPECT_NE(T.container(Member, 8), X);
  ValueId Object = T.container(Y, 7);
  EXPECT_NE(Object, Y);
  EXPECT_EQ(T.field(Object, 7), Y);
  EXPECT_EQ(T.root(T.field(Object, 8)), Y);
}

TEST_F(StateTest, ContradictionEndsThePath) {
  EXPECT_TRUE(S.assumeRange(T, X, 0, MaxInt));
  EXPECT_FALSE(S.assumeRange(T, X, MinInt, -1));
}

TEST_F(StateTest, ExclusionsShrinkTheInterval) {
  EXPECT_TRUE(S.assumeRange(T, X, -1, 1));
  EXPECT_TRUE(S.assumeNot(T, X, 0));
  EXPECT_TRUE(S.assumeNot(T, X, -1));
  EXPECT_EQ(S.constant(T, X), 1);
}

TEST_F(StateTest, ComparisonKnownFromIntervals) {
  EXPECT_TRUE(S.assumeRange(T, X, 0, 5));
  EXPECT_TRUE(S.assumeRange(T, Y, 6, 9));
  EXPECT_EQ(S.truth(T, T.lt(X, Y, false)), true);
  EXPECT_EQ(S.truth(T, T.eq(X, Y)), false);
}

TEST_F(StateTest, ADecidedComparisonIsANumber) {
  ValueId Negative = T.lt(X, T.constant(0), false);
  EXPECT_EQ(S.constant(T, Negative), std::nullopt);
  EXPECT_TRUE(S.assumeRange(T, X, 0, 5));
  EXPECT_EQ(S.constant(T, Negative), 0);
  EXPECT_EQ(S.constant(T, T.logicalNot(Negative)), 1);
}

TEST_F(StateTest, AComparisonOfSymbolsIsRemembered) {
  ValueId Less = T.lt(X, Y, false);
  EXPECT_EQ(S.truth(T, Less), std::nullopt);
  EXPECT_TRUE(S.assume(T, Less, true));
  EXPECT_EQ(S.truth(T, Less), true);
  EXPECT_FALSE(S.assume(T, T.logicalNot(Less), true));
}

TEST_F(StateTest, EqualValuesShareWhatIsKnown) {
  EXPECT_TRUE(S.assumeRange(T, Y, 3, 9));
  EXPECT_TRUE(S.assume(T, T.eq(X, Y), true));
  EXPECT_EQ(S.rep(Y), S.rep(X));
  EXPECT_FALSE(S.assumeRange(T, X, 10, 20));
}

TEST_F(StateTest, TwoOpenHandlesAreTwoNumbers) {
  S.addObligation(X).St = HandleState::Open;
  S.addObligation(Y).St = HandleState::Open;
  EXPECT_FALSE(S.assumeEqual(T, X, Y));
}

TEST_F(StateTest, UnsignedComparisonWithAConstant) {
  EXPECT_TRUE(S.assume(T, T.lt(X, T.constant(10), true), true));
  EXPECT_EQ(S.range(T, X).Lo, 0);
  EXPECT_EQ(S.range(T, X).Hi, 9);
}

TEST_F(StateTest, PlusPassesLimitsBothWays) {
  ValueId Next = T.plus(X, 1);
  EXPECT_TRUE(S.assume(T, T.eq(Next, T.constant(0)), true));
  EXPECT_EQ(S.constant(T, X), -1);
}

TEST_F(StateTest, UntouchedMemoryReadsTheSameTwice) {
  ValueId Field = T.field(T.content(T.localAddr(0), 0), 1);
  EXPECT_EQ(S.load(T, Field, MinInt, MaxInt), S.load(T, Field, MinInt, MaxInt));
}

TEST_F(StateTest, ForgottenMemoryReadsDifferently) {
  ValueId P = T.content(T.localAddr(0), 0), Field = T.field(P, 1);
  ValueId Before = S.load(T, Field, MinInt, MaxInt);
  S.forget(T, P, T.opResult(5, 0, 0));
  EXPECT_NE(Before, S.load(T, Field, MinInt, MaxInt));
}

TEST_F(StateTest, ZeroedMemoryReadsZero) {
  S.forget(T, T.localAddr(0), T.zeroToken());
  EXPECT_EQ(S.constant(T, S.load(T, T.field(T.localAddr(0), 7), MinInt, MaxInt)), 0);
}

TEST_F(StateTest, CopiedMemoryReadsAsTheOriginalDid) {
  ValueId A = T.localAddr(0), B = T.localAddr(1);
  S.store(T.field(A, 1), X);
  ValueId Unwritten = S.load(T, T.field(A, 2), MinInt, MaxInt);
  S.copyMemory(T, B, A);
  EXPECT_EQ(S.load(T, T.field(B, 1), MinInt, MaxInt), X);
  EXPECT_EQ(S.load(T, T.field(B, 2), MinInt, MaxInt), Unwritten);
  S.store(T.field(A, 1), Y);
  EXPECT_EQ(S.load(T, T.field(B, 1), MinInt, MaxInt), X);
}

TEST_F(StateTest, ElementZeroIsTheArray) { EXPECT_EQ(T.elem(T.localAddr(0), 0), T.localAddr(0)); }

TEST_F(StateTest, NamedAddressesAreNeverNull) {
  EXPECT_EQ(S.truth(T, T.eq(T.localAddr(0), T.constant(0))), false);
  EXPECT_FALSE(S.assumeEqual(T, T.localAddr(0), T.localAddr(1)));
}
