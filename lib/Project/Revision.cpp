#include "lib/Project/Revision.h"
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Program.h"
#include <set>

namespace handrail::project {

namespace {

constexpr uint64_t MaxBlobBytes = uint64_t(16) << 20;

/// What git prints. Fails with its own words.
llvm::Expected<std::string> git(llvm::StringRef Directory, std::vector<llvm::StringRef> Arguments,
                                llvm::StringRef Input = "") {
  auto Program = llvm::sys::findProgramByName("git");
  if (!Program)
    return llvm::createStringError("there is no git on the PATH");
  llvm::SmallString<128> Paths[3];
  llvm::FileRemover Removers[3];
  for (int K = 0; K != 3; ++K) {
    if (std::error_code Code = llvm::sys::fs::createTemporaryFile("handrail-git", "", Paths[K]))
      return llvm::createStringError("cannot create a temporary file: " + Code.message());
    Removers[K].setFile(Paths[K]);
  }
  if (!Input.empty())
    if (llvm::Error E = writeAtomically(Paths[0], Input))
      return std::move(E);
  // Nothing that the user configured may change what is printed.
  std::vector<llvm::StringRef> All{"git", "--no-optional-locks", "-C", Directory};
  llvm::append_range(All, Arguments);
  std::string Why;
  int Status = llvm::sys::ExecuteAndWait(
      *Program, All, std::nullopt, {Paths[0].str(), Paths[1].str(), Paths[2].str()}, 0, 0, &Why);
  if (Status == 0)
    return readWholeFile(Paths[1]).value_or("");
  std::string Said = readWholeFile(Paths[2]).value_or("");
  llvm::StringRef First = llvm::StringRef(Said).split('\n').first.trim();
  First.consume_front("fatal: ");
  return llvm::createStringError("git: " + (First.empty() ? llvm::StringRef(Why) : First));
}

/// The same for one line.
llvm::Expected<std::string> gitLine(llvm::StringRef Directory,
                                    std::vector<llvm::StringRef> Arguments) {
  auto Text = git(Directory, std::move(Arguments));
  if (!Text)
    return Text.takeError();
  return llvm::StringRef(*Text).rtrim('\n').str();
}

llvm::Expected<std::string> findCommit(llvm::StringRef Revision, llvm::StringRef Directory) {
  const bool Common = Revision.consume_back("...");
  const std::string Name = (Revision + "^{commit}").str();
  auto Commit = gitLine(Directory, {"rev-parse", "--verify", "--quiet", "--end-of-options", Name});
  if (!Commit) {
    std::string Why = llvm::toString(Commit.takeError());
    // Without words, it says that there is no such commit.
    return llvm::createStringError(Why == "git: " ? "there is no revision '" + Revision.str() + "'"
                                                  : Why);
  }
  if (!Common)
    return Commit;
  auto Base = gitLine(Directory, {"merge-base", *Commit, "HEAD"});
  if (!Base) {
    llvm::consumeError(Base.takeError());
    return llvm::createStringError("'" + Revision +
                                   "' and the present commit have none in common; " +
                                   "a shallow clone lacks it");
  }
  return Base;
}

/// Splits what `-z` options print.
std::vector<llvm::StringRef> splitZeros(llvm::StringRef Text) {
  std::vector<llvm::StringRef> Result;
  while (!Text.empty()) {
    auto [Part, Rest] = Text.split('\0');
    Result.push_back(Part);
    Text = Rest;
  }
  return Result;
}

/// One file that differs.
struct Entry {
  std::string OldId;   ///< empty: there was none
  std::string OldPath; ///< relative to the root
  std::string NewPath;
};

bool isFileMode(llvm::StringRef Mode) { return Mode.starts_with("100"); }

/// From `git diff --raw -z`: `:MODE MODE ID ID STATUS\0PATH\0`, with two paths for renames.
std::vector<Entry> parseRaw(llvm::StringRef Text) {
  std::vector<Entry> Result;
  std::vector<llvm::StringRef> Parts = splitZeros(Text);
  for (size_t I = 0; I + 1 < Parts.size();) {
    llvm::SmallVector<llvm::StringRef, 5> Words;
    Parts[I].ltrim(':').split(Words, ' ');
    if (Words.size() != 5)
      break;
    const char Status = Words[4].front();
    const bool TwoPaths = Status == 'R' || Status == 'C';
    Entry E;
    E.OldPath = Parts[I + 1].str();
    E.NewPath = TwoPaths && I + 2 < Parts.size() ? Parts[I + 2].str() : E.OldPath;
    I += TwoPaths ? 3 : 2;
    if (isFileMode(Words[0]))
      E.OldId = Words[2].str();
    else if (Status != 'A') // a submodule
      continue;
    if (Status != 'C')
      Result.push_back(std::move(E));
    else // the copy is new, what it was made from is as it was
      Result.push_back({"", E.NewPath, E.NewPath});
  }
  return Result;
}

/// The texts of blobs. Those that are too large are not among them.
llvm::Expected<std::map<std::string, std::string>> readBlobs(llvm::StringRef Root,
                                                             const std::set<std::string> &Ids) {
  std::map<std::string, std::string> Result;
  if (Ids.empty())
    return Result;
  auto Sizes = git(Root, {"cat-file", "--batch-check"}, llvm::join(Ids, "\n") + "\n");
  if (!Sizes)
    return Sizes.takeError();
  std::string Wanted;
  llvm::SmallVector<llvm::StringRef, 0> Lines;
  llvm::StringRef(*Sizes).split(Lines, '\n', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Line : Lines) { // ID blob SIZE
    uint64_t Size = 0;
    auto [Id, Rest] = Line.split(' ');
    if (!Rest.split(' ').second.getAsInteger(10, Size) && Size <= MaxBlobBytes)
      Wanted += (Id + "\n").str();
  }
  if (Wanted.empty())
    return Result;
  auto Texts = git(Root, {"cat-file", "--batch"}, Wanted);
  if (!Texts)
    return Texts.takeError();
  for (llvm::StringRef Rest = *Texts; !Rest.empty();) { // ID blob SIZE\nTEXT\n
    auto [Line, Text] = Rest.split('\n');
    uint64_t Size = 0;
    if (Line.rsplit(' ').second.getAsInteger(10, Size) || Size >= Text.size())
      return llvm::createStringError("git: cannot read " + Line);
    Result[Line.split(' ').first.str()] = Text.take_front(Size).str();
    Rest = Text.drop_front(Size + 1);
  }
  return Result;
}

/// \p Directory without the \p Prefix that leads to it from the root: the root as the user
/// names it. Empty when it is reached in another way.
std::string nameOfRoot(llvm::StringRef Directory, llvm::StringRef Prefix) {
  llvm::StringRef Root = Directory;
  Prefix = Prefix.rtrim('/');
  if (!Prefix.empty() && !Root.consume_back(("/" + Prefix).str()))
    return "";
  return Root.str();
}

} // namespace

llvm::Expected<Changes> Changes::since(llvm::StringRef Revision, llvm::StringRef Directory) {
  auto Commit = findCommit(Revision, Directory);
  if (!Commit)
    return Commit.takeError();
  auto Root = gitLine(Directory, {"rev-parse", "--show-toplevel"});
  auto Prefix = gitLine(Directory, {"rev-parse", "--show-prefix"});
  if (!Root || !Prefix)
    return llvm::joinErrors(Root.takeError(), Prefix.takeError());
  auto Raw = git(*Root, {"diff", "--raw", "-z", "--no-abbrev", "--find-renames", "--no-ext-diff",
                         "--ignore-submodules=all", *Commit, "--"});
  auto Untracked = git(*Root, {"ls-files", "-z", "--others", "--exclude-standard"});
  if (!Raw || !Untracked)
    return llvm::joinErrors(Raw.takeError(), Untracked.takeError());

  std::vector<Entry> Entries = parseRaw(*Raw);
  for (llvm::StringRef Path : splitZeros(*Untracked))
    Entries.push_back({"", Path.str(), Path.str()});
  std::set<std::string> Ids;
  for (const Entry &E : Entries)
    if (!E.OldId.empty())
      Ids.insert(E.OldId);
  auto Texts = readBlobs(*Root, Ids);
  if (!Texts)
    return Texts.takeError();

  Changes Result;
  Result.Root = *Root;
  std::set<std::string> Names{*Root, nameOfRoot(Directory, *Prefix)};
  Names.erase("");
  for (const std::string &Name : Names)
    for (const Entry &E : Entries) {
      auto Text = Texts->find(E.OldId);
      if (!E.OldId.empty() && Text == Texts->end())
        continue; // too large
      for (const std::string &Relative : {E.OldPath, E.NewPath}) {
        const std::string Path = cleanPath(Name + "/" + Relative);
        if (E.OldId.empty()) {
          Result.Files.try_emplace(Path);
          continue;
        }
        Result.Files[Path] = Text->second;
        Result.Blobs[Path] = {E.OldId, E.NewPath};
      }
    }
  return Result;
}

llvm::Expected<Changes::LineMap> Changes::lines(llvm::StringRef Path) const {
  LineMap Result;
  auto Known = Blobs.find(Path);
  if (Known == Blobs.end() || !llvm::sys::fs::exists(Root + "/" + Known->second.Path))
    return llvm::createStringError("there is no " + Path);
  auto Text = git(Root, {"diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv",
                         Known->second.Id, "--", Known->second.Path});
  if (!Text)
    return Text.takeError();
  llvm::SmallVector<llvm::StringRef, 0> Lines;
  llvm::StringRef(*Text).split(Lines, '\n');
  for (llvm::StringRef Line : Lines) { // @@ -FIRST[,COUNT] +FIRST[,COUNT] @@
    if (!Line.consume_front("@@ -"))
      continue;
    auto [Old, Rest] = Line.split(" +");
    auto Numbers = [](llvm::StringRef Range) {
      std::pair<uint32_t, uint32_t> Parsed{0, 1};
      auto [First, Count] = Range.split(',');
      First.getAsInteger(10, Parsed.first);
      if (!Count.empty())
        Count.getAsInteger(10, Parsed.second);
      return Parsed;
    };
    auto [First, Count] = Numbers(Old);
    // Of nothing, git names the line in front.
    Result.Hunks.push_back(
        {Count ? First : First + 1, Count, Numbers(Rest.split(' ').first).second});
  }
  return Result;
}

uint32_t Changes::LineMap::operator()(uint32_t Line) const {
  int64_t Moved = 0;
  for (const Hunk &H : Hunks) {
    if (Line < H.OldFirst)
      break;
    if (Line < H.OldFirst + H.OldCount)
      return 0;
    Moved += int64_t(H.NewCount) - int64_t(H.OldCount);
  }
  return uint32_t(int64_t(Line) + Moved);
}

} // namespace handrail::project
