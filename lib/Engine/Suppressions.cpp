//===- Suppressions.cpp - comments that ask for silence -------------------===//
#include "lib/Engine/Suppressions.h"
#include "lib/Support/Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace handrail {

using llvm::StringRef;

static constexpr llvm::StringLiteral Prefix = "handrail-";

/// The text in the parentheses that \p Rest begins with, and takes it away; nothing when
/// there are none.
static std::optional<StringRef> takeParentheses(StringRef &Rest) {
  const size_t Close = Rest.find(')');
  if (!Rest.starts_with("(") || Close == StringRef::npos)
    return std::nullopt;
  StringRef Inner = Rest.slice(1, Close);
  Rest = Rest.drop_front(Close + 1);
  return Inner;
}

/// Ids as clang-tidy writes them, with the prefix.
static std::string withPrefix(StringRef List) {
  std::string Result;
  llvm::SmallVector<StringRef, 4> Parts;
  List.split(Parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef Part : Parts) {
    Part = Part.trim();
    Result += Result.empty() ? "" : ",";
    Result += (Part.starts_with(Prefix) ? "" : Prefix.str()) + Part.str();
  }
  return Result;
}

namespace {
/// What one line has to say.
struct LineComment {
  enum KindT { None, Line, NextLine, Begin, End } Kind = None;
  Suppression S;
};
} // namespace

static LineComment readIgnore(StringRef Comment) {
  static constexpr llvm::StringLiteral Word = "handrail: ignore";
  LineComment Result;
  const size_t At = Comment.find(Word);
  if (At == StringRef::npos)
    return Result;
  StringRef Rest = Comment.drop_front(At + Word.size());
  auto Checks = takeParentheses(Rest);
  if (!Checks || Checks->trim().empty())
    return Result;
  Result.Kind = LineComment::Line;
  Result.S.Checks = withPrefix(*Checks);
  Result.S.Ours = true;
  Rest.consume_back("*/");
  Result.S.WantsReason = !Rest.consume_front(":") || Rest.trim().empty();
  return Result;
}

static LineComment readNolint(StringRef Comment) {
  static constexpr llvm::StringLiteral Word = "NOLINT";
  LineComment Result;
  const size_t At = Comment.find(Word);
  if (At == StringRef::npos)
    return Result;
  StringRef Rest = Comment.drop_front(At + Word.size());
  Result.Kind = Rest.consume_front("NEXTLINE") ? LineComment::NextLine
                : Rest.consume_front("BEGIN")  ? LineComment::Begin
                : Rest.consume_front("END")    ? LineComment::End
                                               : LineComment::Line;
  const std::optional<StringRef> Checks = takeParentheses(Rest);
  Result.S.Checks = Checks ? Checks->str() : "*";
  Result.S.Ours = Checks && Checks->contains(Prefix);
  return Result;
}

std::vector<Suppression> findSuppressions(StringRef Text) {
  std::vector<Suppression> Result;
  std::vector<size_t> Open;    // NOLINTBEGIN without its end, so far
  std::vector<size_t> Waiting; // comments that stand alone, and wait for code
  uint32_t Number = 0;
  while (!Text.empty()) {
    auto [LineText, Rest] = Text.split('\n');
    Text = Rest;
    ++Number;
    const size_t Slashes = LineText.find("//"), Star = LineText.find("/*");
    const size_t Start = std::min(Slashes, Star);
    const bool Alone = LineText.substr(0, Start).trim().empty();
    LineComment Found;
    if (Start != StringRef::npos) {
      Found = readIgnore(LineText.substr(Start));
      if (Found.Kind == LineComment::None)
        Found = readNolint(LineText.substr(Start));
    }
    if (!Alone) {
      for (size_t I : Waiting)
        Result[I].First = Result[I].Last = Number;
      Waiting.clear();
    }
    if (Found.Kind == LineComment::None)
      continue;
    if (Found.Kind == LineComment::End) {
      if (!Open.empty()) {
        Result[Open.back()].Last = Number;
        Open.pop_back();
      }
      continue;
    }
    Found.S.Line = Found.S.First = Found.S.Last = Number;
    if (Found.Kind == LineComment::NextLine)
      Found.S.First = Found.S.Last = Number + 1;
    if (Found.Kind == LineComment::Begin)
      Open.push_back(Result.size());
    // NOLINT alone on a line speaks of that line, as in clang-tidy.
    if (Found.Kind == LineComment::Line && Alone && Found.S.Checks != "*" &&
        LineText.contains("handrail: ignore"))
      Waiting.push_back(Result.size());
    Result.push_back(std::move(Found.S));
  }
  return Result;
}

std::vector<Suppression> &Suppressions::of(const std::string &File) {
  auto [It, New] = Known.try_emplace(File);
  if (New)
    if (std::optional<std::string> Text = readWholeFile(File))
      It->second = findSuppressions(*Text);
  return It->second;
}

Suppression *Suppressions::at(const Location &Place, StringRef Check) {
  Suppression *WithoutReason = nullptr;
  if (!Place.Line)
    return nullptr;
  for (Suppression &S : of(Place.File)) {
    if (Place.Line < S.First || S.Last < Place.Line)
      continue;
    auto Globs = GlobList::create(S.Checks);
    if (!Globs) {
      llvm::consumeError(Globs.takeError());
      continue;
    }
    if (!Globs->contains((Prefix + Check).str()))
      continue;
    if (!S.WantsReason)
      return &S;
    WithoutReason = &S;
  }
  return WithoutReason;
}

bool Suppressions::silence(Finding &F) {
  llvm::SmallVector<Location, 2> Places{F.Loc};
  for (const Note &N : F.Notes)
    if (N.Depth == 0) {
      Places.push_back(N.Loc);
      break;
    }
  for (const Location &Place : Places) {
    Suppression *S = at(Place, F.Check);
    if (!S)
      continue;
    S->Used = true;
    if (!S->WantsReason)
      return true;
    Location Comment;
    Comment.File = Place.File;
    Comment.Line = S->Line;
    Comment.Col = 1;
    F.Notes.push_back({Comment, "this comment is not heeded, since it gives no reason", 0});
    return false;
  }
  return false;
}

std::vector<Location> Suppressions::unused(llvm::ArrayRef<std::string> Files) {
  std::vector<Location> Result;
  for (const std::string &File : Files)
    for (const Suppression &S : of(File))
      if (S.Ours && !S.Used) {
        Location Place;
        Place.File = File;
        Place.Line = S.Line;
        Place.Col = 1;
        Result.push_back(std::move(Place));
      }
  return Result;
}

llvm::Error PathRules::add(const model::PathRule &From, const std::string &Base) {
  Rule Result{PathGlobs(Base), GlobList()};
  for (const std::string &Path : From.Paths)
    if (llvm::Error E = Result.Paths.add(Path))
      return E;
  std::string List;
  for (const std::string &Check : From.Checks)
    List += (List.empty() ? "" : ",") + Check;
  auto Checks = GlobList::create(withPrefix(List));
  if (!Checks)
    return Checks.takeError();
  Result.Checks = std::move(*Checks);
  Rules.push_back(std::move(Result));
  return llvm::Error::success();
}

std::optional<size_t> PathRules::find(const Finding &F) const {
  for (size_t I = 0; I != Rules.size(); ++I)
    if (Rules[I].Paths.contains(F.Loc.File) && Rules[I].Checks.contains((Prefix + F.Check).str()))
      return I;
  return std::nullopt;
}

} // namespace handrail
