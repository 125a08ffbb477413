//===- ApplyEditsTest.cpp - edits of source text --------------------------===//
#include "lib/Capture/ApplyEdits.h"
#include <gtest/gtest.h>

namespace handrail::capture {
namespace {

/// The new text, or what is wrong.
std::string applied(llvm::StringRef Text, std::vector<TextEdit> Edits) {
  llvm::Expected<std::string> Result = applyEdits(Text, Edits);
  return Result ? *Result : "error: " + llvm::toString(Result.takeError());
}

TEST(ApplyEdits, OffsetsAreThoseOfTheOldText) {
  EXPECT_EQ(applied("abcdef", {{"f", 4, 1, ""}, {"f", 0, 0, ">"}, {"f", 1, 2, "xyz"}}), ">axyzdf");
  EXPECT_EQ(applied("abc", {{"f", 3, 0, "!"}}), "abc!");
  EXPECT_EQ(applied("a\r\nb", {{"f", 3, 1, "c"}}), "a\r\nc");
  EXPECT_EQ(applied("abc", {}), "abc");
}

TEST(ApplyEdits, WhatCannotBothBeDoneIsNotDone) {
  EXPECT_TRUE(llvm::StringRef(applied("abcd", {{"f", 0, 2, "x"}, {"f", 1, 2, "y"}}))
                  .starts_with("error: "));
  EXPECT_TRUE(llvm::StringRef(applied("abcd", {{"f", 1, 0, "x"}, {"f", 1, 0, "y"}}))
                  .starts_with("error: "));
}

TEST(ApplyEdits, BeyondTheEnd) {
  EXPECT_EQ(applied("ab", {{"f", 3, 0, "x"}}), "error: an edit lies beyond the end of the file");
  EXPECT_EQ(applied("ab", {{"f", 1, 2, "x"}}), "error: an edit lies beyond the end of the file");
}

} // namespace
} // namespace handrail::capture
