#include "lib/Capture/Capture.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail::capture {
namespace {

class PastFilesTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("handrail-past", Root));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(Root); }

  std::string path(llvm::StringRef Name) const { return (Root + "/" + Name).str(); }
  std::string write(llvm::StringRef Name, llvm::StringRef Text) {
    std::string File = path(Name);
    EXPECT_FALSE(llvm::sys::fs::create_directories(llvm::sys::path::parent_path(File)));
    std::error_code Code;
    llvm::raw_fd_ostream(File, Code) << Text;
    return File;
  }
  /// The functions defined in a.c as it was.
  std::vector<std::string> functions(const PastFiles &Past) {
    CompileJob Job{Root.str().str(), path("a.c"), {"cc", "-Ione", "-Itwo", "a.c"}};
    CaptureResult Result = captureFile(Job, nullptr, &Past);
    for (const CaptureError &E : Result.Errors)
      ADD_FAILURE() << E.Message;
    std::vector<std::string> Names;
    for (const ir::Function &F : Result.U.Functions)
      Names.push_back(Result.U.name(Result.U.symbol(F.Sym)).str());
    return Names;
  }

  llvm::SmallString<128> Root;
};

TEST_F(PastFilesTest, TextsAreThoseOfThePast) {
  write("a.c", "#include \"h.h\"\nvoid now(void) {}\n");
  write("one/h.h", "static inline void header_now(void) {}\n");
  EXPECT_THAT(functions({{path("a.c"), "#include <h.h>\nvoid then(void) { header_then(); }\n"},
                         {path("one/h.h"), "static inline void header_then(void) {}\n"}}),
              testing::UnorderedElementsAre("then", "header_then"));
}

// The next directory of the search path has its turn.
TEST_F(PastFilesTest, WhatWasNotThereIsNotFound) {
  write("a.c", "#include \"h.h\"\nvoid f(void) { inner(); }\n");
  write("one/h.h", "static inline void inner(void) { void a(void); a(); }\n");
  write("two/h.h", "static inline void inner(void) {}\nvoid from_two(void) {}\n");
  EXPECT_THAT(functions({{path("one/h.h"), std::nullopt}}), testing::Contains("from_two"));
}

TEST_F(PastFilesTest, WhatIsGoneIsThereAgain) {
  write("a.c", "#include \"sub/dir/h.h\"\nvoid f(void) { inner(); }\n");
  EXPECT_THAT(
      functions({{path("sub/dir/h.h"), "#include \"../h2.h\"\nvoid inner(void) { deeper(); }\n"},
                 {path("sub/h2.h"), "void deeper(void) {}\n"}}),
      testing::UnorderedElementsAre("f", "inner", "deeper"));
}

} // namespace
} // namespace handrail::capture
