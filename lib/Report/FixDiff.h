//===- FixDiff.h - what a fix changes, for readers -----------------*- C++ -*-===//
#pragma once

#include "lib/Support/TextEdit.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <vector>

namespace handrail::report {

struct DiffLine {
  enum class Kind : uint8_t { Same, Old, New } What = Kind::Same;
  uint32_t Line = 0; ///< in the file as it is; for a new one, where it is put in
  std::string Text;
  bool operator==(const DiffLine &) const = default;
};

/// \p Text, of one file, with \p Edits made: whole lines, old before new, with two lines
/// around each change. Empty when the edits do not fit the text or each other.
std::vector<DiffLine> diffOf(llvm::StringRef Text, llvm::ArrayRef<TextEdit> Edits);

} // namespace handrail::report
