#include "lib/Support/SourceText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Unicode.h"

namespace handrail {

SourceCache::File::File(std::unique_ptr<llvm::MemoryBuffer> Given) : Buffer(std::move(Given)) {
  llvm::StringRef Rest = Buffer ? Buffer->getBuffer() : "";
  while (!Rest.empty()) {
    auto [Line, Tail] = Rest.split('\n');
    Lines.push_back(Line.rtrim('\r'));
    Rest = Tail;
  }
}

const SourceCache::File &SourceCache::open(llvm::StringRef Path) {
  auto [It, New] = Files.try_emplace(Path);
  if (!New)
    return It->second;
  // Volatile: an editor may truncate the file under a memory map.
  auto Buffer = llvm::MemoryBuffer::getFile(Path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false, /*IsVolatile=*/true);
  if (Buffer)
    It->second = File(std::move(*Buffer));
  return It->second;
}

void SourceCache::set(llvm::StringRef Path, llvm::StringRef Text) {
  Files[Path] = File(llvm::MemoryBuffer::getMemBufferCopy(Text, Path));
}

ShownText shown(llvm::StringRef Line) {
  constexpr unsigned TabStop = 8;
  ShownText Result;
  unsigned Column = 0;
  for (size_t I = 0; I < Line.size();) {
    unsigned char C = Line[I];
    size_t Bytes = 1;
    unsigned Width = 1;
    std::string Text(1, char(C));
    if (C == '\t') {
      Width = TabStop - Column % TabStop;
      Text.assign(Width, ' ');
    } else {
      Bytes = std::min<size_t>(llvm::getNumBytesForUTF8(C), Line.size() - I);
      Text = Line.substr(I, Bytes).str();
      int Measured = llvm::sys::unicode::columnWidthUTF8(Text);
      if (Measured < 0) { // broken UTF-8 or a control character
        Bytes = 1;
        Text = "<" + llvm::toHex(llvm::StringRef(Line.data() + I, 1)) + ">";
        Measured = int(Text.size());
      }
      Width = unsigned(Measured);
    }
    Result.Column.insert(Result.Column.end(), Bytes, Column);
    Result.Text += Text;
    Column += Width;
    I += Bytes;
  }
  Result.Column.push_back(Column);
  return Result;
}

} // namespace handrail
