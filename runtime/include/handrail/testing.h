//===- testing.h - helpers for tests of code with handles -------*- C++ -*-===//
//
// A witness counts its destructions, so that a test can say that something was
// dropped exactly once, also on unwinding:
//
//   handrail::test::witness::counter dropped;
//   { handrail::test::witness w(dropped); }
//   EXPECT_EQ(dropped, 1);
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

  explicit witness(counter &dropped) noexcept : dropped_(&dropped) {}
  witness(witness &&other) noexcept : dropped_(std::exchange(other.dropped_, nullptr)) {}
  witness &operator=(witness &&) = delete;
  ~witness() {
    if (dropped_)
      ++*dropped_;
  }

private:
  counter *dropped_;
};

} // namespace handrail::test

#endif
