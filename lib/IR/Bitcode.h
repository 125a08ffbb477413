//===- Bitcode.h - Handle IR in binary ---------------------------*- C++ -*-===//
//
// A magic number, a format version, the size and SHA-256 of the payload, then the
// tables as variable-length integers. Reading validates all of it: a truncated,
// foreign or damaged file is an error, never a crash.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace handrail::ir {

/// Goes up with every change of the format; other versions are refused by name.
inline constexpr uint32_t BitcodeVersion = 5;

/// Replaces \p Out. The bytes depend on \p U alone, which must be valid; equal
/// tables give equal bytes. Linear.
void writeBitcode(const Unit &U, llvm::SmallVectorImpl<char> &Out);

/// Gives back exactly the tables that were written. An error names the buffer and
/// says whether the file is foreign, of another version, truncated or damaged.
/// Linear; memory stays proportional to the size of the file.
llvm::Expected<Unit> readBitcode(llvm::MemoryBufferRef Buffer);

inline constexpr size_t BitcodeHeaderSize = 48;

/// The payload's hash, in hexadecimal, as \p Header says, the first bytes of a file
/// of \p FileSize. Nothing when that is no complete file of this version. Equal
/// hashes mean equal units, for a reader checks them.
std::optional<std::string> bitcodeHash(llvm::StringRef Header, uint64_t FileSize);

} // namespace handrail::ir
