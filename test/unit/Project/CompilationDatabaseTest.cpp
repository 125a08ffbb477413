#include "lib/Project/CompilationDatabase.h"
#include "test/unit/Project/TemporaryDirectory.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail::project {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

llvm::Expected<CompilationDatabase> parse(llvm::StringRef Text) {
  return parseCompilationDatabase(Text, "/p/compile_commands.json", "/p");
}

std::vector<std::string> jobs(const CompilationDatabase &Database) {
  std::vector<std::string> Result;
  for (const capture::CompileJob &Job : Database.Jobs)
    Result.push_back(Job.Directory + ": " + llvm::join(Job.Arguments, " "));
  return Result;
}

std::string errorOf(llvm::StringRef Text) {
  auto Database = parse(Text);
  return Database ? "" : llvm::toString(Database.takeError());
}

TEST(CompilationDatabase, CommandAndArguments) {
  auto Database = llvm::cantFail(parse(R"([
    {"directory": "/p/b", "file": "../a.c", "command": "cc -DX=\"1 2\" -c ../a.c"},
    {"directory": "sub", "file": "b.c", "arguments": ["cc", "-DY", "-c", "b.c"], "output": "b.o"},
    {"file": "/q/c.c", "arguments": ["cc", "/q/c.c"]}])"));
  EXPECT_THAT(jobs(Database), ElementsAre("/p/b: cc -DX=1 2 -w /p/a.c",
                                          "/p/sub: cc -DY -w /p/sub/b.c", "/p: cc -w /q/c.c"));
  EXPECT_EQ(Database.Jobs[0].File, "/p/a.c");
}

TEST(CompilationDatabase, OrderOfEntriesDoesNotMatter) {
  std::vector<std::string> Entries{
      R"({"directory": "/p", "file": "b.c", "command": "cc -DA b.c"})",
      R"({"directory": "/p", "file": "a.c", "command": "cc a.c"})",
      R"({"directory": "/p", "file": "b.c", "command": "cc -DB b.c"})",
      R"({"directory": "/q", "file": "/p/b.c", "command": "cc -DB b.c"})"};
  std::sort(Entries.begin(), Entries.end());
  auto First = jobs(llvm::cantFail(parse("[" + llvm::join(Entries, ",") + "]")));
  EXPECT_EQ(First.size(), 4u);
  while (std::next_permutation(Entries.begin(), Entries.end()))
    EXPECT_EQ(jobs(llvm::cantFail(parse("[" + llvm::join(Entries, ",") + "]"))), First);
}

TEST(CompilationDatabase, RepeatedParsesAreDropped) {
  auto Database = llvm::cantFail(parse(R"([
    {"directory": "/p", "file": "a.c", "command": "gcc -DX -O2 -c a.c -o a.o"},
    {"directory": "/p", "file": "./a.c", "command": "ccache gcc -DX -O2 -g -Wall -c a.c -o b.o"},
    {"directory": "/p", "file": "a.c", "command": "gcc -DX -O2 -fPIC -DPIC -c a.c -o .libs/a.o"},
    {"directory": "/p", "file": "a.c", "command": "gcc -DY -O2 -c a.c -o c.o"}])"));
  EXPECT_EQ(Database.Jobs.size(), 2u);
  EXPECT_EQ(Database.Duplicates, 2u);
}

TEST(CompilationDatabase, EntriesOfOneTargetOfCMake) {
  llvm::StringRef Text = R"([
    {"file": "a.c", "command": "cc -c a.c", "output": "CMakeFiles/app.dir/a.c.o"},
    {"file": "b.c", "command": "cc -o sub/CMakeFiles/lib.dir/b.c.o -c b.c"},
    {"file": "c.c", "command": "cc -c c.c", "output": "c.o"}])";
  auto Of = [&](llvm::StringRef Target) {
    return parseCompilationDatabase(Text, "/p/compile_commands.json", "/p", Target);
  };
  EXPECT_THAT(jobs(llvm::cantFail(Of("app"))), ElementsAre("/p: cc -w /p/a.c"));
  EXPECT_THAT(jobs(llvm::cantFail(Of("lib"))), ElementsAre("/p: cc -w /p/b.c"));
  auto None = Of("ap");
  ASSERT_FALSE(None);
  EXPECT_THAT(llvm::toString(None.takeError()), HasSubstr("'ap'; there are app, lib"));
}

TEST(CompilationDatabase, OtherLanguagesAreSkippedWithoutFailure) {
  auto Database = llvm::cantFail(parse(R"([
    {"directory": "/p", "file": "a.S", "command": "cc -c a.S"},
    {"directory": "/p", "file": "b.c", "command": "ccache"},
    {"directory": "/p", "file": "c.c", "command": "cc c.c"}])"));
  EXPECT_EQ(Database.Jobs.size(), 1u);
  ASSERT_EQ(Database.Skipped.size(), 2u);
  EXPECT_EQ(Database.Skipped[0].File, "/p/a.S");
  EXPECT_FALSE(Database.Skipped[0].Failure);
  EXPECT_TRUE(Database.Skipped[1].Failure);
}

TEST(CompilationDatabase, MalformedOnesAreRefusedWithTheirName) {
  EXPECT_THAT(errorOf("[{"), HasSubstr("/p/compile_commands.json: not valid JSON: [1:"));
  EXPECT_THAT(errorOf("{}"), HasSubstr("an array of entries was expected"));
  EXPECT_THAT(errorOf("[1]"), HasSubstr("entry 0 is not an object"));
  EXPECT_THAT(errorOf(R"([{"directory": "/p", "command": "cc a.c"}])"),
              HasSubstr("entry 0 has no \"file\""));
  EXPECT_THAT(errorOf(R"([{"file": "a.c"}])"),
              HasSubstr("has neither \"arguments\" nor \"command\""));
  EXPECT_THAT(errorOf(R"([{"file": "a.c", "arguments": ["cc", 1]}])"),
              HasSubstr("an element of \"arguments\" that is not a string"));
  EXPECT_THAT(errorOf(""), HasSubstr("not valid JSON"));
  EXPECT_THAT(errorOf(std::string(1 << 20, '[')), HasSubstr("too deeply nested"));
  EXPECT_THAT(errorOf("[\"" + std::string(200, '[') + "\\\"[\"]"), HasSubstr("is not an object"));
}

TEST(CompilationDatabase, ReadsAFileOrItsDirectory) {
  TemporaryDirectory Directory;
  std::string File =
      Directory.write("build/compile_commands.json",
                      R"([{"directory": ".", "file": "a.c", "arguments": ["cc", "a.c"]}])");
  auto FromFile = llvm::cantFail(readCompilationDatabase(File));
  auto FromDirectory = llvm::cantFail(readCompilationDatabase(Directory.path("build")));
  EXPECT_EQ(jobs(FromFile), jobs(FromDirectory));
  EXPECT_EQ(FromFile.Jobs[0].File, Directory.path("build/a.c"));

  auto Missing = readCompilationDatabase(Directory.path("elsewhere"));
  ASSERT_FALSE(Missing);
  EXPECT_THAT(llvm::toString(Missing.takeError()), HasSubstr("elsewhere"));
}

TEST(FindCompilationDatabase, LooksUpwardsAndIntoBuild) {
  TemporaryDirectory Directory;
  std::string Outer = Directory.write("p/build/compile_commands.json", "[]");
  Directory.write("p/src/deep/a.c", "");
  EXPECT_EQ(llvm::cantFail(findCompilationDatabase(Directory.path("p/src/deep"))), Outer);
  std::string Inner = Directory.write("p/src/compile_commands.json", "[]");
  EXPECT_EQ(llvm::cantFail(findCompilationDatabase(Directory.path("p/src/deep"))), Inner);
}

TEST(FindCompilationDatabase, TellsWhatWasTried) {
  TemporaryDirectory Directory;
  auto Found = findCompilationDatabase(Directory.path("x"));
  ASSERT_FALSE(Found);
  std::string Message = llvm::toString(Found.takeError());
  EXPECT_THAT(Message, HasSubstr(Directory.path("x/compile_commands.json")));
  EXPECT_THAT(Message, HasSubstr(Directory.path("x/build/compile_commands.json")));
  EXPECT_THAT(Message, HasSubstr("\n  /compile_commands.json"));
}

TEST(JobFromFlags, ChoosesTheLanguageOfTheName) {
  auto C = llvm::cantFail(jobFromFlags("a.c", {"-DX", "-Wall"}, "/p"));
  EXPECT_EQ(llvm::join(C.Arguments, " "), "clang -DX -w /p/a.c");
  auto CXX = llvm::cantFail(jobFromFlags("/q/a.cpp", {}, "/p"));
  EXPECT_EQ(CXX.File, "/q/a.cpp");
  EXPECT_EQ(CXX.Arguments.front(), "clang++");
  auto Text = jobFromFlags("a.txt", {}, "/p");
  ASSERT_FALSE(Text);
  EXPECT_EQ(llvm::toString(Text.takeError()), "a.txt: not C or C++");
}

} // namespace
} // namespace handrail::project
