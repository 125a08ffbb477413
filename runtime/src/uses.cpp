// Records of threads, and the barrier between them.
#include "handrail/detail/uses.h"

#include "locks.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <new>
#include <utility>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace handrail::detail {

constinit thread_local thread_state this_thread = {};
constinit use_record everybody;
constinit use_record changing;

namespace {

constinit std::atomic<use_record *> records{nullptr};

constinit thread_local bool ended = false;

/// Gives the record back when the thread ends. What the thread's later
/// destructors do works without one.
struct at_end {
  ~at_end() {
    ended = true;
    if (use_record *mine = std::exchange(this_thread.uses, nullptr))
      mine->taken.store(false, std::memory_order_release);
  }
};

use_record *free_record() noexcept {
  for (use_record *r = records.load(std::memory_order_acquire); r; r = r->next) {
    bool taken = false;
    if (r->taken.compare_exchange_strong(taken, true, std::memory_order_acq_rel)) {
      r->thread = 0;
      std::fill(std::begin(r->sites), std::end(r->sites), use_record::known_site{});
      return r;
    }
  }
  auto *made = new (std::nothrow) use_record;
  if (!made)
    return nullptr;
  made->next = records.load(std::memory_order_relaxed);
  do
    made->number = made->next ? made->next->number + 1 : 0;
  while (!records.compare_exchange_weak(made->next, made, std::memory_order_acq_rel));
  return made;
}

#if defined(__linux__) && defined(SYS_membarrier)
bool register_barrier() noexcept {
  return ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}
#endif

/// When the library is loaded there is one thread as a rule, and it costs little.
__attribute__((constructor(101))) void start() noexcept {
  prepare_for_fork();
#if defined(__linux__) && defined(SYS_membarrier)
  if (register_barrier())
    has_barrier.store(true, std::memory_order_relaxed);
#endif
}

} // namespace

constinit std::atomic<bool> has_barrier{false};

use_record *attach_thread() noexcept {
  if (this_thread.uses || ended)
    return this_thread.uses;
  static thread_local at_end registered;
  (void)&registered;
  return this_thread.uses = free_record();
}

use_record *all_uses() noexcept { return records.load(std::memory_order_acquire); }

void barrier_everywhere() noexcept {
#if defined(__linux__) && defined(SYS_membarrier)
  if (has_barrier.load(std::memory_order_relaxed)) {
    constexpr auto run = MEMBARRIER_CMD_PRIVATE_EXPEDITED;
    if (::syscall(SYS_membarrier, run, 0, 0) == 0 ||
        (register_barrier() && ::syscall(SYS_membarrier, run, 0, 0) == 0)) [[likely]]
      return;
    // A sandbox took it away. Threads rely on it, and objects would be freed under them.
    constexpr char text[] = "handrail: membarrier() worked at the start, and is refused now\n";
    (void)!::write(2, text, sizeof text - 1);
    std::abort();
  }
#endif
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

} // namespace handrail::detail
