#include "lib/Support/Files.h"
#include "lib/Support/Digest.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail {

namespace fs = llvm::sys::fs;

static llvm::Error cannotWrite(llvm::StringRef Path, std::error_code Code) {
  return llvm::createStringError(Code, "cannot write " + Path + ": " + Code.message());
}

static std::error_code createBeside(llvm::StringRef Path, int &Descriptor,
                                    llvm::SmallVectorImpl<char> &Temporary) {
  return fs::createUniqueFile(Path + ".%%%%%%%%.tmp", Descriptor, Temporary, fs::OF_None,
                              fs::all_read | fs::owner_write);
}

static std::error_code writeAndClose(llvm::raw_fd_ostream &File, llvm::StringRef Bytes) {
  File << Bytes;
  File.close();
  std::error_code Code = File.error();
  File.clear_error();
  return Code;
}

llvm::Error writeAtomically(llvm::StringRef Path, llvm::StringRef Bytes) {
  int Descriptor = -1;
  llvm::SmallString<256> Temporary;
  if (std::error_code Code = createBeside(Path, Descriptor, Temporary))
    return cannotWrite(Path, Code);
  llvm::raw_fd_ostream File(Descriptor, /*shouldClose=*/true);
  std::error_code Code = writeAndClose(File, Bytes);
  if (!Code)
    Code = fs::rename(Temporary, Path);
  if (!Code)
    return llvm::Error::success();
  fs::remove(Temporary);
  return cannotWrite(Path, Code);
}

namespace {

/// Where an output really goes.
struct Target {
  std::string Path;     ///< behind links
  bool Replace = false; ///< by a new file; otherwise it is opened as it is
};

} // namespace

static Target targetOf(llvm::StringRef Path) {
  fs::file_status Status;
  if (fs::status(Path, Status))
    return {Path.str(), /*Replace=*/true};
  // /dev/stdout may be a regular file, which others have open.
  if (!fs::is_regular_file(Status) || Path.starts_with("/dev/") || Path.starts_with("/proc/"))
    return {Path.str(), /*Replace=*/false};
  llvm::SmallString<256> Real;
  if (fs::real_path(Path, Real))
    return {Path.str(), /*Replace=*/true};
  return {std::string(Real), /*Replace=*/true};
}

llvm::Error writeOutput(llvm::StringRef Path, llvm::StringRef Bytes) {
  const Target To = targetOf(Path);
  if (To.Replace)
    return writeAtomically(To.Path, Bytes);
  std::error_code Code;
  llvm::raw_fd_ostream File(To.Path, Code);
  if (!Code)
    Code = writeAndClose(File, Bytes);
  return Code ? cannotWrite(Path, Code) : llvm::Error::success();
}

llvm::Error expectWritable(llvm::StringRef Path) {
  const Target To = targetOf(Path);
  if (!To.Replace) {
    std::error_code Code = fs::is_directory(To.Path) ? make_error_code(std::errc::is_a_directory)
                                                     : fs::access(To.Path, fs::AccessMode::Write);
    return Code ? cannotWrite(Path, Code) : llvm::Error::success();
  }
  int Descriptor = -1;
  llvm::SmallString<256> Temporary;
  if (std::error_code Code = createBeside(To.Path, Descriptor, Temporary))
    return cannotWrite(Path, Code);
  llvm::raw_fd_ostream(Descriptor, /*shouldClose=*/true).close();
  fs::remove(Temporary);
  return llvm::Error::success();
}

std::optional<std::string> readWholeFile(llvm::StringRef Path) {
  auto Buffer = llvm::MemoryBuffer::getFile(Path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return std::nullopt;
  return (*Buffer)->getBuffer().str();
}

std::string sealed(std::string Text) {
  std::string Seal = digestOf(Text);
  return std::move(Text) + "seal " + Seal + "\n";
}

std::optional<llvm::StringRef> unsealed(llvm::StringRef Text) {
  size_t Size = sealed("").size();
  if (Text.size() < Size)
    return std::nullopt;
  llvm::StringRef Before = Text.drop_back(Size), Seal = Text.take_back(Size);
  if (!Seal.consume_front("seal ") || !Seal.consume_back("\n") || Seal != digestOf(Before))
    return std::nullopt;
  return Before;
}

std::string escaped(llvm::StringRef Text) {
  std::string Result;
  for (char C : Text)
    if (C == '\\')
      Result += "\\\\";
    else if (C == '\n')
      Result += "\\n";
    else if (C == '\t')
      Result += "\\t";
    else
      Result += C;
  return Result;
}

std::string unescaped(llvm::StringRef Text) {
  std::string Result;
  for (size_t K = 0; K < Text.size(); ++K) {
    char C = Text[K];
    if (C == '\\' && K + 1 < Text.size()) {
      C = Text[++K];
      C = C == 'n' ? '\n' : C == 't' ? '\t' : C;
    }
    Result += C;
  }
  return Result;
}

} // namespace handrail
