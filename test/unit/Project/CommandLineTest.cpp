#include "lib/Project/CommandLine.h"
#include "test/unit/Project/TemporaryDirectory.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

namespace handrail::project {
namespace {

/// What is left of \p Command for a file /p/a.c (or \p File), joined by blanks;
/// an error is `error: message`, another language `other: message`.
std::string clean(llvm::StringRef Command, llvm::StringRef File = "/p/a.c",
                  llvm::StringRef Directory = "/p") {
  auto Arguments = frontEndArguments(splitCommand(Command), File, Directory);
  if (Arguments)
    return llvm::join(*Arguments, " ");
  std::string Text;
  llvm::handleAllErrors(
      Arguments.takeError(), [&](const UnsupportedLanguage &E) { Text = "other: " + E.message(); },
      [&](const llvm::ErrorInfoBase &E) { Text = "error: " + E.message(); });
  return Text;
}

TEST(CommandLine, KeepsWhatDecidesTheParse) {
  EXPECT_EQ(clean("cc -Iinc -I inc2 -DA=1 -D B -UC -isystem s -include x.h -std=c11 -O2 -m32 "
                  "-pthread -nostdinc -c a.c"),
            "cc -Iinc -I inc2 -DA=1 -D B -UC -isystem s -include x.h -std=c11 -O2 -m32 -pthread "
            "-nostdinc -w /p/a.c");
}

TEST(CommandLine, DropsOutputsDependenciesAndLinking) {
  EXPECT_EQ(clean("cc -c -o a.o -MD -MT a.o -MF a.d -MQa.o -MP -pipe -g3 -ggdb -save-temps "
                  "-Lx -lm -Wl,-z,now -shared -rdynamic -L x a.c b.o"),
            "cc -w /p/a.c");
}

TEST(CommandLine, DropsWarnings) {
  EXPECT_EQ(clean("cc -Wall -Wextra -Werror=format -Wno-unused -pedantic-errors -w a.c"),
            "cc -w /p/a.c");
}

TEST(CommandLine, DropsWhatOnlyGccKnows) {
  EXPECT_EQ(clean("gcc -fno-allow-store-data-races -fconserve-stack -fplugin=x.so "
                  "-fplugin-arg-x-y=1 -specs=/x/y.specs -fanalyzer -flto=auto -fdump-tree-all "
                  "-mpreferred-stack-boundary=3 -mno-fp-ret-in-387 -mindirect-branch=thunk-extern "
                  "-mrecord-mcount --param ssp-buffer-size=4 --param=x=1 -frandom-seed=1 a.c"),
            "gcc -w /p/a.c");
}

TEST(CommandLine, KeepsLanguageFeatures) {
  EXPECT_EQ(clean("g++ -fno-exceptions -fno-rtti -funsigned-char -fshort-enums -fopenmp "
                  "-fno-builtin-malloc -ffreestanding -march=native -mavx2 -msse4.2 a.cpp",
                  "/p/a.cpp"),
            "g++ --driver-mode=g++ -fno-exceptions -fno-rtti -funsigned-char -fshort-enums "
            "-fopenmp -fno-builtin-malloc -ffreestanding -march=native -mavx2 -msse4.2 -w "
            "/p/a.cpp");
}

TEST(CommandLine, PreprocessorArguments) {
  EXPECT_EQ(clean("gcc -Wp,-MD,x.d,-DA=1 -Wp,-D_FORTIFY_SOURCE=2 -Wp,-include,b.h a.c"),
            "gcc -DA=1 -D_FORTIFY_SOURCE=2 -include b.h -w /p/a.c");
}

TEST(CommandLine, CMakePrecompiledHeaderIsIncludedAsText) {
  EXPECT_EQ(clean("clang -Xclang -include-pch -Xclang x.pch -Xclang -include -Xclang x.h a.c"),
            "clang -Xclang -include -Xclang x.h -w /p/a.c");
}

TEST(CommandLine, Launchers) {
  EXPECT_EQ(clean("ccache gcc -DA a.c"), "gcc -DA -w /p/a.c");
  EXPECT_EQ(clean("/usr/bin/ccache distcc /opt/bin/gcc -DA a.c"), "/opt/bin/gcc -DA -w /p/a.c");
  EXPECT_EQ(clean("sccache icecc cc a.c"), "cc -w /p/a.c");
  EXPECT_EQ(clean("env -u X LANG=C CCACHE_DIR=/x ccache cc a.c"), "cc -w /p/a.c");
  EXPECT_EQ(clean("LANG=C nice -n 10 cc a.c"), "cc -w /p/a.c");
  EXPECT_EQ(clean("cmake -E env X=1 cc a.c"), "cc -w /p/a.c");
  EXPECT_EQ(clean("cmake -E __run_co_compile --tidy=x --source=a.c -- cc -DA a.c"),
            "cc -DA -w /p/a.c");
  EXPECT_EQ(clean("/bin/bash ../libtool --silent --tag=CC --mode=compile gcc -DA -c -o a.lo a.c"),
            "gcc -DA -w /p/a.c");
  EXPECT_EQ(clean("./libtool --mode=compile ccache gcc a.c"), "gcc -w /p/a.c");
}

TEST(CommandLine, NoCompiler) {
  EXPECT_EQ(clean(""), "error: no compiler in its command");
  EXPECT_EQ(clean("ccache"), "error: no compiler in its command");
  EXPECT_EQ(clean("env A=1"), "error: no compiler in its command");
  EXPECT_EQ(clean("cc -I"), "error: '-I' has no value");
}

TEST(CommandLine, OtherLanguages) {
  EXPECT_EQ(clean("cc -c a.S", "/p/a.S"), "other: not C or C++");
  EXPECT_EQ(clean("cc -c a.ll", "/p/a.ll"), "other: not C or C++");
  EXPECT_EQ(clean("cc -x assembler-with-cpp a.c"), "other: not C or C++");
  EXPECT_EQ(clean("nvcc -c a.cu", "/p/a.cu"), "other: compiled by nvcc");
  EXPECT_EQ(clean("cc -x c a.in", "/p/a.in"), "cc -x c -w /p/a.in");
  EXPECT_EQ(clean("cc -xc++ a.in", "/p/a.in"), "cc -xc++ -w /p/a.in");
}

TEST(CommandLine, QuotesAndEscapes) {
  EXPECT_EQ(splitCommand(R"(cc -DA="x y" '-DB="z"' -DC=\"q\" a\ b.c)"),
            (std::vector<std::string>{"cc", "-DA=x y", R"(-DB="z")", R"(-DC="q")", "a b.c"}));
}

TEST(CommandLine, ResponseFiles) {
  TemporaryDirectory Directory;
  Directory.write("outer.rsp", "-DA=1 @inner.rsp\n-Wall");
  Directory.write("inner.rsp", "-I 'with blank' -o a.o");
  EXPECT_EQ(clean("cc @outer.rsp -DB a.c", "/p/a.c", Directory.root()),
            "cc -DA=1 -I with blank -DB -w /p/a.c");
  std::string Missing = clean("cc @missing.rsp a.c", "/p/a.c", Directory.root());
  EXPECT_NE(Missing.find("error: "), std::string::npos);
  EXPECT_NE(Missing.find("missing.rsp"), std::string::npos);
}

TEST(CommandLine, ModuleMapsOfATreeThatWasNotBuilt) {
  EXPECT_EQ(clean("c++ -DA @x.dir/a.cpp.o.modmap -c a.cpp", "/p/a.cpp"),
            "c++ --driver-mode=g++ -DA -w /p/a.cpp");
}

TEST(CommandLine, ResponseFileThatNamesItself) {
  TemporaryDirectory Directory;
  Directory.write("loop.rsp", "-DA @loop.rsp");
  EXPECT_NE(clean("cc @loop.rsp a.c", "/p/a.c", Directory.root()).find("error: "),
            std::string::npos);
}

} // namespace
} // namespace handrail::project
