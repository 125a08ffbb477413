//===- stacks.h - return addresses of the caller, cheaply -------*- C++ -*-===//
#ifndef HANDRAIL_SRC_STACKS_H
#define HANDRAIL_SRC_STACKS_H

#include <cstddef>
#include <cstdint>
#include <string>

namespace handrail::detail {

inline constexpr std::size_t max_frames = 16;

/// Walks frame pointers inside the thread's stack; where the program was built
/// without them, asks the unwinder. The number of addresses, innermost first.
std::size_t capture_stack(void **out, std::size_t size) noexcept;

/// A site's stack, one line per frame; empty when none was kept.
std::string stack_text(std::uint32_t site);

} // namespace handrail::detail

#endif
