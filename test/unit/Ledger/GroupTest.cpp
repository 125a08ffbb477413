#include "LedgerTesting.h"
#include "lib/Ledger/Baseline.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace handrail::ledger;
using testing::ElementsAre;

TEST(Group, SamePlaceIsOneGroup) {
  TestReport R;
  int Opened = R.stack({"open_log", "main"}), Again = R.stack({"open_log", "main"}),
      Other = R.stack({"open_log", "main"}, /*Line=*/2);
  R.leak("file", Other);
  R.leak("file", Opened, 2);
  R.leak("file", Again);
  R.leak("socket", Opened);
  Report G = grouped(R);
  ASSERT_EQ(G.Leaks.size(), 3u);
  EXPECT_EQ(G.Leaks[0].Count, 3u);
  EXPECT_EQ(G.Leaks[1].Kind, "file");
  EXPECT_EQ(G.Leaks[2].Kind, "socket");
  EXPECT_EQ(G.Stacks.size(), 2u);
  EXPECT_EQ(G.Leaks[0].Opened, 0) << "stacks come in the order of their use";
}

TEST(Group, TestsOwnersAndCommandsStayApart) {
  TestReport R;
  R.process("client");
  R.process("server");
  int Opened = R.stack({"open_log"});
  R.leak("file", Opened);
  R.leak("file", Opened).Test = "A";
  R.leak("file", Opened).Owner = "FILE *";
  R.leak("file", Opened).Process = 1;
  R.leak("file", Opened).Process = 2;
  Report G = grouped(R);
  ASSERT_EQ(G.Leaks.size(), 4u);
  EXPECT_EQ(G.Leaks[0].Count, 2u);
  EXPECT_EQ(G.Leaks[0].Processes, 2u);
  EXPECT_EQ(G.Leaks[1].Processes, 1u);
}

TEST(Group, AddsUp) {
  TestReport R;
  int Opened = R.stack({"open_log"});
  Leak &A = R.leak("file", Opened);
  A.Values = {3};
  A.Names = {{"b", 1}};
  A.OldestMs = 50, A.NewestMs = 40, A.FirstSeenMs = 7;
  A.Samples = {{0, 1}, {10, 2}};
  Leak &B = R.leak("file", Opened);
  B.Values = {3, 4};
  B.Names = {{"a", 1}, {"b", 1}};
  B.OldestMs = 90, B.NewestMs = 80, B.FirstSeenMs = 3;
  B.Samples = {{10, 1}, {20, 1}};
  R.leak("file", Opened); // of an unknown age
  Report G = grouped(R);
  ASSERT_EQ(G.Leaks.size(), 1u);
  const Leak &L = G.Leaks[0];
  EXPECT_THAT(L.Values, ElementsAre(3, 4));
  ASSERT_EQ(L.Names.size(), 2u);
  EXPECT_EQ(L.Names[0].Text, "b");
  EXPECT_EQ(L.Names[0].Count, 2u);
  EXPECT_EQ(L.OldestMs, 90u);
  EXPECT_EQ(L.NewestMs, 40u);
  EXPECT_EQ(L.FirstSeenMs, 3u);
  EXPECT_THAT(L.Samples, ElementsAre(std::pair(0, 1), std::pair(10, 3), std::pair(20, 1)));
}

TEST(Group, MisusesOfSeveralValuesAreOne) {
  TestReport R;
  int Here = R.stack({"hang_up"});
  R.misuse("double-close", Here).Value = 5;
  R.misuse("double-close", Here).Value = 6;
  R.misuse("wrong-owner", Here).Value = 6;
  Report G = grouped(R);
  ASSERT_EQ(G.Misuses.size(), 2u);
  EXPECT_EQ(G.Misuses[0].Count, 2u);
  EXPECT_EQ(G.Misuses[1].Rule, "wrong-owner");
}

TEST(Group, StepsAreInTheOrderOfAStory) {
  TestReport R;
  Misuse &M = R.misuse("double-close", R.stack({"hang_up"}));
  R.step(M, "owner", -1);
  R.step(M, "previously closed", -1);
  R.step(M, "opened", -1);
  Report G = grouped(R);
  EXPECT_EQ(G.Misuses[0].Steps[0].Role, "here");
  EXPECT_EQ(G.Misuses[0].Steps[1].Role, "opened");
  EXPECT_EQ(G.Misuses[0].Steps[3].Role, "owner");
}

TEST(Group, GroupingTwiceChangesNothing) {
  TestReport R;
  R.process("server");
  int Opened = R.stack({"open_log"});
  R.leak("file", Opened);
  R.leak("file", Opened).Process = 1;
  Report Once = grouped(R), Twice = grouped(Once);
  EXPECT_EQ(Twice.Leaks[0].Processes, 2u);
  EXPECT_EQ(Twice.Leaks[0].Count, 2u);
}

TEST(Group, MergedReportsShareStacksAndModules) {
  TestReport A, B;
  B.Modules.emplace(B.Modules.begin())->Path = "/lib/other.so";
  A.leak("file", A.stack({"open_log"}));
  int Opened = B.stack({"open_log"});
  B.Stacks[size_t(Opened)].Frames[0].Module = 1;
  B.leak("file", Opened);
  Report M = merge({A, B});
  EXPECT_EQ(M.Processes.size(), 2u);
  EXPECT_EQ(M.Stacks.size(), 1u);
  EXPECT_EQ(M.Leaks[1].Process, 1);
  EXPECT_EQ(M.Leaks[1].Opened, 0);
  EXPECT_EQ(grouped(M).Leaks.size(), 1u);
}

TEST(Hash, KnowsFunctionsAndModulesButNoLines) {
  TestReport R;
  R.leak("file", R.stack({"open_log", "main"}, 1));
  R.leak("file", R.stack({"open_log", "main"}, 2));
  R.leak("file", R.stack({"open_log", "run"}, 1));
  R.leak("socket", R.stack({"open_log", "main"}, 1));
  std::string Hash = stableHash(R, R.Leaks[0]);
  EXPECT_EQ(Hash.size(), 16u);
  EXPECT_EQ(stableHash(R, R.Leaks[1]), Hash);
  EXPECT_NE(stableHash(R, R.Leaks[2]), Hash);
  EXPECT_NE(stableHash(R, R.Leaks[3]), Hash);
  R.Modules[0].Path = "/usr/bin/server";
  EXPECT_EQ(stableHash(R, R.Leaks[0]), Hash) << "where a module is installed does not matter";
  R.Modules[0].Path = "/opt/client";
  EXPECT_NE(stableHash(R, R.Leaks[0]), Hash);
}

TEST(Hash, HowAThreadIsStartedDoesNotMatter) {
  TestReport R;
  R.Modules.emplace_back().Path = "/lib/libc.so.6";
  R.leak("file", R.stack({"work"}));
  R.leak("file", R.stack({"work", "start_thread"}));
  R.Stacks[1].Frames[1].Module = 1;
  R.leak("file", R.stack({"work", "start_thread"}));
  R.leak("file", R.stack({"start_thread"}));
  R.Stacks[3].Frames[0].Module = 1;
  auto Hash = [&](size_t I) { return stableHash(R, R.Leaks[I]); };
  EXPECT_EQ(Hash(0), Hash(1));
  EXPECT_NE(Hash(0), Hash(2)) << "a function of the program";
  EXPECT_NE(Hash(0), Hash(3)) << "there is nothing else";
}

TEST(Hash, SitesCountWithoutTheirLines) {
  TestReport R;
  R.leak("connection", -1).Site = "net.cpp:88 in accept_one";
  R.leak("connection", -1).Site = "net.cpp:90 in accept_one";
  R.leak("connection", -1).Site = "net.cpp:90 in accept_two";
  EXPECT_EQ(stableHash(R, R.Leaks[0]), stableHash(R, R.Leaks[1]));
  EXPECT_NE(stableHash(R, R.Leaks[0]), stableHash(R, R.Leaks[2]));
}

TEST(Compare, TellsNewMoreAndGone) {
  TestReport Old, Now;
  Old.leak("file", Old.stack({"grows"}), 2);
  Old.leak("file", Old.stack({"goes"}));
  Old.misuse("double-close", Old.stack({"repaired"}));
  Now.leak("file", Now.stack({"comes"}));
  Now.leak("file", Now.stack({"grows"}, /*Line=*/7), 5);
  Outcome Told;
  Told.Found = grouped(Now);
  compare(Told, grouped(Old));
  EXPECT_TRUE(Told.Compared);
  ASSERT_EQ(Told.Found.Leaks.size(), 2u);
  EXPECT_EQ(Told.Found.Leaks[0].Before, 2u);
  EXPECT_EQ(Told.Found.Leaks[1].Before, 0u);
  ASSERT_EQ(Told.FixedLeaks.size(), 1u);
  EXPECT_EQ(Told.Found.Stacks[size_t(Told.FixedLeaks[0].Opened)].Frames[0].Function, "goes");
  ASSERT_EQ(Told.FixedMisuses.size(), 1u);
}

TEST(Compare, OneKeyInSeveralGroups) {
  TestReport Old, Now;
  Old.leak("file", Old.stack({"f"}), 4);
  Now.leak("file", Now.stack({"f"}, 2), 3);
  Now.leak("file", Now.stack({"f"}, 3), 2);
  Outcome Told;
  Told.Found = grouped(Now);
  compare(Told, grouped(Old));
  EXPECT_EQ(Told.Found.Leaks[0].Before, 3u);
  EXPECT_EQ(Told.Found.Leaks[1].Before, 1u);
}

TEST(Baseline, KnowsWhatItWasMadeOf) {
  TestReport R;
  R.leak("file", R.stack({"open\nlog"}));
  R.misuse("double-close", R.stack({"hang_up"}));
  Outcome Told;
  Told.Found = grouped(R);
  std::string Text = baselineText(Told.Found);
  EXPECT_THAT(Text, testing::StartsWith("# handrail baseline\n"));
  EXPECT_THAT(Text, testing::HasSubstr(" leak of file descriptor in open\\nlog\n"));
  auto Known = parseBaseline(Text + "\n# <<<<<<< a comment\n", "base");
  ASSERT_TRUE(bool(Known));
  dropKnown(Told, *Known);
  EXPECT_EQ(Told.Known, 2u);
  EXPECT_TRUE(Told.Found.Leaks.empty() && Told.Found.Misuses.empty());
}

TEST(Baseline, ErrorsNameTheLine) {
  auto ErrorOf = [](const char *Text) {
    auto Known = parseBaseline(Text, "base");
    return Known ? "" : llvm::toString(Known.takeError());
  };
  EXPECT_THAT(ErrorOf("x"), testing::StartsWith("base: is no baseline"));
  EXPECT_EQ(ErrorOf("# handrail baseline\n<<<<<<< HEAD\n"),
            "base:2: error: expected a hash of 16 hexadecimal digits");
}
