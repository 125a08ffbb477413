#include "lib/Report/FixDiff.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

namespace handrail::report {
namespace {

std::string diff(llvm::StringRef Text, std::vector<TextEdit> Edits) {
  std::string Result;
  for (const DiffLine &L : diffOf(Text, Edits))
    Result += " -+"[unsigned(L.What)] + std::to_string(L.Line) + " " + L.Text + "\n";
  return Result;
}

TextEdit edit(llvm::StringRef Text, llvm::StringRef At, size_t Length, llvm::StringRef New) {
  return {"/a.c", uint32_t(Text.find(At)), uint32_t(Length), New.str()};
}

constexpr llvm::StringLiteral Text = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";

TEST(FixDiff, PartOfALine) {
  EXPECT_EQ(diff(Text, {edit(Text, "our", 2, "...")}),
            " 2 two\n 3 three\n-4 four\n+4 f...r\n 5 five\n 6 six\n");
  EXPECT_EQ(diff(Text, {edit(Text, "one", 0, "zero ")}), "-1 one\n+1 zero one\n 2 two\n 3 three\n");
  EXPECT_EQ(diff("x", {{"/a.c", 1, 0, "y"}}), "-1 x\n+1 xy\n");
}

TEST(FixDiff, WholeLines) {
  EXPECT_EQ(diff(Text, {edit(Text, "four", 5, "")}),
            " 2 two\n 3 three\n-4 four\n 5 five\n 6 six\n");
  EXPECT_EQ(diff(Text, {edit(Text, "four", 5, "a\nb\n")}),
            " 2 two\n 3 three\n-4 four\n+4 a\n+5 b\n 5 five\n 6 six\n");
  EXPECT_EQ(diff(Text, {edit(Text, "our", 4, "")}),
            " 2 two\n 3 three\n-4 four\n-5 five\n+4 ffive\n 6 six\n 7 seven\n");
}

TEST(FixDiff, SeveralEdits) {
  EXPECT_EQ(
      diff(Text, {edit(Text, "ht", 2, "t"), edit(Text, "o", 1, "O"), edit(Text, "ne", 1, "N")}),
      "-1 one\n+1 ONe\n 2 two\n 3 three\n 6 six\n 7 seven\n-8 eight\n+8 eigt\n");
  EXPECT_EQ(diff(Text, {edit(Text, "two", 1, "T"), edit(Text, "four", 1, "F")}),
            " 1 one\n-2 two\n+2 Two\n 3 three\n-4 four\n+4 Four\n 5 five\n 6 six\n");
}

TEST(FixDiff, WhatDoesNotFit) {
  EXPECT_EQ(diff("abc", {{"/a.c", 2, 2, ""}}), "");
  EXPECT_EQ(diff("abc", {{"/a.c", 0, 2, ""}, {"/a.c", 1, 1, ""}}), "");
  EXPECT_EQ(diff("", {{"/a.c", 0, 0, "x\n"}}), "+1 x\n");
  EXPECT_EQ(diff("abc", {}), "");
}

} // namespace
} // namespace handrail::report
