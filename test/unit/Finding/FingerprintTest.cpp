#include "lib/Finding/Fingerprint.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail {
namespace {

Finding finding(std::string File, uint32_t Line, std::string Function,
                std::string Callee = "open") {
  Finding F;
  F.Loc = {std::move(File), Line, 3, 0, 0};
  F.Check = "missing-close";
  F.Function = std::move(Function);
  F.Kind = "posix.fd";
  F.Callee = std::move(Callee);
  return F;
}

std::vector<std::string> fingerprints(std::vector<Finding> Findings) {
  normalize(Findings);
  setFingerprints(Findings);
  std::vector<std::string> Result;
  for (const Finding &F : Findings)
    Result.push_back(F.Fingerprint);
  return Result;
}

TEST(Fingerprint, StaysWhenCodeIsMoved) {
  Finding Before = finding("/p/a.c", 10, "f"), After = finding("/q/sub/a.c", 99, "f");
  After.Message = "worded differently";
  After.Loc.Col = 40;
  After.Notes.resize(3);
  EXPECT_EQ(fingerprints({Before}), fingerprints({After}));
}

TEST(Fingerprint, IsUnique) {
  Finding Twice = finding("/p/a.c", 20, "f"), OtherKind = finding("/p/a.c", 10, "f");
  OtherKind.Kind = "posix.socket";
  OtherKind.Message = "m";
  std::vector<std::string> All =
      fingerprints({finding("/p/a.c", 10, "f"), OtherKind, Twice, finding("/p/a.c", 15, "g"),
                    finding("/p/a.c", 30, "f", "socket"), finding("/p/b.c", 10, "f"),
                    finding("/q/a.c", 10, "f")});
  EXPECT_EQ(std::set<std::string>(All.begin(), All.end()).size(), 7u);
  EXPECT_THAT(All, testing::Each(testing::MatchesRegex("[0-9a-f]{32}")));
}

// The parts are not run together.
TEST(Fingerprint, KnowsItsParts) {
  Finding A = finding("/p/a.c", 1, "ab", "c"), B = finding("/p/a.c", 1, "a", "bc");
  EXPECT_NE(fingerprints({A}), fingerprints({B}));
}

TEST(Fingerprint, OthersDoNotChangeIt) {
  std::string Alone = fingerprints({finding("/p/a.c", 10, "f")})[0];
  EXPECT_THAT(fingerprints({finding("/p/a.c", 1, "g"), finding("/p/a.c", 10, "f"),
                            finding("/p/0.c", 10, "f")}),
              testing::Contains(Alone));
}

} // namespace
} // namespace handrail
