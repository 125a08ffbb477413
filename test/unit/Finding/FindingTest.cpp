#include "lib/Finding/Finding.h"
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace handrail {
namespace {

Finding finding(std::string File, uint32_t Line, uint32_t Col, std::string Check,
                std::string Message = "m", size_t Notes = 0) {
  Finding F;
  F.Loc = {std::move(File), Line, Col, 0, 0};
  F.Check = std::move(Check);
  F.Message = std::move(Message);
  F.Notes.resize(Notes);
  return F;
}

TEST(Normalize, SortsByPlaceThenCheckThenMessage) {
  std::vector<Finding> Sorted{finding("a.c", 1, 2, "x"),      finding("a.c", 1, 9, "a"),
                              finding("a.c", 2, 1, "a", "m"), finding("a.c", 2, 1, "a", "n"),
                              finding("a.c", 2, 1, "b"),      finding("b.c", 1, 1, "a")};
  std::vector<Finding> Findings = Sorted;
  std::mt19937 Random(7);
  for (int Round = 0; Round != 20; ++Round) {
    std::shuffle(Findings.begin(), Findings.end(), Random);
    normalize(Findings);
    EXPECT_EQ(Findings, Sorted);
  }
}

TEST(Normalize, KeepsTheShortestPath) {
  std::vector<Finding> Findings{finding("a.c", 1, 1, "x", "m", 3),
                                finding("a.c", 1, 1, "x", "m", 1),
                                finding("a.c", 1, 1, "x", "m", 2)};
  normalize(Findings);
  ASSERT_EQ(Findings.size(), 1u);
  EXPECT_EQ(Findings[0].Notes.size(), 1u);
}

TEST(Normalize, KeepsWhatDiffers) {
  std::vector<Finding> Findings{finding("a.c", 1, 1, "x", "m"), finding("a.c", 1, 1, "x", "n"),
                                finding("a.c", 1, 1, "y", "m"), finding("a.c", 1, 2, "x", "m")};
  normalize(Findings);
  EXPECT_EQ(Findings.size(), 4u);
}

// The one that stays must not depend on the order in which they came.
TEST(Normalize, TiesAreBrokenByTheWholeFinding) {
  Finding A = finding("a.c", 1, 1, "x", "m", 1), B = A;
  A.Notes[0].Message = "first";
  B.Notes[0].Message = "second";
  std::vector<Finding> One{A, B}, Other{B, A};
  normalize(One);
  normalize(Other);
  EXPECT_EQ(One, Other);
  EXPECT_THAT(One, testing::ElementsAre(A));
}

TEST(Normalize, IsIdempotent) {
  std::vector<Finding> Findings{finding("b.c", 1, 1, "x"), finding("a.c", 1, 1, "x"),
                                finding("a.c", 1, 1, "x")};
  normalize(Findings);
  std::vector<Finding> Once = Findings;
  normalize(Findings);
  EXPECT_EQ(Findings, Once);
}

} // namespace
} // namespace handrail
