#include "lib/Report/CodeOwners.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <gmock/gmock.h>

namespace handrail::report {
namespace {

using Dialect = CodeOwners::Dialect;
using testing::ElementsAre;
using testing::IsEmpty;

std::string gitHub(llvm::StringRef Text, llvm::StringRef Path) {
  std::string Joined;
  for (const std::string &Owner :
       CodeOwners::parse(Text, Dialect::GitHub, "/r").ownersOf("/r/" + Path.str()))
    Joined += (Joined.empty() ? "" : " ") + Owner;
  return Joined;
}

std::string gitLab(llvm::StringRef Text, llvm::StringRef Path) {
  std::string Joined;
  for (const std::string &Owner :
       CodeOwners::parse(Text, Dialect::GitLab, "/r").ownersOf("/r/" + Path.str()))
    Joined += (Joined.empty() ? "" : " ") + Owner;
  return Joined;
}

TEST(CodeOwners, TheLastPatternThatMatchesDecides) {
  const char *Text = "# everybody\n"
                     "*        @all dev@example.org\n"
                     "*.c      @c-team  # an aside @nobody\n"
                     "\n"
                     "/src/net/ @net\n"
                     "/src/net/gen.c\n";
  EXPECT_EQ(gitHub(Text, "README"), "@all dev@example.org");
  EXPECT_EQ(gitHub(Text, "a/b/x.c"), "@c-team");
  EXPECT_EQ(gitHub(Text, "src/net/tcp.c"), "@net");
  EXPECT_EQ(gitHub(Text, "src/net/gen.c"), "") << "a pattern without owners takes them away";
  EXPECT_EQ(gitHub("", "x.c"), "");
}

TEST(CodeOwners, ASlashInsideAnchorsOnGitHub) {
  EXPECT_EQ(gitHub("docs/ @d", "a/docs/x.md"), "@d");
  EXPECT_EQ(gitHub("docs/ @d", "docs"), "") << "a file of that name is no directory";
  EXPECT_EQ(gitHub("/docs/ @d", "a/docs/x.md"), "");
  EXPECT_EQ(gitHub("src/net @n", "src/net/deep/x.c"), "@n");
  EXPECT_EQ(gitHub("src/net @n", "a/src/net/x.c"), "");
  EXPECT_EQ(gitHub("src/net @n", "src/network/x.c"), "");
  EXPECT_EQ(gitLab("src/net/ @n", "a/src/net/x.c"), "@n");
  EXPECT_EQ(gitLab("/src/net/ @n", "a/src/net/x.c"), "");
}

TEST(CodeOwners, Wildcards) {
  EXPECT_EQ(gitHub("docs/* @d", "docs/a.md"), "@d");
  EXPECT_EQ(gitHub("docs/* @d", "docs/a/b.md"), "") << "one level";
  EXPECT_EQ(gitHub("/* @root", "a"), "@root");
  EXPECT_EQ(gitHub("/* @root", "a/b"), "");
  EXPECT_EQ(gitHub("docs/** @d", "docs/a/b.md"), "@d");
  EXPECT_EQ(gitHub("docs/** @d", "docs"), "");
  EXPECT_EQ(gitHub("**/logs @l", "a/b/logs/x"), "@l");
  EXPECT_EQ(gitHub("**/logs @l", "logs/x"), "@l");
  EXPECT_EQ(gitHub("/src/**/gen.c @g", "src/gen.c"), "@g");
  EXPECT_EQ(gitHub("/src/**/gen.c @g", "src/a/b/gen.c"), "@g");
  EXPECT_EQ(gitHub("/src/**/gen.c @g", "src/a/b/ungen.c"), "");
  EXPECT_EQ(gitHub("*_test.? @t", "a_b_test.c"), "@t");
  EXPECT_EQ(gitHub("a*b*c @x", "abbbcbc"), "@x");
  EXPECT_EQ(gitHub("a*b*c @x", "abbbcb"), "");
}

TEST(CodeOwners, ManyStarsTakeNoTime) {
  std::string Pattern, Path;
  for (int I = 0; I < 30; ++I)
    Pattern += "**/a*a*a*a/", Path += std::string(100, 'a') + "/";
  EXPECT_EQ(gitHub("/" + Pattern + "b @x", Path + "c"), "");
  EXPECT_EQ(gitHub("/" + Pattern + "b @x", Path + "b"), "@x");
}

TEST(CodeOwners, Escapes) {
  EXPECT_EQ(gitLab("\\#file @f", "a/#file"), "@f");
  EXPECT_EQ(gitLab("path\\ with\\ spaces/ @s", "path with spaces/x"), "@s");
  EXPECT_EQ(gitLab("a\\*b @s", "a*b"), "@s");
  EXPECT_EQ(gitLab("a\\*b @s", "axb"), "");
  EXPECT_EQ(gitLab("\\", "\\"), "");
}

TEST(CodeOwners, EverySectionHasItsOwners) {
  const char *Text = "* @all\n"
                     "[Network][2] @net @deputy\n"
                     "/src/net/\n"
                     "/src/net/tls/ @tls\n"
                     "^[Docs]\n"
                     "*.md @writers\n"
                     "[NETWORK]\n"
                     "/src/net/tls/old/ @attic\n";
  EXPECT_EQ(gitLab(Text, "main.c"), "@all");
  EXPECT_EQ(gitLab(Text, "src/net/a.c"), "@all @net @deputy");
  EXPECT_EQ(gitLab(Text, "src/net/tls/a.md"), "@all @tls @writers");
  EXPECT_EQ(gitLab(Text, "src/net/tls/old/a.c"), "@all @attic") << "one section, told twice";
  EXPECT_EQ(gitLab("[Mm]akefile @m\n", "a/makefile"), "@m") << "no heading";
  EXPECT_EQ(gitLab("[a-c]x @m\n[!a]y @n\n", "by"), "@n");
}

TEST(CodeOwners, ExclusionsAreForGood) {
  const char *Text = "*.c @c\n!/gen/\n/gen/a.c @late\n[Other]\n/gen/ @gen\n";
  EXPECT_EQ(gitLab(Text, "x.c"), "@c");
  EXPECT_EQ(gitLab(Text, "gen/a.c"), "@gen");
  EXPECT_EQ(gitHub("*.c @c\n!/gen/\n", "gen/a.c"), "@c") << "GitHub has none";
}

TEST(CodeOwners, OddLines) {
  for (llvm::StringRef Text : {"/ @x", "@x", "[", "[]", "[ ] @x", "[a", "[a][", "[a][1", "!", "!/",
                               "//", "\\", "a\\", "[a-", "** @x", "/**/ @x", "\xEF\xBB\xBF"}) {
    gitHub(Text, "a/b");
    gitLab(Text, "a/b");
  }
  EXPECT_EQ(gitHub("\xEF\xBB\xBF* @x\r\n", "a"), "@x");
  EXPECT_EQ(gitHub("* nobody @x @x", "a"), "@x") << "a word is no owner";
}

TEST(CodeOwners, OnlyBelowTheRoot) {
  CodeOwners Owners = CodeOwners::parse("* @x", Dialect::GitHub, "/r");
  EXPECT_THAT(Owners.ownersOf("/r/a.c"), ElementsAre("@x"));
  EXPECT_THAT(Owners.ownersOf("/usr/include/stdio.h"), IsEmpty());
  EXPECT_THAT(Owners.ownersOf("/r"), IsEmpty());
  EXPECT_THAT(CodeOwners().ownersOf("/r/a.c"), IsEmpty());
}

class CodeOwnersFile : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("owners", Top)); }
  void TearDown() override { llvm::sys::fs::remove_directories(Top); }

  std::string path(llvm::StringRef Name) const { return (Top + "/" + Name).str(); }
  void write(llvm::StringRef Name, llvm::StringRef Text) {
    llvm::StringRef Folder = Name.substr(0, Name.rfind('/') + 1);
    ASSERT_FALSE(llvm::sys::fs::create_directories(path(Folder)));
    std::error_code Code;
    llvm::raw_fd_ostream(path(Name), Code) << Text;
    ASSERT_FALSE(Code);
  }

  llvm::SmallString<128> Top;
};

TEST_F(CodeOwnersFile, IsThatOfTheRepository) {
  write(".git/HEAD", "");
  write("docs/CODEOWNERS", "* @docs");
  write("src/CODEOWNERS", "* @src");
  EXPECT_THAT(CodeOwners::find(path("src")).ownersOf(path("a.c")), ElementsAre("@docs"));
  write("CODEOWNERS", "* @root");
  EXPECT_THAT(CodeOwners::find(path("src")).ownersOf(path("src/a.c")), ElementsAre("@root"));
  write(".github/CODEOWNERS", "* @hub");
  EXPECT_THAT(CodeOwners::find(path("src")).ownersOf(path("src/a.c")), ElementsAre("@hub"));
}

TEST_F(CodeOwnersFile, SpeaksTheLanguageOfItsPlace) {
  write(".git/HEAD", "");
  write(".gitlab/CODEOWNERS", "src/net/ @n");
  EXPECT_THAT(CodeOwners::find(path("")).ownersOf(path("a/src/net/x.c")), ElementsAre("@n"));
  write("CODEOWNERS", "src/net/ @n\n!/gen/\n");
  EXPECT_THAT(CodeOwners::find(path("")).ownersOf(path("a/src/net/x.c")), ElementsAre("@n"));
  write(".github/CODEOWNERS", "src/net/ @n\n");
  EXPECT_THAT(CodeOwners::find(path("")).ownersOf(path("a/src/net/x.c")), IsEmpty());
}

} // namespace
} // namespace handrail::report
