//===- clock.h - what time it is, for a few nanoseconds ---------*- C++ -*-===//
//
// ticks() is the processor's counter where it has one that runs at one speed and is
// the same everywhere; ns_of() says later what it was in nanoseconds. coarse_ms() moves
// every few milliseconds. Both begin when the library is loaded.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SRC_CLOCK_H
#define HANDRAIL_SRC_CLOCK_H

#include <atomic>
#include <cstdint>
#include <ctime>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace handrail::detail {

inline std::uint64_t read_ns(clockid_t clock) noexcept {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1000000000 + static_cast<std::uint64_t>(t.tv_nsec);
}

inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  std::uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  return read_ns(CLOCK_MONOTONIC);
#endif
}

/// When the library was loaded, on all clocks.
struct clock_start {
  std::uint64_t ticks, ns;
  std::int64_t unix_ms;
};
const clock_start &started() noexcept;

/// Turns ticks into nanoseconds since the start, by the speed since then. After the first
/// second the speed is kept, so that an event has one time.
class tick_scale {
public:
  tick_scale() noexcept : ns_per_tick_(kept().load(std::memory_order_relaxed)) {
    if (ns_per_tick_ > 0)
      return;
    const std::uint64_t passed = ticks() - started().ticks;
    const std::uint64_t ns = read_ns(CLOCK_MONOTONIC) - started().ns;
    ns_per_tick_ = passed ? static_cast<double>(ns) / static_cast<double>(passed) : 1;
    if (ns > 1000000000)
      kept().store(ns_per_tick_, std::memory_order_relaxed);
  }
  std::uint64_t ns_of(std::uint64_t at) const noexcept {
    return at <= started().ticks ? 0
                                 : static_cast<std::uint64_t>(
                                       static_cast<double>(at - started().ticks) * ns_per_tick_);
  }

private:
  static std::atomic<double> &kept() noexcept {
    static constinit std::atomic<double> speed{0};
    return speed;
  }
  double ns_per_tick_;
};

inline std::uint64_t coarse_ms() noexcept {
#if defined(CLOCK_MONOTONIC_COARSE) // a quarter of the price
  constexpr clockid_t clock = CLOCK_MONOTONIC_COARSE;
#else
  constexpr clockid_t clock = CLOCK_MONOTONIC;
#endif
  const std::uint64_t now = read_ns(clock);
  return now > started().ns ? (now - started().ns) / 1000000 : 0; // it lags behind the fine one
}

} // namespace handrail::detail

#endif
