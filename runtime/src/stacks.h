//===- stacks.h - return addresses of the caller, cheaply -------*- C++ -*-===//
//
// A stack is found by its frame pointers, inside the bounds of the thread's stack,
// and kept once (a depot): the same stack has the same number. Where frame pointers
// are missing the walk ends early; the stack is then marked as partial.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SRC_STACKS_H
#define HANDRAIL_SRC_STACKS_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace handrail::detail {

inline constexpr std::size_t max_frames = 16;

struct captured_stack {
  std::uint16_t size = 0;
  bool partial = false; ///< its last frame is not the thread's first
  void *frames[max_frames];
};
/// Innermost first. \p unwind: asks the unwinder, which is slow, where frame
/// pointers end too early.
void capture_stack(captured_stack &out, bool unwind) noexcept;

/// How often handles opened at a site were closed, by exit_case::kind().
using endings = std::array<std::size_t, 3>;
void count_ending(std::uint32_t opened, int how) noexcept;
endings endings_of(std::uint32_t opened) noexcept;

/// A site's stack, one line per frame; empty when none was kept.
std::string stack_text(std::uint32_t site);
inline std::string first_line(const std::string &text) { return text.substr(0, text.find('\n')); }

void write_all(int descriptor, std::string_view text) noexcept;
std::string json_string(std::string_view text);

/// Whether the ledger's record is of a managed object that its finalizer keeps.
bool is_cycle(std::uint64_t token) noexcept;

} // namespace handrail::detail

#endif
