#include "lib/Join/Join.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail {
namespace {

using State = RunEvidence::State;
using Match = RunEvidence::Match;

ledger::Frame frame(std::string Function, unsigned Line, std::string File = "/build/a.c") {
  ledger::Frame F;
  F.Function = std::move(Function);
  F.File = std::move(File);
  F.Line = Line;
  return F;
}

/// f() at line 10 calls get(), which opens at line 5.
Finding leakOf(std::string Function = "f", std::string Kind = "posix.fd") {
  Finding F;
  F.Loc = {"/src/a.c", 20, 3, 0, 0};
  F.Check = "missing-close";
  F.Function = Function;
  F.Kind = std::move(Kind);
  F.Acquired = {{{"/src/a.c", 10, 3, 11, 4}, Function, "get"},
                {{"/src/a.c", 5, 3, 5, 9}, "get", "open"}};
  return F;
}

class Joined : public testing::Test {
protected:
  int stack(std::vector<ledger::Frame> Frames) {
    Run.Stacks.push_back({std::move(Frames), false});
    return int(Run.Stacks.size()) - 1;
  }
  void leaked(std::vector<ledger::Frame> Frames, unsigned Runs = 1, uint64_t Count = 1,
              std::string Kind = "file") {
    ledger::Leak L;
    L.Kind = std::move(Kind);
    L.Opened = stack(std::move(Frames));
    L.Processes = Runs;
    L.Count = Count;
    Run.Leaks.push_back(std::move(L));
  }
  void opened(std::vector<ledger::Frame> Frames, unsigned Runs = 1, std::string Kind = "file") {
    Run.Openings.push_back({0, std::move(Kind), stack(std::move(Frames)), Runs});
  }
  std::optional<RunEvidence> evidence(const Finding &F) {
    return joinRuns({F}, Run).EvidenceFor[0];
  }

  ledger::Report Run;
};

TEST_F(Joined, ByLinesItIsConfirmed) {
  leaked({frame("get", 5), frame("f", 10), frame("main", 40)}, 2, 3);
  EXPECT_EQ(evidence(leakOf()), (RunEvidence{State::Confirmed, Match::Exact, 2, 3}));
  EXPECT_EQ(describe(*evidence(leakOf())), "confirmed in 2 runs");
}

// Two tests in one process, and another program.
TEST_F(Joined, AProcessIsOneRun) {
  Run.Processes.resize(2);
  Run.Processes[0].Command = {"a"};
  Run.Processes[1].Command = {"b"};
  for (unsigned Runs : {1u, 3u, 2u})
    leaked({frame("get", 5), frame("f", 10)}, Runs);
  Run.Leaks.back().Process = 1;
  EXPECT_EQ(evidence(leakOf()), (RunEvidence{State::Confirmed, Match::Exact, 5, 3}));
}

// The call spans two lines, and the return address is on the second.
TEST_F(Joined, AnyLineOfTheCall) {
  leaked({frame("get", 5), frame("f", 11)});
  EXPECT_EQ(evidence(leakOf())->Sure, Match::Exact);
}

TEST_F(Joined, ByFunctionsItIsLikely) {
  leaked({frame("get", 6), frame("f", 14)});
  EXPECT_EQ(evidence(leakOf())->Sure, Match::Likely);
  EXPECT_EQ(describe(*evidence(leakOf())), "confirmed in 1 run, by its functions");
}

TEST_F(Joined, OfAnotherCallerItIsPossible) {
  leaked({frame("get", 5), frame("g", 30)});
  EXPECT_EQ(evidence(leakOf())->Sure, Match::Possible);
}

TEST_F(Joined, AnotherFunctionOrFileOrKindIsNone) {
  leaked({frame("other", 5, "/build/b.c"), frame("f", 10)});
  leaked({frame("get", 99, "/build/b.c"), frame("f", 10)});
  leaked({frame("get", 5), frame("f", 10)}, 1, 1, "stdio");
  EXPECT_EQ(evidence(leakOf()), std::nullopt);
}

TEST_F(Joined, FramesOfALibraryAreNoHindrance) {
  leaked({frame("fopen_wrapper", 1, ""), frame("get", 5), frame("f", 10)});
  EXPECT_EQ(evidence(leakOf())->Sure, Match::Exact);
}

TEST_F(Joined, TheBestMatchIsTheOne) {
  leaked({frame("get", 5), frame("g", 30)}, 7);
  leaked({frame("get", 5), frame("f", 10)}, 1);
  EXPECT_EQ(evidence(leakOf()), (RunEvidence{State::Confirmed, Match::Exact, 1, 1}));
  Join J = joinRuns({leakOf()}, Run);
  EXPECT_FALSE(J.Leaks[0].has_value());
  EXPECT_TRUE(J.Leaks[1].has_value());
}

TEST_F(Joined, OpenedAndNeverLeftOpen) {
  opened({frame("get", 5), frame("f", 10)}, 3);
  EXPECT_EQ(evidence(leakOf()), (RunEvidence{State::AlwaysClosed, Match::Exact, 3, 0}));
  EXPECT_EQ(describe(*evidence(leakOf())), "reached and always closed in 3 runs");
}

TEST_F(Joined, WhatOthersLeftOpenSaysNothingOfThisOne) {
  opened({frame("get", 5), frame("f", 10)});
  leaked({frame("get", 5), frame("g", 30)});
  EXPECT_EQ(evidence(leakOf())->What, State::AlwaysClosed);
}

TEST_F(Joined, NeverReached) {
  opened({frame("other", 7)});
  EXPECT_EQ(evidence(leakOf())->What, State::NeverReached);
  EXPECT_EQ(describe(*evidence(leakOf())), "never reached in the runs");
}

TEST_F(Joined, WithoutOpeningsNobodyKnows) { EXPECT_EQ(evidence(leakOf()), std::nullopt); }

TEST_F(Joined, WhatNoRunWatchesHasNoEvidence) {
  opened({frame("other", 7)});
  EXPECT_EQ(evidence(leakOf("f", "openssl.bio")), std::nullopt);
  Finding Unchecked = leakOf();
  Unchecked.Check = "unchecked-handle";
  EXPECT_EQ(evidence(Unchecked), std::nullopt);
  Finding Unknown = leakOf();
  Unknown.Acquired.clear();
  EXPECT_EQ(evidence(Unknown), std::nullopt);
}

TEST_F(Joined, NamesOfCxx) {
  leaked({frame("ns::Reader<char>::get(char const*)", 0),
          frame("(anonymous namespace)::f(int) [clone .isra.0]", 0)});
  Finding F = leakOf();
  F.Function = F.Acquired[0].Function = "(anonymous namespace)::f";
  F.Acquired[1].Function = "ns::Reader::get";
  EXPECT_EQ(evidence(F)->Sure, Match::Likely);
  F.Acquired[0].Function = "f";
  EXPECT_EQ(evidence(F)->Sure, Match::Possible);
}

TEST_F(Joined, AWrongCallIsThatOfTheFinding) {
  ledger::Misuse M;
  M.Rule = "double-close";
  M.Kind = "file";
  M.Processes = 2;
  M.Count = 5;
  M.Steps = {{"here", stack({frame("f", 20)}), "", 0, 0},
             {"opened", stack({frame("get", 5), frame("f", 10)}), "", 0, 0}};
  Run.Misuses.push_back(M);
  Finding F = leakOf();
  EXPECT_EQ(evidence(F), std::nullopt);
  F.Check = "double-close";
  EXPECT_EQ(evidence(F), (RunEvidence{State::Confirmed, Match::Exact, 2, 5}));
  Run.Stacks[0].Frames = {frame("elsewhere", 99)};
  EXPECT_EQ(evidence(F), std::nullopt);
}

TEST_F(Joined, TheRestIsToldAsFindings) {
  leaked({frame("get", 5), frame("f", 10)});
  leaked({frame("library", 0, ""), frame("h", 70)}, 2, 4);
  leaked({frame("nowhere", 0, "")});
  std::vector<Finding> Others = findingsOf(Run, joinRuns({leakOf()}, Run));
  ASSERT_EQ(Others.size(), 1u);
  EXPECT_EQ(Others[0].Loc.Line, 70u);
  EXPECT_EQ(Others[0].Message, "4 file descriptors opened here were left open in 2 runs");
  EXPECT_TRUE(Others[0].FromRun);
  leaked({frame("library", 0, ""), frame("h", 70)});
  Others = findingsOf(Run, joinRuns({leakOf()}, Run));
  ASSERT_EQ(Others.size(), 2u);
  EXPECT_NE(Others[0].Fingerprint, Others[1].Fingerprint);
}

} // namespace
} // namespace handrail
