//===- Files.h - files that are replaced as a whole --------------*- C++ -*-===//
//
// Text files of a cache end in a line that seals them: a digest of all before it.
// A file that was cut off, or put together from two, has a broken seal.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace handrail {

/// Writes \p Bytes to a new file beside \p Path and then gives it that name, so
/// that nobody ever sees a part of it.
llvm::Error writeAtomically(llvm::StringRef Path, llvm::StringRef Bytes);

/// Writes \p Bytes to \p Path as a whole, as above, or behind a link to where that leads.
/// What is no regular file (a device, a pipe) is written to as it is.
llvm::Error writeOutput(llvm::StringRef Path, llvm::StringRef Bytes);

/// Whether `writeOutput` could write to \p Path; leaves everything as it is.
llvm::Error expectWritable(llvm::StringRef Path);

/// The content of \p Path; nothing when it cannot be read.
std::optional<std::string> readWholeFile(llvm::StringRef Path);

/// \p Text with a seal at its end.
std::string sealed(std::string Text);
/// What stands before the seal; nothing when that is broken.
std::optional<llvm::StringRef> unsealed(llvm::StringRef Text);

/// \p Text without line ends and tabs, which become `\n` and `\t`; and back.
std::string escaped(llvm::StringRef Text);
std::string unescaped(llvm::StringRef Text);

} // namespace handrail
