//===- doctest.h - doctest: a test that leaves handles open fails -*- C++ -*-===//
//
// Included in one file of a test program, after what makes it the one with main if it is:
//
//   #include <handrail/testing/doctest.h>
//
// What counts as left open, leak_check.h says. Each way through the subcases of a test is
// a run of its own, and is checked when it ends. A test without subcases that leaks is run
// once more to tell what is made once; where it cannot be, say so with HR_STATIC_INIT.
// Handles that a thread opens for a test that has ended are printed at the end of the
// program, which doctest does not let fail then.
//
// Needs doctest 2.4 or later.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_TESTING_DOCTEST_H
#define HANDRAIL_TESTING_DOCTEST_H

#include "leak_check.h"

#include <doctest/doctest.h>

#include <iostream>

namespace handrail::test {

/// doctest counts no failures when a test has ended: the function of the test is replaced
/// while it runs by one that calls it.
class doctest_listener final : public doctest::IReporter {
public:
  explicit doctest_listener(const doctest::ContextOptions &) {}

  void test_case_start(const doctest::TestCaseData &data) override {
    // What is started is always one of these.
    auto &started = const_cast<doctest::detail::TestCase &>(
        static_cast<const doctest::detail::TestCase &>(data));
    test() = {&started, started.m_test, false};
    started.m_test = run;
  }
  void test_case_end(const doctest::CurrentTestCaseStats &) override {
    if (running_test *t = &test(); t->started)
      t->started->m_test = t->function;
    test() = {};
  }
  void subcase_start(const doctest::SubcaseSignature &) override { test().has_subcases = true; }
  void test_run_end(const doctest::TestRunStats &) override {
    for (const std::string &leak : leak_check::late())
      std::cerr << leak;
  }

  void report_query(const doctest::QueryData &) override {}
  void test_run_start() override {}
  void test_case_reenter(const doctest::TestCaseData &) override {}
  void test_case_exception(const doctest::TestCaseException &) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData &) override {}
  void log_message(const doctest::MessageData &) override {}
  void test_case_skipped(const doctest::TestCaseData &) override {}

private:
  struct running_test {
    doctest::detail::TestCase *started = nullptr;
    void (*function)() = nullptr;
    bool has_subcases = false;
  };
  static running_test &test() {
    static running_test t;
    return t;
  }

  static void run() {
    const running_test &t = test();
    leak_check check(t.started->m_name);
    std::exception_ptr failed;
    try {
      t.function();
    } catch (...) { // doctest's own too: the test has ended all the same
      failed = std::current_exception();
    }
    const auto leaks = check.end([&] { return !failed && !t.has_subcases && run_again(t); });
    if (!leaks.empty()) {
      // An assertion: what is only a message is not in a JUnit report.
      doctest::detail::ResultBuilder open(doctest::assertType::DT_CHECK, t.started->m_file.c_str(),
                                          static_cast<int>(t.started->m_line), "nothing left open");
      open.setResult(doctest::detail::Result(false, joined(leaks).c_str()));
      (void)open.log();
    }
    if (failed)
      std::rethrow_exception(failed);
  }
  static bool run_again(const running_test &t) {
    try {
      t.function();
      return true;
    } catch (...) {
      return false;
    }
  }
};

DOCTEST_REGISTER_LISTENER("handrail", 1, doctest_listener);

} // namespace handrail::test

#endif
