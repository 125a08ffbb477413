//===- PastFileSystem.h - files as they were ---------------------*- C++ -*-===//
#pragma once

#include "lib/Capture/Capture.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace handrail::capture {

/// The file system below, in which some files are as they were at another time. A directory
/// that has none but files of that time is there; one that is empty without those of today
/// is there, too.
class PastFileSystem final : public llvm::vfs::ProxyFileSystem {
public:
  /// \p Past outlives this.
  PastFileSystem(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Below, const PastFiles &Past);

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine &Path) override;
  bool exists(const llvm::Twine &Path) override { return bool(status(Path)); }
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &Path) override;
  std::error_code getRealPath(const llvm::Twine &Path,
                              llvm::SmallVectorImpl<char> &Output) override;

private:
  /// Null for a file that is as it is.
  const PastFiles::value_type *find(const llvm::Twine &Path) const;

  const PastFiles &Past;
  llvm::vfs::InMemoryFileSystem Texts;
};

} // namespace handrail::capture
