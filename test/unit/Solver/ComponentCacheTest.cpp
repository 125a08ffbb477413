//===- ComponentCacheTest.cpp - what is solved again, and what is not -----===//

#include "lib/Solver/ComponentCache.h"
#include "SolveText.h"
#include <gmock/gmock.h>

using namespace handrail::solver;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

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
    std::string Result = print(*U, solve({{&*U}}, Models, Options, Cache));
    EXPECT_EQ(Result, print(*U, solve({{&*U}}, Models, Options)));
    Saved = Cache.save();
    Solved = Cache.Solved;
    Reused = Cache.Reused;
    return Result;
  }
  std::string Saved;
  handrail::model::ModelSet Models = testModels();
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
    for (const KeptHandle &K : S.Kept)
      Out += "kept by " + K.Callee + " " + std::to_string(U.loc(K.Acquired).Line) + " " +
             std::to_string(U.loc(K.Passed).Line) + "\n";
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
  for (unsigned Again = 0; Again < 2; ++Again)
    EXPECT_THAT(Run(Lends), MatchesRegex("kept by mystery [0-9]+ [0-9]+\n"));
  // Callers that close afterwards show that `mystery` only borrows.
  EXPECT_THAT(Run(Lends + Shows), HasSubstr("leak fd open lend"));
}

// What a call through a pointer may reach is decided elsewhere in the program.
TEST(ComponentCache, TargetsArePartOfTheKey) {
  std::string Table = R"(
record @ops { end : ptr<fn(i32)> }
define @closes(fd : i32) internal {
  %0 = load &fd
  %1 = call @close(%0)
  return
}
define @looks(fd : i32) internal {
  return
}
global @mine : rec @ops internal { "end" = @looks }
)",
              Caller = R"(
define @use(o : ptr<rec @ops>) {
  local fd : i32
bb0:
  %0 = call @open("x", 0)
  store &fd, %0
  %1 = load &o
  %2 = field %1, "end"
  %3 = load %2
  %4 = load &fd
  call %3(%4)
  return
}
)";
  Incremental Run;
  EXPECT_THAT(Run(Table + Caller), HasSubstr("leak fd open use"));
  EXPECT_EQ(Run(replaced(Table, "= @looks", "= @closes") + Caller), "");
  EXPECT_THAT(Run(Table + Caller, 7),
              AllOf(HasSubstr("leak fd open use"), Not(HasSubstr("kept by"))));
  // Others may store to the member: who knows where the call goes.
  std::string Setter = R"(
define @set(o : ptr<rec @ops>, end : ptr<fn(i32)>) {
  %0 = load &o
  %1 = field %0, "end"
  %2 = load &end
  store %1, %2
  return
}
)";
  EXPECT_THAT(Run(Table + Caller + replaced(Setter, "  store %1, %2\n", "")),
              Not(HasSubstr("kept by")));
  EXPECT_THAT(Run(Table + Caller + Setter), HasSubstr("kept by"));
}

// The table is constant, and the place in it is known, so the call is of one function.
const std::string ManyFunctions = R"(
record @ops { end : ptr<fn(i32)> }
define @closes(fd : i32) internal {
  %0 = load &fd
  %1 = call @close(%0)
  return
}
define @a(fd : i32) internal { return }
define @b(fd : i32) internal { return }
define @c(fd : i32) internal { return }
define @d(fd : i32) internal { return }
global @inner : arr<rec @ops, 5> internal const {
  [0] "end" = @a [1] "end" = @b [2] "end" = @c [3] "end" = @d [4] "end" = @closes }
)";

TEST(ComponentCache, WhatTablesLeadToIsPartOfTheKey) {
  std::string Caller = R"(
global @outer : ptr<arr<rec @ops, 5>> internal const = @inner
define @use() {
  local fd : i32
bb0:
  %0 = call @open("x", 0)
  store &fd, %0
  %1 = load @outer
  %2 = index %1, 4
  %3 = field %2, "end"
  %4 = load %3
  %5 = load &fd
  call %4(%5)
  return
}
)",
              Other = replaced(ManyFunctions, "[3] \"end\" = @d [4] \"end\" = @closes",
                               "[3] \"end\" = @closes [4] \"end\" = @d");
  Incremental Run;
  EXPECT_THAT(Run(ManyFunctions + Caller), Not(HasSubstr("leak")));
  EXPECT_THAT(Run(Other + Caller), HasSubstr("leak fd open use"));
  EXPECT_THAT(Run(ManyFunctions + Caller, 7), Not(HasSubstr("leak")));
  std::string Forgets = replaced(ManyFunctions, "call @close(%0)", "copy %0");
  EXPECT_THAT(Run(Forgets + Caller), HasSubstr("leak fd open use"));
}

// Attributes of declarations add models to those that a cache is for.
TEST(ComponentCache, ModelsOfFunctionsArePartOfTheKey) {
  std::string Caller = R"(
define @lend() -> i32 {
  local fd : i32
bb0:
  %0 = call @open("x", 0)
  store &fd, %0
  %1 = load &fd
  call @mystery(%1)
  return 0
}
)";
  Incremental Run;
  EXPECT_THAT(Run(Caller + Opener), HasSubstr("kept by mystery"));
  handrail::model::FunctionModel Uses;
  Uses.Name = "mystery";
  Uses.Effects.emplace_back().Kind = *Run.Models.kind("fd");
  Uses.Effects[0].At.Root = 0;
  Run.Models.Functions.push_back(Uses);
  Run.Models.index();
  EXPECT_THAT(Run(Caller + Opener), HasSubstr("leak fd open lend"));
  EXPECT_EQ(Run.Reused, 1u); // `make` calls nothing that changed
  Run.Models.Functions.back().Effects[0].Op = handrail::model::EffectKind::Release;
  EXPECT_EQ(Run(Caller + Opener), "");
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
