#include "lib/Report/SourceExcerpts.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

namespace handrail::report {
namespace {

TEST(PageLine, CountsAsScriptsDo) {
  // a, ä (2 bytes), 漢 (3 bytes), 😀 (4 bytes, 2 units), b
  PageLine L = pageLine("a\xC3\xA4\xE6\xBC\xA2\xF0\x9F\x98\x80\tb");
  EXPECT_EQ(L.Text, "a\xC3\xA4\xE6\xBC\xA2\xF0\x9F\x98\x80\tb");
  EXPECT_EQ(L.Units, (std::vector<uint32_t>{0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 5, 6, 7}));
}

TEST(PageLine, WhatIsNoTextIsTold) {
  PageLine L = pageLine("x\x1B\xFFy\xC3");
  EXPECT_EQ(L.Text, "x<1B><FF>y<C3>");
  EXPECT_EQ(L.Units, (std::vector<uint32_t>{0, 1, 5, 9, 10, 14}));
  // Text that runs the other way shows code that is not there.
  EXPECT_EQ(pageLine("\xE2\x80\xAE").Text, "<E2><80><AE>");
}

TEST(PageLine, LongLinesAreCut) {
  PageLine L = pageLine(std::string(5000, 'x'));
  EXPECT_EQ(L.Text, std::string(1000, 'x') + "\u2026");
  EXPECT_EQ(L.Units.size(), 5001u);
  EXPECT_EQ(L.Units.back(), 1000u);
}

class SourceExcerptsTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("excerpt", "c", Path));
    std::error_code Code;
    llvm::raw_fd_ostream OS(Path, Code);
    ASSERT_FALSE(Code);
    OS << "int before;\n\nint shortOne(void) {\n  return 1;\n}\n\nint longOne(void)\n{\n";
    for (int I = 0; I < 200; ++I)
      OS << "\tstep(\"\xC3\xA4\", " << I << ");\n";
    OS << "}\n";
  }
  void TearDown() override { llvm::sys::fs::remove(Path); }

  Location at(uint32_t Line, uint32_t Col = 1) const {
    return {std::string(Path), Line, Col, Line, Col + 4};
  }
  static std::string numbers(const SourceExcerpts::File &F) {
    std::string Result;
    uint32_t Last = 0;
    for (const auto &[N, Text] : F.Shown) {
      if (N != Last + 1 || !Last)
        Result += (Last ? "-" + std::to_string(Last) + " " : "") + std::to_string(N);
      Last = N;
    }
    return Result + "-" + std::to_string(Last);
  }

  llvm::SmallString<128> Path;
};

TEST_F(SourceExcerptsTest, ShortFunctionsAsAWhole) {
  SourceExcerpts S;
  EXPECT_EQ(S.add(at(4)), 0u);
  EXPECT_EQ(S.add(at(4)), 0u);
  S.pick();
  EXPECT_EQ(numbers(S.files()[0]), "3-5");
  ASSERT_EQ(S.files()[0].Around.size(), 1u);
  EXPECT_EQ(S.files()[0].Around[0].Name, "shortOne");
}

TEST_F(SourceExcerptsTest, LongFunctionsInParts) {
  SourceExcerpts S;
  S.add(at(100));
  S.add(at(105));
  S.pick();
  EXPECT_EQ(numbers(S.files()[0]), "7-8 92-113 209-209");
  S.pick(/*Most=*/10);
  EXPECT_EQ(numbers(S.files()[0]), "7-8 98-107 209-209") << "97 is not near";
}

TEST_F(SourceExcerptsTest, OutsideOfFunctions) {
  SourceExcerpts S;
  S.add(at(1));
  S.pick();
  EXPECT_EQ(numbers(S.files()[0]), "1-9");
  EXPECT_TRUE(S.files()[0].Around.empty());
}

TEST_F(SourceExcerptsTest, Places) {
  SourceExcerpts S;
  S.add(at(9, 9));
  PagePlace P = S.place(at(9, 9)); // behind a tab and what takes two bytes
  EXPECT_EQ(P.From, 8u - 1u + 0u) << "bytes from 1 to units from 0, and one byte less";
  EXPECT_EQ(P.To, 11u);
}

TEST_F(SourceExcerptsTest, FilesThatAreNotThere) {
  SourceExcerpts S;
  Location None{"/no/such/file.c", 3, 7, 3, 9};
  S.add(None);
  Location Beyond = at(10'000, 3);
  S.add(Beyond);
  S.pick();
  EXPECT_TRUE(S.files()[0].Shown.empty() && S.files()[1].Shown.empty());
  EXPECT_EQ(S.place(None).Line, 3u);
  EXPECT_EQ(S.place(Beyond).From, 0u);
}

} // namespace
} // namespace handrail::report
