//===- Revision.h - what changed since a revision ----------------*- C++ -*-===//
//
// Asks git, by its program, so that whatever the user's git can read is understood:
// worktrees, partial clones, alternates, renames.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Capture/Capture.h"
#include "llvm/Support/Error.h"

namespace handrail::project {

/// How a working tree differs from a commit: changes that are not committed, and files that
/// git does not know yet, count as well.
class Changes {
public:
  /// \p Revision is whatever git takes for a commit; with `...` at its end, the last commit
  /// that it has in common with the present one. \p Directory lies in the working tree, and
  /// paths are named as it is: when it was reached through a symbolic link, so are they.
  ///
  /// A file that was renamed was then at both paths, so that its compile command of today
  /// finds it. Submodules, symbolic links, and files of more than 16 MiB, count as unchanged.
  static llvm::Expected<Changes> since(llvm::StringRef Revision, llvm::StringRef Directory);

  /// The files that changed, as they were.
  const capture::PastFiles &files() const { return Files; }

  /// Where lines of \p Path, which is in files(), are now: by number of the line then, from 1;
  /// 0 for one that is gone. Lines behind the last are where the end moved to.
  class LineMap {
  public:
    uint32_t operator()(uint32_t Line) const;

  private:
    friend class Changes;
    struct Hunk {
      uint32_t OldFirst = 0, OldCount = 0, NewCount = 0;
    };
    std::vector<Hunk> Hunks; ///< in order
  };
  llvm::Expected<LineMap> lines(llvm::StringRef Path) const;

private:
  std::string Root; ///< of the working tree, as git names it
  capture::PastFiles Files;
  struct Blob {
    std::string Id;   ///< of the content then
    std::string Path; ///< now, relative to Root
  };
  std::map<std::string, Blob, std::less<>> Blobs; ///< by path in Files, of those that are there
};

} // namespace handrail::project
