//===- BoundsTest.cpp - what keeps exploring cheap ------------------------===//

#include "SolveText.h"
#include "llvm/Support/FormatVariadic.h"
#include <gmock/gmock.h>

using namespace handrail::solver;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

static SolverStats statsOf(std::string Text, const SolverOptions &Options = {}) {
  auto U = handrail::ir::parseUnit(Text, "t.hir");
  if (!U) {
    ADD_FAILURE() << llvm::toString(U.takeError());
    return {};
  }
  Program P;
  P.Units.push_back(&*U);
  return solve(P, testModels(), Options).Stats;
}

/// Loops inside each other, the innermost of which reads from a stream.
static std::string nestedLoops(unsigned Depth) {
  std::string Text = "define @f(f : ptr<i8>) {\n  jump l0\n";
  for (unsigned D = 0; D < Depth; ++D)
    Text += llvm::formatv("l{0}:\n  %{1} = load &f\n  %{2} = call @fgetc(%{1})\n"
                          "  %{3} = lt %{2}, 0\n  branch %{3}, {4}, l{5}\n",
                          D, D * 3, D * 3 + 1, D * 3 + 2,
                          D ? llvm::formatv("l{0}", D - 1).str() : "out", D + 1)
                .str();
  return Text + llvm::formatv("l{0}:\n  jump l{1}\nout:\n  %90 = load &f\n"
                              "  %91 = call @fclose(%90)\n  return\n}\n",
                              Depth, Depth - 1)
                    .str();
}

TEST(Bounds, NestedLoopsAddUp) {
  uint64_t One = statsOf(nestedLoops(1)).Steps, Six = statsOf(nestedLoops(6)).Steps;
  EXPECT_LT(Six, 40 * One);
}

TEST(Bounds, WhatALoopTestsForItselfKeepsNoStatesApart) {
  // All ways through the body lead back to its head, and from there to fclose.
  std::string Text = "define @f(f : ptr<i8>) {\n";
  for (char V : {'a', 'b', 'c', 'd', 'e', 'g'})
    Text += llvm::formatv("  local {0} : i32\n", V).str();
  Text += "  jump head\nhead:\n  %0 = load &f\n  %1 = call @fgetc(%0)\n  %2 = lt %1, 0\n"
          "  branch %2, out, body0\n";
  unsigned Temp = 3, Block = 0;
  for (char V : {'a', 'b', 'c', 'd', 'e', 'g'}) {
    Text += llvm::formatv("body{0}:\n  %{1} = call @unseen()\n  store &{2}, %{1}\n"
                          "  %{3} = load &{2}\n  %{4} = eq %{3}, 0\n"
                          "  branch %{4}, head, body{5}\n",
                          Block, Temp, V, Temp + 1, Temp + 2, Block + 1)
                .str();
    Temp += 3;
    ++Block;
  }
  Text += llvm::formatv("body{0}:\n  jump head\nout:\n  %90 = load &f\n  %91 = call @fclose(%90)\n"
                        "  return\n}\ndeclare @unseen : fn() -> (i32)\n",
                        Block)
              .str();
  EXPECT_EQ(statsOf(Text).StateCap, 0u);
}

TEST(Bounds, AFunctionThatIsTooBigWithAllItsCalleesIsExploredWithThoseOfItsFile) {
  std::string Main = R"(
declare @sign : fn(i32) -> (i32)
define @f(x : i32) {
  local fd : i32
  %0 = call @open("p")
  store &fd, %0
)";
  for (unsigned K = 1; K < 20; ++K)
    Main += llvm::formatv("  %{0} = call @sign({0})\n", K).str();
  Main += "  return\n}\n";
  const char *Other = R"(
define @sign(x : i32) -> i32 {
  %0 = load &x
  %1 = lt %0, 0
  branch %1, negative, other
negative:
  return -1
other:
  return 1
}
)";
  auto A = handrail::ir::parseUnit(Main, "a.hir"), B = handrail::ir::parseUnit(Other, "b.hir");
  ASSERT_TRUE(A && B);
  Program P{{&*A, &*B}};
  Solution Full = solve(P, testModels());
  ASSERT_EQ(Full.Violations.size(), 1u);
  SolverOptions Small;
  Small.MaxSteps = 30;
  Solution Less = solve(P, testModels(), Small);
  EXPECT_EQ(Less.Violations.size(), 1u);
  EXPECT_EQ(Less.Stats.StepCap, 0u);
}

TEST(Bounds, RecursionInALongCircleSettles) {
  // f0 calls f1 calls … calls f9, which closes or calls f0.
  std::string Text;
  for (unsigned K = 0; K < 9; ++K)
    Text +=
        llvm::formatv("define @f{0}(x : i32) {{\n  %0 = load &x\n  call @f{1}(%0)\n  return\n}\n",
                      K, K + 1)
            .str();
  Text += R"(
define @f9(x : i32) {
  %0 = load &x
  %1 = eq %0, 7
  branch %1, again, out
again:
  call @f0(8)
  return
out:
  %2 = call @close(%0)
  return
}
define @user() {
  %0 = call @open("p")
  call @f5(%0)
  call @f5(%0)
  return
}
)";
  EXPECT_THAT(solveText(Text), ElementsAre("61 double-release  open"));
  EXPECT_EQ(statsOf(Text).RecursionCap, 0u);
}

TEST(Bounds, WhatDoesNotReturnIsNoRecursion) {
  // `fail` is in a circle with those who call it to end the program.
  EXPECT_EQ(statsOf(R"(
define @print(x : i32) {
  %0 = load &x
  %1 = lt %0, 0
  branch %1, bad, out
bad:
  call noreturn @fail(1)
  unreachable
out:
  %2 = call @close(%0)
  return
}
define @fail(x : i32) noreturn {
  call @print(7)
  unreachable
}
)")
                .Explored,
            2u);
}

TEST(Bounds, CallersBindAFewPointersOnly) {
  std::string Text = "record @ops {\n";
  for (unsigned K = 0; K < 12; ++K)
    Text += llvm::formatv("  p{0} : ptr<fn()>\n", K).str();
  Text += "}\ndefine @f(o : ptr<rec @ops>, fd : i32) {\n  %0 = load &o\n";
  for (unsigned K = 0; K < 12; ++K)
    Text += llvm::formatv("  %{0} = field %0, \"p{1}\"\n  %{2} = load %{0}\n  call %{2}()\n",
                          2 * K + 1, K, 2 * K + 2)
                .str();
  Text += "  %30 = load &fd\n  %31 = call @close(%30)\n  return\n}\n";
  EXPECT_EQ(statsOf(Text).TargetCap, 4u);
}

TEST(Bounds, CasesThatDoNotTellAllAreCounted) {
  std::string Text = R"(
record @r { a : i32  b : i32  fd : i32 }
define @f(r : ptr<rec @r>) {
  %0 = load &r
  %1 = field %0, "a"
  store %1, 1
  %2 = field %0, "b"
  store %2, 2
  %3 = field %0, "fd"
  %4 = call @open("p")
  store %3, %4
  return
}
)";
  SolverOptions Small;
  Small.MaxWrites = 2;
  EXPECT_EQ(statsOf(Text).WriteCap, 0u);
  EXPECT_EQ(statsOf(Text, Small).WriteCap, 1u);
  EXPECT_EQ(statsOf(Text, Small).CaseCap, 0u);
}

TEST(Bounds, LongStoriesOfHandlesAreCounted) {
  std::string Text = "define @f0() -> i32 {\n  %0 = call @open(\"p\")\n  return %0\n}\n";
  for (unsigned K = 1; K < 6; ++K)
    Text +=
        llvm::formatv("define @f{0}() -> i32 {{\n  %0 = call @f{1}()\n  return %0\n}\n", K, K - 1)
            .str();
  SolverOptions Small;
  Small.MaxEvents = 4;
  EXPECT_EQ(statsOf(Text).PathCap, 0u);
  EXPECT_EQ(statsOf(Text, Small).PathCap, 2u);
}

TEST(Bounds, CalleesThatAreNotExploredForTheirPointersAreCounted) {
  std::string Text = R"(
define @run(cb : ptr<fn(i32)>, fd : i32) {
  %0 = load &cb
  %1 = load &fd
  call %0(%1)
  return
}
define @closes(fd : i32) {
  %0 = load &fd
  %1 = call @close(%0)
  return
}
define @use() {
  %0 = call @open("p")
  call @run(@closes, %0)
  return
}
)";
  EXPECT_EQ(statsOf(Text).BoundCap, 0u);
  SolverOptions None, Shallow;
  None.MaxBound = 0;
  EXPECT_EQ(statsOf(Text, None).BoundCap, 1u);
  Shallow.MaxBoundDepth = 0;
  EXPECT_EQ(statsOf(Text, Shallow).BoundCap, 1u);
}

TEST(Bounds, FunctionsThatTravelTooFarAreCounted) {
  auto Copies = [](unsigned Count) {
    std::string Text = "global @hook : ptr<fn(i32)> internal\ndefine @f(x : i32) { return }\n"
                       "define @set() {\n  %0 = copy @f\n";
    for (unsigned K = 1; K < Count; ++K)
      Text += llvm::formatv("  %{0} = copy %{1}\n", K, K - 1).str();
    return Text + llvm::formatv("  store @hook, %{0}\n  return\n}\n", Count - 1).str();
  };
  EXPECT_EQ(statsOf(Copies(9)).FlowCap, 0u);
  EXPECT_EQ(statsOf(Copies(10)).FlowCap, 1u);
}

TEST(Bounds, LocksThatTravelTooFarAreCounted) {
  auto Copies = [](unsigned Count) {
    std::string Text = "global @mutex : i32\ndefine @give() {\n  %0 = copy @mutex\n";
    for (unsigned K = 1; K < Count; ++K)
      Text += llvm::formatv("  %{0} = copy %{1}\n", K, K - 1).str();
    return Text + llvm::formatv("  call @unlock(%{0})\n  return\n}\n", Count - 1).str();
  };
  EXPECT_EQ(statsOf(Copies(7)).FlowCap, 0u);
  EXPECT_EQ(statsOf(Copies(8)).FlowCap, 1u);
}

TEST(Bounds, MembersOfARecursionThatMoveNoHandlesGetFewerRounds) {
  // Everybody calls the next and the one before, and says so in a variable; f0 opens and closes.
  const unsigned Count = 12;
  std::string Text;
  for (unsigned K = 0; K < Count; ++K)
    Text += llvm::formatv("global @g{0} : i32\ndefine @f{0}(x : i32) {{\n  %0 = load &x\n"
                          "  %1 = eq %0, {0}\n  branch %1, up, down\nup:\n  store @g{0}, %0\n"
                          "  call @f{1}(%0)\n  jump out\ndown:\n  call @f{2}(%0)\n  jump out\n"
                          "out:\n{3}  return\n}\n",
                          K, (K + 1) % Count, (K + Count - 1) % Count,
                          K ? "" : "  %2 = call @open(\"p\")\n  %3 = call @close(%2)\n")
                .str();
  SolverOptions AllAlike;
  AllAlike.PlainRounds = AllAlike.RecursionRounds;
  EXPECT_LE(statsOf(Text).Explored, 2 * Count + 1u);
  EXPECT_GT(statsOf(Text, AllAlike).Explored, 2 * Count + 1u);
}

/// Gives what lies in \p Count global variables to functions that nobody knows.
static std::string lending(unsigned Count) {
  std::string Text = "declare @unseen : fn(i32)\n", Body;
  for (unsigned K = 0; K < Count; ++K) {
    Text += llvm::formatv("global @g{0} : i32\n", K).str();
    Body += llvm::formatv("  %{0} = load @g{0}\n  call @unseen(%{0})\n", K).str();
  }
  return Text + "define @f() {\n" + Body + "  %90 = call @open(\"p\")\n  return\n}\n";
}

TEST(Bounds, OfWhatLiesInTablesCallersAreToldALittle) {
  SolverOptions More;
  More.MaxKeptInTables = 5;
  EXPECT_EQ(statsOf(lending(4)).WriteCap, 0u);
  EXPECT_EQ(statsOf(lending(5)).WriteCap, 1u);
  EXPECT_EQ(statsOf(lending(5), More).WriteCap, 0u);
}

TEST(Bounds, ManyObjectsThatAreUnknownAsAWholeAreLeftAlone) {
  std::string Text = "declare @unseen : fn(ptr<i32>)\n", Body;
  for (unsigned K = 0; K < 10; ++K) {
    Text += llvm::formatv("global @g{0} : i32\n", K).str();
    Body += llvm::formatv("  call @unseen(@g{0})\n", K).str();
  }
  Text += "define @f() {\n" + Body + "  jump next\nnext:\n  %0 = call @open(\"p\")\n  return\n}\n";
  SolverOptions Small;
  Small.MaxHeap = 32;
  EXPECT_EQ(statsOf(Text, Small).HeapCap, 0u);
}

TEST(Bounds, ClassesOfExceptionsThatCallersDoNotHearOfAreCounted) {
  auto Throws = [](unsigned Count) {
    std::string Text = "define @f(x : i32) {\n  %0 = call @open(\"p\")\n  %1 = call @close(%0)\n"
                       "  %2 = load &x\n  switch %2, [";
    for (unsigned K = 0; K < Count; ++K)
      Text += llvm::formatv("{0}{1} -> t{1}", K ? ", " : "", K).str();
    Text += "], default out\n";
    for (unsigned K = 0; K < Count; ++K)
      Text += llvm::formatv("t{0}:\n  throw undef as \"C{0}\"\n", K).str();
    return Text + "out:\n  return\n}\n";
  };
  EXPECT_EQ(statsOf(Throws(4)).ThrownCap, 0u);
  EXPECT_EQ(statsOf(Throws(5)).ThrownCap, 1u);
}

TEST(Bounds, TryBlocksWithALongWayToTheirFirstCallAreCounted) {
  auto Try = [](unsigned Blocks) {
    std::string Text = "define @f() {\n  branch undef, thrown, b0\nthrown:\n"
                       "  throw undef as \"\" to handler\n";
    for (unsigned K = 0; K < Blocks; ++K)
      Text += llvm::formatv("b{0}:\n  jump b{1}\n", K, K + 1).str();
    return Text + llvm::formatv("b{0}:\n  %0 = call @open(\"p\")\n  %1 = call @close(%0)\n"
                                "  return\nhandler:\n  return\n}\n",
                                Blocks)
                      .str();
  };
  EXPECT_EQ(statsOf(Try(15)).TryCap, 0u);
  EXPECT_EQ(statsOf(Try(16)).TryCap, 1u);
}
