//===- Wording.cpp - how messages speak of handles ------------------------===//
#include "checks/Wording.h"

namespace handrail {

KindWords wordsFor(const model::ModelSet &Models, model::KindId Kind) {
  KindWords Words{"handle", "acquired", "released", "release", ""};
  if (Kind == model::NoKind || Kind >= Models.Kinds.size())
    return Words;
  const model::ResourceKind &K = Models.Kinds[Kind];
  if (!K.Title.empty())
    Words.Title = K.Title;
  if (K.ReleasedBy.empty())
    return Words;
  Words.Releaser = K.ReleasedBy.front();
  llvm::StringRef Name = Words.Releaser;
  auto Use = [&](llvm::StringRef Acquired, llvm::StringRef Released, llvm::StringRef Release) {
    Words.Acquired = Acquired;
    Words.Released = Released;
    Words.Release = Release;
  };
  if (Name.contains_insensitive("unlock"))
    Use("taken", "unlocked", "unlock");
  else if (Name.contains_insensitive("close"))
    Use("opened", "closed", "close");
  else if (Name.contains_insensitive("free") || Name.contains_insensitive("delete"))
    Use("allocated", "freed", "free");
  return Words;
}

std::string quoted(llvm::StringRef Name) { return "'" + Name.str() + "'"; }

std::string describeHandle(const KindWords &Words, const solver::Violation &V) {
  std::string Text = Words.Title;
  if (!V.Variable.empty())
    Text += " " + quoted(V.Variable);
  if (!V.Acquirer.empty())
    Text += " " + Words.Acquired + " by " + quoted(V.Acquirer);
  return Text;
}

} // namespace handrail
