// Stacks, by frame pointers where those reach the thread's first function, and by the
// compiler's call frame tables where they do not.
#include "stacks.h"

#include "unwind.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>
#include <pthread.h>
#include <unwind.h>
#include <utility>

namespace handrail::detail {

namespace {

/// A sum of products, of which none waits for another.
std::uint64_t hash_of(void *const *frames, std::size_t count) noexcept {
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15u, spread = 0xbf58476d1ce4e5bau;
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < count; ++i)
    hash += reinterpret_cast<std::uintptr_t>(frames[i]) * (factor + i * spread);
  return hash;
}

struct unwound {
  void **out;
  std::size_t size, count, skip;
};

_Unwind_Reason_Code step(_Unwind_Context *context, void *data) {
  unwound &u = *static_cast<unwound *>(data);
  if (u.skip) {
    --u.skip;
    return _URC_NO_REASON;
  }
  if (u.count == u.size)
    return _URC_END_OF_STACK;
  u.out[u.count++] = reinterpret_cast<void *>(_Unwind_GetIP(context));
  return _URC_NO_REASON;
}

/// What this thread's stack is bounded by, and the addresses that its first
/// functions return to, which belong to the C library. Asked once per thread.
struct thread_base {
  stack_bounds bounds;
  void *outermost[4] = {};

  thread_base() noexcept {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
      return;
    void *begin = nullptr;
    std::size_t size = 0;
    if (pthread_attr_getstack(&attributes, &begin, &size) == 0) {
      bounds.low = reinterpret_cast<std::uintptr_t>(begin);
      bounds.high = bounds.low + size;
    }
    pthread_attr_destroy(&attributes);
    void *frames[256];
    unwound u{frames, std::size(frames), 0, 0};
    _Unwind_Backtrace(step, &u);
    if (u.count < std::size(frames))
      std::copy_n(frames + u.count - std::min(u.count, std::size(outermost)),
                  std::min(u.count, std::size(outermost)), outermost);
  }
  bool is_first(void *pc) const noexcept {
    return std::find(std::begin(outermost), std::end(outermost), pc) != std::end(outermost);
  }
  bool has(std::uintptr_t frame) const noexcept {
    return bounds.has(frame) && bounds.has(frame + sizeof(void *)) && frame % sizeof(void *) == 0;
  }
};

const thread_base &base() noexcept {
  static thread_local const thread_base b;
  return b;
}

} // namespace

__attribute__((no_sanitize("address", "thread"), noinline)) void
capture_stack(captured_stack &out, bool unwind) noexcept {
  const thread_base &stack = base();
  const auto *const own = static_cast<const std::uintptr_t *>(__builtin_frame_address(0));
  // Where this returns to is no news.
  std::uintptr_t frame = own[0];
  std::uint16_t n = 0;
  while (n < max_frames && stack.has(frame)) {
    void *const *const words = reinterpret_cast<void *const *>(frame);
    const auto next = reinterpret_cast<std::uintptr_t>(words[0]);
    if (!words[1])
      break;
    out.frames[n++] = words[1];
    if (next <= frame)
      break;
    frame = next;
  }
  out.size = n;
  out.partial = n < max_frames && (n == 0 || !stack.is_first(out.frames[n - 1]));
  if (out.partial) {
    void *frames[max_frames + 1];
    const registers here{reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)),
                         reinterpret_cast<std::uintptr_t>(own) + 2 * sizeof(void *), own[0]};
    bool complete = false;
    const std::size_t found =
        detail::unwind(here, stack.bounds, frames, std::size(frames), complete);
    if (found > n + std::size_t(1)) {
      out.size = static_cast<std::uint16_t>(found - 1);
      std::copy(frames + 1, frames + found, out.frames);
      out.partial = !complete && found < std::size(frames);
    } else if (unwind) { // no tables that can be read here
      unwound u{out.frames, max_frames, 0, 2};
      _Unwind_Backtrace(step, &u);
      out.size = static_cast<std::uint16_t>(u.count);
      out.partial = false;
    }
  }
  out.hash = hash_of(out.frames, out.size);
}

} // namespace handrail::detail
