#include "lib/Project/UnitStore.h"
#include "lib/Project/CompilationDatabase.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Files.h"
#include "test/unit/Project/TemporaryDirectory.h"
#include <gtest/gtest.h>

namespace handrail::project {
namespace {

class UnitStoreTest : public testing::Test {
protected:
  UnitStoreTest() {
    Directory.write("a.h", "int f(void);\n");
    std::string File = Directory.write("a.c", "#include \"a.h\"\nint f(void) { return 1; }\n");
    Job = llvm::cantFail(jobFromFlags(File, {}, Directory.root()));
  }
  UnitStore store(std::string Tool = "tool 1") {
    return llvm::cantFail(UnitStore::create(Directory.path("store"), Tool));
  }
  void capture() {
    std::vector<capture::InputFile> Inputs;
    capture::CaptureResult Result = capture::captureFile(Job, &Inputs);
    ASSERT_TRUE(Result.Parsed);
    llvm::cantFail(store().write(Job, Result, Inputs));
  }
  bool found(std::string Tool = "tool 1") {
    FileIndex Files;
    return store(Tool).find(Job, Files).has_value();
  }
  std::string entryPath() {
    return llvm::StringRef(store().unitPath(Job)).drop_back(5).str() + ".entry";
  }

  TemporaryDirectory Directory;
  capture::CompileJob Job;
};

TEST_F(UnitStoreTest, AnEntryHoldsAsLongAsNothingChanges) {
  EXPECT_FALSE(found());
  capture();
  EXPECT_TRUE(found());
  EXPECT_FALSE(found("tool 2"));
  Directory.write("a.h", "int f(void); /* longer */\n");
  EXPECT_FALSE(found());
  Directory.write("a.h", "int f(void);\n"); // as it was
  EXPECT_TRUE(found());
  llvm::sys::fs::remove(Directory.path("a.h"));
  EXPECT_FALSE(found());
}

TEST_F(UnitStoreTest, AHeaderThatTurnsUpEarlierInThePath) {
  Directory.write("include/deep.h", "int g(void);\n");
  std::string File = Directory.write("b.c", "#include <deep.h>\n");
  Job = llvm::cantFail(jobFromFlags(
      File, {"-I" + Directory.path("first"), "-I" + Directory.path("include")}, Directory.root()));
  Directory.write("first/other.h", "");
  capture();
  EXPECT_TRUE(found());
  Directory.write("first/deep.h", "int h(void);\n");
  EXPECT_FALSE(found());
}

TEST_F(UnitStoreTest, DamageCountsAsNotThere) {
  capture();
  std::string Unit = *readWholeFile(store().unitPath(Job)), Entry = *readWholeFile(entryPath());
  // Every way to cut it short.
  for (size_t Size = 0; Size < Entry.size(); Size += 7) {
    llvm::cantFail(writeAtomically(entryPath(), llvm::StringRef(Entry).take_front(Size)));
    EXPECT_FALSE(found()) << Size;
  }
  llvm::cantFail(writeAtomically(entryPath(), Entry));
  EXPECT_TRUE(found());
  llvm::cantFail(writeAtomically(store().unitPath(Job), llvm::StringRef(Unit).drop_back()));
  EXPECT_FALSE(found());
  llvm::sys::fs::remove(store().unitPath(Job));
  EXPECT_FALSE(found());
}

TEST_F(UnitStoreTest, AUnitOfAnotherWriterIsNotTakenForItsEntrys) {
  capture();
  std::string Before = *readWholeFile(store().unitPath(Job));
  Directory.write("a.c", "#include \"a.h\"\nint f(void) { return 22; }\n");
  capture();
  EXPECT_TRUE(found());
  llvm::cantFail(writeAtomically(store().unitPath(Job), Before));
  EXPECT_FALSE(found());
}

TEST_F(UnitStoreTest, EntriesReadAsTheyWereWritten) {
  UnitEntry E;
  E.Tool = "tool\n\\1";
  E.Job = {"/d", "/d/a b.c", {"cc", "-DX=a\tb\\n", "/d/a b.c"}};
  E.Environment = {"CPATH=/x"};
  E.Inputs = {{"/d/a b.c", "0123"}, {"/d/new\nline.h", capture::InputFile::Absent}};
  E.Errors = {{"/d/a\tb.c", 3, 4, "what: 'x y'"}};
  E.Unit = "abc";
  auto Again = UnitEntry::parse(E.print());
  ASSERT_TRUE(Again);
  EXPECT_EQ(Again->print(), E.print());
  EXPECT_EQ(Again->Tool, E.Tool);
  EXPECT_EQ(Again->Job.Arguments, E.Job.Arguments);
  EXPECT_EQ(Again->Inputs, E.Inputs);
  EXPECT_EQ(Again->Errors[0].File, E.Errors[0].File);
  EXPECT_EQ(Again->Errors[0].Message, E.Errors[0].Message);
}

TEST_F(UnitStoreTest, WhatWasWrittenAMomentAgoIsNotTrusted) {
  std::string File = Directory.write("x.h", "one");
  FileIndex First;
  EXPECT_TRUE(First.matches({File, digestOf("one")}));
  EXPECT_TRUE(First.matches({File, capture::InputFile::Present}));
  EXPECT_FALSE(First.matches({File, capture::InputFile::Absent}));
  EXPECT_TRUE(First.matches({File + "x", capture::InputFile::Absent}));
  std::string Saved = First.save().value_or("");
  Directory.write("x.h", "two"); // perhaps within the resolution of the clock
  EXPECT_FALSE(FileIndex(Saved).matches({File, digestOf("one")}));
}

TEST_F(UnitStoreTest, AnIndexIsBelievedAndADamagedOneIsEmpty) {
  std::string Header = "/usr/include/stdio.h";
  if (!llvm::sys::fs::exists(Header))
    GTEST_SKIP();
  std::string Content = digestOf(*readWholeFile(Header));
  FileIndex First;
  EXPECT_TRUE(First.matches({Header, Content}));
  std::string Saved = First.save().value_or("");
  EXPECT_NE(Saved.find(Header), std::string::npos);
  // The file itself is not read.
  Saved.replace(Saved.find(Content), 4, "0000");
  EXPECT_FALSE(FileIndex(Saved).matches({Header, Content}));
  Saved.replace(0, 4, "____");
  EXPECT_TRUE(FileIndex(Saved).matches({Header, Content}));
}

} // namespace
} // namespace handrail::project
