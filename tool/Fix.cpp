#include "tool/Fix.h"
#include "lib/Capture/ApplyEdits.h"
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include "tool/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include <map>
#include <set>

namespace handrail::tool {

namespace fs = llvm::sys::fs;

namespace {

/// Writes through links, and leaves the permissions as they are.
llvm::Error rewrite(llvm::StringRef File, llvm::StringRef Text) {
  llvm::SmallString<256> Real;
  fs::file_status Before;
  std::error_code Code = fs::real_path(File, Real);
  if (!Code)
    Code = fs::status(Real, Before);
  if (Code)
    return llvm::createStringError("cannot write " + File + ": " + Code.message());
  if (llvm::Error E = writeAtomically(Real, Text))
    return E;
  return llvm::errorCodeToError(fs::setPermissions(Real, Before.permissions()));
}

/// Equal fixes are one: a header's are found in every file that includes it.
using FixSet = std::set<Fix>;

/// The new text of \p File; an error says why it stays as it is.
llvm::Expected<std::string> fixedText(const std::string &File, const FixSet &Fixes,
                                      llvm::sys::TimePoint<> Since) {
  fs::file_status Status;
  std::optional<std::string> Text = readWholeFile(File);
  if (!Text || fs::status(File, Status))
    return llvm::createStringError("it cannot be read");
  if (Status.getLastModificationTime() >= Since)
    return llvm::createStringError("it was written to since it was analysed");
  std::vector<TextEdit> Edits;
  for (const Fix &F : Fixes)
    Edits.insert(Edits.end(), F.Edits.begin(), F.Edits.end());
  llvm::Expected<std::string> New = capture::applyEdits(*Text, Edits);
  if (New)
    return New;
  llvm::consumeError(New.takeError());
  return llvm::createStringError("its fixes are in each other's way");
}

} // namespace

llvm::Error applyFixes(const std::vector<Finding> &Findings, llvm::sys::TimePoint<> Since,
                       llvm::raw_ostream &OS) {
  std::map<std::string, FixSet> Fixes;
  for (const Finding &F : Findings)
    if (F.Repair)
      Fixes[F.Repair->Edits.front().File].insert(*F.Repair);
  for (const auto &[File, OfFile] : Fixes) {
    OS << displayPath(File, currentDirectory());
    llvm::Expected<std::string> Text = fixedText(File, OfFile, Since);
    if (!Text) {
      OS << ": not changed: " << llvm::toString(Text.takeError()) << '\n';
      continue;
    }
    if (llvm::Error E = rewrite(File, *Text)) {
      OS << ": not changed\n";
      return E;
    }
    OS << ": " << counted(OfFile.size(), "repair") << '\n';
  }
  return llvm::Error::success();
}

} // namespace handrail::tool
