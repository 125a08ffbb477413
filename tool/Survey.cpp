#include "tool/Survey.h"
#include "lib/Support/Files.h"
#include "lib/Support/GlobList.h"
#include "lib/Support/Paths.h"
#include "lib/Support/SourceTokens.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <deque>
#include <set>

namespace handrail::tool {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using llvm::StringRef;

namespace {

/// Folders of this many levels are looked at for vendored code that only has headers, and no
/// more of them than that.
constexpr unsigned TreeDepth = 3, TreeFolders = 20000, HeaderSearch = 1000;
/// Generated files say so at their beginning.
constexpr size_t OpeningBytes = 2048;

bool isVendorName(StringRef Folder) {
  static constexpr StringRef Names[] = {
      "3rd_party",   "3rd-party",   "3rdparty",   "_deps",        "bundled",    "deps",
      "extern",      "external",    "externals",  "node_modules", "submodules", "subprojects",
      "third_party", "third-party", "thirdparty", "vendor",       "vendored",   "vendors"};
  std::string Lower = Folder.lower();
  return llvm::is_contained(Names, StringRef(Lower));
}

/// The glob of what lies at \p Path below \p Root.
std::string globFor(StringRef Path, StringRef Root) {
  std::string Glob;
  for (char C : displayPath(Path, Root)) {
    if (StringRef("*?[]{}\\").contains(C))
      Glob += '\\';
    Glob += C;
  }
  return Glob;
}

/// Collects what is excluded, the outermost folders first.
class Excluder {
public:
  Excluder(const std::set<std::string> &Sources, StringRef Root)
      : Sources(Sources), Root(Root), Globs(Root) {}

  /// \p Path is a folder or a file below the root.
  void add(const std::string &Path, StringRef Reason) {
    if (covers(Path))
      return;
    auto Below = [&](const std::string &File) { return isBelow(File, Path); };
    // A pattern may begin at any folder: at this one alone where it would take other files along.
    std::string Glob = globFor(Path, Root);
    PathGlobs Anywhere(Root);
    llvm::cantFail(Anywhere.add(Glob));
    auto Strays = [&](const std::string &File) {
      return !Below(File) && !covers(File) && Anywhere.contains(File);
    };
    if (llvm::any_of(Sources, Strays))
      Glob = "./" + Glob;
    PathGlobs Alone(Root);
    llvm::cantFail(Alone.add(Glob));
    size_t Count = llvm::count_if(
        Sources, [&](const std::string &File) { return Alone.contains(File) && !covers(File); });
    llvm::cantFail(Globs.add(Glob));
    Excluded.push_back({std::move(Glob), Reason.str(), Count});
  }
  bool covers(StringRef Path) const { return Globs.contains(Path); }

  std::vector<Exclusion> Excluded;

private:
  const std::set<std::string> &Sources;
  StringRef Root;
  PathGlobs Globs;
};

/// Folders below \p Root that builds were configured in. That most sources lie below
/// one speaks against it.
std::vector<std::string> buildFolders(const project::CompilationDatabase &Database,
                                      const std::set<std::string> &Sources, StringRef Root) {
  std::set<std::string> Candidates{path::parent_path(Database.Path).str()};
  llvm::SmallString<256> Real;
  if (!fs::real_path(Database.Path, Real))
    Candidates.insert(path::parent_path(Real).str());
  for (const capture::CompileJob &Job : Database.Jobs)
    Candidates.insert(Job.Directory);
  std::vector<std::string> Result;
  for (const std::string &Folder : Candidates) {
    if (Folder == Root || !isBelow(Folder, Root))
      continue;
    auto Has = [&](StringRef Name) { return fs::exists(Folder + "/" + Name); };
    if (!Has("CMakeCache.txt") && !Has("build.ninja") && !Has("meson-info") &&
        !Has("config.status"))
      continue;
    size_t Below = llvm::count_if(Sources, [&](auto &File) { return isBelow(File, Folder); });
    if (2 * Below <= Sources.size())
      Result.push_back(Folder);
  }
  return Result;
}

/// Whether one of the first files below \p Folder is a header, whose findings would be reported.
bool hasHeader(StringRef Folder) {
  std::error_code Error;
  unsigned Left = HeaderSearch;
  for (fs::recursive_directory_iterator I(Folder, Error, /*follow_symlinks=*/false), End;
       I != End && !Error && Left; I.increment(Error), --Left)
    if (path::extension(I->path()).starts_with(".h"))
      return true;
  return false;
}

/// Folders of vendored code: those that sources lie in, and those of the first levels of the
/// tree that only have headers. The outermost come first.
std::vector<std::string> vendorFolders(const std::set<std::string> &Sources, StringRef Root,
                                       llvm::ArrayRef<std::string> Builds) {
  std::set<std::string> Result;
  for (const std::string &File : Sources) {
    if (!isBelow(File, Root))
      continue;
    for (StringRef Folder = path::parent_path(File); Folder.size() > Root.size();
         Folder = path::parent_path(Folder))
      if (isVendorName(path::filename(Folder)))
        Result.insert(Folder.str());
  }
  std::deque<std::pair<std::string, unsigned>> Queue{{Root.str(), 0}};
  for (unsigned Seen = 0; !Queue.empty() && Seen < TreeFolders; ++Seen) {
    auto [Folder, Depth] = Queue.front();
    Queue.pop_front();
    std::set<std::string> Below;
    std::error_code Error;
    for (fs::directory_iterator I(Folder, Error), End; I != End && !Error; I.increment(Error))
      if (I->type() == fs::file_type::directory_file && path::filename(I->path())[0] != '.')
        Below.insert(I->path());
    for (const std::string &Next : Below) {
      if (llvm::is_contained(Builds, Next))
        continue;
      if (!isVendorName(path::filename(Next))) {
        if (Depth + 1 < TreeDepth)
          Queue.push_back({Next, Depth + 1});
      } else if (!Result.count(Next) && hasHeader(Next)) {
        Result.insert(Next);
      }
    }
  }
  std::vector<std::string> Sorted(Result.begin(), Result.end());
  auto Depth = [](const std::string &Path) { return llvm::count(Path, '/'); };
  llvm::stable_sort(Sorted, [&](auto &A, auto &B) { return Depth(A) < Depth(B); });
  return Sorted;
}

/// The paths in .gitmodules.
std::vector<std::string> submodules(StringRef Root) {
  std::vector<std::string> Result;
  std::string Text = readWholeFile((Root + "/.gitmodules").str()).value_or("");
  for (StringRef Line : llvm::split(Text, '\n')) {
    auto [Key, Value] = Line.split('=');
    if (Key.trim() == "path" && !Value.trim().empty())
      Result.push_back(absolutePath(Value.trim(), Root));
  }
  llvm::sort(Result);
  return Result;
}

/// Names of functions that make handles, with the models that say so.
llvm::StringMap<const model::FunctionModel *> openers(const model::ModelSet &Models) {
  llvm::StringMap<const model::FunctionModel *> Result;
  for (const model::FunctionModel &F : Models.Functions)
    if (llvm::any_of(F.Effects, [](const model::Effect &E) {
          return E.Op == model::EffectKind::Acquire || E.Op == model::EffectKind::Duplicate;
        }))
      Result.try_emplace(F.Name, &F);
  return Result;
}

void countCall(const model::FunctionModel &F, const model::ModelSet &Models, Survey &Out) {
  ModelUse &Use = Out.Models[path::stem(StringRef(F.Source).rsplit(':').first).str()];
  ++Use.ByName[F.Name];
  StringRef Off;
  for (const model::Effect &E : F.Effects) {
    if (E.Kind == model::NoKind)
      continue;
    if (Models.KindEnabled[E.Kind]) {
      ++Use.Calls;
      return;
    }
    Off = Models.Kinds[E.Kind].Family;
  }
  ++Use.OffCalls;
  ++Use.OffByKey[Off.str()];
}

} // namespace

void forEachCall(StringRef Text, llvm::function_ref<void(StringRef)> Called) {
  SourceScanner Scanner(Text);
  StringRef Before;
  for (StringRef Token; !(Token = Scanner.next().Text).empty(); Before = Token)
    if (Token == "(" && !Before.empty() && isWordChar(Before[0]) && !llvm::isDigit(Before[0]))
      Called(Before);
}

bool saysGenerated(StringRef Text) {
  std::string Opening = Text.take_front(OpeningBytes).lower();
  for (StringRef Phrase : {"do not edit", "do not modify", "@generated", "automatically generated",
                           "a bison parser, made by", "a lexical scanner generated by flex"})
    if (StringRef(Opening).contains(Phrase))
      return true;
  return false;
}

Survey surveyProject(const project::CompilationDatabase &Database, StringRef Root,
                     const model::ModelSet &Models) {
  std::set<std::string> Sources;
  for (const capture::CompileJob &Job : Database.Jobs)
    Sources.insert(Job.File);
  Survey Result;
  Result.Sources = Sources.size();

  Excluder Out(Sources, Root);
  std::vector<std::string> Builds = buildFolders(Database, Sources, Root);
  for (const std::string &Folder : Builds)
    if (llvm::any_of(Sources, [&](auto &File) { return isBelow(File, Folder); }))
      Out.add(Folder, "generated: lies in the build directory");
  for (const std::string &Folder : vendorFolders(Sources, Root, Builds))
    Out.add(Folder, "vendored, as the name says");
  for (const std::string &Folder : submodules(Root))
    if (fs::is_directory(Folder))
      Out.add(Folder, "a git submodule");

  auto Makes = openers(Models);
  for (const std::string &File : Sources) {
    if (Out.covers(File))
      continue;
    std::string Text = readWholeFile(File).value_or("");
    if (isBelow(File, Root) && saysGenerated(Text)) {
      Out.add(File, "generated, as its first lines say");
      if (Out.covers(File))
        continue;
    }
    ++Result.Own;
    Result.Outside += !isBelow(File, Root);
    forEachCall(Text, [&](StringRef Name) {
      if (const model::FunctionModel *F = Makes.lookup(Name))
        countCall(*F, Models, Result);
    });
  }
  Result.Excluded = std::move(Out.Excluded);
  llvm::sort(Result.Excluded, [](auto &A, auto &B) { return A.Glob < B.Glob; });
  return Result;
}

} // namespace handrail::tool
