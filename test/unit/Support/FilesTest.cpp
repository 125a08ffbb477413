#include "lib/Support/Files.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace handrail {
namespace {

namespace fs = llvm::sys::fs;

class OutputTest : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(fs::createUniqueDirectory("handrail-files", Directory)); }
  void TearDown() override { fs::remove_directories(Directory); }

  std::string path(llvm::StringRef Name) { return (Directory + "/" + Name).str(); }

  size_t entries() {
    size_t Count = 0;
    std::error_code Code;
    for (fs::directory_iterator It(Directory, Code), End; It != End; It.increment(Code))
      ++Count;
    return Count;
  }

  llvm::SmallString<128> Directory;
};

TEST_F(OutputTest, AFileIsReplacedAndNotWrittenInto) {
  ASSERT_FALSE(writeOutput(path("a"), "old"));
  const int Open = ::open(path("a").c_str(), O_RDONLY);
  ASSERT_GE(Open, 0);
  ASSERT_FALSE(writeOutput(path("a"), "new"));
  char Seen[3];
  EXPECT_EQ(::read(Open, Seen, sizeof Seen), 3);
  ::close(Open);
  EXPECT_EQ(std::string(Seen, 3), "old");
  EXPECT_EQ(readWholeFile(path("a")), "new");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(OutputTest, ALinkStaysALink) {
  ASSERT_FALSE(writeOutput(path("a"), "old"));
  ASSERT_EQ(::symlink("a", path("link").c_str()), 0);
  ASSERT_FALSE(writeOutput(path("link"), "new"));
  EXPECT_EQ(readWholeFile(path("a")), "new");
  EXPECT_TRUE(fs::is_symlink_file(path("link")));
}

TEST_F(OutputTest, APipeIsWrittenTo) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const int Reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(Reader, 0);
  EXPECT_FALSE(expectWritable(path("pipe")));
  ASSERT_FALSE(writeOutput(path("pipe"), "text"));
  char Seen[8];
  EXPECT_EQ(::read(Reader, Seen, sizeof Seen), 4);
  ::close(Reader);
  EXPECT_FALSE(writeOutput("/dev/null", "text"));
}

TEST_F(OutputTest, AskingLeavesNothingBehind) {
  EXPECT_FALSE(expectWritable(path("a")));
  EXPECT_EQ(entries(), 0u);
  ASSERT_FALSE(writeOutput(path("a"), "old"));
  EXPECT_FALSE(expectWritable(path("a")));
  EXPECT_EQ(readWholeFile(path("a")), "old");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(OutputTest, WhatCannotBeWrittenIsNamed) {
  EXPECT_EQ(llvm::toString(expectWritable(path("no/a"))),
            "cannot write " + path("no/a") + ": No such file or directory");
  EXPECT_EQ(llvm::toString(expectWritable(Directory)),
            "cannot write " + std::string(Directory) + ": Is a directory");
  EXPECT_EQ(llvm::toString(writeOutput("/dev/full", "text")),
            "cannot write /dev/full: No space left on device");
}

} // namespace
} // namespace handrail
