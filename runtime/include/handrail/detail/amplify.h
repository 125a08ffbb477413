//===- amplify.h - failures that a test asks for ----------------*- C++ -*-===//
//
// See test::amplify() in testing.h. One load where nobody asks.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_DETAIL_AMPLIFY_H
#define HANDRAIL_DETAIL_AMPLIFY_H

#include "../config.h"

#include <atomic>

namespace handrail::detail {

extern HANDRAIL_API constinit std::atomic<bool> amplifying;
HANDRAIL_API bool turn_of_acquire() noexcept;
HANDRAIL_API bool turn_of_release() noexcept;
HANDRAIL_API bool turn_of_cancel() noexcept;

/// Whether what was about to be acquired is not to be had.
inline bool acquire_fails() noexcept {
  return amplifying.load(std::memory_order_relaxed) && turn_of_acquire();
}
/// Whether a release that has just gone well says that it did not.
inline bool release_fails() noexcept {
  return amplifying.load(std::memory_order_relaxed) && turn_of_release();
}
/// Whether a stop is requested just now.
inline bool stops_here() noexcept {
  return amplifying.load(std::memory_order_relaxed) && turn_of_cancel();
}

} // namespace handrail::detail

#endif
