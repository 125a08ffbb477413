//===- Digest.h - what is the same -------------------------------*- C++ -*-===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/BLAKE3.h"
#include <concepts>
#include <string>
#include <type_traits>

namespace handrail {

/// Digests a sequence of values: sequences that differ have different digests, for
/// each text comes with its length.
class Digest {
public:
  Digest &add(llvm::StringRef Text) {
    add(uint64_t(Text.size()));
    Hash.update(Text);
    return *this;
  }
  template <class T>
    requires(std::integral<T> || std::is_enum_v<T>)
  Digest &add(T Number) {
    auto Value = static_cast<uint64_t>(Number);
    uint8_t Bytes[8];
    for (unsigned K = 0; K < 8; ++K)
      Bytes[K] = uint8_t(Value >> (8 * K));
    Hash.update(Bytes);
    return *this;
  }
  /// 32 hexadecimal digits.
  std::string hex() const;

private:
  llvm::BLAKE3 Hash;
};

/// The digest of some bytes: 32 hexadecimal digits.
std::string digestOf(llvm::StringRef Bytes);

} // namespace handrail
