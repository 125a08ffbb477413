#include "lib/Support/Paths.h"
#include <gtest/gtest.h>

namespace handrail {
namespace {

TEST(Paths, AbsolutePathIsClean) {
  EXPECT_EQ(absolutePath("a.c", "/p"), "/p/a.c");
  EXPECT_EQ(absolutePath("./x/../a.c", "/p/q"), "/p/q/a.c");
  EXPECT_EQ(absolutePath("../a.c", "/p/q"), "/p/a.c");
  EXPECT_EQ(absolutePath("/x//y/./z", "/p"), "/x/y/z");
  EXPECT_EQ(absolutePath("../../../a.c", "/p"), "/a.c");
}

TEST(Paths, CleanPathKeepsRelativePathsRelative) {
  EXPECT_EQ(cleanPath("/p/build/../inc//a.h"), "/p/inc/a.h");
  EXPECT_EQ(cleanPath("./a.h"), "a.h");
  EXPECT_EQ(cleanPath("../a.h"), "../a.h");
  EXPECT_EQ(cleanPath("<stdin>"), "<stdin>");
}

TEST(Paths, IsBelowComparesWholeComponents) {
  EXPECT_TRUE(isBelow("/p/a.c", "/p"));
  EXPECT_TRUE(isBelow("/p", "/p"));
  EXPECT_TRUE(isBelow("/p/a.c", "/"));
  EXPECT_FALSE(isBelow("/project/a.c", "/p"));
  EXPECT_FALSE(isBelow("/q/a.c", "/p"));
}

TEST(Paths, DisplayPathIsRelativeOnlyBelow) {
  EXPECT_EQ(displayPath("/p/src/a.c", "/p"), "src/a.c");
  EXPECT_EQ(displayPath("/pp/a.c", "/p"), "/pp/a.c");
  EXPECT_EQ(displayPath("/a.c", "/"), "a.c");
  EXPECT_EQ(displayPath("/p", "/p"), "/p");
  EXPECT_EQ(displayPath("/p/a.c", ""), "/p/a.c");
}

TEST(Paths, CommonDirectory) {
  EXPECT_EQ(commonDirectory({}), "");
  EXPECT_EQ(commonDirectory({"/p/src"}), "/p/src");
  EXPECT_EQ(commonDirectory({"/p/src", "/p/build/x", "/p"}), "/p");
  EXPECT_EQ(commonDirectory({"/p/src", "/p/source"}), "/p");
  EXPECT_EQ(commonDirectory({"/p/src", "/q"}), "/");
}

} // namespace
} // namespace handrail
