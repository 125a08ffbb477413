//===- gtest.h - GoogleTest: a test that leaves handles open fails -*- C++ -*-===//
//
// Included in one file of a test program, this is all there is to do:
//
//   #include <handrail/testing/gtest.h>
//
// What counts as left open, leak_check.h says. The fixture has ended by then. A test that
// leaks, and had not failed before, is run once more to tell what is made once; what
// fails in that run is not reported. Handles that a thread opens for a test that has ended
// are a failure of the whole program.
//
// Needs GoogleTest 1.8 or later, whose private names are asked for to run a test again:
// define HANDRAIL_GTEST_RERUN as 0 where they are others.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_TESTING_GTEST_H
#define HANDRAIL_TESTING_GTEST_H

#include "leak_check.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <memory>

#ifndef HANDRAIL_GTEST_RERUN
#define HANDRAIL_GTEST_RERUN 1
#endif

namespace handrail::test {

#if HANDRAIL_GTEST_RERUN
namespace detail {
// An explicit instantiation may name what is private.
using factory_member = ::testing::internal::TestFactoryBase *const ::testing::TestInfo::*;
using run_member = void (::testing::Test::*)();
struct gtest_factory {
  friend factory_member reveal(gtest_factory);
};
struct gtest_run {
  friend run_member reveal(gtest_run);
};
template <class Tag, class Member, Member Value> struct gtest_private {
  friend Member reveal(Tag) { return Value; }
};
template struct gtest_private<gtest_factory, factory_member, &::testing::TestInfo::factory_>;
template struct gtest_private<gtest_run, run_member, &::testing::Test::Run>;
} // namespace detail
#endif

class gtest_listener final : public ::testing::EmptyTestEventListener {
public:
  void OnTestStart(const ::testing::TestInfo &info) override {
    check_ = std::make_unique<leak_check>(std::string(info.test_suite_name()) + "." + info.name());
  }
  void OnTestEnd(const ::testing::TestInfo &info) override {
    if (!check_)
      return;
    const std::unique_ptr<leak_check> check = std::move(check_);
    const auto leaks = check->end([&] { return run_again(info); });
    if (!leaks.empty())
      ADD_FAILURE_AT(info.file(), info.line()) << joined(leaks);
  }
  void OnEnvironmentsTearDownEnd(const ::testing::UnitTest &) override {
    for (const std::string &leak : leak_check::late())
      ADD_FAILURE() << leak;
  }

private:
  static bool run_again([[maybe_unused]] const ::testing::TestInfo &info) {
#if HANDRAIL_GTEST_RERUN
    if (info.result()->Failed() || info.result()->Skipped())
      return false;
    ::testing::TestPartResultArray parts;
    {
      const ::testing::ScopedFakeTestPartResultReporter elsewhere(
          ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &parts);
      const std::unique_ptr<::testing::Test> test(
          (info.*reveal(detail::gtest_factory()))->CreateTest());
      (test.get()->*reveal(detail::gtest_run()))();
    }
    for (int i = 0; i < parts.size(); ++i)
      if (parts.GetTestPartResult(i).failed())
        return false;
    return true;
#else
    return false;
#endif
  }

  std::unique_ptr<leak_check> check_;
};

/// Registers it before main, with the tests.
inline const bool gtest_listens = [] {
  ::testing::UnitTest::GetInstance()->listeners().Append(new gtest_listener);
  return true;
}();

} // namespace handrail::test

#endif
