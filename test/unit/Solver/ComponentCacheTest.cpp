//===- ComponentCacheTest.cpp - what is solved again, and what is not -----===//

#include "lib/Solver/ComponentCache.h"
#include "SolveText.h"
#include <gmock/gmock.h>

using namespace handrail::solver;
using ::testing::HasSubstr;

namespace {

/// Solves one text after the other with one cache.
class Incremental {
public:
  std::string operator()(const std::string &Text, unsigned Threads = 1) {
    auto U = handrail::ir::parseUnit(Text, "t.hir");
    if (!U) {
      ADD_FAILURE() << llvm::toString(U.takeError());
      return "";
    }
    SolverOptions Options;
    Options.Threads = Threads;
    ComponentCache Cache(Saved);
    std::string Result = print(*U, solve({{&*U}}, testModels(), Options, Cache));
    EXPECT_EQ(Result, print(*U, solve({{&*U}}, testModels(), Options)));
    Saved = Cache.save();
    Solved = Cache.Solved;
    Reused = Cache.Reused;
    return Result;
  }
  std::string Saved;
  uint64_t Solved = 0, Reused = 0;

private:
  static std::string print(const handrail::ir::Unit &U, const Solution &S) {
    std::string Out;
    for (const Violation &V : S.Violations) {
      Out += std::to_string(U.loc(V.Loc).Line) + " " + kindName(V.Kind) + " " + V.Variable + " " +
             V.Acquirer + " " + U.name(U.symbol(V.F->Sym)).str() + "\n";
      for (const Event &E : V.Path)
        Out += "  " + std::to_string(int(E.Kind)) + " " + std::to_string(U.loc(E.Loc).Line) + " " +
               E.Text + "\n";
    }
    return Out;
  }
};

const std::string Opener = R"(
define @make(path : ptr<i8>) -> i32 {
bb0:
  %0 = load &path
  %1 = call @open(%0, 1)
  return %1
}
)";

const std::string User = R"(
define @valid(fd : i32) -> i32 {
bb0:
  %0 = load &fd
  %1 = ge %0, 0
  return %1
}
define @use(path : ptr<i8>) -> i32 {
  local fd : i32
bb0:
  %0 = load &path
  %1 = call @make(%0)
  store &fd, %1
  %2 = load &fd
  %3 = call @valid(%2)
  branch %3, good, bad
bad:
  return -1
good:
  return 0
}
)";

std::string replaced(std::string Text, const std::string &From, const std::string &To) {
  size_t At = Text.find(From);
  EXPECT_NE(At, std::string::npos);
  return Text.replace(At, From.size(), To);
}

} // namespace

TEST(ComponentCache, NothingChangedNothingSolved) {
  Incremental Run;
  EXPECT_THAT(Run(Opener + User), HasSubstr("leak fd make use"));
  EXPECT_EQ(Run.Solved, 3u);
  for (unsigned Threads : {1, 7}) {
    EXPECT_THAT(Run(Opener + User, Threads), HasSubstr("leak fd make use"));
    EXPECT_EQ(Run.Solved, 0u);
    EXPECT_EQ(Run.Reused, 2u); // nobody had to ask what `valid` does
  }
}

TEST(ComponentCache, ABodyWithTheSameSummaryOutdatesNobody) {
  Incremental Run;
  Run(Opener + User);
  Run(replaced(Opener, "@open(%0, 1)", "@open(%0, 3)") + User);
  EXPECT_EQ(Run.Solved, 1u);
  EXPECT_EQ(Run.Reused, 1u);
}

TEST(ComponentCache, AnotherSummaryOutdatesTheCallers) {
  Incremental Run;
  Run(Opener + User);
  // Closes what it opened.
  std::string Closes = replaced(Opener, "  return %1\n", "  %2 = call @close(%1)\n  return %2\n");
  EXPECT_EQ(Run(Closes + User), "");
  EXPECT_THAT(Run(Opener + User), HasSubstr("leak fd make use"));
}

TEST(ComponentCache, ASummaryOnDemandIsPartOfTheKey) {
  Incremental Run;
  Run(Opener + User);
  // No handle is ever valid: not a leak.
  Run(Opener + replaced(User, "ge %0, 0", "lt %0, 0"));
  EXPECT_GE(Run.Solved, 2u);
}

TEST(ComponentCache, WhatTheProgramSaysOfANameIsPartOfTheKey) {
  std::string Lends = R"(
define @lend() -> i32 {
  local fd : i32
bb0:
  %0 = call @open("x", 0)
  store &fd, %0
  %1 = load &fd
  call @mystery(%1)
  return 0
}
)",
              Shows = R"(
define @shows(fd : i32) -> i32 {
bb0:
  %0 = load &fd
  call @mystery(%0)
  %1 = load &fd
  %2 = call @close(%1)
  return 0
}
define @again(fd : i32) -> i32 {
bb0:
  %0 = load &fd
  call @mystery(%0)
  %1 = load &fd
  %2 = call @close(%1)
  return 0
}
)";
  Incremental Run;
  EXPECT_EQ(Run(Lends), "");
  // Callers that close afterwards show that `mystery` only borrows.
  EXPECT_THAT(Run(Lends + Shows), HasSubstr("leak fd open lend"));
}

TEST(ComponentCache, DamageIsAnEmptyCache) {
  Incremental Run;
  Run(Opener + User);
  std::string Whole = Run.Saved;
  for (size_t Size = 0; Size < Whole.size(); Size += 13) {
    Run.Saved = Whole.substr(0, Size);
    Run(Opener + User);
    EXPECT_EQ(Run.Solved, 3u);
    EXPECT_EQ(Run.Saved, Whole);
  }
}
