#include "lib/Engine/Engine.h"
#include "lib/IR/Parser.h"
#include "lib/Model/ModelReader.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail {
namespace {

using testing::ElementsAre;

/// A check that is whatever a test needs.
class LambdaCheck : public Check {
public:
  using Function = std::function<void(const CheckContext &, std::vector<Finding> &)>;
  explicit LambdaCheck(Function F) : F(std::move(F)) {}
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override {
    F(Context, Out);
  }

private:
  Function F;
};

RegisteredCheck check(const char *Id, LambdaCheck::Function F, Severity Sev = Severity::Warning) {
  return {{Id, "a summary", Sev, true}, std::make_unique<LambdaCheck>(std::move(F))};
}

Finding finding(std::string File, uint32_t Line, Confidence Conf = Confidence::Certain) {
  Finding F;
  F.Loc = {std::move(File), Line, 1, 0, 0};
  F.Message = "m";
  F.Conf = Conf;
  return F;
}

class EngineTest : public testing::Test {
protected:
  std::vector<Finding> run() {
    solver::Program Program;
    for (const ir::Unit &U : Units)
      Program.Units.push_back(&U);
    return analyze(Program, Models, Checks, Options).Findings;
  }

  std::vector<ir::Unit> Units;
  model::ModelSet Models;
  std::vector<RegisteredCheck> Checks;
  EngineOptions Options;
};

TEST_F(EngineTest, StampsIdAndSeverity) {
  auto One = [](const CheckContext &, std::vector<Finding> &Out) {
    Out.push_back(finding("a.c", 1));
  };
  Checks.push_back(check("first", One, Severity::Error));
  Checks.push_back(check("second", One));
  std::vector<Finding> Findings = run();
  ASSERT_EQ(Findings.size(), 2u);
  EXPECT_EQ(Findings[0].Check, "first");
  EXPECT_EQ(Findings[0].Sev, Severity::Error);
  EXPECT_EQ(Findings[1].Check, "second");
  EXPECT_EQ(Findings[1].Sev, Severity::Warning);
}

TEST_F(EngineTest, FindingsAreNormalised) {
  Checks.push_back(check("x", [](const CheckContext &, std::vector<Finding> &Out) {
    Out = {finding("b.c", 1), finding("a.c", 2), finding("b.c", 1), finding("a.c", 1)};
  }));
  std::vector<Finding> Findings = run();
  ASSERT_EQ(Findings.size(), 3u);
  EXPECT_EQ(Findings[0].Loc.File, "a.c");
  EXPECT_EQ(Findings[0].Loc.Line, 1u);
  EXPECT_EQ(Findings[2].Loc.File, "b.c");
}

TEST_F(EngineTest, MinimumConfidence) {
  Checks.push_back(check("x", [](const CheckContext &, std::vector<Finding> &Out) {
    Out = {finding("a.c", 1, Confidence::Certain), finding("a.c", 2, Confidence::Likely),
           finding("a.c", 3, Confidence::Possible)};
  }));
  for (auto [Minimum, Count] :
       {std::pair(Confidence::Certain, 1u), {Confidence::Likely, 2u}, {Confidence::Possible, 3u}}) {
    Options.MinimumConfidence = Minimum;
    EXPECT_EQ(run().size(), Count);
  }
}

TEST_F(EngineTest, EachCheckGetsItsOwnOptions) {
  std::vector<std::string> Seen;
  auto Look = [&](const CheckContext &Context, std::vector<Finding> &) {
    auto It = Context.Options.find("Name");
    Seen.push_back(It == Context.Options.end() ? "none" : It->second);
  };
  Checks.push_back(check("a", Look));
  Checks.push_back(check("b", Look));
  Options.Options["b"]["Name"] = "value";
  run();
  EXPECT_THAT(Seen, ElementsAre("none", "value"));
}

// The same header may be a system header for one unit and the project's own for
// another one; then it is the project's, whatever the order of the units.
TEST_F(EngineTest, SystemHeadersAreLeftOut) {
  ir::Unit U;
  U.Files = {{"/p/a.c", false}, {"/usr/include/sys.h", true}, {"/p/own.h", true}};
  ir::Unit V;
  V.Files = {{"/p/b.c", false}, {"/p/own.h", false}};
  Checks.push_back(check("x", [](const CheckContext &, std::vector<Finding> &Out) {
    Out = {finding("/p/a.c", 1), finding("/usr/include/sys.h", 1), finding("/p/own.h", 1)};
  }));
  for (bool Swap : {false, true}) {
    Units = Swap ? std::vector{V, U} : std::vector{U, V};
    std::vector<Finding> Findings = run();
    ASSERT_EQ(Findings.size(), 2u);
    EXPECT_EQ(Findings[0].Loc.File, "/p/a.c");
    EXPECT_EQ(Findings[1].Loc.File, "/p/own.h");
  }
}

TEST_F(EngineTest, ChecksSeeWhatTheSolverProved) {
  ASSERT_TRUE(model::readModels(model::builtinModels(), {}, Models).empty());
  Units.push_back(llvm::cantFail(ir::parseUnit("define @f(p : ptr<i8>) {\n"
                                               "bb0:\n"
                                               "  %0 = load &p\n"
                                               "  %1 = call @open(%0, 0) : i32\n"
                                               "  return\n"
                                               "}\n",
                                               "leak.hir")));
  size_t Leaks = 0;
  Checks.push_back(check("x", [&](const CheckContext &Context, std::vector<Finding> &) {
    for (const solver::Violation &V : Context.Solution.Violations)
      Leaks += V.Kind == solver::ViolationKind::Leak;
  }));
  run();
  EXPECT_EQ(Leaks, 1u);
}

TEST(ToLocation, CarriesTheRange) {
  ir::Unit U;
  U.Files = {{"/p/a.c", false}};
  U.Locs.push_back({.File = 0, .Line = 3, .Col = 5, .EndLine = 3, .EndCol = 9});
  EXPECT_EQ(toLocation(U, 1), (Location{"/p/a.c", 3, 5, 3, 9}));
  EXPECT_EQ(toLocation(U, 0), Location{});   // "no location"
  U.Files[0].Path = "/p/build/../src/./a.c"; // as build systems write it
  EXPECT_EQ(toLocation(U, 1).File, "/p/src/a.c");
}

} // namespace
} // namespace handrail
