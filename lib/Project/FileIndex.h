//===- FileIndex.h - whether files are as they were --------------*- C++ -*-===//
#pragma once

#include "lib/Capture/Capture.h"
#include "llvm/ADT/StringMap.h"
#include <optional>

namespace handrail::project {

/// Compares files with what a compilation saw. Looks at each file once in its
/// life; reads one only when size, time and inode are not those of an earlier
/// look that came well after the file was written.
class FileIndex {
public:
  /// Nothing is known from earlier.
  FileIndex() = default;
  /// Takes what an earlier one saved; anything else is empty.
  explicit FileIndex(llvm::StringRef Saved);

  bool matches(const capture::InputFile &Input);
  /// The bytes for the next run; nothing when they are what they were.
  std::optional<std::string> save() const;

private:
  struct Look {
    uint64_t Size = 0, Device = 0, Inode = 0;
    int64_t Time = 0;     ///< of the last change, in nanoseconds
    std::string Content;  ///< digest; empty: not read
    bool Trusted = false; ///< a later change would have another time
  };
  /// Nothing when there is no such file.
  Look *look(const std::string &Path);

  llvm::StringMap<Look> Earlier, Now;
  bool Changed = false;
};

} // namespace handrail::project
