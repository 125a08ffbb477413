#include "tool/Inputs.h"
#include "lib/Support/Paths.h"
#include "tool/Progress.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <thread>

namespace handrail::tool {
namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using capture::CompileJob;

/// The deepest directory above the sources and \p Base is the project. When that
/// is the root of the file system, each directory counts for itself.
std::vector<std::string> projectRoots(llvm::ArrayRef<CompileJob> Jobs, llvm::StringRef Base) {
  std::vector<std::string> Directories{Base.str()};
  for (const CompileJob &Job : Jobs)
    Directories.push_back(path::parent_path(Job.File).str());
  std::string Common = commonDirectory(Directories);
  if (!path::parent_path(Common).empty())
    return {Common};
  llvm::sort(Directories);
  Directories.erase(llvm::unique(Directories), Directories.end());
  return Directories;
}

llvm::Expected<Inputs> fromFlags(const InputArguments &Arguments) {
  if (Arguments.Files.empty())
    return llvm::createStringError("no file to analyse before --");
  if (!Arguments.Build.empty() || !Arguments.Target.empty())
    return llvm::createStringError("flags come either from -p or after --, not from both");
  std::string Directory = currentDirectory();
  Inputs Result;
  for (const std::string &File : Arguments.Files) {
    if (!fs::is_regular_file(absolutePath(File, Directory)))
      return llvm::createStringError(fs::exists(File) ? "'" + File + "' is not a file"
                                                      : "no such file: '" + File + "'");
    auto Job = project::jobFromFlags(File, *Arguments.Flags, Directory);
    if (!Job)
      return Job.takeError();
    Result.Jobs.push_back(std::move(*Job));
  }
  Result.Duplicates = project::normalizeJobs(Result.Jobs);
  Result.Roots = projectRoots(Result.Jobs, Directory);
  return Result;
}

llvm::Expected<std::string> databasePath(const InputArguments &Arguments) {
  if (!Arguments.Build.empty())
    return Arguments.Build;
  std::string Start = currentDirectory();
  if (!Arguments.Files.empty()) {
    Start = absolutePath(Arguments.Files.front(), Start);
    if (!fs::is_directory(Start))
      Start = path::parent_path(Start).str();
  }
  auto Found = project::findCompilationDatabase(Start);
  if (Found)
    return Found;
  return llvm::createStringError(
      llvm::toString(Found.takeError()) +
      "\nname one with -p, or give compiler flags after -- (there may be none); handrail init "
      "says how to get one");
}

/// The path of \p Name as the build may have written it: as the user reaches it,
/// and with symbolic links resolved.
std::vector<std::string> spellings(llvm::StringRef Name) {
  std::vector<std::string> Result{absolutePath(Name, currentDirectory())};
  llvm::SmallString<256> Real;
  if (!fs::real_path(Result.front(), Real) && Real != Result.front())
    Result.push_back(std::string(Real));
  return Result;
}

/// Keeps the jobs below the named files and directories; each name must match.
llvm::Error limitTo(llvm::ArrayRef<std::string> Names, const std::string &Database,
                    Inputs &Result) {
  std::vector<std::string> Wanted;
  for (const std::string &Name : Names) {
    std::vector<std::string> Paths = spellings(Name);
    auto Matches = [&](const auto &Entry) {
      return llvm::any_of(Paths, [&](const std::string &P) { return isBelow(Entry.File, P); });
    };
    if (!llvm::any_of(Result.Jobs, Matches) && !llvm::any_of(Result.Skipped, Matches)) {
      if (!fs::exists(Paths.front()))
        return llvm::createStringError("no such file: '" + Name + "'");
      if (fs::is_directory(Paths.front()))
        return llvm::createStringError("nothing below '" + Name + "' is in " + Database);
      return llvm::createStringError("'" + Name + "' is not in " + Database +
                                     "; to analyse it alone, give its compiler flags after --");
    }
    llvm::append_range(Wanted, Paths);
  }
  auto Unwanted = [&](const auto &Entry) {
    return llvm::none_of(Wanted, [&](const std::string &W) { return isBelow(Entry.File, W); });
  };
  llvm::erase_if(Result.Jobs, Unwanted);
  llvm::erase_if(Result.Skipped, Unwanted);
  return llvm::Error::success();
}

llvm::Expected<Inputs> fromDatabase(const InputArguments &Arguments) {
  auto Path = databasePath(Arguments);
  if (!Path)
    return Path.takeError();
  auto Database = project::readCompilationDatabase(*Path, Arguments.Target);
  if (!Database)
    return Database.takeError();
  Inputs Result;
  Result.Roots = projectRoots(Database->Jobs, path::parent_path(Database->Path));
  Result.Database = Database->Path;
  Result.Jobs = std::move(Database->Jobs);
  Result.Skipped = std::move(Database->Skipped);
  Result.Duplicates = Database->Duplicates;
  if (Result.Jobs.empty() && Result.Skipped.empty())
    return llvm::createStringError(Database->Path + " has no entries");
  if (Result.Jobs.empty() && llvm::none_of(Result.Skipped, [](auto &E) { return E.Failure; }))
    return llvm::createStringError(Database->Path + " has no C or C++ file");
  if (!Arguments.Files.empty())
    if (llvm::Error E = limitTo(Arguments.Files, Database->Path, Result))
      return std::move(E);
  return Result;
}

} // namespace

llvm::Expected<Inputs> findUnits(llvm::ArrayRef<std::string> Directories,
                                 project::CaptureRun &Run) {
  Inputs Result;
  std::vector<project::StoredEntry> Entries;
  for (const std::string &Directory : Directories) {
    auto Damaged = [&](std::string File, std::string Why) {
      Result.Skipped.push_back({absolutePath(File, currentDirectory()), std::move(Why), true});
    };
    auto Found = project::listUnits(Directory, Damaged);
    if (!Found)
      return Found.takeError();
    std::move(Found->begin(), Found->end(), std::back_inserter(Entries));
  }
  // In the order in which check would have them.
  auto Key = [](const project::StoredEntry &E) {
    const CompileJob &Job = E.Entry.Job;
    return std::tie(Job.File, Job.Arguments, Job.Directory);
  };
  llvm::stable_sort(Entries, [&](const auto &A, const auto &B) { return Key(A) < Key(B); });
  auto Last = std::unique(Entries.begin(), Entries.end(),
                          [&](const auto &A, const auto &B) { return Key(A) == Key(B); });
  Result.Duplicates = unsigned(Entries.end() - Last);
  Entries.erase(Last, Entries.end());
  if (Entries.empty() && Result.Skipped.empty())
    return llvm::createStringError("no units in " + llvm::join(Directories, ", "));

  std::vector<std::string> Bases;
  for (project::StoredEntry &E : Entries) {
    Bases.push_back(E.Entry.Job.Directory);
    project::CaptureOutcome &Outcome = Run.Outcomes.emplace_back();
    if (!E.Entry.Unit.empty())
      Outcome.Unit = project::StoredUnit{.File = std::move(E.Path)};
    Outcome.Errors = std::move(E.Entry.Errors);
    Outcome.Reused = true;
    Result.Jobs.push_back(std::move(E.Entry.Job));
  }
  Result.Roots = projectRoots(Result.Jobs, commonDirectory(Bases));
  return Result;
}

llvm::Expected<Inputs> findInputs(const InputArguments &Arguments) {
  return Arguments.Flags ? fromFlags(Arguments) : fromDatabase(Arguments);
}

unsigned parallelJobs(unsigned Asked) {
  return Asked ? Asked : std::max(1u, std::thread::hardware_concurrency());
}

llvm::Expected<project::CaptureRun> captureInputs(const Inputs &In, unsigned Workers,
                                                  const ParseLimits &Limits, bool Quiet,
                                                  const CaptureSources &Sources) {
  Progress Line(Sources.Past ? "parsing the past" : "parsing", In.Jobs.size(), Quiet);
  project::WorkerOptions Options;
  Options.Workers = Workers;
  Options.CpuSecondsPerUnit = Limits.Seconds;
  Options.MemoryMiBPerWorker = Limits.MiB;
  Options.Store = Sources.Store;
  Options.Files = Sources.Files;
  Options.Watched = Sources.Watched;
  Options.Past = Sources.Past;
  Options.Cache = Sources.Cache;
  return project::captureAll(In.Jobs, Options, [&](size_t Done) { Line.update(Done); });
}

} // namespace handrail::tool
