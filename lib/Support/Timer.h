//===- Timer.h - how long a stage took ---------------------------*- C++ -*-===//
#pragma once

#include <chrono>

namespace handrail {

/// Adds the wall time of its scope to a counter.
class ScopedTimer {
public:
  explicit ScopedTimer(double &Seconds) : Seconds(Seconds) {}
  ScopedTimer(const ScopedTimer &) = delete;
  ScopedTimer &operator=(const ScopedTimer &) = delete;
  ~ScopedTimer() {
    Seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - Start).count();
  }

private:
  double &Seconds;
  std::chrono::steady_clock::time_point Start = std::chrono::steady_clock::now();
};

} // namespace handrail
