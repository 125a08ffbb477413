#include "lib/Capture/InputRecorder.h"
#include "lib/Support/Digest.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/MemoryBuffer.h"

namespace handrail::capture {

/// Opening a file shows that it exists; its content counts when it is read.
class InputRecorder::RecordedFile final : public llvm::vfs::File {
public:
  RecordedFile(std::unique_ptr<File> Below, std::string &Content, TextSearch *Search)
      : Below(std::move(Below)), Content(Content), Search(Search) {}

  llvm::ErrorOr<llvm::vfs::Status> status() override { return Below->status(); }
  llvm::ErrorOr<std::string> getName() override { return Below->getName(); }
  std::error_code close() override { return Below->close(); }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> getBuffer(const llvm::Twine &Name,
                                                               int64_t FileSize,
                                                               bool RequiresNullTerminator,
                                                               bool IsVolatile) override {
    auto Buffer = Below->getBuffer(Name, FileSize, RequiresNullTerminator, IsVolatile);
    if (!Buffer)
      return Buffer;
    llvm::StringRef Text = (*Buffer)->getBuffer();
    Content = digestOf(Text);
    if (Search && !Search->Found)
      Search->Found = llvm::any_of(Search->Texts, [&](auto &W) { return Text.contains(W); });
    return Buffer;
  }

private:
  std::unique_ptr<File> Below;
  std::string &Content; ///< of the recorder, whose map never moves it
  TextSearch *Search;
};

std::string InputRecorder::pathOf(const llvm::Twine &Path) const {
  llvm::SmallString<256> Absolute;
  Path.toVector(Absolute);
  (void)makeAbsolute(Absolute); // a path that cannot be made so is recorded as it is
  return std::string(Absolute);
}

void InputRecorder::noteAbsent(const llvm::Twine &Path, std::error_code Why) {
  if (Why == std::errc::no_such_file_or_directory || Why == std::errc::not_a_directory)
    Seen.try_emplace(pathOf(Path), InputFile::Absent);
}

llvm::ErrorOr<llvm::vfs::Status> InputRecorder::status(const llvm::Twine &Path) {
  auto Result = ProxyFileSystem::status(Path);
  if (!Result)
    noteAbsent(Path, Result.getError());
  else if (Result->isRegularFile())
    Seen.try_emplace(pathOf(Path), InputFile::Present);
  return Result;
}

llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>>
InputRecorder::openFileForRead(const llvm::Twine &Path) {
  auto Result = ProxyFileSystem::openFileForRead(Path);
  if (!Result) {
    noteAbsent(Path, Result.getError());
    return Result;
  }
  std::string &Content = Seen.try_emplace(pathOf(Path), InputFile::Present).first->second;
  return std::make_unique<RecordedFile>(std::move(*Result), Content, Search);
}

std::vector<InputFile> InputRecorder::inputs() const {
  std::vector<InputFile> Result;
  for (const auto &[Path, Content] : Seen)
    Result.push_back({Path, Content});
  return Result;
}

} // namespace handrail::capture
