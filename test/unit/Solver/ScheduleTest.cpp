//===- ScheduleTest.cpp - the same result on any number of threads --------===//

#include "lib/Solver/Schedule.h"
#include "SolveText.h"
#include <atomic>

using namespace handrail::solver;

/// Layers of functions that call into the layer below: openers and closers at the
/// bottom, plain helpers that many ask for, pairs that call each other, and users
/// of all of them with mistakes in some.
static std::string layers(unsigned Width) {
  std::string Text;
  for (unsigned K = 0; K < Width; ++K) {
    std::string N = std::to_string(K), Next = std::to_string((K + 1) % Width);
    Text += "define @open" + N +
            "(path : ptr<i8>) -> i32 {\nbb0:\n  %0 = load &path\n"
            "  %1 = call @open(%0, 0)\n  return %1\n}\n";
    Text += "define @valid" + N +
            "(fd : i32) -> i32 {\nbb0:\n  %0 = load &fd\n"
            "  %1 = ge %0, 0\n  return %1\n}\n";
    Text += "define @ping" + N +
            "(fd : i32, n : i32) {\nbb0:\n  %0 = load &n\n"
            "  branch %0, more, done\nmore:\n  %1 = load &fd\n  %2 = sub %0, 1\n"
            "  call @pong" +
            N +
            "(%1, %2)\n  return\ndone:\n  %3 = load &fd\n"
            "  %4 = call @close(%3)\n  return\n}\n";
    Text += "define @pong" + N +
            "(fd : i32, n : i32) {\nbb0:\n  %0 = load &n\n"
            "  %1 = load &fd\n  call @ping" +
            N + "(%1, %0)\n  return\n}\n";
    Text += "define @use" + N +
            "(path : ptr<i8>) -> i32 {\n  local fd : i32\nbb0:\n"
            "  %0 = load &path\n  %1 = call @open" +
            N +
            "(%0)\n  store &fd, %1\n"
            "  %2 = load &fd\n  %3 = call @valid" +
            Next +
            "(%2)\n  branch %3, good, bad\n"
            "bad:\n  return -1\ngood:\n  %4 = load &fd\n";
    Text += K % 3 ? "  call @ping" + Next + "(%4, 2)\n  return 0\n}\n" : "  return %3\n}\n";
  }
  return Text;
}

static std::string solved(const std::string &Text, unsigned Threads) {
  auto U = handrail::ir::parseUnit(Text, "t.hir");
  if (!U) {
    ADD_FAILURE() << llvm::toString(U.takeError());
    return "";
  }
  SolverOptions Options;
  Options.Threads = Threads;
  std::string Out;
  llvm::raw_string_ostream OS(Out);
  Solution S = solveAndDump({{&*U}}, testModels(), Options, OS);
  for (const Violation &V : S.Violations) {
    OS << U->loc(V.Loc).Line << ' ' << kindName(V.Kind) << ' ' << V.Variable << '\n';
    for (const Event &E : V.Path)
      OS << "  " << U->loc(E.Loc).Line << ' ' << E.Text << '\n';
  }
  OS << S.Stats.Functions << ' ' << S.Stats.Explored << ' ' << S.Stats.Steps << ' '
     << S.Stats.States << ' ' << S.Stats.RecursionCap << '\n';
  return Out;
}

TEST(Schedule, ThreadsChangeNothing) {
  std::string Text = layers(40), One = solved(Text, 1);
  EXPECT_NE(One.find("leak fd"), std::string::npos);
  EXPECT_EQ(One, solved(Text, 2));
  for (unsigned Round = 0; Round < 5; ++Round)
    EXPECT_EQ(One, solved(Text, 7));
}

TEST(Schedule, CalleesComeFirst) {
  auto U = handrail::ir::parseUnit(layers(30), "t.hir");
  ASSERT_TRUE(bool(U));
  ProgramIndex Index({{&*U}}, testModels());
  IndirectCalls Indirect(Index, 4);
  uint64_t Forgotten = 0;
  CallGraph Graph = buildCallGraph(Index, Indirect, 48, Forgotten);
  for (unsigned Threads : {1, 2, 7}) {
    std::vector<std::atomic<bool>> Done(Graph.Components.size());
    std::atomic<unsigned> Count = 0;
    forEachBottomUp(Graph, Threads, [&](uint32_t C) {
      for (uint32_t Callee : Graph.calleeComponents(C))
        EXPECT_TRUE(Done[Callee]);
      EXPECT_FALSE(Done[C].exchange(true));
      ++Count;
    });
    EXPECT_EQ(Count, Graph.Components.size());
  }
}

TEST(Schedule, ProgramWithoutFunctions) { EXPECT_EQ(solved("", 1), solved("", 7)); }
