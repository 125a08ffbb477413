#include "lib/Ledger/Collapsed.h"
#include "lib/Ledger/Text.h"
#include "lib/Support/SourceText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"
#include <map>

namespace handrail::ledger {
namespace {

/// \p Name without what the format gives a meaning to.
std::string word(llvm::StringRef Name) {
  std::string Text = shown(Name).Text;
  std::replace(Text.begin(), Text.end(), ';', ',');
  return Text;
}

std::string stackLine(const Report &R, const Leak &L) {
  const Process &P = R.Processes[L.Process];
  std::string Line =
      P.Command.empty() ? "program" : word(llvm::sys::path::filename(P.Command.front()));
  if (L.Opened >= 0)
    for (const Frame &F : llvm::reverse(R.Stacks[L.Opened].Frames))
      Line += ";" + word(frameName(R, F));
  else if (!L.Site.empty())
    Line += ";" + word(L.Site);
  return Line + ";[" + word(L.Type.empty() ? L.Kind : L.Type) + "]";
}

} // namespace

void printCollapsed(const Outcome &Told, llvm::raw_ostream &OS) {
  std::map<std::string, uint64_t> Lines;
  for (const Leak &L : Told.Found.Leaks)
    Lines[stackLine(Told.Found, L)] += L.Count;
  for (const auto &[Line, Count] : Lines)
    OS << Line << ' ' << Count << '\n';
}

} // namespace handrail::ledger
