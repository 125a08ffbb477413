// What a stack of sixteen frames costs (target T8): the walk and the look-up in the depot
// as the hooks do it, beside glibc's backtrace() and libgcc's unwinder.
#include "frames.h"

#include "runtime/preload/core.h"
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <execinfo.h>
#include <unwind.h>

namespace {

using handrail::preload::hook;

/// What a hooked function does, without the function.
__attribute__((noinline)) std::uint32_t captureHere() {
  HERE(capture);
  return here.stack();
}

constexpr int Frames = 16;

_Unwind_Reason_Code count(_Unwind_Context *, void *Left) {
  return --*static_cast<int *>(Left) ? _URC_NO_REASON : _URC_END_OF_STACK;
}

void handrailStack(void *State) {
  for (auto _ : *static_cast<benchmark::State *>(State))
    benchmark::DoNotOptimize(captureHere());
}
void glibcBacktrace(void *State) {
  void *Addresses[Frames];
  for (auto _ : *static_cast<benchmark::State *>(State))
    benchmark::DoNotOptimize(::backtrace(Addresses, Frames));
}
void libgccUnwind(void *State) {
  for (auto _ : *static_cast<benchmark::State *>(State)) {
    int Left = Frames;
    _Unwind_Backtrace(count, &Left);
  }
}

using Deep = void(int, void (*)(void *), void *);

void measure(benchmark::State &State, Deep *From, void (*Leaf)(void *)) {
  From(Frames + 2, Leaf, &State);
}

} // namespace

BENCHMARK_CAPTURE(measure, handrail_with_frame_pointers, deepWithFramePointers, handrailStack);
BENCHMARK_CAPTURE(measure, handrail_without, deepWithout, handrailStack);
BENCHMARK_CAPTURE(measure, glibc_backtrace, deepWithFramePointers, glibcBacktrace);
BENCHMARK_CAPTURE(measure, libgcc_unwind, deepWithFramePointers, libgccUnwind);

int main(int argc, char **argv) {
  // Set before the first hook could be: a hook of this program reads its environment once.
  if (!std::getenv("HANDRAIL_STACK_DEPTH")) {
    std::fputs("run with HANDRAIL_STACK_DEPTH=16\n", stderr);
    return 2;
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
