//===- stacks.h - return addresses of the caller, cheaply -------*- C++ -*-===//
//
// A stack is found by its frame pointers, inside the bounds of the thread's stack.
// Where those end early, the compiler's call frame tables are read (unwind.h). What ends
// before the thread's first function is marked as partial.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SRC_STACKS_H
#define HANDRAIL_SRC_STACKS_H

#include <cstddef>
#include <cstdint>

namespace handrail::detail {

inline constexpr std::size_t max_frames = 16;

struct captured_stack {
  std::uint16_t size = 0;
  bool partial = false; ///< its last frame is not the thread's first
  std::uint64_t hash = 0;
  void *frames[max_frames];
};
/// Innermost first. \p unwind: asks the slow unwinder too.
void capture_stack(captured_stack &out, bool unwind) noexcept;

} // namespace handrail::detail

#endif
