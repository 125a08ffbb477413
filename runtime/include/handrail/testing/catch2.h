//===- catch2.h - Catch2: a test that leaves handles open fails -*- C++ -*-===//
//
// Included in one file of a test program, for version 2 the one that has
// CATCH_CONFIG_MAIN or CATCH_CONFIG_RUNNER:
//
//   #include <handrail/testing/catch2.h>
//
// What counts as left open, leak_check.h says. Each way through the sections of a test is
// a run of its own, and is checked when it ends. With version 2, a test without sections
// that leaks is run once more to tell what is made once; where it cannot be, say so with
// HR_STATIC_INIT. Handles that a thread opens for a test that has ended are printed at the
// end of the program, which Catch2 does not let fail then.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_TESTING_CATCH2_H
#define HANDRAIL_TESTING_CATCH2_H

#include "leak_check.h"

#if defined(__has_include) && __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#define HANDRAIL_CATCH2 3
#else
#ifndef CATCH_CONFIG_EXTERNAL_INTERFACES
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#endif
#include <catch2/catch.hpp>
#define HANDRAIL_CATCH2 2
#endif

#include <iostream>
#include <memory>

namespace handrail::test {

#if HANDRAIL_CATCH2 == 3
using catch2_base = Catch::EventListenerBase;
#else
using catch2_base = Catch::TestEventListenerBase;
#endif

class catch2_listener final : public catch2_base {
public:
  using catch2_base::catch2_base;

  void testCaseStarting(const Catch::TestCaseInfo &info) override {
    catch2_base::testCaseStarting(info);
    test_ = &info;
  }
  /// The outermost section is the test itself.
  void sectionStarting(const Catch::SectionInfo &info) override {
    catch2_base::sectionStarting(info);
    if (again_)
      return;
    if (depth_++ == 0) {
      has_sections_ = false;
      check_ = std::make_unique<leak_check>(info.name);
    } else {
      has_sections_ = true;
    }
  }
  /// Still counts for the test, which has run all of its destructors.
  void sectionEnded(const Catch::SectionStats &stats) override {
    if (!again_ && --depth_ == 0 && check_) {
      const std::unique_ptr<leak_check> check = std::move(check_);
      const auto leaks = check->end([&] { return run_again(stats); });
      if (!leaks.empty())
        FAIL_CHECK(joined(leaks));
    }
    catch2_base::sectionEnded(stats);
  }
  void testRunEnded(const Catch::TestRunStats &stats) override {
    for (const std::string &leak : leak_check::late())
      std::cerr << leak;
    catch2_base::testRunEnded(stats);
  }

private:
  bool run_again([[maybe_unused]] const Catch::SectionStats &stats) {
#if HANDRAIL_CATCH2 == 2
    if (has_sections_ || !stats.assertions.allPassed())
      return false;
    again_ = true;
    bool whole = true;
    try {
      static_cast<const Catch::TestCase &>(*test_).invoke();
    } catch (...) { // also an assertion that failed
      whole = false;
    }
    again_ = false;
    return whole;
#else
    return false;
#endif
  }

  const Catch::TestCaseInfo *test_ = nullptr;
  std::unique_ptr<leak_check> check_;
  int depth_ = 0;
  bool has_sections_ = false, again_ = false;
};

CATCH_REGISTER_LISTENER(catch2_listener)

} // namespace handrail::test

#endif
