#include "lib/Report/FixDiff.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace handrail::report {
namespace {

using Kind = DiffLine::Kind;

/// Lines that change together, as offsets: whole lines with their ends.
struct Hunk {
  size_t From, To;
  std::string New;
};

size_t lineStart(llvm::StringRef Text, size_t Offset) {
  return Text.take_front(Offset).rfind('\n') + 1; // npos + 1 is 0
}

size_t lineEnd(llvm::StringRef Text, size_t Offset) {
  const size_t End = Text.find('\n', Offset);
  return End == llvm::StringRef::npos ? Text.size() : End + 1;
}

/// Sorted \p Edits by the lines they touch; nothing when one does not fit.
std::vector<Hunk> hunksOf(llvm::StringRef Text, llvm::ArrayRef<TextEdit> Edits) {
  std::vector<Hunk> Hunks;
  size_t Done = 0; // what of Text is in New or before the hunk
  auto Finish = [&] {
    if (!Hunks.empty())
      Hunks.back().New += Text.slice(Done, Hunks.back().To);
  };
  for (const TextEdit &E : Edits) {
    const size_t End = size_t(E.Offset) + E.Length;
    if (End > Text.size() || E.Offset < Done)
      return {};
    // What is taken away up to a line's end leaves the next line as it is.
    const bool WholeLines = E.Length && Text[End - 1] == '\n' &&
                            (E.Text.empty() ? lineStart(Text, E.Offset) == E.Offset
                                            : llvm::StringRef(E.Text).ends_with("\n"));
    const size_t To = WholeLines ? End : lineEnd(Text, End);
    if (Hunks.empty() || lineStart(Text, E.Offset) >= Hunks.back().To) {
      Finish();
      Done = lineStart(Text, E.Offset);
      Hunks.push_back({Done, To, ""});
    }
    Hunk &H = Hunks.back();
    H.To = std::max(H.To, To);
    H.New += Text.slice(Done, E.Offset).str() + E.Text;
    Done = End;
  }
  Finish();
  return Hunks;
}

class Printer {
public:
  explicit Printer(llvm::StringRef Text) : Text(Text) {}

  /// Unchanged lines from \p From on; those that were told are not told again.
  void same(size_t From, size_t To) {
    From = std::max(From, Told);
    uint32_t Number = numberAt(From);
    lines(Kind::Same, Number, Text.slice(From, To));
    Told = std::max(Told, To);
  }

  void change(const Hunk &H) {
    const uint32_t Number = numberAt(H.From);
    lines(Kind::Old, Number, Text.slice(H.From, H.To));
    uint32_t At = Number;
    lines(Kind::New, At, H.New);
    Told = H.To;
  }

  std::vector<DiffLine> Lines;

private:
  uint32_t numberAt(size_t Offset) const {
    return uint32_t(Text.take_front(Offset).count('\n')) + 1;
  }

  void lines(Kind What, uint32_t Number, llvm::StringRef Rest) {
    while (!Rest.empty()) {
      auto [Line, Tail] = Rest.split('\n');
      Lines.push_back({What, Number, Line.rtrim('\r').str()});
      Number += 1;
      Rest = Tail;
    }
  }

  llvm::StringRef Text;
  size_t Told = 0; ///< offset
};

} // namespace

std::vector<DiffLine> diffOf(llvm::StringRef Text, llvm::ArrayRef<TextEdit> Edits) {
  constexpr int Context = 2;
  std::vector<TextEdit> Sorted = Edits.vec();
  llvm::stable_sort(Sorted,
                    [](const TextEdit &A, const TextEdit &B) { return A.Offset < B.Offset; });
  const std::vector<Hunk> Hunks = hunksOf(Text, Sorted);
  Printer Out(Text);
  for (size_t I = 0; I < Hunks.size(); ++I) {
    size_t From = Hunks[I].From, To = Hunks[I].To;
    for (int N = 0; N < Context && From; ++N)
      From = lineStart(Text, From - 1);
    for (int N = 0; N < Context && To < Text.size(); ++N)
      To = lineEnd(Text, To);
    Out.same(From, Hunks[I].From);
    Out.change(Hunks[I]);
    Out.same(Hunks[I].To, I + 1 < Hunks.size() ? std::min(To, Hunks[I + 1].From) : To);
  }
  return std::move(Out.Lines);
}

} // namespace handrail::report
