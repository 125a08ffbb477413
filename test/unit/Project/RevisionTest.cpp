#include "lib/Project/Revision.h"
#include "TemporaryDirectory.h"
#include "llvm/Support/Program.h"
#include <gmock/gmock.h>

namespace handrail::project {
namespace {

using testing::HasSubstr;

class Revision : public testing::Test {
protected:
  void SetUp() override {
    if (!llvm::sys::findProgramByName("git"))
      GTEST_SKIP() << "no git";
    git("init -q .");
  }

  void git(const std::string &Arguments) {
    const std::string Command = "cd '" + Tree.root().str() +
                                "' && git -c user.name=a -c user.email=a@b " + Arguments +
                                " >/dev/null 2>&1";
    ASSERT_EQ(std::system(Command.c_str()), 0) << Command;
  }
  void commit() {
    git("add -A");
    git("commit -qm state --allow-empty");
  }
  Changes since(llvm::StringRef Name = "HEAD") {
    auto Result = Changes::since(Name, Tree.root());
    if (!Result)
      ADD_FAILURE() << llvm::toString(Result.takeError());
    return Result ? std::move(*Result) : Changes();
  }
  std::optional<std::string> was(const Changes &C, llvm::StringRef Name) {
    auto It = C.files().find(Tree.path(Name));
    if (It == C.files().end())
      return "unchanged";
    return It->second;
  }

  TemporaryDirectory Tree;
};

TEST_F(Revision, WhatChanged) {
  Tree.write("same.c", "same");
  Tree.write("edited.c", "one\ntwo\n");
  Tree.write("staged.c", "before");
  Tree.write("gone.h", "header");
  Tree.write("empty.c", "");
  commit();
  Tree.write("edited.c", "one\nTWO\n");
  Tree.write("staged.c", "after");
  Tree.write("added/new.c", "new");
  Tree.write("empty.c", "no longer");
  git("rm -q gone.h");
  git("add staged.c");
  Changes C = since();
  EXPECT_EQ(was(C, "same.c"), "unchanged");
  EXPECT_EQ(was(C, "edited.c"), "one\ntwo\n");
  EXPECT_EQ(was(C, "staged.c"), "before");
  EXPECT_EQ(was(C, "gone.h"), "header");
  EXPECT_EQ(was(C, "empty.c"), "");
  EXPECT_EQ(was(C, "added/new.c"), std::nullopt);
  commit();
  EXPECT_EQ(since("HEAD~").files(), C.files());
  EXPECT_TRUE(since().files().empty());
}

TEST_F(Revision, ARenamedFileWasAtBothPaths) {
  const std::string Text = "a\nb\nc\nd\ne\nf\n";
  Tree.write("old.c", Text);
  commit();
  git("mv old.c new.c");
  Tree.write("new.c", "first\n" + Text);
  Changes C = since();
  EXPECT_EQ(was(C, "old.c"), Text);
  EXPECT_EQ(was(C, "new.c"), Text);
  auto Lines = C.lines(Tree.path("new.c"));
  ASSERT_TRUE(bool(Lines)) << llvm::toString(Lines.takeError());
  EXPECT_EQ((*Lines)(3), 4u);
}

TEST_F(Revision, AnyFileName) {
  const char *Names[] = {"with space.c", "quote\"d.c", "\xc3\xbc.c", "tab\there.c", "-dash.c"};
  for (const char *Name : Names)
    Tree.write(Name, "before");
  commit();
  for (const char *Name : Names)
    Tree.write(Name, "after");
  Tree.write("new \"\xc3\xb6.c", "new");
  Changes C = since();
  for (const char *Name : Names)
    EXPECT_EQ(was(C, Name), "before") << Name;
  EXPECT_EQ(was(C, "new \"\xc3\xb6.c"), std::nullopt);
}

TEST_F(Revision, BytesStayAsTheyAre) {
  const std::string Text("\r\n\0\xff\n\nblob 12\n", 14);
  Tree.write("odd.bin", Text);
  Tree.write("other.c", "x");
  commit();
  Tree.write("odd.bin", "");
  Tree.write("other.c", "y");
  Changes C = since();
  EXPECT_EQ(was(C, "odd.bin"), Text);
  EXPECT_EQ(was(C, "other.c"), "x");
}

// What the user's git is told to do with diffs and colours is no business of ours.
TEST_F(Revision, ConfigurationOfTheUser) {
  git("config color.ui always");
  git("config diff.external /bin/false");
  git("config diff.noprefix true");
  git("config diff.renames false");
  git("config core.quotepath true");
  Tree.write("a.c", "one\ntwo\n");
  commit();
  Tree.write("a.c", "zero\none\ntwo\n");
  Changes C = since();
  EXPECT_EQ(was(C, "a.c"), "one\ntwo\n");
  auto Lines = C.lines(Tree.path("a.c"));
  ASSERT_TRUE(bool(Lines)) << llvm::toString(Lines.takeError());
  EXPECT_EQ((*Lines)(2), 3u);
}

TEST_F(Revision, Lines) {
  Tree.write("a.c", "1\n2\n3\n4\n5\n6\n7\n");
  commit();
  Tree.write("a.c", "new\n1\n2\nthree\n4\n6\nmore\nmore\n7\n");
  Changes C = since();
  auto Lines = C.lines(Tree.path("a.c"));
  ASSERT_TRUE(bool(Lines)) << llvm::toString(Lines.takeError());
  std::vector<uint32_t> Now;
  for (uint32_t Line = 1; Line <= 8; ++Line)
    Now.push_back((*Lines)(Line));
  EXPECT_THAT(Now, testing::ElementsAre(2, 3, 0, 5, 0, 6, 9, 10));
}

TEST_F(Revision, FromBelow) {
  Tree.write("sub/a.c", "before");
  commit();
  Tree.write("sub/a.c", "after");
  auto C = Changes::since("HEAD", Tree.path("sub"));
  ASSERT_TRUE(bool(C)) << llvm::toString(C.takeError());
  EXPECT_EQ(was(*C, "sub/a.c"), "before");
}

TEST_F(Revision, TheLastCommonCommit) {
  Tree.write("a.c", "base");
  commit();
  git("checkout -q -b other");
  Tree.write("b.c", "theirs");
  commit();
  git("checkout -q -b mine HEAD~");
  Tree.write("a.c", "mine");
  commit();
  EXPECT_EQ(was(since("other"), "b.c"), "theirs");
  EXPECT_EQ(was(since("other..."), "b.c"), "unchanged");
  EXPECT_EQ(was(since("other..."), "a.c"), "base");
}

TEST_F(Revision, WhatIsWrongIsSaid) {
  auto Why = [&](llvm::StringRef Name, llvm::StringRef Directory) {
    auto C = Changes::since(Name, Directory);
    return C ? "" : llvm::toString(C.takeError());
  };
  EXPECT_THAT(Why("nowhere", Tree.root()), HasSubstr("no revision 'nowhere'"));
  EXPECT_THAT(Why("--output=x", Tree.root()), HasSubstr("no revision '--output=x'"));
  TemporaryDirectory Bare;
  EXPECT_THAT(Why("HEAD", Bare.root()), HasSubstr("not a git repository"));
  commit();
  git("checkout -q --orphan lonely");
  commit();
  git("checkout -q --orphan other");
  Tree.write("a.c", "not the same commit");
  commit();
  EXPECT_THAT(Why("lonely...", Tree.root()), HasSubstr("none in common"));
}

} // namespace
} // namespace handrail::project
