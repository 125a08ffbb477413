#include "lib/Ledger/Baseline.h"
#include "lib/Ledger/Rules.h"
#include "lib/Support/Files.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

namespace handrail::ledger {
namespace {

constexpr llvm::StringLiteral Header = "# handrail baseline";

/// " in accept_one", for people.
std::string where(const Report &R, int Index, llvm::StringRef Site) {
  if (Index >= 0)
    for (const Frame &F : R.Stacks[Index].Frames)
      if (!F.Function.empty())
        return " in " + escaped(F.Function);
  return Site.empty() ? "" : " at " + escaped(Site);
}

} // namespace

std::string baselineText(const Report &R) {
  std::map<std::string, std::string> Lines;
  for (const Leak &L : R.Leaks)
    Lines.try_emplace(L.Hash, "leak of " + escaped(handleNoun(L.Kind, L.Type)) +
                                  where(R, L.Opened, L.Site));
  for (const Misuse &M : R.Misuses)
    Lines.try_emplace(
        M.Hash, escaped(M.Rule) + " of " + escaped(handleNoun(M.Kind, M.Type)) +
                    (M.Steps.empty() ? "" : where(R, M.Steps.front().Stack, M.Steps.front().Site)));
  std::string Text = Header.str() + "\n";
  for (const auto &[Hash, Description] : Lines)
    Text += Hash + " " + Description + "\n";
  return Text;
}

llvm::Expected<std::set<std::string>> parseBaseline(llvm::StringRef Text,
                                                    llvm::StringRef FileName) {
  if (!Text.starts_with(Header))
    return llvm::createStringError(FileName + ": is no baseline; its first line should be '" +
                                   Header + "'");
  std::set<std::string> Hashes;
  llvm::SmallVector<llvm::StringRef, 32> Lines;
  Text.split(Lines, '\n');
  for (size_t I = 0; I < Lines.size(); ++I) {
    llvm::StringRef Line = Lines[I].trim();
    if (Line.empty() || Line.starts_with("#"))
      continue;
    llvm::StringRef Hash = Line.split(' ').first;
    if (Hash.size() != 16 || !llvm::all_of(Hash, llvm::isHexDigit))
      return llvm::createStringError(FileName + ":" + llvm::Twine(I + 1) +
                                     ": error: expected a hash of 16 hexadecimal digits");
    Hashes.insert(Hash.str());
  }
  return Hashes;
}

void dropKnown(Outcome &Told, const std::set<std::string> &Known) {
  auto IsKnown = [&](const auto &Group) { return Known.contains(Group.Hash); };
  Told.Known += std::erase_if(Told.Found.Leaks, IsKnown);
  Told.Known += std::erase_if(Told.Found.Misuses, IsKnown);
}

} // namespace handrail::ledger
