#include "lib/Ledger/Suppressions.h"
#include "LedgerTesting.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace handrail::ledger;

namespace {

constexpr const char *Today = "2026-07-01";

/// What is left of \p R after the lines of \p File, and what they did.
Outcome after(const char *File, const Report &R) {
  Outcome Told;
  Told.Found = grouped(R);
  auto Rules = parseSuppressions(File, "f");
  if (!Rules) {
    ADD_FAILURE() << llvm::toString(Rules.takeError());
    return Told;
  }
  suppress(Told, std::move(*Rules), Today);
  return Told;
}

bool silences(const char *Line, const Report &R) {
  Outcome Told = after(Line, R);
  return Told.Found.Leaks.empty() && Told.Found.Misuses.empty();
}

std::string errorsOf(const char *File) {
  auto Rules = parseSuppressions(File, "f");
  return Rules ? "" : llvm::toString(Rules.takeError());
}

TestReport oneLeak() {
  TestReport R;
  Leak &L = R.leak("socket", R.stack({"std::vector<int>::push(int)", "main"}), 3);
  L.Names = {{"/var/log/a", 2}, {"/var/log/b", 1}};
  L.Test = "Net.Accept";
  return R;
}

} // namespace

TEST(Suppressions, PatternMatchesFunctionFileOrModule) {
  TestReport R = oneLeak();
  EXPECT_TRUE(silences("leak:push", R));
  EXPECT_TRUE(silences("leak:main.c", R));
  EXPECT_TRUE(silences("leak:/opt/", R));
  EXPECT_TRUE(silences("leak:*", R));
  EXPECT_TRUE(silences("leak:vector*push", R));
  EXPECT_TRUE(silences("leak:^main$", R));
  EXPECT_TRUE(silences("*:main", R));
  EXPECT_FALSE(silences("leak:^push", R));
  EXPECT_FALSE(silences("leak:mai$", R));
  EXPECT_FALSE(silences("leak:other", R));
  EXPECT_FALSE(silences("double_close:main", R));
}

TEST(Suppressions, OnlyTheStarIsSpecial) {
  TestReport R;
  R.leak("file", R.stack({"operator new[](unsigned long)"}));
  EXPECT_TRUE(silences("leak:\"operator new[](unsigned\"", R));
  EXPECT_FALSE(silences("leak:new?](", R));
  EXPECT_FALSE(silences("leak:[n]ew", R));
}

TEST(Suppressions, RulesOfMisuses) {
  TestReport R;
  R.misuse("double-close", R.stack({"hang_up"})).Name = "/tmp/x";
  EXPECT_TRUE(silences("double_close:hang_up", R));
  EXPECT_TRUE(silences("double-close:hang_up path=/tmp/*", R));
  EXPECT_FALSE(silences("double_close:hang_up path=/var/*", R));
  EXPECT_FALSE(silences("use_after_close:hang_up", R));
  EXPECT_FALSE(silences("leak:hang_up", R));
}

TEST(Suppressions, EveryAttributeHasToMatch) {
  TestReport R = oneLeak();
  EXPECT_TRUE(silences("leak:main kind=socket path=/var/log/* test=Net.*", R));
  EXPECT_FALSE(silences("leak:main kind=sock", R));
  EXPECT_FALSE(silences("leak:main kind=file path=/var/log/*", R));
  EXPECT_FALSE(silences("leak:main path=*/a", R)) << "one of the names is another";
  EXPECT_FALSE(silences("leak:main test=Other.*", R));
}

TEST(Suppressions, MoreThanMaxIsTold) {
  TestReport R = oneLeak();
  EXPECT_TRUE(silences("leak:main max=3", R));
  Outcome Told = after("leak:main max=2", R);
  EXPECT_EQ(Told.Found.Leaks.size(), 1u);
  EXPECT_EQ(Told.Suppressions[0].State, SuppressionUse::Exceeded);
  EXPECT_EQ(Told.Suppressions[0].Count, 3u);
}

TEST(Suppressions, HoldUntilTheLastDay) {
  TestReport R = oneLeak();
  EXPECT_TRUE(silences("leak:main until=2026-07-01", R));
  Outcome Told = after("leak:main until=2026-06-30", R);
  EXPECT_EQ(Told.Found.Leaks.size(), 1u);
  EXPECT_EQ(Told.Suppressions[0].State, SuppressionUse::Expired);
}

TEST(Suppressions, EveryLineIsAccountedFor) {
  Outcome Told = after("# comment\n\nleak:nobody\n  leak:main reason=\"reported as \\\"12\\\"\"\r\n"
                       "leak:push kind=socket # too late\n",
                       oneLeak());
  ASSERT_EQ(Told.Suppressions.size(), 3u);
  EXPECT_EQ(Told.Suppressions[0].State, SuppressionUse::Unused);
  EXPECT_EQ(Told.Suppressions[0].Place, "f:3");
  EXPECT_EQ(Told.Suppressions[1].State, SuppressionUse::Used);
  EXPECT_EQ(Told.Suppressions[1].Rule, "leak:main");
  EXPECT_EQ(Told.Suppressions[1].Reason, "reported as \"12\"");
  EXPECT_EQ(Told.Suppressions[1].Count, 3u);
  EXPECT_EQ(Told.Suppressions[2].State, SuppressionUse::Unused) << "the first has the say";
  EXPECT_EQ(Told.Suppressions[2].Rule, "leak:push kind=socket");
}

TEST(Suppressions, ErrorsHaveLineAndColumn) {
  EXPECT_EQ(errorsOf("main\nleek:x\n"),
            "f:1:5: error: expected 'rule:pattern', such as 'leak:log_init'\n"
            "f:2:1: error: there is no rule 'leek'; did you mean 'leak'?");
  EXPECT_EQ(errorsOf("leak:"), "f:1:6: error: the pattern is empty; '*' stands for everything");
  EXPECT_EQ(errorsOf("leak:operator new"),
            "f:1:15: error: expected 'name=value'; a pattern with blanks is put in quotes");
  EXPECT_EQ(errorsOf("leak:\"x"), "f:1:6: error: the closing quote is missing");
  EXPECT_EQ(errorsOf("leak:x max=many"), "f:1:12: error: expected a number, not 'many'");
  EXPECT_EQ(errorsOf("leak:x until=2026-02-30"),
            "f:1:14: error: expected a date like 2027-01-31, not '2026-02-30'");
  EXPECT_EQ(errorsOf("leak:x knd=file"), "f:1:8: error: there is no 'knd='; known are kind, path, "
                                         "test, max, until and reason");
  EXPECT_EQ(errorsOf("leak:x max=1 max=2"), "f:1:14: error: 'max' is there twice");
}
