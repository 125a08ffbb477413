//===- Spool.h - a file without a name ---------------------------*- C++ -*-===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <utility>
#include <vector>

namespace handrail::project {

/// A temporary file that has no name, so that nothing is left behind however the
/// process ends. Shared with forked processes; one process appends at a time,
/// any thread may read.
class Spool {
public:
  static llvm::Expected<Spool> create();
  Spool(Spool &&Other) noexcept : Descriptor(std::exchange(Other.Descriptor, -1)) {}
  Spool &operator=(Spool &&Other) noexcept {
    std::swap(Descriptor, Other.Descriptor);
    return *this;
  }
  ~Spool();

  /// Returns the offset at which \p Bytes start.
  llvm::Expected<uint64_t> append(llvm::ArrayRef<char> Bytes) const;
  llvm::Expected<std::vector<char>> read(uint64_t Offset, uint64_t Size) const;
  uint64_t size() const;
  int descriptor() const { return Descriptor; }

private:
  explicit Spool(int Descriptor) : Descriptor(Descriptor) {}
  int Descriptor = -1;
};

} // namespace handrail::project
