//===- Bitcode.h - Handle IR in binary ---------------------------*- C++ -*-===//
//
// LLVM's bitstream container: a magic number, a format version, a SHA-256 over
// the payload, then the tables. Reading validates all of it: a truncated, foreign
// or damaged file is an error, never a crash.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace handrail::ir {

/// Goes up with every change of the format; other versions are refused by name.
inline constexpr uint32_t BitcodeVersion = 1;

void writeBitcode(const Unit &U, llvm::SmallVectorImpl<char> &Out);
llvm::Expected<Unit> readBitcode(llvm::MemoryBufferRef Buffer);

} // namespace handrail::ir
