//===- InputRecorder.h - what a compilation reads ----------------*- C++ -*-===//
#pragma once

#include "lib/Capture/Capture.h"
#include "llvm/Support/VirtualFileSystem.h"
#include <map>

namespace handrail::capture {

/// A file system that writes down what is read from the one below it, and what is
/// looked for and not there: a header that turns up there later changes what the
/// compilation sees.
class InputRecorder final : public llvm::vfs::ProxyFileSystem {
public:
  /// \p Search may be null.
  InputRecorder(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files, TextSearch *Search)
      : ProxyFileSystem(std::move(Files)), Search(Search) {}

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine &Path) override;
  bool exists(const llvm::Twine &Path) override { return bool(status(Path)); }
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &Path) override;

  /// Everything so far, by path.
  std::vector<InputFile> inputs() const;

private:
  class RecordedFile;
  std::string pathOf(const llvm::Twine &Path) const;
  void noteAbsent(const llvm::Twine &Path, std::error_code Why);

  TextSearch *Search;
  std::map<std::string, std::string> Seen; ///< path to InputFile::Content
};

} // namespace handrail::capture
