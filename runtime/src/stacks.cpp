// Stack capture by frame pointers, checked against the bounds of the stack.
#include "stacks.h"

#include <pthread.h>
#include <unwind.h>

namespace handrail::detail {

namespace {

struct bounds {
  std::uintptr_t low = 0, high = 0;

  bounds() noexcept {
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
  }
};

std::size_t walk(std::uintptr_t frame, void **out, std::size_t size) noexcept {
  static thread_local const bounds stack;
  std::size_t n = 0;
  while (n < size && frame >= stack.low && frame + 2 * sizeof(void *) <= stack.high &&
         frame % sizeof(void *) == 0) {
    void *const *const words = reinterpret_cast<void *const *>(frame);
    const auto next = reinterpret_cast<std::uintptr_t>(words[0]);
    if (!words[1])
      break;
    out[n++] = words[1];
    if (next <= frame)
      break;
    frame = next;
  }
  return n;
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

} // namespace

__attribute__((no_sanitize("address"), noinline)) std::size_t
capture_stack(void **out, std::size_t size) noexcept {
  const std::size_t n =
      walk(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)), out, size);
  // A chain this short comes from a program without frame pointers.
  if (n > 3)
    return n;
  unwound u{out, size, 0, 1};
  _Unwind_Backtrace(step, &u);
  return u.count;
}

} // namespace handrail::detail
