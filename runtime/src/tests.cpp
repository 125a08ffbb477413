// The tests of a program by number, and which of them this thread works for.
#include "watcher.h"

#include "tests.h"

#include "handrail/handrail.h"
#include "handrail/ledger.h"
#include "handrail/testing.h"

#include <algorithm>
#include <cstdlib>
#include <dirent.h>
#include <mutex>
#include <unistd.h>

namespace handrail::detail {

namespace {

struct test_names {
  std::mutex mutex;
  std::vector<std::string> names;               ///< of 1, 2, …
  std::vector<handrail::test::descriptor> kept; ///< of no test
};
/// Never destroyed: reports run after everything.
test_names &tests() noexcept {
  static test_names *const t = new test_names;
  return *t;
}

} // namespace

void work_for(std::uint32_t test) noexcept {
  if (std::exchange(this_thread.test, test) == test)
    return;
  // Sites are of a test; those at hand are of the one before.
  if (use_record *mine = this_thread.uses)
    std::fill(std::begin(mine->sites), std::end(mine->sites), use_record::known_site{});
}

std::string test_name(std::uint32_t test) {
  if (test == 0)
    return {};
  std::lock_guard lock(tests().mutex);
  return test <= tests().names.size() ? tests().names[test - 1] : std::string();
}

void lock_tests() noexcept { tests().mutex.lock(); }
void unlock_tests() noexcept { tests().mutex.unlock(); }

} // namespace handrail::detail

namespace handrail::test {

std::vector<descriptor> open_descriptors() {
  std::vector<descriptor> all;
  DIR *folder = ::opendir("/proc/self/fd");
  if (!folder)
    return all;
  while (const dirent *entry = ::readdir(folder)) {
    const int number = std::atoi(entry->d_name);
    if (*entry->d_name == '.' || number == ::dirfd(folder))
      continue;
    char target[4096];
    const ssize_t n = ::readlinkat(::dirfd(folder), entry->d_name, target, sizeof target);
    if (n >= 0)
      all.push_back({number, std::string(target, static_cast<std::size_t>(n))});
  }
  ::closedir(folder);
  std::lock_guard lock(detail::tests().mutex);
  std::erase_if(all, [](const descriptor &d) {
    return std::ranges::find(detail::tests().kept, d) != detail::tests().kept.end();
  });
  std::ranges::sort(all, {}, &descriptor::number);
  return all;
}

void static_init::keep_new(const std::vector<descriptor> &before) noexcept {
  try {
    for (const descriptor &d : open_descriptors())
      if (std::ranges::find(before, d) == before.end()) {
        std::lock_guard lock(detail::tests().mutex);
        detail::tests().kept.push_back(d);
      }
  } catch (const std::bad_alloc &) { // a test is then blamed
  }
}

} // namespace handrail::test

using namespace handrail::detail;

extern "C" HANDRAIL_API uint32_t hr_test_begin(const char *name) {
  std::uint32_t number = 0;
  try {
    std::lock_guard lock(tests().mutex);
    tests().names.emplace_back(name ? name : "");
    number = static_cast<std::uint32_t>(tests().names.size());
  } catch (const std::bad_alloc &) { // what it opens is then nobody's
  }
  work_for(number);
  tell_test(name);
  return number;
}

extern "C" HANDRAIL_API void hr_test_end(void) {
  work_for(0);
  tell_test(nullptr);
}

extern "C" HANDRAIL_API uint32_t hr_test_current(void) { return this_thread.test; }

extern "C" HANDRAIL_API void hr_test_inherit(uint32_t test) { work_for(test); }
