#include "tool/RunCache.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Paths.h"
#include "tool/Analysis.h"
#include "tool/Identity.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::tool {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

std::string cacheDirectory(llvm::StringRef Asked) {
  if (!Asked.empty())
    return Asked.str();
  return llvm::sys::Process::GetEnv("HANDRAIL_CACHE").value_or("");
}

llvm::Expected<uint64_t> cacheLimit(std::optional<uint64_t> AskedMiB) {
  if (AskedMiB)
    return *AskedMiB << 20;
  std::optional<std::string> Text = llvm::sys::Process::GetEnv("HANDRAIL_CACHE_SIZE");
  if (!Text || Text->empty())
    return ObjectStore::DefaultLimit;
  uint64_t MiB = 0;
  if (llvm::StringRef(*Text).getAsInteger(10, MiB) || MiB == 0 || MiB > UINT64_MAX >> 20)
    return llvm::createStringError("HANDRAIL_CACHE_SIZE is no number of MiB: '" + *Text + "'");
  return MiB << 20;
}

/// The checkout that \p Directory lies in, if something says where it begins.
static std::optional<std::string> checkoutOf(const std::string &Directory) {
  for (llvm::StringRef At = Directory; At.size() > 1; At = path::parent_path(At))
    if (fs::exists(At + "/.git") || fs::exists(At + "/handrail.json"))
      return At.str();
  return std::nullopt;
}

/// What of the paths is different in other checkouts: where the project lies, and where
/// it is built.
static std::vector<std::string> rootsOf(const CheckCommand &Command, const Inputs &In) {
  std::vector<std::string> Result;
  for (const std::string &Root : Command.CacheRoots)
    Result.push_back(absolutePath(Root, currentDirectory()));
  if (!Result.empty())
    return Result;
  std::vector<std::string> Sources, Builds;
  for (const capture::CompileJob &Job : In.Jobs) {
    Sources.push_back(path::parent_path(Job.File).str());
    Builds.push_back(Job.Directory);
  }
  std::string Common = commonDirectory(Sources);
  // A part of the files must not make it another root.
  std::string Project =
      checkoutOf(Common).value_or(In.Roots.size() == 1 ? In.Roots[0] : std::move(Common));
  Result.push_back(Project);
  if (std::string Build = commonDirectory(Builds); !isBelow(Build, Project))
    Result.push_back(Build);
  return Result;
}

llvm::Expected<std::unique_ptr<RunCache>> RunCache::create(const CheckCommand &Command,
                                                           const Inputs &In, bool Share) {
  std::unique_ptr<RunCache> Result(new RunCache);
  Result->Directory = cacheDirectory(Command.Cache);
  if (Result->Directory.empty())
    return nullptr;
  auto Limit = cacheLimit(Command.CacheMiB);
  if (!Limit)
    return Limit.takeError();
  auto Objects = ObjectStore::create(Result->Directory, *Limit);
  if (!Objects)
    return Objects.takeError();
  Result->Objects = std::move(*Objects);
  if (Share)
    Result->Names = Relocation(rootsOf(Command, In));
  // Other checkouts look at other files.
  Digest Key;
  Key.add("files 1");
  for (const std::string &Root : Result->Names.roots())
    Key.add(Root);
  Result->FilesKey = Key.hex();
  if (auto Saved = Result->Objects->get(ObjectSort::Files, Result->FilesKey))
    Result->Files = project::FileIndex(*Saved);
  Result->Units.emplace(*Result->Objects, Result->Names, toolIdentity(), Result->Files);
  return Result;
}

void RunCache::saveFiles() const {
  if (std::optional<std::string> Bytes = Files.save())
    Objects->put(ObjectSort::Files, FilesKey, *Bytes);
}

//===- Counts --------------------------------------------------------------===//

static constexpr uint64_t RunCounts::*Counts[] = {
    &RunCounts::Runs,          &RunCounts::UnitsFound,  &RunCounts::UnitsMade,
    &RunCounts::ResultsFound,  &RunCounts::ResultsMade, &RunCounts::ComponentsFound,
    &RunCounts::ComponentsMade};

std::string RunCounts::print() const {
  std::string Result;
  for (uint64_t RunCounts::*Count : Counts)
    Result += (Result.empty() ? "" : " ") + std::to_string(this->*Count);
  return Result;
}

std::optional<RunCounts> RunCounts::parse(llvm::StringRef Line) {
  RunCounts Result;
  for (uint64_t RunCounts::*Count : Counts) {
    auto [Number, Rest] = Line.split(' ');
    if (Number.getAsInteger(10, Result.*Count))
      return std::nullopt;
    Line = Rest;
  }
  return Result;
}

void RunCounts::add(const RunCounts &Other) {
  for (uint64_t RunCounts::*Count : Counts)
    this->*Count += Other.*Count;
}

std::pair<RunCounts, RunCounts> countRuns(llvm::StringRef Notes) {
  std::pair<RunCounts, RunCounts> Result;
  for (llvm::StringRef Line : llvm::split(Notes, '\n'))
    if (auto Counts = RunCounts::parse(Line)) {
      Result.first.add(*Counts);
      Result.second = *Counts;
    }
  return Result;
}

void RunCache::finish(const project::CaptureRun &Run, const AnalysisResult &Analysis) const {
  RunCounts Counts;
  Counts.Runs = 1;
  Counts.UnitsFound = llvm::count_if(Run.Outcomes, [](auto &O) { return O.Reused; });
  Counts.UnitsMade = Run.Outcomes.size() - Counts.UnitsFound;
  Counts.ResultsFound = Analysis.ResultsFound;
  Counts.ResultsMade = Analysis.ResultsMade;
  Counts.ComponentsFound = Analysis.ComponentsReused;
  Counts.ComponentsMade = Analysis.ComponentsSolved;
  Objects->note(Counts.print());
  // What others note at the same moment is lost.
  constexpr size_t MostNotes = 1 << 16;
  if (std::string Notes = Objects->notes(); Notes.size() > MostNotes)
    Objects->replaceNotes(countRuns(Notes).first.print() + "\n");
  if (std::string Why = Objects->trouble(); !Why.empty())
    llvm::errs() << "handrail: warning: cannot write to the cache " << Directory << ": " << Why
                 << "; what this run found out is not kept\n";
}

} // namespace handrail::tool
