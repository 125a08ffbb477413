//===- handle.h - ids of table entries --------------------------*- C++ -*-===//
//
// A handle is a 64-bit number that opens one entry of one table, and never a
// different one: index of the slot, generation of the entry, tag of the table.
// Any number may be passed in as a handle; what it does not open is an error.
//
//   handrail::typed_handle<log_file> h = *files.insert(log_file{path});
//   std::uint64_t wire = h.value();            // across a wire or an FFI
//   files.close(handrail::handle{wire});
//
// Other sides cannot hold 64 bits: JavaScript's doubles hold 53, V8's small
// integers 31. The table's id_layout chooses:
//
//   layout      index generation tag   for
//   native64    32    24         8     the default
//   js53        22    31         -     numbers of JavaScript and Lua 5.1
//   smi31       20    11         -     tagged small integers; waits long before reuse
//   counter32   a counter that never returns to an id; a hash look-up per access
//
// 0 is never a handle. Tables without a tag do not recognise another table's
// handles. Thread safety: values.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_HANDLE_H
#define HANDRAIL_HANDLE_H

#include "config.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace handrail {

enum class handle : std::uint64_t { none = 0 };

enum class id_layout : std::uint8_t { native64, js53, smi31, counter32 };

/// A handle that the compiler knows the type of; the same bits.
template <class T> struct typed_handle {
  handle raw = handle::none;

  constexpr operator handle() const noexcept { return raw; }
  constexpr std::uint64_t value() const noexcept { return static_cast<std::uint64_t>(raw); }
  explicit constexpr operator bool() const noexcept { return raw != handle::none; }
  friend constexpr auto operator<=>(typed_handle, typed_handle) = default;
};

} // namespace handrail

template <class T> struct std::hash<handrail::typed_handle<T>> {
  std::size_t operator()(handrail::typed_handle<T> h) const noexcept {
    return std::hash<std::uint64_t>()(h.value());
  }
};

#endif
