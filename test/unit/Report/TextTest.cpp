#include "lib/Report/Text.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <gtest/gtest.h>

namespace handrail::report {
namespace {

/// A source file on disk for the length of a test.
class TextTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("handrail-text", Directory));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(Directory); }

  std::string write(llvm::StringRef Name, llvm::StringRef Text) {
    llvm::SmallString<128> Path = Directory;
    llvm::sys::path::append(Path, Name);
    std::error_code Code;
    llvm::raw_fd_ostream(Path, Code) << Text;
    EXPECT_FALSE(Code);
    return std::string(Path);
  }

  std::string print(const Finding &F, bool Color = false) {
    std::string Out;
    llvm::raw_string_ostream OS(Out);
    printText({F}, {Color, /*Snippets=*/true, std::string(Directory)}, OS);
    return Out;
  }

  llvm::SmallString<128> Directory;
};

Finding at(Location Loc) {
  Finding F;
  F.Loc = std::move(Loc);
  F.Check = "missing-close";
  F.Message = "the stream leaks";
  return F;
}

TEST_F(TextTest, FindingWithNotes) {
  std::string File = write("log.c", "int f(void) {\n  open();\n  return 0;\n}\n");
  Finding F = at({File, 3, 3, 3, 11});
  F.Notes.push_back({{File, 2, 3, 2, 9}, "acquired here", 0});
  EXPECT_EQ(print(F), "log.c:3:3: warning: the stream leaks [handrail-missing-close]\n"
                      "    3 |   return 0;\n"
                      "      |   ^~~~~~~~\n"
                      "log.c:2:3: note: acquired here\n"
                      "    2 |   open();\n"
                      "      |   ^~~~~~\n");
}

TEST_F(TextTest, SeverityIsNamed) {
  Finding F = at({"/nowhere/a.c", 3, 3, 0, 0});
  F.Sev = Severity::Error;
  EXPECT_EQ(print(F), "/nowhere/a.c:3:3: error: the stream leaks [handrail-missing-close]\n");
}

TEST_F(TextTest, TabsAreExpandedAndTheCaretFollows) {
  std::string File = write("a.c", "\tx = open();\n");
  EXPECT_EQ(print(at({File, 1, 6, 1, 12})),
            "a.c:1:6: warning: the stream leaks [handrail-missing-close]\n"
            "    1 |         x = open();\n"
            "      |             ^~~~~~\n");
}

TEST_F(TextTest, WideCharactersTakeTheirWidth) {
  std::string File = write("a.c", "\xe7\x95\x8c\xc3\xa9(x);\n"); // two columns, one column
  EXPECT_EQ(print(at({File, 1, 7, 1, 8})),
            "a.c:1:7: warning: the stream leaks [handrail-missing-close]\n"
            "    1 | \xe7\x95\x8c\xc3\xa9(x);\n"
            "      |     ^\n");
}

TEST_F(TextTest, BrokenBytesAreShownAsNumbers) {
  std::string File = write("a.c", "a\xff"
                                  "b;\n");
  EXPECT_EQ(print(at({File, 1, 3, 1, 4})),
            "a.c:1:3: warning: the stream leaks [handrail-missing-close]\n"
            "    1 | a<FF>b;\n"
            "      |      ^\n");
}

TEST_F(TextTest, RangeOverSeveralLinesEndsWithTheFirst) {
  std::string File = write("a.c", "open(a,  \n     b);\n");
  EXPECT_EQ(print(at({File, 1, 1, 2, 8})),
            "a.c:1:1: warning: the stream leaks [handrail-missing-close]\n"
            "    1 | open(a,  \n"
            "      | ^~~~~~~\n");
}

TEST_F(TextTest, PlacesOutsideTheFileHaveNoSnippet) {
  std::string File = write("a.c", "x;\r\n");
  EXPECT_EQ(print(at({File, 9, 1, 0, 0})),
            "a.c:9:1: warning: the stream leaks [handrail-missing-close]\n");
  // A stale column: the caret stands at the end, the carriage return is not shown.
  EXPECT_EQ(print(at({File, 1, 50, 0, 0})),
            "a.c:1:50: warning: the stream leaks [handrail-missing-close]\n"
            "    1 | x;\n"
            "      |   ^\n");
  Finding NoPlace = at({});
  EXPECT_EQ(print(NoPlace), "warning: the stream leaks [handrail-missing-close]\n");
}

TEST_F(TextTest, ColorsOnlyWhenAsked) {
  Finding F = at({"/nowhere/a.c", 3, 3, 0, 0});
  EXPECT_EQ(print(F).find('\033'), std::string::npos);
  EXPECT_NE(print(F, /*Color=*/true).find("\033["), std::string::npos);
}

TEST(PrintError, LeavesOutWhatIsUnknown) {
  auto Print = [](const Location &Loc) {
    std::string Out;
    llvm::raw_string_ostream OS(Out);
    printError(Loc, "no such file", {false, true, "/p"}, OS);
    return Out;
  };
  EXPECT_EQ(Print({"/p/a.c", 1, 2, 0, 0}), "a.c:1:2: error: no such file\n");
  EXPECT_EQ(Print({"/p/a.c", 0, 0, 0, 0}), "a.c: error: no such file\n");
  EXPECT_EQ(Print({}), "error: no such file\n");
}

} // namespace
} // namespace handrail::report
