#include "tool/Baselines.h"
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include "tool/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace handrail::tool {

Baselines::Baselines(llvm::StringRef FromCommandLine, SetupCache &Setups) : Setups(Setups) {
  if (!FromCommandLine.empty())
    ForAll = absolutePath(FromCommandLine, currentDirectory());
}

static std::string configured(const Setup &How) {
  if (How.Config.Baseline.empty())
    return "";
  return absolutePath(How.Config.Baseline, llvm::sys::path::parent_path(How.Config.File));
}

std::string Baselines::fileFor(const Finding &F) const {
  if (!ForAll.empty())
    return ForAll;
  auto How = Setups.forFile(F.Loc.File);
  if (How)
    return configured(**How);
  llvm::consumeError(How.takeError()); // told before findings were looked for
  return "";
}

llvm::Error Baselines::read(llvm::ArrayRef<const Setup *> Used, bool Write) {
  if (!ForAll.empty())
    Files.try_emplace(ForAll);
  else
    for (const Setup *How : Used)
      if (std::string Path = configured(*How); !Path.empty())
        Files.try_emplace(Path);
  for (auto &[Path, Own] : Files) {
    auto Text = llvm::MemoryBuffer::getFile(Path, /*IsText=*/true);
    if (!Text && Write && Text.getError() == std::errc::no_such_file_or_directory)
      continue;
    const std::string Name = displayPath(Path, currentDirectory());
    if (!Text)
      return llvm::createStringError("cannot read the baseline " + Name + ": " +
                                     Text.getError().message() +
                                     "; 'handrail baseline write' makes one");
    auto Known = parseBaseline((*Text)->getBuffer(), Path);
    if (!Known)
      return Known.takeError();
    Own.Known = std::move(*Known);
    Own.IsMet.resize(Own.Known.size());
  }
  return llvm::Error::success();
}

void Baselines::print(llvm::raw_ostream &OS) const {
  const std::string Here = currentDirectory();
  for (const auto &[Path, Own] : Files) {
    OS << displayPath(Path, Here) << ": " << counted(Own.Known.size(), "known finding") << '\n';
    std::map<std::string, size_t> ByCheck;
    for (const PastFinding &P : Own.Known)
      ++ByCheck[P.Check];
    for (const auto &[Check, Count] : ByCheck)
      OS << llvm::format("%6zu ", Count) << Check << '\n';
    llvm::StringRef File;
    for (const PastFinding &P : Own.Known) {
      if (P.File != File)
        OS << '\n' << displayPath(File = P.File, Here) << '\n';
      OS << "  " << P.Check;
      if (!P.Function.empty())
        OS << " in " << P.Function;
      if (!P.Callee.empty())
        OS << ", from " << P.Callee;
      OS << (P.Text.empty() ? "" : ": ") << P.Text << '\n';
    }
  }
}

void Baselines::dropKnown(std::vector<Finding> &Findings) {
  SourceCache Sources;
  std::map<std::string, std::vector<size_t>> ByFile;
  for (size_t I = 0; I != Findings.size(); ++I)
    if (std::string Path = fileFor(Findings[I]); Files.count(Path))
      ByFile[Path].push_back(I);
  std::vector<char> IsKnown(Findings.size());
  for (const auto &[Path, Numbers] : ByFile) {
    File &Own = Files[Path];
    std::vector<Finding> Now;
    for (size_t I : Numbers)
      Now.push_back(Findings[I]);
    auto Pairs = pairFindings(Now, Own.Known, Sources);
    for (size_t I = 0; I != Now.size(); ++I)
      if (Pairs[I]) {
        IsKnown[Numbers[I]] = true;
        Own.IsMet[*Pairs[I]] = true;
        Own.Met.push_back(pastFinding(Now[I], Sources));
        ++KnownCount;
      }
  }
  size_t At = 0;
  std::erase_if(Findings, [&](const Finding &) { return IsKnown[At++]; });
}

/// Whether it would have been found, were it still there.
static bool isGone(const PastFinding &P, const Examined &Seen) {
  return Seen.Checks.count(P.Check) && (Seen.All || Seen.Files.count(P.File));
}

std::vector<PastFinding> Baselines::fixed(const Examined &Seen) const {
  std::vector<PastFinding> Result;
  for (const auto &[Path, Own] : Files)
    for (size_t I = 0; I != Own.Known.size(); ++I)
      if (!Own.IsMet[I] && isGone(Own.Known[I], Seen))
        Result.push_back(Own.Known[I]);
  return Result;
}

llvm::Error Baselines::update(const Examined &Seen) const {
  for (const auto &[Path, Own] : Files) {
    std::vector<PastFinding> Left = Own.Met;
    for (size_t I = 0; I != Own.Known.size(); ++I)
      if (!Own.IsMet[I] && !isGone(Own.Known[I], Seen))
        Left.push_back(Own.Known[I]);
    std::string Text = baselineText(std::move(Left), llvm::sys::path::parent_path(Path));
    if (llvm::Error E = writeAtomically(Path, Text))
      return E;
  }
  return llvm::Error::success();
}

llvm::Expected<std::map<std::string, size_t>> Baselines::write(llvm::ArrayRef<Finding> Findings,
                                                               const std::string &Default) const {
  SourceCache Sources;
  std::map<std::string, std::vector<PastFinding>> ByFile;
  for (const auto &[Path, Own] : Files)
    ByFile[Path]; // those that have none left, too
  for (const Finding &F : Findings) {
    std::string Path = fileFor(F);
    ByFile[Files.count(Path) ? Path : Default].push_back(pastFinding(F, Sources));
  }
  if (ByFile.empty())
    ByFile[Default];
  std::map<std::string, size_t> Written;
  for (auto &[Path, Known] : ByFile) {
    Written[Path] = Known.size();
    std::string Text = baselineText(std::move(Known), llvm::sys::path::parent_path(Path));
    if (llvm::Error E = writeAtomically(Path, Text))
      return std::move(E);
  }
  return Written;
}

} // namespace handrail::tool
