//===- Progress.h - the line that tells how far a run is ---------*- C++ -*-===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include <chrono>
#include <cstddef>

namespace handrail::tool {

/// One line on standard error, rewritten in place: `[12/340] parsing, 25 s left`.
/// Silent unless standard error is a terminal. Not for use from several threads.
class Progress {
public:
  Progress(llvm::StringRef Stage, size_t Total, bool Quiet);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;
  void update(size_t Done);

private:
  using Clock = std::chrono::steady_clock;
  llvm::StringRef Stage;
  size_t Total;
  bool Shown;
  Clock::time_point Start = Clock::now(), Last{};
};

} // namespace handrail::tool
