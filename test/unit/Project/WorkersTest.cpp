#include "lib/Project/Workers.h"
#include "lib/IR/Unit.h"
#include "lib/Project/CompilationDatabase.h"
#include "test/unit/Project/TemporaryDirectory.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail::project {
namespace {

using testing::HasSubstr;

class WorkersTest : public testing::Test {
protected:
  void add(llvm::StringRef Name, llvm::StringRef Text) {
    std::string File = Directory.write(Name, Text);
    Jobs.push_back(llvm::cantFail(jobFromFlags(File, {}, Directory.root())));
  }

  CaptureRun capture(unsigned Workers, WorkerOptions Options = {}) {
    Options.Workers = Workers;
    size_t Calls = 0;
    auto Run = captureAll(Jobs, Options, [&](size_t Done) {
      ++Calls;
      EXPECT_LE(Done, Jobs.size());
    });
    EXPECT_LE(Calls, Jobs.size());
    return llvm::cantFail(std::move(Run));
  }

  TemporaryDirectory Directory;
  std::vector<capture::CompileJob> Jobs;
};

TEST_F(WorkersTest, UnitsComeBackInTheOrderOfTheJobs) {
  for (int I = 0; I != 7; ++I)
    add("f" + std::to_string(I) + ".c", "int f" + std::to_string(I) + "(void) { return 0; }\n");
  for (unsigned Workers : {1u, 2u, 16u}) {
    CaptureRun Run = capture(Workers);
    for (size_t I = 0; I != Jobs.size(); ++I) {
      ASSERT_TRUE(Run.Outcomes[I].Unit) << Run.Outcomes[I].Failure;
      ir::Unit U = llvm::cantFail(Run.unit(I));
      ASSERT_EQ(U.Functions.size(), 1u);
      EXPECT_EQ(U.name(U.symbol(U.Functions[0].Sym)), "f" + std::to_string(I));
    }
  }
}

TEST_F(WorkersTest, NoJobs) { EXPECT_TRUE(capture(2).Outcomes.empty()); }

TEST_F(WorkersTest, ErrorsAndTheRestOfTheUnit) {
  add("broken.c", "int good(void) { return 0; }\nint bad(void) { return missing; }\n");
  CaptureRun Run = capture(1);
  ASSERT_EQ(Run.Outcomes[0].Errors.size(), 1u);
  EXPECT_EQ(Run.Outcomes[0].Errors[0].Line, 2u);
  EXPECT_EQ(Run.Outcomes[0].Errors[0].Col, 24u);
  EXPECT_THAT(Run.Outcomes[0].Errors[0].Message, HasSubstr("missing"));
  ASSERT_TRUE(Run.Outcomes[0].Unit);
  EXPECT_FALSE(llvm::cantFail(Run.unit(0)).Functions.empty());
}

TEST_F(WorkersTest, ACrashCostsOneUnit) {
  add("a.c", "int a(void) { return 0; }\n");
  add("crash1.c", "#pragma clang __debug crash\n");
  add("crash2.c", "#pragma clang __debug crash\n");
  add("z.c", "int z(void) { return 0; }\n");
  for (unsigned Workers : {1u, 2u}) {
    CaptureRun Run = capture(Workers);
    EXPECT_TRUE(Run.Outcomes[0].Unit);
    EXPECT_THAT(Run.Outcomes[1].Failure, HasSubstr("the front end crashed (signal "));
    EXPECT_THAT(Run.Outcomes[2].Failure, HasSubstr("the front end crashed (signal "));
    EXPECT_TRUE(Run.Outcomes[3].Unit);
  }
}

// A constant expression that would go on for hours.
TEST_F(WorkersTest, TimeIsLimited) {
  add("slow.cpp", "constexpr unsigned long long f(unsigned n) {\n"
                  "  return n < 2 ? 1 : f(n - 1) + f(n - 2);\n}\n"
                  "constexpr auto X = f(100);\n");
  Jobs.back().Arguments.insert(Jobs.back().Arguments.begin() + 1, "-fconstexpr-steps=4000000000");
  add("good.c", "int a(void) { return 0; }\n");
  CaptureRun Run = capture(1, {.CpuSecondsPerUnit = 1});
  EXPECT_EQ(Run.Outcomes[0].Failure, "the front end took more than 1 s of processor time");
  EXPECT_TRUE(Run.Outcomes[1].Unit);
}

TEST_F(WorkersTest, MissingFile) {
  add("gone.c", "");
  llvm::sys::fs::remove(Directory.path("gone.c"));
  CaptureRun Run = capture(1);
  EXPECT_FALSE(Run.Outcomes[0].Errors.empty() && Run.Outcomes[0].Failure.empty());
}

} // namespace
} // namespace handrail::project
