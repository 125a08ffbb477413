//===- Counted.h - numbers of things, in words -------------------*- C++ -*-===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include <cstdint>
#include <string>

namespace handrail {

/// "1 file", "2 files".
inline std::string counted(uint64_t Count, llvm::StringRef Noun) {
  return (llvm::Twine(Count) + " " + Noun + (Count == 1 ? "" : "s")).str();
}

} // namespace handrail
