// The walk, and what is kept for it.
#include "unwind.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace handrail::detail {

#if defined(__x86_64__) && defined(DLFO_STRUCT_HAS_EH_DBASE)

extern "C" int _dl_find_object(void *, dl_find_object *) noexcept __attribute__((weak));

namespace {

unwind_rule read_rule(std::uintptr_t pc) noexcept {
  dl_find_object found;
  if (!_dl_find_object || _dl_find_object(reinterpret_cast<void *>(pc), &found) != 0 ||
      !found.dlfo_eh_frame)
    return {};
  return detail::read_rule({static_cast<const std::uint8_t *>(found.dlfo_map_start),
                            static_cast<const std::uint8_t *>(found.dlfo_map_end),
                            static_cast<const std::uint8_t *>(found.dlfo_eh_frame)},
                           pc);
}

// What is kept. Two words that must fit together, so that a reader sees when they are of
// two writers (Hyatt and Mann, "A lockless transposition table", 2002).

struct kept_rule {
  std::atomic<std::uint64_t> key, value;
  /// The place of who called this address the last time. A guess: with it the next rule is
  /// at hand before the stack has told the address, which then only has to be compared.
  std::atomic<std::uint32_t> caller;
};
constexpr std::size_t kept_count = 8192;
constinit kept_rule kept[kept_count] = {};

kept_rule &kept_place(std::uintptr_t pc) noexcept { return kept[(pc ^ pc >> 13) % kept_count]; }

unwind_rule rule_of(std::uintptr_t pc) noexcept {
  kept_rule &k = kept_place(pc);
  const std::uint64_t value = k.value.load(std::memory_order_relaxed);
  unwind_rule r;
  if ((k.key.load(std::memory_order_relaxed) ^ value) == pc) [[likely]] {
    std::memcpy(static_cast<void *>(&r), &value, sizeof r);
    return r;
  }
  r = read_rule(pc);
  std::uint64_t fresh;
  std::memcpy(&fresh, &r, sizeof fresh);
  k.key.store(pc ^ fresh, std::memory_order_relaxed);
  k.value.store(fresh, std::memory_order_relaxed);
  return r;
}

/// The frames up to the first whose rule is not kept, or is a rare one: nearly all, in as
/// few steps as there can be. The stack ends at \p high, and is known to reach up to there.
__attribute__((no_sanitize("address", "thread"))) std::size_t
walk_common(registers &r, std::uintptr_t high, void **out, std::size_t room) noexcept {
  static_assert(offsetof(unwind_rule, frame) == 0 && offsetof(unwind_rule, bp) == 1 &&
                offsetof(unwind_rule, bp_offset) == 2 && offsetof(unwind_rule, offset) == 4);
  constexpr std::uint64_t sp_plus = static_cast<std::uint64_t>(frame_is::sp_plus);
  constexpr std::uint64_t bp_plus = static_cast<std::uint64_t>(frame_is::bp_plus);
  constexpr std::uint64_t same = static_cast<std::uint64_t>(bp_is::same);
  constexpr std::uint64_t at_end = static_cast<std::uint64_t>(bp_is::at_end);
  std::uintptr_t pc = r.pc, sp = r.sp, bp = r.bp;
  std::size_t count = 0;
  kept_rule *k = &kept_place(pc - 1);
  while (count < room && pc) {
    const std::uint64_t rule = k->value.load(std::memory_order_relaxed);
    if ((k->key.load(std::memory_order_relaxed) ^ rule) != pc - 1)
      break;
    const std::uint64_t frame = rule & 0xff, saved = rule >> 8 & 0xff;
    if ((frame != sp_plus && frame != bp_plus) || (saved != same && saved != at_end))
      break;
    const std::uintptr_t end = (frame == sp_plus ? sp : bp) +
                               static_cast<std::uintptr_t>(static_cast<std::int64_t>(rule) >> 32);
    if (end <= sp || end > high || end % 8)
      break;
    if (saved == at_end) {
      const std::uintptr_t at =
          end + static_cast<std::uintptr_t>(std::intptr_t(static_cast<std::int16_t>(rule >> 16)));
      if (at < sp || at >= end || at % 8)
        break;
      bp = *reinterpret_cast<const std::uintptr_t *>(at);
    }
    out[count++] = reinterpret_cast<void *>(pc);
    pc = *reinterpret_cast<const std::uintptr_t *>(end - 8);
    sp = end;
    kept_rule *const guess = kept + k->caller.load(std::memory_order_relaxed);
    if ((guess->key.load(std::memory_order_relaxed) ^
         guess->value.load(std::memory_order_relaxed)) == pc - 1) [[likely]] {
      k = guess;
    } else {
      kept_rule *const next = &kept_place(pc - 1);
      k->caller.store(static_cast<std::uint32_t>(next - kept), std::memory_order_relaxed);
      k = next;
    }
  }
  r = {pc, sp, bp};
  return count;
}

/// The stack that is being walked. Where its bounds are not known (a signal's own, or that
/// of a coroutine), the kernel is asked for every page whether it can be read.
class walked_stack {
public:
  walked_stack(stack_bounds bounds, std::uintptr_t sp) noexcept
      : low_(sp - red_zone), high_(sp + longest), asks_(!bounds.has(sp)) {
    if (asks_)
      return;
    high_ = bounds.high;
    if (low_ < bounds.low)
      low_ = bounds.low;
  }
  __attribute__((no_sanitize("address", "thread"))) bool load(std::uintptr_t at,
                                                              std::uintptr_t &out) noexcept {
    if (at % 8 || at < low_ || at >= high_ || high_ - at < 8)
      return false;
    if (asks_ && at / page != known_) {
      if (!is_readable(at))
        return false;
      known_ = at / page;
    }
    out = *reinterpret_cast<const std::uintptr_t *>(at);
    return true;
  }

private:
  /// A call that reads eight bytes before it finds that it was asked for nonsense.
  static bool is_readable(std::uintptr_t at) noexcept {
    const int saved = errno;
    ::syscall(SYS_rt_sigprocmask, ~0, at, nullptr, 8);
    const bool readable = errno != EFAULT;
    errno = saved;
    return readable;
  }
  /// A function that is about to return has its registers back; where they were is still said.
  static constexpr std::uintptr_t red_zone = 128;
  static constexpr std::uintptr_t longest = std::uintptr_t(1) << 20, page = 4096;
  std::uintptr_t low_, high_, known_ = 0;
  bool asks_;
};

} // namespace

std::size_t unwind(registers r, stack_bounds bounds, void **out, std::size_t room,
                   bool &complete) noexcept {
  complete = false;
  walked_stack stack(bounds, r.sp);
  std::size_t count = 0;
  bool returns = true; // the address is one that a call returns to
  while (count < room && r.pc) {
    if (returns && bounds.has(r.sp)) {
      count += walk_common(r, bounds.high, out + count, room - count);
      if (count == room || !r.pc)
        break;
    }
    out[count++] = reinterpret_cast<void *>(r.pc);
    const unwind_rule u = rule_of(r.pc - returns);
    std::uintptr_t end = 0;
    switch (u.frame) {
    case frame_is::unknown:
      return count;
    case frame_is::first:
      complete = true;
      return count;
    case frame_is::signal: {
      // struct ucontext lies at sp; 40 bytes into it the registers begin.
      constexpr std::uintptr_t saved_bp = 120, saved_sp = 160, saved_pc = 168;
      registers interrupted{};
      if (!stack.load(r.sp + saved_pc, interrupted.pc) ||
          !stack.load(r.sp + saved_sp, interrupted.sp) ||
          !stack.load(r.sp + saved_bp, interrupted.bp))
        return count;
      r = interrupted;
      stack = walked_stack(bounds, r.sp);
      returns = false;
      continue;
    }
    case frame_is::sp_plus:
      end = r.sp + static_cast<std::uintptr_t>(std::intptr_t(u.offset));
      break;
    case frame_is::bp_plus:
      end = r.bp + static_cast<std::uintptr_t>(std::intptr_t(u.offset));
      break;
    case frame_is::at_bp:
      if (!stack.load(r.bp + static_cast<std::uintptr_t>(std::intptr_t(u.offset)), end))
        return count;
      break;
    }
    std::uintptr_t caller = 0;
    if (end <= r.sp || !stack.load(end - 8, caller))
      return count;
    const std::uintptr_t from = u.bp == bp_is::at_end ? end : r.bp;
    if (u.bp != bp_is::same &&
        !stack.load(from + static_cast<std::uintptr_t>(std::intptr_t(u.bp_offset)), r.bp))
      return count;
    r.pc = caller;
    r.sp = end;
    returns = true;
  }
  complete = r.pc == 0;
  return count;
}

void forget_unwinding() noexcept {
  for (kept_rule &k : kept) {
    k.key.store(0, std::memory_order_relaxed);
    k.value.store(0, std::memory_order_relaxed);
  }
}

#else

std::size_t unwind(registers, stack_bounds, void **, std::size_t, bool &) noexcept { return 0; }
void forget_unwinding() noexcept {}

#endif

} // namespace handrail::detail
