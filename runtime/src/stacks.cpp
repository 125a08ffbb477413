// Stacks, by frame pointers where those reach the thread's first function, and by the
// compiler's call frame tables where they do not.
#include "stacks.h"

#include "unwind.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <new>
#include <pthread.h>
#include <unwind.h>
#include <utility>

namespace handrail::detail {

namespace {

/// A sum of products, of which none waits for another, and whose parts can be added up:
/// moving frames by n places adds n times spread times their plain sum.
constexpr std::uint64_t factor = 0x9e3779b97f4a7c15u, spread = 0xbf58476d1ce4e5bau;
std::uint64_t hash_of(void *const *frames, std::size_t begin, std::size_t end) noexcept {
  std::uint64_t hash = 0;
  for (std::size_t i = begin; i < end; ++i)
    hash += reinterpret_cast<std::uintptr_t>(frames[i]) * (factor + i * spread);
  return hash;
}

struct unwound {
  void **out;
  std::size_t size, count, skip;
  std::uintptr_t *slots; ///< where on the stack each was found, or null
};

_Unwind_Reason_Code step(_Unwind_Context *context, void *data) {
  unwound &u = *static_cast<unwound *>(data);
  if (u.skip) {
    --u.skip;
    return _URC_NO_REASON;
  }
  if (u.count == u.size)
    return _URC_END_OF_STACK;
  if (u.slots)
    u.slots[u.count] = _Unwind_GetCFA(context) - sizeof(void *);
  u.out[u.count++] = reinterpret_cast<void *>(_Unwind_GetIP(context));
  return _URC_NO_REASON;
}

#if defined(__x86_64__)
constexpr bool returns_are_on_the_stack = true; ///< right below the frame of the caller
#else
constexpr bool returns_are_on_the_stack = false;
#endif

/// The stack beyond a point where the frame pointers end. It is still the same when the
/// addresses to return to are where they were: then nobody has to be asked again.
struct outer_part {
  std::uintptr_t frame = 0;   ///< the last one with a frame pointer; 0: nothing is known
  void *returns_to = nullptr; ///< from it
  std::uintptr_t wanted = 0;  ///< the frame that was not known last time
  int credit = 0;             ///< finding out costs some, being right brings some
  std::uint16_t size = 0;
  bool partial = false;
  std::uint64_t hash = 0, sum = 0; ///< of the addresses
  void *pcs[max_frames];
  std::uintptr_t slots[max_frames];
};

/// What this thread's stack is bounded by, and the addresses that its first
/// functions return to, which belong to the C library. Asked once per thread.
struct thread_base {
  std::uintptr_t low = 0, high = 0;
  void *outermost[4] = {};
  outer_part parts[8];

  explicit thread_base(int) noexcept {}
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
    unwound u{frames, std::size(frames), 0, 0, nullptr};
    _Unwind_Backtrace(step, &u);
    if (u.count < std::size(frames))
      std::copy_n(frames + u.count - std::min(u.count, std::size(outermost)),
                  std::min(u.count, std::size(outermost)), outermost);
  }
  bool is_first(void *pc) const noexcept {
    return std::find(std::begin(outermost), std::end(outermost), pc) != std::end(outermost);
  }
  bool has(std::uintptr_t frame) const noexcept {
    return frame >= low && frame + 2 * sizeof(void *) <= high && frame % sizeof(void *) == 0;
  }
};

/// In memory of its own: what lies in the thread itself must be small, or a library that
/// is loaded later finds no room there. Null without memory, and after the thread's end.
thread_base *base() noexcept {
  struct owner {
    thread_base *made = new (std::nothrow) thread_base;
    ~owner() { delete std::exchange(made, nullptr); }
  };
  static thread_local owner mine;
  return mine.made;
}

__attribute__((no_sanitize("address", "thread"))) bool is_same(const outer_part &o) noexcept {
  for (std::size_t i = 0; i < o.size; ++i)
    if (*reinterpret_cast<void *const *>(o.slots[i]) != o.pcs[i])
      return false;
  return true;
}

/// Behind the frames that are there already.
void append(captured_stack &out, const outer_part &o) noexcept {
  const std::size_t n = std::min<std::size_t>(o.size, max_frames - out.size);
  std::copy_n(o.pcs, n, out.frames + out.size);
  out.hash += n == o.size ? o.hash + out.size * spread * o.sum
                          : hash_of(out.frames, out.size, out.size + n);
  out.partial = o.partial && out.size + n < max_frames;
  out.size = static_cast<std::uint16_t>(out.size + n);
}

/// Asks the compiler's unwinder, which says where it found what.
bool find_out(outer_part &o, const thread_base &stack, std::uintptr_t frame) noexcept {
  void *pcs[64];
  std::uintptr_t slots[std::size(pcs)];
  unwound u{pcs, std::size(pcs), 0, 0, slots};
  _Unwind_Backtrace(step, &u);
  std::uintptr_t *const end = slots + u.count;
  std::uintptr_t *const here = std::find(slots, end, frame + sizeof(void *));
  if (here == end)
    return false;
  const auto first = static_cast<std::size_t>(here - slots);
  std::size_t n = 0;
  for (std::size_t i = first + 1; i < u.count && n < max_frames && pcs[i]; ++i, ++n) {
    if (!stack.has(slots[i] - sizeof(void *)) || *reinterpret_cast<void **>(slots[i]) != pcs[i])
      return false; // a signal, or a stack of another kind
    o.pcs[n] = pcs[i];
    o.slots[n] = slots[i];
  }
  o.size = static_cast<std::uint16_t>(n);
  o.hash = hash_of(o.pcs, 0, n);
  o.sum = 0;
  for (std::size_t i = 0; i < n; ++i)
    o.sum += reinterpret_cast<std::uintptr_t>(o.pcs[i]);
  o.partial = n < max_frames && (n == 0 || !stack.is_first(o.pcs[n - 1]));
  o.returns_to = pcs[first];
  return true;
}

/// Completes a stack that ended at \p frame, if it is known how it goes on.
bool complete(captured_stack &out, thread_base &stack, std::uintptr_t frame) noexcept {
  if (!returns_are_on_the_stack || out.size == 0)
    return false;
  void *const returns_to = out.frames[out.size - 1];
  outer_part &o = stack.parts[(frame ^ reinterpret_cast<std::uintptr_t>(returns_to)) / 8 %
                              std::size(stack.parts)];
  if (o.frame == frame && o.returns_to == returns_to && is_same(o)) {
    o.credit = std::min(o.credit + 1, 64);
    append(out, o);
    return true;
  }
  constexpr int price = 8;
  if (o.wanted != frame)
    o.credit = price;
  else if (o.credit >= price) { // the second time
    o.credit -= price;
    o.frame = 0; // a signal handler may come by
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (find_out(o, stack, frame) && o.returns_to == returns_to) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
      o.frame = frame;
      append(out, o);
      return true;
    }
  }
  o.wanted = frame;
  return false;
}

} // namespace

__attribute__((no_sanitize("address", "thread"), noinline)) void
capture_stack(captured_stack &out, bool unwind) noexcept {
  static thread_base unknown{0}; // has no bounds, so that nothing is written to it
  thread_base *const mine = base();
  thread_base &stack = mine ? *mine : unknown;
  // Where this returns to is no news.
  auto frame = *static_cast<const std::uintptr_t *>(__builtin_frame_address(0));
  std::uintptr_t last = frame;
  std::uint16_t n = 0;
  while (n < max_frames && stack.has(frame)) {
    void *const *const words = reinterpret_cast<void *const *>(frame);
    const auto next = reinterpret_cast<std::uintptr_t>(words[0]);
    if (!words[1])
      break;
    out.frames[n++] = words[1];
    last = frame;
    if (next <= frame)
      break;
    frame = next;
  }
  out.size = n;
  out.hash = hash_of(out.frames, 0, n);
  out.partial = n < max_frames && (n == 0 || !stack.is_first(out.frames[n - 1]));
  if (!out.partial || complete(out, stack, last)) [[likely]]
    return;
  void *frames[max_frames + 1];
  const auto *const own = static_cast<const std::uintptr_t *>(__builtin_frame_address(0));
  const registers here{reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)),
                       reinterpret_cast<std::uintptr_t>(own) + 2 * sizeof(void *), own[0]};
  bool whole = false;
  const std::size_t found =
      detail::unwind(here, {stack.low, stack.high}, frames, std::size(frames), whole);
  if (found > n + std::size_t(1)) {
    std::copy(frames + 1, frames + found, out.frames);
    out.size = static_cast<std::uint16_t>(found - 1);
    out.hash = hash_of(out.frames, 0, out.size);
    out.partial = !whole && out.size < max_frames;
    return;
  }
  if (!unwind)
    return;
  unwound u{out.frames, max_frames, 0, 2, nullptr};
  _Unwind_Backtrace(step, &u);
  out.size = static_cast<std::uint16_t>(u.count);
  out.hash = hash_of(out.frames, 0, out.size);
  out.partial = false;
}

} // namespace handrail::detail
