//===- FrontendTest.cpp - compile commands, errors, robustness -------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <gtest/gtest.h>
#include <thread>

using namespace handrail;
using capture::captureFile;
using capture::CaptureResult;
using capture::CompileJob;

namespace {

/// A directory that goes away with the test.
class TempDir {
public:
  TempDir() {
    llvm::SmallString<128> P;
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("handrail-capture", P));
    Path = P.str().str();
  }
  ~TempDir() { llvm::sys::fs::remove_directories(Path); }

  std::string write(llvm::StringRef Name, llvm::StringRef Text) {
    llvm::SmallString<128> File(Path);
    llvm::sys::path::append(File, Name);
    llvm::sys::fs::create_directories(llvm::sys::path::parent_path(File));
    std::error_code EC;
    llvm::raw_fd_ostream(File, EC) << Text;
    EXPECT_FALSE(EC);
    return File.str().str();
  }

  std::string Path;
};

} // namespace

static std::vector<std::string> defined(const ir::Unit &U) {
  std::vector<std::string> Names;
  for (const ir::Function &F : U.Functions)
    Names.push_back(U.name(U.symbol(F.Sym)).str());
  return Names;
}

using Names = std::vector<std::string>;

TEST(Frontend, RelativePathsBelongToTheJobsDirectory) {
  TempDir Dir;
  Dir.write("inc/h.h", "int h(void);");
  std::string File = Dir.write("src/a.c", "#include \"h.h\"\nint f(void) { return h(); }");
  CaptureResult R = captureFile({Dir.Path, File, {"cc", "-Iinc", "-c", "src/a.c", "-o", "a.o"}});
  EXPECT_TRUE(R.Parsed);
  EXPECT_TRUE(R.Errors.empty());
  EXPECT_EQ(defined(R.U), Names{"f"});
  EXPECT_EQ(R.U.MainFile, File);
  EXPECT_EQ(R.U.str(R.U.Symbols[1].Header), Dir.Path + "/inc/h.h");
  EXPECT_FALSE(llvm::sys::fs::exists(Dir.Path + "/a.o"));
}

TEST(Frontend, NothingIsWritten) {
  TempDir Dir;
  std::string File = Dir.write("a.c", "int f(void) { return 1; }");
  CaptureResult R =
      captureFile({Dir.Path,
                   File,
                   {"gcc", "-c", "-MD", "-MF", "a.d", "-MT", "a.o", "-oa.o", "-save-temps",
                    "--coverage", "-Wp,-MMD,b.d", "-ftime-trace", "a.c"}});
  EXPECT_TRUE(R.Parsed && R.Errors.empty());
  unsigned Files = 0;
  std::error_code EC;
  for (llvm::sys::fs::directory_iterator I(Dir.Path, EC), E; I != E && !EC; I.increment(EC))
    ++Files;
  EXPECT_EQ(Files, 1u);
}

TEST(Frontend, FlagsOfOtherCompilersAreDropped) {
  TempDir Dir;
  std::string File = Dir.write("a.c", "int f(void) { return N; }");
  CaptureResult R = captureFile(
      {Dir.Path,
       File,
       {"ccache", "/usr/bin/gcc-12", "-fconserve-stack", "-fno-such-flag-in-clang",
        "-mpreferred-stack-boundary=3", "-fplugin=./x.so", "-specs=x.specs", "--param",
        "ssp-buffer-size=4", "-Wno-such-warning", "-Werror", "-fvar-tracking-assignments",
        "-fno-delete-null-pointer-checks", "-DN=3", "-c", "a.c"}});
  EXPECT_TRUE(R.Parsed);
  EXPECT_TRUE(R.Errors.empty()) << R.Errors[0].Message;
  EXPECT_EQ(defined(R.U), Names{"f"});
}

TEST(Frontend, WhatOtherCompilersAcceptIsNoError) {
  Captured C("f(a) int a; { int *p = 3; char *q = p; int (*g)(void) = h; return k(q) + g(); }",
             "t.c", {"-std=gnu11", "-Werror", "-pedantic-errors", "-Dh=(void *)0"});
  EXPECT_NE(C.function("f"), nullptr);
}

TEST(Frontend, ResponseFilesAreRead) {
  TempDir Dir;
  std::string File = Dir.write("a.c", "int f(void) { return N; }");
  Dir.write("flags.rsp", "-DN=4 -c");
  CaptureResult R = captureFile({Dir.Path, File, {"cc", "@flags.rsp", "a.c"}});
  EXPECT_TRUE(R.Errors.empty());
  EXPECT_EQ(defined(R.U), Names{"f"});
}

TEST(Frontend, CompilerNameDecidesTheLanguage) {
  TempDir Dir;
  std::string File =
      Dir.write("a.c", "template <class T> T g(T t) { return t; } int f() { return g(1); }");
  CaptureResult R = captureFile({Dir.Path, File, {"g++", "-c", "a.c"}});
  EXPECT_TRUE(R.Errors.empty());
  EXPECT_TRUE(R.U.CPlusPlus);
}

TEST(Frontend, BuiltinHeadersAreFound) {
  Captured C("#include <stddef.h>\n#include <stdarg.h>\n#include <limits.h>\n#include <stdint.h>\n"
             "size_t f(void) { return INT_MAX; }\n");
  EXPECT_NE(C.function("f"), nullptr);
}

TEST(Frontend, ErrorsAreCollectedAndTheRestStays) {
  Captured C("int good(int a) { return a; }\nint bad(void) { return nothing + 1; }\nint also(void) "
             "{ return 2; }\n",
             "t.c", {}, /*ExpectErrors=*/true);
  ASSERT_EQ(C.Errors.size(), 1u);
  EXPECT_EQ(C.Errors[0].File, "/t.c");
  EXPECT_EQ(C.Errors[0].Line, 2u);
  EXPECT_EQ(C.Errors[0].Col, 24u);
  EXPECT_NE(C.Errors[0].Message.find("nothing"), std::string::npos);
  EXPECT_TRUE(C.U.HadErrors);
  EXPECT_EQ(defined(C.U), (Names{"good", "also"}));
}

TEST(Frontend, AMissingHeaderSilencesNothing) {
  Captured C("#include \"missing.h\"\nint f(void) { return 1; }\nint bad(void) { return x; }\n",
             "t.c", {},
             /*ExpectErrors=*/true);
  EXPECT_EQ(C.Errors.size(), 2u);
  EXPECT_EQ(defined(C.U), Names{"f"});
}

TEST(Frontend, BrokenSourcesDoNotCrash) {
  for (const char *Text :
       {"int f(", "struct s { struct s x; }; int f(struct s a) { return a.x.y; }",
        "int f(void) { int a[ }", "}}}}", "int f(void) { goto nowhere; }",
        "int f(void) { switch (1) { case 1: case 1: return 2; } }", "void f(void) { break; }",
        "int f(struct missing s) { return s.a; }", "enum e; int f(enum e v) { return v; }",
        "\xff\xfe\x00", ""}) {
    CaptureResult C = capture::captureSource("t.c", Text);
    EXPECT_FALSE(ir::verify(C.U)) << Text;
    CaptureResult Cxx = capture::captureSource("t.cpp", Text);
    EXPECT_FALSE(ir::verify(Cxx.U)) << Text;
  }
  for (const char *Text :
       {"template <class T> void g(T t) { t.nothing(); } void f() { g(1); }",
        "struct S { S(int); }; void f() { S s; auto l = [s] { return s.x; }; l(); }",
        "void f() { for (auto x : 3) x; try { throw Unknown(); } catch (Unknown &) {} }",
        "struct A { ~A() = delete; }; void f() { A a; new A; }", "auto f() { return f(); }",
        "void f() { delete missing; co_await 1; }", "int f(int x) requires false { return x; }"}) {
    CaptureResult R = capture::captureSource("t.cpp", Text);
    EXPECT_FALSE(ir::verify(R.U)) << Text;
  }
}

TEST(Frontend, ImpossibleJobsSayWhy) {
  CaptureResult NoDirectory =
      captureFile({"/no/such/directory", "/no/such/directory/a.c", {"cc", "a.c"}});
  EXPECT_FALSE(NoDirectory.Parsed);
  ASSERT_EQ(NoDirectory.Errors.size(), 1u);
  EXPECT_NE(NoDirectory.Errors[0].Message.find("/no/such/directory"), std::string::npos);
  CaptureResult NoFile = captureFile({"/", "/no-such-file.c", {"cc", "-c", "/no-such-file.c"}});
  EXPECT_FALSE(NoFile.Errors.empty());
  EXPECT_TRUE(NoFile.U.Functions.empty());
  CaptureResult NoArguments = captureFile({"/", "/a.c", {}});
  EXPECT_FALSE(NoArguments.Parsed);
  EXPECT_FALSE(NoArguments.Errors.empty());
}

TEST(Frontend, BodiesInSystemHeadersAreNotLowered) {
  TempDir Dir;
  Dir.write("sys/s.h", "static inline int sys(int x) { return x; }");
  Dir.write(
      "own/o.h",
      "static inline int own(int x) { return x; } static inline int unused(int x) { return x; }");
  std::string File =
      Dir.write("a.c", "#include <s.h>\n#include <o.h>\nint f(void) { return sys(1) + own(2); }");
  CaptureResult R =
      captureFile({Dir.Path, File, {"cc", "-isystem", "sys", "-I", "own", "-c", "a.c"}});
  EXPECT_TRUE(R.Errors.empty());
  EXPECT_EQ(defined(R.U), (Names{"f", "own"}));
}

TEST(Frontend, JobsRunSideBySide) {
  TempDir One, Two;
  std::string A = One.write("a.c", "#include \"n.h\"\nint f(void) { return N; }");
  std::string B = Two.write("a.c", "#include \"n.h\"\nint f(void) { return N; }");
  One.write("n.h", "#define N 1");
  Two.write("n.h", "#define N 2");
  CaptureResult RA, RB;
  std::thread TA([&] { RA = captureFile({One.Path, A, {"cc", "-c", "a.c"}}); });
  std::thread TB([&] { RB = captureFile({Two.Path, B, {"cc", "-c", "a.c"}}); });
  TA.join();
  TB.join();
  ASSERT_EQ(RA.U.Functions.size(), 1u);
  ASSERT_EQ(RB.U.Functions.size(), 1u);
  EXPECT_EQ(RA.U.Functions[0].Blocks[0].Term.Value, ir::Operand::integer(1));
  EXPECT_EQ(RB.U.Functions[0].Blocks[0].Term.Value, ir::Operand::integer(2));
}

TEST(Frontend, DeepExpressionsAndLongChains) {
  std::string Sum = "int f(int a) { return a";
  for (int I = 0; I < 2000; ++I)
    Sum += " + a";
  Captured C(Sum + "; }");
  EXPECT_EQ(C.function("f")->Blocks[0].Ops.size(), 4001u);
  std::string Chain = "int g(int); int f(int a) { ";
  for (int I = 0; I < 500; ++I)
    Chain += "if (g(a)) { ";
  Captured D(Chain + "return 1;" + std::string(500, '}') + " return 0; }", "t.c",
             {"-fbracket-depth=1000"});
  EXPECT_GT(D.function("f")->Blocks.size(), 500u);
}
