#include "lib/Capture/ApplyEdits.h"
#include "clang/Tooling/Core/Replacement.h"

namespace handrail::capture {

llvm::Expected<std::string> applyEdits(llvm::StringRef Text, llvm::ArrayRef<TextEdit> Edits) {
  clang::tooling::Replacements All;
  for (const TextEdit &E : Edits) {
    if (E.Offset > Text.size() || E.Length > Text.size() - E.Offset)
      return llvm::createStringError("an edit lies beyond the end of the file");
    if (llvm::Error Conflict = All.add({E.File, E.Offset, E.Length, E.Text}))
      return std::move(Conflict);
  }
  return clang::tooling::applyAllReplacements(Text, All);
}

} // namespace handrail::capture
