//===- unwind.h - callers, by what the compiler says of them ----*- C++ -*-===//
//
// Walks a stack by the call frame information in .eh_frame (DWARF 5, section 6.4, and
// the System V ABI for x86-64), which code without frame pointers has as well. What it
// says of one address fits in a word and is kept, so that a frame costs a look-up.
//
// Why not a library: libunwind's pipe and memory would be the program's, and Debian's
// static one cannot go into a shared library; libgcc's unwinder takes a lock and is ten
// times as slow. Here nothing is allocated, locked or opened, so it may run in signal
// handlers and inside dlopen.
//
// x86-64 with glibc 2.35 or newer, which finds the tables without a lock; elsewhere it
// says that it knows nothing.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SRC_UNWIND_H
#define HANDRAIL_SRC_UNWIND_H

#include <cstddef>
#include <cstdint>

namespace handrail::detail {

/// The registers in a caller, at the instruction that its callee returns to.
struct registers {
  std::uintptr_t pc, sp, bp;
};

struct stack_bounds {
  std::uintptr_t low = 0, high = 0; ///< 0: not known
  bool has(std::uintptr_t at) const noexcept { return at >= low && at + 8 <= high; }
};

/// Writes at most \p room addresses, the first one given, and returns how many. \p complete
/// says whether the last is the thread's first function.
std::size_t unwind(registers from, stack_bounds bounds, void **out, std::size_t room,
                   bool &complete) noexcept;

/// What was learned of code that is about to be unloaded is forgotten.
void forget_unwinding() noexcept;

// How the caller of one address is found.

enum class frame_is : std::uint8_t {
  unknown, ///< no table says anything, or what it says is not understood
  sp_plus, ///< its end (the CFA) is sp + offset
  bp_plus, ///< bp + offset
  at_bp,   ///< what is stored at bp + offset: a function that aligned its stack
  signal,  ///< the kernel stored all registers here
  first,   ///< nobody called it
};
enum class bp_is : std::uint8_t { same, at_end, at_bp };

/// Fits in a word: that is how it is kept.
struct unwind_rule {
  frame_is frame = frame_is::unknown;
  bp_is bp = bp_is::same;
  std::int16_t bp_offset = 0;
  std::int32_t offset = 0;
};
static_assert(sizeof(unwind_rule) == 8);

/// The memory of a module, and its .eh_frame_hdr. Nothing outside is read, whatever the
/// tables say.
struct unwind_tables {
  const std::uint8_t *begin, *end, *header;
};
unwind_rule read_rule(const unwind_tables &tables, std::uintptr_t pc) noexcept;

} // namespace handrail::detail

#endif
