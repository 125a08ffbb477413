#include "lib/Support/GlobList.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Path.h"

namespace handrail {

static llvm::Expected<llvm::GlobPattern> compile(std::deque<std::string> &Texts, std::string Text) {
  Texts.push_back(std::move(Text));
  auto Pattern = llvm::GlobPattern::create(Texts.back(), /*MaxSubPatterns=*/64);
  if (!Pattern)
    return llvm::createStringError("bad pattern '" + Texts.back() +
                                   "': " + llvm::toString(Pattern.takeError()));
  return Pattern;
}

llvm::Expected<GlobList> GlobList::create(llvm::StringRef List) {
  GlobList Result;
  llvm::SmallVector<llvm::StringRef, 8> Parts;
  List.split(Parts, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Part : Parts) {
    Part = Part.trim();
    bool Positive = !Part.consume_front("-");
    auto Pattern = compile(Result.Texts, Part.str());
    if (!Pattern)
      return Pattern.takeError();
    Result.Items.push_back({Positive, std::move(*Pattern)});
  }
  return Result;
}

bool GlobList::contains(llvm::StringRef Text, bool Otherwise) const {
  for (auto It = Items.rbegin(); It != Items.rend(); ++It)
    if (It->Pattern.match(Text))
      return It->Positive;
  return Otherwise;
}

llvm::Error PathGlobs::add(llvm::StringRef Pattern) {
  bool FromBase = Pattern.consume_front("./") && !Base.empty();
  Pattern = Pattern.rtrim('/');
  if (Pattern.empty())
    return llvm::createStringError("empty path pattern");
  bool Whole = llvm::sys::path::is_absolute(Pattern);
  std::string Anchored = (Whole ? "" : FromBase ? "/" : "*/") + Pattern.str();
  for (const std::string &Text : {Anchored, Anchored + "/*"}) {
    auto Glob = compile(Texts, Text);
    if (!Glob)
      return Glob.takeError();
    Items.push_back({std::move(*Glob), Whole});
  }
  return llvm::Error::success();
}

bool PathGlobs::contains(llvm::StringRef AbsolutePath) const {
  // The folders that lead to a checkout say nothing of what is in it.
  llvm::StringRef Below = AbsolutePath;
  if (isBelow(AbsolutePath, Base))
    Below = AbsolutePath.drop_front(Base.size());
  for (const Item &I : Items)
    if (I.Pattern.match(I.Whole ? AbsolutePath : Below))
      return true;
  return false;
}

} // namespace handrail
