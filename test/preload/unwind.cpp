// The reader of call frame information against the one of the compiler's library: in
// every kind of frame, at every instruction, and on garbage, which it must survive.
//
// REQUIRES: x86
// DEFINE: %{build} = %clang++ -std=c++20 -g -I %S/../.. %s %S/../../runtime/src/unwind.cpp %S/../../runtime/src/frame_rules.cpp -o %t -pthread
// RUN: %{build} -O0 && %t
// RUN: %{build} -O1 && %t
// RUN: %{build} -O2 -fomit-frame-pointer && %t
// RUN: %{build} -O3 -mavx2 && %t
// RUN: %{build} -O2 -mstackrealign && %t
// RUN: %{build} -O2 -fno-omit-frame-pointer -Wl,-z,lazy && %t
// RUN: %if sanitizer-runtimes %{ %{build} -O1 -fsanitize=address,undefined -fno-sanitize-recover=all && %t garbage %}
#include "runtime/src/unwind.h"

#include <algorithm>
#include <alloca.h>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <functional>
#include <link.h>
#include <pthread.h>
#include <random>
#include <search.h>
#include <stdexcept>
#include <thread>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>
#include <vector>

using namespace handrail::detail;

namespace {

constexpr std::size_t room = 64;
struct stack {
  std::size_t count = 0;
  void *pc[room];
};

_Unwind_Reason_Code add(_Unwind_Context *context, void *out) {
  auto &s = *static_cast<stack *>(out);
  if (s.count == room || !_Unwind_GetIP(context))
    return _URC_END_OF_STACK;
  s.pc[s.count++] = reinterpret_cast<void *>(_Unwind_GetIP(context));
  return _URC_NO_REASON;
}

long failures = 0, exact = 0, shorter = 0;
/// The program's first functions may be described in less detail.
void compare(const char *where, const stack &ours, stack theirs, bool complete) {
  for (std::size_t i = 0; i + 1 < theirs.count; ++i) // the first is the function that asks
    theirs.pc[i] = theirs.pc[i + 1];
  --theirs.count;
  const std::size_t common = std::min(ours.count, theirs.count);
  const bool right =
      ours.count <= room && std::memcmp(ours.pc, theirs.pc, common * sizeof(void *)) == 0;
  if (right && ours.count >= theirs.count) {
    ++exact;
    return;
  }
  ++shorter;
  if (right && !complete && std::strcmp(where, "instruction") == 0)
    return; // it knows that it does not know
  ++failures;
  std::printf("%s: %s\n", where, complete ? "complete" : "partial");
  for (std::size_t i = 0; i < std::max(ours.count, theirs.count); ++i) {
    const auto name = [](const stack &s, std::size_t n) {
      Dl_info info{};
      return n >= s.count ? "-" : dladdr(s.pc[n], &info) && info.dli_sname ? info.dli_sname : "?";
    };
    std::printf("  %p %s   %p %s\n", i < ours.count ? ours.pc[i] : nullptr, name(ours, i),
                i < theirs.count ? theirs.pc[i] : nullptr, name(theirs, i));
  }
}

thread_local stack_bounds bounds;
void find_bounds() {
  pthread_attr_t attributes;
  void *low;
  std::size_t size;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  bounds = {reinterpret_cast<std::uintptr_t>(low), reinterpret_cast<std::uintptr_t>(low) + size};
}

__attribute__((noinline)) void check(const char *where) {
  const auto *frame = static_cast<const std::uintptr_t *>(__builtin_frame_address(0));
  stack theirs, ours;
  _Unwind_Backtrace(add, &theirs);
  for (const stack_bounds &b : {bounds, stack_bounds{}}) { // the second: as if on an unknown stack
    bool complete = false;
    ours.count = unwind({reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)),
                         reinterpret_cast<std::uintptr_t>(frame + 2), frame[0]},
                        b, ours.pc, room, complete);
    compare(where, ours, theirs, complete);
  }
}

std::atomic<int> sink{0}; // not known to the compiler

__attribute__((noinline)) int recursion(int n) {
  if (n == 0)
    check("recursion");
  else
    sink += recursion(n - 1);
  return n + sink;
}
__attribute__((noinline)) int with_alloca(std::size_t n) {
  auto *p = static_cast<volatile char *>(alloca(n));
  p[n - 1] = 1;
  check("alloca");
  return p[n - 1];
}
__attribute__((noinline)) int aligned(std::size_t n) {
  alignas(64) volatile char local[64] = {};
  check("aligned");
  auto *p = static_cast<volatile char *>(alloca(n));
  p[0] = local[0];
  check("aligned with alloca");
  return p[0] + local[1];
}
__attribute__((noinline)) double many_arguments(int a, int b, int c, int d, int e, int f, long g,
                                                double h, long i, long j) {
  check("arguments on the stack");
  return a + b + c + d + e + f + static_cast<double>(g + i + j) + h + sink;
}
int less(const void *a, const void *b) {
  check("comparator");
  return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}
void walk(const void *, VISIT, int) { check("tree walk"); }
int module(dl_phdr_info *, std::size_t, void *) {
  check("inside the loader");
  return 1;
}
struct cleanup {
  ~cleanup() { check("cleanup"); }
};
__attribute__((noinline)) void throws() {
  const cleanup c;
  throw std::runtime_error("x");
}
void on_signal(int) { check("signal"); }

void in_every_context() {
  check("plain");
  sink += recursion(5);
  sink += recursion(200);
  sink += with_alloca(static_cast<std::size_t>(100 + sink % 7));
  sink += aligned(static_cast<std::size_t>(100 + sink % 7));
  sink += static_cast<int>(many_arguments(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  int values[] = {3, 1, 2};
  qsort(values, 3, sizeof *values, less);
  bsearch(values, values, 3, sizeof *values, less);
  void *root = nullptr;
  tsearch(values, &root, less);
  tsearch(values + 1, &root, less);
  twalk(root, walk);
  dl_iterate_phdr(module, nullptr);
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, [] { check("pthread_once"); });
  const std::function<void()> f = [] { check("std::function"); };
  f();
  try {
    throws();
  } catch (const std::runtime_error &) {
    check("catch");
  }
  std::signal(SIGUSR1, on_signal);
  std::raise(SIGUSR1);
  std::thread([] {
    find_bounds();
    check("thread");
    std::raise(SIGUSR1);
  }).join();
  const stack_t other = {.ss_sp = std::malloc(1 << 16), .ss_flags = 0, .ss_size = 1 << 16};
  sigaltstack(&other, nullptr);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR2, &action, nullptr);
  std::raise(SIGUSR2);
}

// Every instruction of some code: the processor stops behind each of them.

constexpr long trap_flag = 1 << 8;
volatile bool stepping = false;
void on_step(int, siginfo_t *, void *p) {
  auto &context = *static_cast<ucontext_t *>(p);
  if (stepping)
    check("instruction");
  else
    context.uc_mcontext.gregs[REG_EFL] &= ~trap_flag;
}
void begin_steps(int, siginfo_t *, void *p) {
  static_cast<ucontext_t *>(p)->uc_mcontext.gregs[REG_EFL] |= trap_flag;
}
int quiet_less(const void *a, const void *b) {
  return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}
__attribute__((noinline)) int quiet_aligned(std::size_t n) {
  alignas(64) volatile char local[64] = {};
  auto *p = static_cast<volatile char *>(alloca(n));
  p[0] = local[0];
  return p[0] + static_cast<int>(std::strlen("text"));
}
void at_every_instruction() {
  struct sigaction action = {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = on_step;
  sigaction(SIGTRAP, &action, nullptr);
  action.sa_sigaction = begin_steps;
  sigaction(SIGUSR1, &action, nullptr);
  int values[] = {5, 3, 1, 2};
  qsort(values, 4, sizeof *values, quiet_less);
  std::free(std::malloc(100)); // the loader's resolver is known to be shorter
  std::swap(values[0], values[3]);
  stepping = true;
  std::raise(SIGUSR1);
  sink += quiet_aligned(static_cast<std::size_t>(64 + sink % 3));
  qsort(values, 4, sizeof *values, quiet_less);
  std::free(std::malloc(100));
  stepping = false;
  sink += 1;
}

// Garbage.

void read_garbage() {
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void *>(&recursion), &found) != 0)
    std::abort();
  const auto *begin = static_cast<const std::uint8_t *>(found.dlfo_map_start);
  const auto size =
      static_cast<std::size_t>(static_cast<const std::uint8_t *>(found.dlfo_map_end) - begin);
  const auto header =
      static_cast<std::size_t>(static_cast<const std::uint8_t *>(found.dlfo_eh_frame) - begin);
  // What lies behind the tables is not needed, and so a wrong step is seen.
  ElfW(Dyn) *dynamic = static_cast<link_map *>(found.dlfo_link_map)->l_ld;
  const auto end = std::min(
      size, static_cast<std::size_t>(reinterpret_cast<const std::uint8_t *>(dynamic) - begin));
  std::vector<std::uint8_t> copy(end); // by the kernel: there are red zones in it
  const int memory_fd = open("/proc/self/mem", O_RDONLY);
  for (std::size_t at = 0; at < end; at += 4096)
    if (pread(memory_fd, copy.data() + at, std::min<std::size_t>(4096, end - at),
              reinterpret_cast<off_t>(begin) + static_cast<off_t>(at)) < 0)
      std::abort();
  close(memory_fd);
  const auto text =
      reinterpret_cast<std::uintptr_t>(&recursion) - reinterpret_cast<std::uintptr_t>(begin);
  std::mt19937 random(1);
  std::size_t understood = 0;
  const auto tables = [&](std::size_t n) {
    return unwind_tables{copy.data(), copy.data() + n, copy.data() + header};
  };
  const auto pc = [&] {
    return reinterpret_cast<std::uintptr_t>(copy.data()) + text + random() % 8192;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint8_t> mutated(copy.begin() + static_cast<std::ptrdiff_t>(header),
                                      copy.end());
    for (unsigned i = 1u << random() % 12; i; --i)
      mutated[random() % mutated.size()] =
          static_cast<std::uint8_t>(random() % 3 ? random() : random() % 2 * 0xff);
    std::swap_ranges(mutated.begin(), mutated.end(),
                     copy.begin() + static_cast<std::ptrdiff_t>(header));
    for (int i = 0; i < 300; ++i)
      understood += read_rule(tables(copy.size()), pc()).frame != frame_is::unknown;
    std::swap_ranges(mutated.begin(), mutated.end(),
                     copy.begin() + static_cast<std::ptrdiff_t>(header));
    copy.shrink_to_fit();
    const std::size_t cut = header + random() % (copy.size() - header);
    std::vector<std::uint8_t> shorter_copy(copy.begin(),
                                           copy.begin() + static_cast<std::ptrdiff_t>(cut));
    shorter_copy.shrink_to_fit();
    const unwind_tables cut_tables{shorter_copy.data(), shorter_copy.data() + cut,
                                   shorter_copy.data() + header};
    for (int i = 0; i < 100; ++i)
      read_rule(cut_tables,
                reinterpret_cast<std::uintptr_t>(shorter_copy.data()) + text + random() % 8192);
  }
  if (understood < 1000)
    ++failures, std::printf("only %zu were understood\n", understood);

  // Registers and a stack of garbage, of which some looks like addresses.
  std::vector<std::uintptr_t> memory(4096);
  void *out[room];
  for (int round = 0; round < 20000; ++round) {
    const auto low = reinterpret_cast<std::uintptr_t>(memory.data()),
               high = low + memory.size() * 8;
    const auto value = [&]() -> std::uintptr_t {
      switch (random() % 4) {
      case 0:
        return low + random() % (high - low + 64);
      case 1:
        return random();
      default:
        return reinterpret_cast<std::uintptr_t>(begin) + text + random() % 8192;
      }
    };
    for (int i = 0; i < 64; ++i)
      memory[random() % memory.size()] = value();
    bool complete;
    const registers r{reinterpret_cast<std::uintptr_t>(begin) + text + random() % 8192,
                      (low + random() % (high - low)) & ~std::uintptr_t(7), value()};
    if (unwind(r, {low, high}, out, room, complete) > room)
      ++failures;
    unwind(r, {}, out, room, complete);
  }
}

} // namespace

int main(int argc, char **) {
  if (argc > 1) {
    read_garbage();
  } else {
    find_bounds();
    in_every_context();
    const long before = exact;
    exact = shorter = 0;
    at_every_instruction();
    std::printf("%ld stacks; at instructions: %ld right, %ld shorter\n", before, exact, shorter);
    if (exact < 10 * shorter || exact < 500)
      ++failures;
  }
  return failures ? 1 : 0;
}
