// Stack capture by frame pointers, checked against the bounds of the stack.
#include "stacks.h"

#include <algorithm>
#include <atomic>
#include <dlfcn.h>
#include <iterator>
#include <pthread.h>
#include <unwind.h>

// A program that is linked without the dynamic linker has none of them.
extern "C" {
__attribute__((weak)) void *dlopen(const char *, int) noexcept;
__attribute__((weak)) void *dlsym(void *, const char *) noexcept;
}

namespace handrail::detail {

namespace {

/// libunwind's unw_backtrace, or null. The library is opened for ourselves: linked, its
/// `_Unwind_*` would replace those of the whole process, and its static one is not
/// made for shared libraries.
using backtrace_function = int (*)(void **, int);
constinit std::atomic<backtrace_function> fast_unwinder{nullptr};
constinit std::atomic<bool> asked_for_unwinder{false};

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
  std::uintptr_t low = 0, high = 0;
  void *outermost[4] = {};

  thread_base() noexcept {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
      return;
    void *begin = nullptr;
    std::size_t size = 0;
    if (pthread_attr_getstack(&attributes, &begin, &size) == 0) {
      low = reinterpret_cast<std::uintptr_t>(begin);
      high = low + size;
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
};

const thread_base &base() noexcept {
  static thread_local const thread_base b;
  return b;
}

} // namespace

void load_unwinder() noexcept {
  if (!&dlopen || !&dlsym || asked_for_unwinder.exchange(true, std::memory_order_relaxed))
    return;
  if (void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL))
    fast_unwinder.store(reinterpret_cast<backtrace_function>(dlsym(library, "unw_backtrace")),
                        std::memory_order_release);
}

__attribute__((no_sanitize("address", "thread"), noinline)) void
capture_stack(captured_stack &out, bool unwind) noexcept {
  const thread_base &stack = base();
  // Where this returns to is no news.
  auto frame = *static_cast<const std::uintptr_t *>(__builtin_frame_address(0));
  std::uint16_t n = 0;
  while (n < max_frames && frame >= stack.low && frame + 2 * sizeof(void *) <= stack.high &&
         frame % sizeof(void *) == 0) {
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
  if (!out.partial) [[likely]]
    return;
  if (const backtrace_function fast = fast_unwinder.load(std::memory_order_acquire)) {
    void *frames[max_frames + 2];
    const auto found = static_cast<std::size_t>(std::max(0, fast(frames, max_frames + 2)));
    if (found > n + std::size_t(2)) {
      std::copy(frames + 2, frames + found, out.frames);
      out.size = static_cast<std::uint16_t>(found - 2);
      out.partial = out.size < max_frames && !stack.is_first(out.frames[out.size - 1]);
      return;
    }
  }
  if (!unwind)
    return;
  unwound u{out.frames, max_frames, 0, 2};
  _Unwind_Backtrace(step, &u);
  out.size = static_cast<std::uint16_t>(u.count);
  out.partial = false;
}

} // namespace handrail::detail
