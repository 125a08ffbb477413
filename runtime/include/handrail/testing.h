//===- testing.h - helpers for tests of code with handles -------*- C++ -*-===//
//
// A witness counts its destructions, so that a test can say that something was
// dropped exactly once, also on unwinding; alive() counts those that were
// not, which at the end of a test have leaked:
//
//   handrail::test::witness::counter dropped;
//   { handrail::test::witness w(dropped); }
//   EXPECT_EQ(dropped, 1);
//   EXPECT_EQ(handrail::test::witness::alive(), 0);
//
// A listener for the framework at hand fails each test that leaves a handle open which was
// opened in it, by name and with the place: include one of
//
//   handrail/testing/gtest.h   handrail/testing/catch2.h   handrail/testing/doctest.h
//
// in one file of the test program. Each handle belongs to the test that its thread works
// for. Tasks take that along; threads that a test starts do when they are
// handrail::test::thread, or say so:
//
//   std::thread worker([test = handrail::test::current()] {
//     handrail::test::inherit mine(test);
//     serve();
//   });
//   worker.join();
//
// What is made once, by the first test that needs it, and stays:
//
//   static int &cache = HR_STATIC_INIT(make_cache());
//
// Thread safety: everything here.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_TESTING_H
#define HANDRAIL_TESTING_H

#include "config.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

extern "C" {
HANDRAIL_API std::uint32_t hr_test_begin(const char *name);
HANDRAIL_API void hr_test_end(void);
HANDRAIL_API std::uint32_t hr_test_current(void);
HANDRAIL_API void hr_test_inherit(std::uint32_t test);
}

namespace handrail::test {

/// Moving moves the duty to count.
class witness {
public:
  using counter = std::atomic<int>;

  explicit witness(counter &dropped) noexcept : dropped_(&dropped) { ++standing(); }
  witness(witness &&other) noexcept : dropped_(std::exchange(other.dropped_, nullptr)) {}
  witness &operator=(witness &&) = delete;
  ~witness() {
    if (!dropped_)
      return;
    ++*dropped_;
    --standing();
  }
  /// Witnesses that nobody has dropped: an object that leaked, or that an abort or
  /// _exit passed by, stays among them.
  static int alive() noexcept { return standing(); }

private:
  static counter &standing() noexcept {
    static counter count{0};
    return count;
  }
  counter *dropped_;
};

/// The number of the test that this thread works for; 0: none.
inline std::uint32_t current() noexcept { return hr_test_current(); }

/// This thread works for another test as long as it lives.
class [[nodiscard]] inherit {
public:
  explicit inherit(std::uint32_t test) noexcept : before_(current()) { hr_test_inherit(test); }
  inherit(inherit &&) = delete;
  ~inherit() { hr_test_inherit(before_); }

private:
  std::uint32_t before_;
};

/// A std::thread that works for the test of the one that starts it.
class thread : public std::thread {
public:
  thread() noexcept = default;
  template <class F, class... Args>
    requires(!std::is_same_v<std::remove_cvref_t<F>, thread>)
  explicit thread(F &&f, Args &&...args)
      : std::thread(
            [test = current()](auto &&g, auto &&...a) {
              const inherit mine(test);
              std::invoke(std::forward<decltype(g)>(g), std::forward<decltype(a)>(a)...);
            },
            std::forward<F>(f), std::forward<Args>(args)...) {}
};

/// A descriptor of this process, and what it refers to ("/tmp/a", "socket:[1]").
struct descriptor {
  int number;
  std::string target;
  friend bool operator==(const descriptor &, const descriptor &) = default;
};
/// Empty where the system does not say (/proc/self/fd). Without those that a static_init
/// saw opened.
HANDRAIL_API std::vector<descriptor> open_descriptors();

/// What is opened while it lives is of no test.
class [[nodiscard]] static_init {
public:
  static_init() : test_(current()) {
    if (test_)
      before_ = open_descriptors();
    hr_test_inherit(0);
  }
  static_init(static_init &&) = delete;
  ~static_init() {
    hr_test_inherit(test_);
    if (test_)
      keep_new(before_);
  }

private:
  HANDRAIL_API static void keep_new(const std::vector<descriptor> &before) noexcept;
  std::uint32_t test_;
  std::vector<descriptor> before_;
};

/// What goes wrong on purpose. All of it is the same in each run of a program that does the
/// same; chance is, too, for the same seed, which is printed.
struct amplification {
  /// The k-th acquire from now on fails (acquire_failed), before anything is acquired: an
  /// insert into a table, or what a scope installs. 0: none.
  std::uint64_t fail_acquire = 0;
  /// The k-th release that has gone well says that it did not (release_failed): of a scope,
  /// a table's close hook, a finalizer, a unique.
  std::uint64_t fail_release = 0;
  /// How probable it is, 0 to 1, that a stop is requested just where a scope or a task
  /// would notice it.
  double cancel = 0;
  std::uint64_t seed = 0; ///< 0: a new one
  /// Tables that are made from now on use no slot twice, while they have room.
  bool fresh_ids = false;
};
/// From now on, also what HANDRAIL_AMPLIFY=acquire=3,release=2,cancel=0.1,seed=7,fresh_ids
/// says from the start. Counts begin anew. The one before.
HANDRAIL_API amplification amplify(amplification wanted);

} // namespace handrail::test

/// The expression's value; what it opens is of no test.
#define HR_STATIC_INIT(...)                                                                        \
  ([&]() -> decltype(auto) {                                                                       \
    const ::handrail::test::static_init handrail_static_init;                                      \
    return (__VA_ARGS__);                                                                          \
  }())

#endif
