#include "lib/Finding/Baseline.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A file that is gone when the test ends.
class SourceFile {
public:
  explicit SourceFile(llvm::StringRef Text) {
    llvm::sys::fs::createTemporaryFile("baseline", "c", Path);
    std::ofstream(Path.c_str()) << Text.str();
  }
  ~SourceFile() { llvm::sys::fs::remove(Path); }
  std::string path() const { return Path.str().str(); }

private:
  llvm::SmallString<128> Path;
};

Finding finding(std::string File, uint32_t Line, std::string Function = "f") {
  Finding F;
  F.Loc = {std::move(File), Line, 3, 0, 0};
  F.Check = "missing-close";
  F.Function = std::move(Function);
  F.Kind = "posix.fd";
  F.Callee = "open";
  return F;
}

PastFinding past(std::string File, std::string Text, uint32_t Line = 0) {
  PastFinding P;
  P.File = std::move(File);
  P.Check = "missing-close";
  P.Function = "f";
  P.Kind = "posix.fd";
  P.Callee = "open";
  P.Text = std::move(Text);
  P.Line = Line;
  return P;
}

std::vector<int> paired(std::vector<Finding> Now, std::vector<PastFinding> Past) {
  SourceCache Sources;
  std::vector<int> Result;
  for (std::optional<size_t> Known : pairFindings(Now, Past, Sources))
    Result.push_back(Known ? int(*Known) : -1);
  return Result;
}

TEST(Pair, TheTextOfTheLineTellsWhichIsNew) {
  SourceFile A("first();\nreturn 1;\nreturn 2;\n");
  EXPECT_THAT(paired({finding(A.path(), 2), finding(A.path(), 3)}, {past(A.path(), "return 2;")}),
              ElementsAre(-1, 0));
}

TEST(Pair, TheLineTellsWhichIsNew) {
  SourceFile A("return 1;\nreturn 1;\nreturn 1;\n");
  EXPECT_THAT(paired({finding(A.path(), 1), finding(A.path(), 2), finding(A.path(), 3)},
                     {past(A.path(), "return 1;", 2), past(A.path(), "return 1;", 3)}),
              ElementsAre(-1, 0, 1));
}

TEST(Pair, AnEditedLineIsTheSameFinding) {
  SourceFile A("return one();\n");
  EXPECT_THAT(paired({finding(A.path(), 1)}, {past(A.path(), "return 1;")}), ElementsAre(0));
}

TEST(Pair, AMovedFileAndAMovedFunction) {
  SourceFile A("return 1;\n");
  const std::string Name = llvm::sys::path::filename(A.path()).str();
  EXPECT_THAT(paired({finding(A.path(), 1)}, {past("/gone/" + Name, "other();")}), ElementsAre(0));
  EXPECT_THAT(paired({finding(A.path(), 1)}, {past("/gone/b.c", "return 1;")}), ElementsAre(0));
  EXPECT_THAT(paired({finding(A.path(), 1)}, {past("/gone/b.c", "return 2;")}), ElementsAre(-1));
}

TEST(Pair, OneForOne) {
  SourceFile A("return 1;\nreturn 1;\n");
  EXPECT_THAT(paired({finding(A.path(), 1), finding(A.path(), 2)}, {past(A.path(), "return 1;")}),
              ElementsAre(0, -1));
  EXPECT_THAT(
      paired({finding(A.path(), 1)}, {past(A.path(), "return 1;"), past(A.path(), "return 1;")}),
      ElementsAre(0));
}

TEST(Pair, AnotherSubjectIsAnotherFinding) {
  SourceFile A("return 1;\n");
  for (auto Member :
       {&PastFinding::Check, &PastFinding::Function, &PastFinding::Kind, &PastFinding::Callee}) {
    PastFinding Other = past(A.path(), "return 1;", 1);
    Other.*Member += "x";
    EXPECT_THAT(paired({finding(A.path(), 1)}, {Other}), ElementsAre(-1));
  }
}

TEST(BaselineText, IsReadBack) {
  std::vector<PastFinding> Known{past("/p/src/b.c", "return \"ü\\n\";"), past("/p/a.c", "x"),
                                 past("/elsewhere/c.c", "")};
  Known[0].Fingerprint = "0123456789abcdef0123456789abcdef";
  std::string Text = baselineText(Known, "/p");
  EXPECT_THAT(Text, HasSubstr(R"({"file":"src/b.c","function":"f","check":"missing-close")"));
  auto Read = parseBaseline(Text, "/p/known.jsonl");
  ASSERT_TRUE(bool(Read)) << llvm::toString(Read.takeError());
  std::sort(Known.begin(), Known.end());
  EXPECT_EQ(*Read, Known);
  std::reverse(Known.begin(), Known.end());
  EXPECT_EQ(baselineText(Known, "/p"), Text);
  EXPECT_EQ(baselineText({}, "/p"), "{\"handrail\":\"baseline\",\"version\":1}\n");
}

// A merge leaves lines in any order, twice, and with another end.
TEST(BaselineText, MergedFilesAreRead) {
  std::string One = baselineText({past("/p/a.c", "x"), past("/p/b.c", "y")}, "/p");
  auto Read = parseBaseline(One + "\n" + One + "\r\n", "/p/known.jsonl");
  ASSERT_TRUE(bool(Read)) << llvm::toString(Read.takeError());
  EXPECT_EQ(Read->size(), 2u);
}

TEST(BaselineText, WhatIsWrongIsNamed) {
  const std::string Header = baselineText({}, "/");
  auto Why = [&](const std::string &Text) {
    auto Read = parseBaseline(Text, "/p/known.jsonl");
    return Read ? "" : llvm::toString(Read.takeError());
  };
  EXPECT_THAT(Why(""), HasSubstr("/p/known.jsonl: not a baseline: the file is empty"));
  EXPECT_THAT(Why("2f0b leak\n"), HasSubstr("/p/known.jsonl:1: not a baseline"));
  EXPECT_THAT(Why("{\"handrail\":\"baseline\",\"version\":9}\n"), HasSubstr("another version"));
  EXPECT_THAT(Why(Header + "<<<<<<< HEAD\n"), HasSubstr("/p/known.jsonl:2: "));
  EXPECT_THAT(Why(Header + "[]\n"), HasSubstr("not an object"));
  EXPECT_THAT(Why(Header + "{\"file\":1}\n"), HasSubstr("'file' is not a string"));
  EXPECT_THAT(Why(Header + "{\"file\":\"a.c\"}\n"), HasSubstr("'check'"));
}

} // namespace
} // namespace handrail
