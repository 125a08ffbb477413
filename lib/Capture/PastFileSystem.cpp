#include "lib/Capture/PastFileSystem.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/MemoryBuffer.h"

namespace handrail::capture {

PastFileSystem::PastFileSystem(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Below,
                               const PastFiles &Past)
    : ProxyFileSystem(std::move(Below)), Past(Past) {
  for (const auto &[Path, Text] : Past)
    if (Text)
      Texts.addFile(Path, 0, llvm::MemoryBuffer::getMemBuffer(*Text, Path));
}

const PastFiles::value_type *PastFileSystem::find(const llvm::Twine &Path) const {
  llvm::SmallString<256> Absolute;
  Path.toVector(Absolute);
  (void)makeAbsolute(Absolute); // one that cannot be made so is no file of ours
  auto It = Past.find(cleanPath(Absolute));
  return It == Past.end() ? nullptr : &*It;
}

llvm::ErrorOr<llvm::vfs::Status> PastFileSystem::status(const llvm::Twine &Path) {
  if (const auto *Known = find(Path)) {
    if (!Known->second)
      return std::make_error_code(std::errc::no_such_file_or_directory);
    auto Found = Texts.status(Known->first);
    return Found ? llvm::vfs::Status::copyWithNewName(*Found, Path) : Found;
  }
  auto Found = ProxyFileSystem::status(Path);
  if (Found || Found.getError() != std::errc::no_such_file_or_directory)
    return Found;
  llvm::SmallString<256> Absolute;
  Path.toVector(Absolute);
  (void)makeAbsolute(Absolute);
  auto Directory = Texts.status(cleanPath(Absolute));
  return Directory ? llvm::vfs::Status::copyWithNewName(*Directory, Path) : Found;
}

llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>>
PastFileSystem::openFileForRead(const llvm::Twine &Path) {
  const auto *Known = find(Path);
  if (!Known)
    return ProxyFileSystem::openFileForRead(Path);
  if (!Known->second)
    return std::make_error_code(std::errc::no_such_file_or_directory);
  auto Opened = Texts.openFileForRead(Known->first);
  return Opened ? llvm::vfs::File::getWithPath(std::move(Opened), Path) : std::move(Opened);
}

std::error_code PastFileSystem::getRealPath(const llvm::Twine &Path,
                                            llvm::SmallVectorImpl<char> &Output) {
  const auto *Known = find(Path);
  if (!Known)
    return ProxyFileSystem::getRealPath(Path, Output);
  if (!Known->second)
    return std::make_error_code(std::errc::no_such_file_or_directory);
  Output.assign(Known->first.begin(), Known->first.end());
  return {};
}

} // namespace handrail::capture
