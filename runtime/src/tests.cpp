// The tests of a program by number, and which of them this thread works for.
#include "tests.h"

#include "handrail/handrail.h"
#include "handrail/ledger.h"

#include <algorithm>
#include <mutex>

namespace handrail::detail {

namespace {

struct test_names {
  std::mutex mutex;
  std::vector<std::string> names; ///< of 1, 2, …
};
/// Never destroyed: reports run after everything.
test_names &tests() noexcept {
  static test_names *const t = new test_names;
  return *t;
}

void enter(std::uint32_t test) noexcept {
  this_thread.test = test;
  // Sites are of a test; those at hand are of the one before.
  if (use_record *mine = this_thread.uses)
    std::fill(std::begin(mine->sites), std::end(mine->sites), use_record::known_site{});
}

} // namespace

std::string test_name(std::uint32_t test) {
  if (test == 0)
    return {};
  std::lock_guard lock(tests().mutex);
  return test <= tests().names.size() ? tests().names[test - 1] : std::string();
}

void lock_tests() noexcept { tests().mutex.lock(); }
void unlock_tests() noexcept { tests().mutex.unlock(); }

} // namespace handrail::detail

using namespace handrail::detail;

extern "C" HANDRAIL_API uint32_t hr_test_begin(const char *name) {
  std::uint32_t number = 0;
  try {
    std::lock_guard lock(tests().mutex);
    tests().names.emplace_back(name ? name : "");
    number = static_cast<std::uint32_t>(tests().names.size());
  } catch (const std::bad_alloc &) { // what it opens is then nobody's
  }
  enter(number);
  return number;
}

extern "C" HANDRAIL_API void hr_test_end(void) { enter(0); }

extern "C" HANDRAIL_API uint32_t hr_test_current(void) { return this_thread.test; }

extern "C" HANDRAIL_API void hr_test_inherit(uint32_t test) { enter(test); }
