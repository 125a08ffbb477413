//===- SourceText.h - lines of source files, for people ----------*- C++ -*-===//
#pragma once

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace handrail {

/// The lines of files, each of which is read once.
class SourceCache {
public:
  /// Line \p Number of \p Path without its end, or nothing.
  std::optional<llvm::StringRef> line(llvm::StringRef Path, uint32_t Number) {
    const File &F = open(Path);
    if (Number == 0 || Number > F.Lines.size())
      return std::nullopt;
    return F.Lines[Number - 1];
  }
  /// What \p Path is from now on, whatever is on disk.
  void set(llvm::StringRef Path, llvm::StringRef Text);

  /// All of \p Path, or nothing when it cannot be read.
  std::optional<llvm::StringRef> text(llvm::StringRef Path) {
    const File &F = open(Path);
    return F.Buffer ? std::optional(F.Buffer->getBuffer()) : std::nullopt;
  }

private:
  struct File {
    explicit File(std::unique_ptr<llvm::MemoryBuffer> Buffer = nullptr);
    std::unique_ptr<llvm::MemoryBuffer> Buffer; ///< null: there is no such file
    std::vector<llvm::StringRef> Lines;
  };

  const File &open(llvm::StringRef Path);

  llvm::StringMap<File> Files;
};

/// A text as a terminal shows it, and where each byte ends up.
struct ShownText {
  std::string Text;
  std::vector<unsigned> Column; ///< by byte offset, one more for the end
};

/// Tabs become blanks; what would do something to a terminal, and broken UTF-8, becomes
/// `<1B>`.
ShownText shown(llvm::StringRef Line);

/// \p Text with U+FFFD for what is no UTF-8.
std::string utf8(llvm::StringRef Text);

/// \p Text with U+FFFD for what is no UTF-8, cut between two characters so that it has at
/// most \p Most of them; a text that was cut ends in "…".
std::string utf8Prefix(llvm::StringRef Text, size_t Most);

/// How many UTF-16 code units \p Text has; what is no UTF-8 counts one for each byte.
size_t utf16Length(llvm::StringRef Text);

} // namespace handrail
