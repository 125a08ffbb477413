#include "lib/Support/Files.h"
#include "lib/Support/Digest.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail {

namespace fs = llvm::sys::fs;

llvm::Error writeAtomically(llvm::StringRef Path, llvm::StringRef Bytes) {
  auto Fail = [&](std::error_code Code) {
    return llvm::createStringError(Code, "cannot write " + Path + ": " + Code.message());
  };
  int Descriptor = -1;
  llvm::SmallString<256> Temporary;
  if (std::error_code Code = fs::createUniqueFile(Path + ".%%%%%%%%.tmp", Descriptor, Temporary,
                                                  fs::OF_None, fs::all_read | fs::owner_write))
    return Fail(Code);
  llvm::raw_fd_ostream File(Descriptor, /*shouldClose=*/true);
  File << Bytes;
  File.close();
  std::error_code Code = File.error();
  File.clear_error();
  if (!Code)
    Code = fs::rename(Temporary, Path);
  if (!Code)
    return llvm::Error::success();
  fs::remove(Temporary);
  return Fail(Code);
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
