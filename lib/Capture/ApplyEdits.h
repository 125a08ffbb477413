//===- ApplyEdits.h - edits of source text -------------------------*- C++ -*-===//
//
// Not part of capture. It is here because Clang's own machinery does the work.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Support/TextEdit.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace handrail::capture {

/// \p Text with all of \p Edits, which are of one file. An error says which two cannot
/// both be made, or that one lies beyond the end; nothing is done then.
llvm::Expected<std::string> applyEdits(llvm::StringRef Text, llvm::ArrayRef<TextEdit> Edits);

} // namespace handrail::capture
