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
// Thread safety: the counter is atomic.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_TESTING_H
#define HANDRAIL_TESTING_H

#include "config.h"

#include <atomic>
#include <utility>

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

} // namespace handrail::test

#endif
