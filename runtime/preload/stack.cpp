// Stacks: found by frame pointers where that is right, by unwinding where it is not, and
// kept once each, in the depot.
//
// Code without frame pointers keeps the register for its callers or uses it for something
// else. A walk then ends early or skips callers, without a sign of it. So the first time
// that a walk gives a stack, the tables of unwind.h are asked too. If they say the same,
// the walk is right, and from then on is all that is needed; otherwise that chain is
// marked as lossy and the tables are asked every time.
#include "core.h"
#include "runtime/src/unwind.h"
#include "start.h"
#include "system.h"

#include <cstring>
#include <pthread.h>
#include <sys/resource.h>

extern "C" void *__libc_stack_end __attribute__((weak));

namespace handrail::preload {

thread_local constinit thread_state self __attribute__((tls_model("initial-exec")));

namespace {

struct frames {
  std::size_t count = 0;
  void *pc[region::max_frames];
  bool is(void *const *other, std::size_t n) const noexcept {
    if (n != count)
      return false;
    std::uintptr_t difference = 0; // a loop that is unrolled beats a call for so few
    for (std::size_t i = 0; i < n; ++i)
      difference |=
          reinterpret_cast<std::uintptr_t>(pc[i]) ^ reinterpret_cast<std::uintptr_t>(other[i]);
    return difference == 0;
  }
};

__attribute__((no_sanitize("address", "thread"))) void walk(void *pc, void *frame,
                                                            frames &out) noexcept {
  out.pc[out.count++] = pc;
  auto at = reinterpret_cast<std::uintptr_t>(frame);
  while (out.count < options.depth && at >= self.stack_low && at < self.stack_high) {
    const auto next = *reinterpret_cast<const std::uintptr_t *>(at);
    if (next <= at || next % sizeof(void *) || next + 2 * sizeof(void *) > self.stack_high)
      return;
    void *const caller = reinterpret_cast<void *const *>(next)[1];
    if (reinterpret_cast<std::uintptr_t>(caller) < 4096)
      return;
    out.pc[out.count++] = caller;
    at = next;
  }
}

/// The last return addresses from where frame pointers were seen to skip callers: there
/// the walk is not tried again. Of those that share a place the younger stays.
constinit std::atomic<const void *> lossy_calls[512] = {};

std::atomic<const void *> &lossy_place(const void *pc) noexcept {
  const auto n = reinterpret_cast<std::uintptr_t>(pc);
  return lossy_calls[(n ^ n >> 9) % 512];
}
bool is_lossy(const void *pc) noexcept {
  return lossy_place(pc).load(std::memory_order_relaxed) == pc;
}
void note_lossy(const void *pc) noexcept { lossy_place(pc).store(pc, std::memory_order_relaxed); }

/// Whether the walk found what unwinding did: all of it but the C library's first functions.
bool agrees(const frames &walked, const frames &whole) noexcept {
  constexpr std::size_t start_up = 4;
  return walked.count <= whole.count && walked.count + start_up >= whole.count &&
         walked.count > 1 && std::memcmp(walked.pc, whole.pc, walked.count * sizeof(void *)) == 0;
}

// The depot.

/// Each address is multiplied by an odd number of its own, so that none waits for the one
/// before.
std::uint64_t hash(const frames &f) noexcept {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;
  std::uint64_t h = f.count, factor = golden;
  for (std::size_t i = 0; i < f.count; ++i, factor += 2 * golden)
    h += reinterpret_cast<std::uintptr_t>(f.pc[i]) * factor;
  h *= golden;
  return h ^ h >> 32;
}

std::uint64_t &word(std::uint32_t stack) noexcept {
  return section<std::uint64_t>(region::depot_at)[stack];
}
void *const *key_of(std::uint32_t stack) noexcept {
  return section<void *const>(region::depot_at) + stack + region::stack_head;
}

constexpr std::uint64_t hash_bits = 0x3fff;

std::uint32_t look_up(std::uint32_t first, const frames &key, std::uint64_t h) noexcept {
  for (std::uint32_t at = first; at;) {
    const std::uint64_t w = word(at);
    if ((w >> region::stack_hash_shift & hash_bits) == (h >> 14 & hash_bits) &&
        key.is(key_of(at), w & region::stack_key_mask))
      return at;
    at = static_cast<std::uint32_t>(w >> region::stack_next_shift);
  }
  return 0;
}

std::uint32_t reserve(std::size_t words) noexcept {
  std::atomic<std::uint32_t> &used = header().depot_used;
  std::uint32_t at = used.load(std::memory_order_relaxed), from;
  do {
    from = at ? at : 1;
    if (from + words > region::depot_words) {
      count_lost();
      return 0;
    }
  } while (!used.compare_exchange_weak(at, from + static_cast<std::uint32_t>(words),
                                       std::memory_order_relaxed));
  return usable(region::depot_at + from * 8ul, words * 8) ? from : 0;
}

std::atomic<std::uint32_t> &bucket(std::uint64_t h) noexcept {
  return section<std::atomic<std::uint32_t>>(region::buckets_at)[h % region::depot_buckets];
}

std::uint32_t find_stack(const frames &key, std::uint64_t h) noexcept {
  const std::size_t at = region::buckets_at + h % region::depot_buckets * sizeof(std::uint32_t);
  if (!usable(at, sizeof(std::uint32_t)))
    return 0;
  return look_up(bucket(h).load(std::memory_order_acquire), key, h);
}

/// Keeps a stack under a key. When somebody else was faster, theirs.
std::uint32_t keep_stack(const frames &key, std::uint64_t h, const frames &whole,
                         std::uint64_t flags) noexcept {
  const bool same = flags & region::stack_lossy || whole.is(key.pc, key.count);
  const std::uint32_t at = reserve(region::stack_head + key.count + (same ? 0 : whole.count));
  if (!at)
    return 0;
  void **out = section<void *>(region::depot_at) + at + region::stack_head;
  std::memcpy(out, key.pc, key.count * sizeof(void *));
  if (!same)
    std::memcpy(out + key.count, whole.pc, whole.count * sizeof(void *));
  const std::uint64_t sizes = key.count | (same ? 0 : whole.count << region::stack_full_shift) |
                              flags | (h >> 14 & hash_bits) << region::stack_hash_shift;
  std::atomic<std::uint32_t> &head = bucket(h);
  std::uint32_t first = head.load(std::memory_order_acquire);
  do {
    if (const std::uint32_t theirs = look_up(first, key, h))
      return theirs;
    word(at) = sizes | static_cast<std::uint64_t>(first) << region::stack_next_shift;
  } while (!head.compare_exchange_weak(first, at, std::memory_order_acq_rel));
  return at;
}

std::uint32_t find_or_keep(const frames &key, std::uint64_t flags) noexcept {
  const std::uint64_t h = hash(key);
  const std::uint32_t known = find_stack(key, h);
  return known ? known : keep_stack(key, h, key, flags);
}

} // namespace

std::uint32_t thread_id() noexcept {
  if (!self.id)
    self.id = sys::thread();
  return self.id;
}

void begin_thread(std::size_t size) noexcept {
  // glibc puts a thread's description at the top of its stack, also when the program made
  // that. Asking would allocate memory.
  self.stack_high = static_cast<std::uintptr_t>(pthread_self());
  self.stack_low = self.stack_high - size;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (here < self.stack_low || here >= self.stack_high)
    self.stack_low = self.stack_high = 0;
}

std::size_t default_stack_size() noexcept {
  constexpr std::size_t otherwise = std::size_t(2) << 20; // glibc's, where there is no limit
  rlimit limit{};
  return ::syscall(SYS_prlimit64, 0, RLIMIT_STACK, nullptr, &limit) == 0 &&
                 limit.rlim_cur != RLIM_INFINITY
             ? limit.rlim_cur
             : otherwise;
}

void begin_main_thread() noexcept {
  rlimit limit{};
  const bool known = &__libc_stack_end && __libc_stack_end &&
                     ::syscall(SYS_prlimit64, 0, RLIMIT_STACK, nullptr, &limit) == 0;
  if (!known)
    return;
  constexpr std::uintptr_t most = std::uintptr_t(64) << 20;
  self.stack_high = reinterpret_cast<std::uintptr_t>(__libc_stack_end);
  self.stack_low = self.stack_high - (limit.rlim_cur < most ? limit.rlim_cur : most);
}

hook::hook(void *pc, void *frame, const char *call) noexcept
    : pc_(pc), frame_(frame), call_(call), errno_(errno) {
  if (!started() || (pc >= own_code.begin && pc < own_code.end))
    return;
  active_ = !self.vfork_parent || !is_vfork_child();
}

std::uint32_t hook::opener(kind k) noexcept {
  const std::uint32_t at = stack();
  if (at) {
    auto &kinds = section<std::atomic<std::uint64_t>>(region::depot_at)[at + 1];
    const std::uint64_t bit = std::uint64_t(1) << static_cast<unsigned>(k);
    if (!(kinds.load(std::memory_order_relaxed) & bit)) // seldom: the line stays shared
      kinds.fetch_or(bit, std::memory_order_relaxed);
  }
  return at;
}

std::uint32_t hook::capture() noexcept {
  frames walked;
  if (options.level < 2) {
    walked.pc[walked.count++] = pc_;
    return find_or_keep(walked, region::stack_partial);
  }
  const bool try_walk = !is_lossy(pc_);
  std::uint64_t h = 0;
  std::uint32_t known = 0;
  if (try_walk) {
    walk(pc_, frame_, walked);
    h = hash(walked);
    known = find_stack(walked, h);
    if (known && !(word(known) & region::stack_lossy)) [[likely]]
      return known;
  }
  frames whole;
  bool complete = false;
  const auto words = reinterpret_cast<const std::uintptr_t *>(frame_);
  whole.count =
      detail::unwind({reinterpret_cast<std::uintptr_t>(pc_),
                      reinterpret_cast<std::uintptr_t>(frame_) + 16, words[0]},
                     {self.stack_low, self.stack_high}, whole.pc, options.depth, complete);
  const std::uint64_t partial = complete ? 0 : std::uint64_t(region::stack_partial);
  if (try_walk) {
    if (whole.count < walked.count) // code that no table knows: made at run time
      return known ? find_or_keep(whole, partial) : keep_stack(walked, h, walked, partial);
    if (!known && (agrees(walked, whole) || walked.is(whole.pc, whole.count)))
      return keep_stack(walked, h, whole, partial);
    if (!known)
      keep_stack(walked, h, walked, region::stack_lossy);
    note_lossy(pc_);
  }
  // The same addresses may be a chain that frame pointers give elsewhere: marked by an end.
  if (whole.count < region::max_frames)
    whole.pc[whole.count++] = nullptr;
  return find_or_keep(whole, partial);
}

} // namespace handrail::preload
