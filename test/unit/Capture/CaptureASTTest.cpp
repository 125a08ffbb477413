//===- CaptureASTTest.cpp - lowering what somebody else parsed -------------===//
#include "lib/Capture/Capture.h"
#include "clang/AST/ASTContext.h"
#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"
#include <gtest/gtest.h>

using namespace handrail;

static std::vector<std::string> defined(const ir::Unit &U) {
  std::vector<std::string> Names;
  for (const ir::Function &F : U.Functions)
    Names.push_back(U.name(U.symbol(F.Sym)).str());
  return Names;
}

static ir::Unit captured(llvm::StringRef Text, const clang::tooling::FileContentMappings &Headers) {
  std::unique_ptr<clang::ASTUnit> AST = clang::tooling::buildASTFromCodeWithArgs(
      Text, {"-std=c++20", "-isystem", "/virtual/sys", "-I", "/virtual/own"}, "/virtual/t.cpp",
      "clang-tool", std::make_shared<clang::PCHContainerOperations>(),
      clang::tooling::getClangStripDependencyFileAdjuster(), Headers);
  EXPECT_TRUE(AST);
  ir::Unit U = capture::captureAST(AST->getASTContext(), "/virtual/t.cpp");
  EXPECT_FALSE(ir::verify(U));
  return U;
}

// Everything has a body here, for nobody told the parser to skip any.
TEST(CaptureAST, LeavesSystemHeadersToTheirContracts) {
  ir::Unit U = captured(
      "#include <s.h>\n#include <o.h>\nint f() { return sys(1) + own(2) + T<int>().get(); }",
      {{"/virtual/sys/s.h", "inline int sys(int x) { return x; }\n"
                            "template <class X> struct T { X get() { return 1; } };"},
       {"/virtual/own/o.h", "inline int own(int x) { return x; }"}});
  EXPECT_EQ(U.MainFile, "/virtual/t.cpp");
  EXPECT_EQ(defined(U), (std::vector<std::string>{"f", "own"}));
}

TEST(CaptureAST, GivesWhatCaptureSourceGives) {
  const char *Text =
      "struct S { S(); ~S(); int v; }; int g(int); int f(bool c) { S s; return c && g(s.v); }";
  EXPECT_TRUE(captured(Text, {}).Functions ==
              capture::captureSource("/virtual/t.cpp", Text).U.Functions);
}
