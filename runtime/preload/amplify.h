//===- amplify.h - failures on demand ---------------------------*- C++ -*-===//
//
// The misuse amplifier: the k-th call that opens or closes something fails, so that
// the paths are taken that nobody tests.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_PRELOAD_AMPLIFY_H
#define HANDRAIL_PRELOAD_AMPLIFY_H

#include "core.h"

namespace handrail::preload {

inline bool is_kth(std::atomic<std::uint32_t> &calls, std::uint32_t k) noexcept {
  return k && calls.fetch_add(1, std::memory_order_relaxed) + 1 == k;
}
inline constinit std::atomic<std::uint32_t> acquires{0}, releases{0};

/// Whether this call, which would open something, is to fail; sets errno.
inline bool must_fail(hook &here, int error = EMFILE) noexcept {
  if (!options.fail_acquire || !here || !is_kth(acquires, options.fail_acquire)) [[likely]]
    return false;
  here.set_error(error);
  return true;
}
/// The same for one that closed something; what it closed is closed.
inline bool must_fail_release(hook &here) noexcept {
  if (!options.fail_release || !here || !is_kth(releases, options.fail_release)) [[likely]]
    return false;
  here.set_error(EIO);
  return true;
}

} // namespace handrail::preload

#endif
