#include "lib/Support/GlobList.h"
#include <gtest/gtest.h>

namespace handrail {
namespace {

bool contains(llvm::StringRef List, llvm::StringRef Text, bool Otherwise = false) {
  return llvm::cantFail(GlobList::create(List)).contains(Text, Otherwise);
}

TEST(GlobList, LastMatchDecides) {
  EXPECT_TRUE(contains("*", "double-close"));
  EXPECT_FALSE(contains("*,-double-*", "double-close"));
  EXPECT_TRUE(contains("*,-double-*", "missing-close"));
  EXPECT_TRUE(contains("-*,double-close", "double-close"));
  EXPECT_FALSE(contains("double-close,-*", "double-close"));
  EXPECT_TRUE(contains(" a , b ", "b"));
}

TEST(GlobList, SilenceLeavesTheDefault) {
  EXPECT_TRUE(contains("", "a", true));
  EXPECT_FALSE(contains("", "a", false));
  EXPECT_TRUE(contains("-b", "a", true));
}

TEST(GlobList, SurvivesMoves) {
  GlobList List = llvm::cantFail(GlobList::create("ab,cd"));
  GlobList Moved = std::move(List);
  EXPECT_TRUE(Moved.contains("ab"));
  EXPECT_TRUE(Moved.contains("cd"));
}

TEST(GlobList, BadPatternIsNamed) {
  auto List = GlobList::create("ok,[a");
  ASSERT_FALSE(List);
  EXPECT_NE(llvm::toString(List.takeError()).find("'[a'"), std::string::npos);
}

bool excluded(llvm::StringRef Pattern, llvm::StringRef Path) {
  PathGlobs Globs;
  llvm::cantFail(Globs.add(Pattern));
  return Globs.contains(Path);
}

TEST(PathGlobs, RelativePatternsStartAtAnyDirectory) {
  EXPECT_TRUE(excluded("third_party", "/p/third_party/zlib/a.c"));
  EXPECT_TRUE(excluded("third_party/", "/p/third_party/zlib/a.c"));
  EXPECT_TRUE(excluded("third_party/**", "/p/third_party/zlib/a.c"));
  EXPECT_TRUE(excluded("*_generated.c", "/p/x/api_generated.c"));
  EXPECT_TRUE(excluded("./src/a.c", "/p/src/a.c"));
  EXPECT_FALSE(excluded("third_party", "/p/not_third_party/a.c"));
  EXPECT_FALSE(excluded("a.c", "/p/ba.c"));
}

TEST(PathGlobs, AbsolutePatternsAreAnchored) {
  EXPECT_TRUE(excluded("/p/gen", "/p/gen/a.c"));
  EXPECT_FALSE(excluded("/gen", "/p/gen/a.c"));
}

TEST(PathGlobs, FoldersAboveTheBaseMatchNothing) {
  PathGlobs Globs("/home/build/project");
  llvm::cantFail(Globs.add("build"));
  llvm::cantFail(Globs.add("./lib"));
  EXPECT_FALSE(Globs.contains("/home/build/project/a.c"));
  EXPECT_TRUE(Globs.contains("/home/build/project/build/a.c"));
  EXPECT_TRUE(Globs.contains("/home/build/project/src/build/a.c"));
  EXPECT_TRUE(Globs.contains("/home/build/project/lib/a.c"));
  EXPECT_FALSE(Globs.contains("/home/build/project/src/lib/a.c"));
  EXPECT_TRUE(Globs.contains("/opt/build/a.h")); // outside
  EXPECT_FALSE(Globs.contains("/opt/lib/a.h"));
}

TEST(PathGlobs, EmptyPatternIsAnError) {
  PathGlobs Globs;
  EXPECT_TRUE(llvm::errorToBool(Globs.add("/")));
  EXPECT_TRUE(llvm::errorToBool(Globs.add("")));
}

} // namespace
} // namespace handrail
