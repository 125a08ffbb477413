// What the C++ library opens, and exceptions on their way through hooked calls.
//
// RUN: %clang++ -g %s -o %t && %check_run %s -- %t
// RUN: %clang++ -g -O2 -fomit-frame-pointer %s -o %t && %check_run %s -- %t
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

static int throws(const void *, const void *) { throw std::runtime_error("in a callback"); }

template <class F> static int caught(F f) {
  try {
    f();
  } catch (const std::runtime_error &) {
    return 1;
  }
  return 0;
}

int main() {
  new std::ifstream("/etc/passwd"); // leak: stdio
  { std::ifstream f("/etc/passwd"); }
  std::ofstream("/dev/null") << "x";
  for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator("/"))
    break;
  int two[] = {2, 1};
  if (!caught([&] { qsort(two, 2, sizeof *two, throws); }))
    abort();
  int in_thread = 0;
  std::thread([&] { in_thread = caught([] { throw std::runtime_error("in a thread"); }); }).join();
  return in_thread ? 0 : 1;
}
