//===- leak_check.h - what a test left open ---------------------*- C++ -*-===//
//
// What the listeners of the frameworks share; a framework that has none uses it so:
//
//   handrail::test::leak_check check("Cart.Checkout");
//   run_the_test();
//   for (const std::string &leak : check.end(run_the_test))
//     std::cerr << leak;
//
// A handle is a leak if it was opened by a thread that works for the test, and is open
// when the test and its fixture have ended (and a moment later, since other threads may be
// about to close it). A descriptor of the system is one if it was not open before; the
// preload library knows more about those, and they are then left to it.
//
// What is opened once and stays is no leak: if the test can be run again, a place that
// leaks the first time and not the second is that of something that was made once.
// HR_STATIC_INIT says it without a second run, and for tests that cannot have one.
//
// Environment: HANDRAIL_TEST_RERUN (1; 0: no test is run again).
//
// Thread safety: one check at a time per thread; descriptors are those of the process, so
// they are compared only where one test runs at a time. Errors: none.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_TESTING_LEAK_CHECK_H
#define HANDRAIL_TESTING_LEAK_CHECK_H

#include "../ledger.h"
#include "../testing.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <set>

namespace handrail::test {

class leak_check {
public:
  explicit leak_check(std::string name)
      : name_(std::move(name)), before_(descriptors()), number_(hr_test_begin(name_.c_str())) {}
  leak_check(leak_check &&) = delete;
  ~leak_check() {
    if (!ended_)
      hr_test_end();
  }

  /// Ends the test. One text per leak, of one or more lines. \p rerun runs the test once
  /// more, and says whether it came to its end; without it, all are leaks.
  template <class Rerun> std::vector<std::string> end(Rerun &&rerun) {
    std::vector<found> leaks = finish();
    const char *wanted = std::getenv("HANDRAIL_TEST_RERUN");
    if (!leaks.empty() && !(wanted && *wanted == '0')) {
      leak_check second(name_);
      bool whole = true;
      if constexpr (std::is_void_v<std::invoke_result_t<Rerun &>>)
        rerun();
      else
        whole = rerun();
      const std::vector<found> again = second.finish();
      if (whole)
        std::erase_if(leaks, [&](const found &f) {
          return std::ranges::none_of(again, [&](const found &g) { return g.place == f.place; });
        });
    }
    std::vector<std::string> texts;
    for (found &f : leaks)
      texts.push_back(std::move(f.text));
    return texts;
  }
  std::vector<std::string> end() {
    return end([] { return false; });
  }

  /// What tests left open that ended without it: opened late, by a thread that went on.
  static std::vector<std::string> late() {
    std::vector<std::string> texts;
    for (const ledger::leak &l : ledger::live())
      if (l.test_number && !told().contains(l.test_number))
        texts.push_back("test " + l.test + " ended before this was opened for it:\n" + describe(l));
    return texts;
  }

private:
  struct found {
    std::string place; ///< the same when the test is run again
    std::string text;
  };

  static std::set<std::uint32_t> &told() {
    static auto *const numbers = new std::set<std::uint32_t>;
    return *numbers;
  }

  static std::string describe(const ledger::leak &l) {
    std::string text = std::to_string(l.count) + " x " + l.type;
    if (!l.name.empty())
      text += " '" + l.name + "'";
    if (!l.owner.empty())
      text += " in table '" + l.owner + "'";
    text += " left open";
    if (!l.site.empty())
      text += ", opened at " + l.site;
    if (l.closes)
      text += ", close started" + (l.closing.empty() ? "" : " at " + l.closing);
    text += '\n';
    for (std::size_t at = 0, end; (end = l.stack.find('\n', at)) != std::string::npos; at = end + 1)
      text += "    " + l.stack.substr(at, end - at) + '\n';
    return text;
  }

  /// None when the preload library is there.
  static std::vector<descriptor> descriptors() {
    const char *preloaded = std::getenv("LD_PRELOAD");
    return preloaded && std::strstr(preloaded, "handrail") ? std::vector<descriptor>()
                                                           : open_descriptors();
  }

  std::vector<found> look() const {
    std::vector<found> leaks;
    for (const ledger::leak &l : ledger::live())
      if (l.test_number == number_)
        leaks.push_back({l.type + '\n' + l.owner + '\n' + l.site, describe(l)});
    for (const descriptor &d : descriptors()) {
      if (std::ranges::find(before_, d) != before_.end())
        continue;
      std::string kind = d.target; // its numbers are others the next time
      std::erase_if(kind, [](unsigned char c) { return std::isdigit(c); });
      leaks.push_back(
          {kind, "descriptor " + std::to_string(d.number) + " left open: " + d.target + '\n'});
    }
    return leaks;
  }

  std::vector<found> finish() {
    ended_ = true;
    hr_test_end();
    std::vector<found> leaks = look();
    for (int wait = 1; !leaks.empty() && wait < 100; wait *= 3) {
      std::this_thread::sleep_for(std::chrono::milliseconds(wait));
      leaks = look();
    }
    if (!leaks.empty())
      told().insert(number_);
    return leaks;
  }

  std::string name_;
  std::vector<descriptor> before_;
  std::uint32_t number_;
  bool ended_ = false;
};

/// All of them in one text, for a message of the framework.
inline std::string joined(const std::vector<std::string> &leaks) {
  std::string text = "handles left open by this test:\n";
  for (const std::string &l : leaks)
    text += "  " + l;
  return text;
}

} // namespace handrail::test

#endif
