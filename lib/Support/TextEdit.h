//===- TextEdit.h - a change of a file -----------------------------*- C++ -*-===//
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace handrail {

/// Replaces \p Length bytes at \p Offset of \p File by \p Text.
struct TextEdit {
  std::string File;
  uint32_t Offset = 0, Length = 0;
  std::string Text;
  auto operator<=>(const TextEdit &) const = default;
};

} // namespace handrail
