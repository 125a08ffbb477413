//===- sites.h - what is kept about a place in the source -------*- C++ -*-===//
//
// A site is a place (file, line, function), the stack that led there, and the test
// that the thread was in. Each of the three is kept once, and each combination has a
// number, which is all that a handle keeps.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SRC_SITES_H
#define HANDRAIL_SRC_SITES_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace handrail::detail {

/// The place and, at every level from 1, the stack: for what is rare.
std::uint32_t site_here() noexcept;
/// The same where a call has no place of its own: 0 when there would be nothing in it,
/// neither a stack nor a test.
std::uint32_t site_without_place() noexcept;

/// Invariant: the frames live for ever, and are the same memory for the same stack.
struct site_view {
  std::span<void *const> frames; ///< innermost first; empty when none was kept
  bool partial = false;
  std::uint32_t test = 0;
  std::uint64_t first_seen = 0; ///< milliseconds after the start
};
/// Of 0 and of numbers that nobody gave out: nothing.
site_view look_at(std::uint32_t site) noexcept;

/// How often handles opened at a site were closed, by exit_case::kind().
using endings = std::array<std::size_t, 3>;
void count_ending(std::uint32_t opened, int how) noexcept;
endings endings_of(std::uint32_t opened) noexcept;

/// A site's stack, one line per frame; empty when none was kept.
std::string stack_text(std::uint32_t site);
inline std::string first_line(const std::string &text) { return text.substr(0, text.find('\n')); }

} // namespace handrail::detail

#endif
