#include "lib/Report/SourceExcerpts.h"
#include "lib/Support/Files.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Unicode.h"

namespace handrail::report {

PageLine pageLine(llvm::StringRef Line) {
  constexpr size_t Longest = 1000;
  PageLine Result;
  uint32_t Units = 0;
  for (size_t I = 0; I < Line.size();) {
    size_t Bytes = std::min<size_t>(llvm::getNumBytesForUTF8(llvm::UTF8(Line[I])), Line.size() - I);
    std::string Text = Line.substr(I, Bytes).str();
    uint32_t Length = Bytes == 4 ? 2 : 1; // four bytes are beyond what one unit holds
    if (Line[I] != '\t' && llvm::sys::unicode::columnWidthUTF8(Text) < 0) {
      Bytes = 1;
      Text = "<" + llvm::toHex(Line.substr(I, 1)) + ">";
      Length = uint32_t(Text.size());
    }
    if (Units + Length > Longest) {
      Result.Text += "\u2026";
      Result.Units.insert(Result.Units.end(), Line.size() - I, Units);
      break;
    }
    Result.Units.insert(Result.Units.end(), Bytes, Units);
    Result.Text += Text;
    Units += Length;
    I += Bytes;
  }
  Result.Units.push_back(Units);
  return Result;
}

uint32_t SourceExcerpts::add(const Location &Loc) {
  auto [It, New] = Numbers.try_emplace(Loc.File, uint32_t(Files.size()));
  if (New) {
    File &F = Files.emplace_back();
    F.Path = Loc.File;
    F.Text = readWholeFile(Loc.File).value_or("");
    for (llvm::StringRef Rest = F.Text; !Rest.empty();) {
      auto [Line, Tail] = Rest.split('\n');
      F.Lines.push_back(Line.rtrim('\r'));
      Rest = Tail;
    }
    F.Functions = findFunctions(F.Text);
  }
  File &F = Files[It->second];
  if (Loc.Line && Loc.Line <= F.Lines.size())
    F.Wanted.insert(Loc.Line);
  return It->second;
}

void SourceExcerpts::pick(size_t Most) {
  if (pick(/*LongestWhole=*/80, /*Near=*/8) > Most)
    pick(/*LongestWhole=*/0, /*Near=*/2);
}

size_t SourceExcerpts::pick(uint32_t LongestWhole, uint32_t Near) {
  constexpr uint32_t LongestHead = 8;
  size_t Count = 0;
  for (File &F : Files) {
    F.Shown.clear();
    F.Around.clear();
    auto Show = [&](uint32_t From, uint32_t To) {
      for (uint32_t N = From; N <= To; ++N)
        F.Shown.try_emplace(N);
    };
    for (uint32_t Line : F.Wanted) {
      uint32_t From = 1, To = uint32_t(F.Lines.size());
      if (const FunctionRange *In = functionAround(F.Functions, Line)) {
        if (F.Around.empty() || F.Around.back().First != In->First)
          F.Around.push_back(*In);
        From = In->First, To = In->Last;
        if (To - From < LongestWhole) {
          Show(From, To);
          continue;
        }
        Show(From, std::min(In->Body, From + LongestHead));
        Show(To, To);
      }
      Show(std::max(From, Line - std::min(Line, Near)), std::min(To, Line + Near));
    }
    for (auto &[Number, Text] : F.Shown)
      Text = pageLine(F.Lines[Number - 1]).Text;
    Count += F.Shown.size();
  }
  return Count;
}

PagePlace SourceExcerpts::place(const Location &Loc) const {
  const uint32_t Number = Numbers.lookup(Loc.File);
  const File &F = Files[Number];
  auto Unit = [&](uint32_t Line, uint32_t Col) -> uint32_t {
    if (!Line || !Col || Line > F.Lines.size())
      return 0;
    const PageLine Text = pageLine(F.Lines[Line - 1]);
    return Text.Units[std::min<size_t>(Col - 1, Text.Units.size() - 1)];
  };
  return {Number, Loc.Line, Unit(Loc.Line, Loc.Col), Loc.EndLine, Unit(Loc.EndLine, Loc.EndCol)};
}

} // namespace handrail::report
