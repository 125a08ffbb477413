#include "lib/Support/SourceText.h"
#include <gtest/gtest.h>

namespace handrail {
namespace {

TEST(Utf, LengthInUtf16) {
  EXPECT_EQ(utf16Length(""), 0u);
  EXPECT_EQ(utf16Length("abc"), 3u);
  EXPECT_EQ(utf16Length("\u00e4\u20ac"), 2u);
  EXPECT_EQ(utf16Length("\U0001d11e"), 2u); // a pair
  EXPECT_EQ(utf16Length("a\xff\xc3"), 3u);  // broken, cut off
}

TEST(Utf, BrokenBytesAreReplaced) {
  EXPECT_EQ(utf8("a\u00e4"), "a\u00e4");
  EXPECT_EQ(utf8("a\xffz"), "a\ufffdz");
}

TEST(Utf, PrefixEndsBetweenCharacters) {
  EXPECT_EQ(utf8Prefix("\u00e4\u00f6\u00fc", 3), "\u00e4\u00f6\u00fc");
  EXPECT_EQ(utf8Prefix("\u00e4\u00f6\u00fc", 2), "\u00e4\u2026");
  EXPECT_EQ(utf8Prefix("", 2), "");
  EXPECT_EQ(utf8Prefix("ab", 1), "\u2026");
}

} // namespace
} // namespace handrail
