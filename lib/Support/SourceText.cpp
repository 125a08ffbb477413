#include "lib/Support/SourceText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/JSON.h"
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

/// The bytes of the character that \p Text begins with; 1 for what is none.
static size_t firstCharacter(llvm::StringRef Text) {
  size_t Bytes = llvm::getNumBytesForUTF8(llvm::UTF8(Text.front()));
  const auto *Begin = reinterpret_cast<const llvm::UTF8 *>(Text.data());
  return Bytes <= Text.size() && llvm::isLegalUTF8Sequence(Begin, Begin + Bytes) ? Bytes : 1;
}

std::string utf8(llvm::StringRef Text) {
  return llvm::json::isUTF8(Text) ? Text.str() : llvm::json::fixUTF8(Text);
}

std::string utf8Prefix(llvm::StringRef Text, size_t Most) {
  std::string Whole = utf8(Text);
  llvm::StringRef Rest = Whole;
  size_t Before = 0; // bytes of all characters that may stay when one more is cut off
  for (size_t Count = 0; !Rest.empty(); ++Count) {
    if (Count + 1 == Most)
      Before = Whole.size() - Rest.size();
    if (Count == Most)
      return Whole.substr(0, Before) + "\u2026";
    Rest = Rest.drop_front(firstCharacter(Rest));
  }
  return Whole;
}

size_t utf16Length(llvm::StringRef Text) {
  size_t Units = 0;
  while (!Text.empty()) {
    size_t Bytes = firstCharacter(Text);
    Units += Bytes == 4 ? 2 : 1; // what takes four bytes lies beyond the 16 bits
    Text = Text.drop_front(Bytes);
  }
  return Units;
}

} // namespace handrail
