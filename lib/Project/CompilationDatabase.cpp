#include "lib/Project/CompilationDatabase.h"
#include "lib/Project/CommandLine.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <cstring>
#include <set>
#include <tuple>

namespace handrail::project {
namespace {

namespace json = llvm::json;
namespace path = llvm::sys::path;
using capture::CompileJob;

constexpr llvm::StringLiteral DatabaseName = "compile_commands.json";

/// One entry as it is written, with its strings taken out of JSON.
struct Entry {
  std::string Directory, File;
  std::vector<std::string> Command;
  std::string Output; ///< may be empty

  /// The target of CMake that the entry is part of: its objects lie in
  /// `CMakeFiles/NAME.dir`. Empty when there is none.
  llvm::StringRef target() const {
    llvm::StringRef Rest = Output;
    if (!Rest.consume_front("CMakeFiles/")) {
      size_t Found = Rest.find("/CMakeFiles/");
      if (Found == llvm::StringRef::npos)
        return "";
      Rest = Rest.drop_front(Found + strlen("/CMakeFiles/"));
    }
    Rest = Rest.split('/').first;
    return Rest.consume_back(".dir") ? Rest : "";
  }
};

llvm::Expected<Entry> readEntry(const json::Value &Value) {
  const json::Object *Object = Value.getAsObject();
  if (!Object)
    return llvm::createStringError("is not an object");
  auto File = Object->getString("file");
  if (!File || File->empty())
    return llvm::createStringError("has no \"file\"");
  Entry Result;
  Result.File = File->str();
  // CMake and others always write it, but a hand-written database may leave it out.
  if (auto Directory = Object->getString("directory"))
    Result.Directory = Directory->str();
  if (const json::Array *Arguments = Object->getArray("arguments")) {
    for (const json::Value &Argument : *Arguments) {
      auto Text = Argument.getAsString();
      if (!Text)
        return llvm::createStringError("has an element of \"arguments\" that is not a string");
      Result.Command.push_back(Text->str());
    }
  } else if (auto Command = Object->getString("command")) {
    Result.Command = splitCommand(*Command);
  } else {
    return llvm::createStringError("has neither \"arguments\" nor \"command\"");
  }
  if (auto Output = Object->getString("output"))
    Result.Output = Output->str();
  else if (auto O = llvm::find(Result.Command, "-o"); O != Result.Command.end())
    Result.Output = std::next(O) == Result.Command.end() ? "" : *std::next(O);
  return Result;
}

/// The parser of JSON recurses, and three levels are all that a database has.
bool nestsDeeply(llvm::StringRef Text) {
  constexpr unsigned Limit = 100;
  unsigned Depth = 0;
  bool InString = false;
  for (size_t I = 0; I < Text.size(); ++I) {
    char C = Text[I];
    if (InString && C == '\\')
      ++I;
    else if (C == '"')
      InString = !InString;
    else if (!InString && (C == '[' || C == '{') && ++Depth > Limit)
      return true;
    else if (!InString && (C == ']' || C == '}') && Depth)
      --Depth;
  }
  return false;
}

/// Everything that decides what a job parses.
auto orderOf(const CompileJob &Job) { return std::tie(Job.File, Job.Arguments, Job.Directory); }

std::vector<std::string> withoutPic(const CompileJob &Job) {
  std::vector<std::string> Result = Job.Arguments;
  llvm::erase(Result, "-DPIC");
  return Result;
}

bool parseSame(const CompileJob &A, const CompileJob &B) {
  return A.File == B.File && A.Directory == B.Directory && withoutPic(A) == withoutPic(B);
}

} // namespace

unsigned normalizeJobs(std::vector<CompileJob> &Jobs) {
  llvm::sort(Jobs,
             [](const CompileJob &A, const CompileJob &B) { return orderOf(A) < orderOf(B); });
  // Jobs of one file stand together and are few, so comparing each with the ones
  // that stay is cheap.
  std::vector<CompileJob> Kept;
  size_t FirstOfFile = 0;
  for (CompileJob &Job : Jobs) {
    if (!Kept.empty() && Kept.back().File != Job.File)
      FirstOfFile = Kept.size();
    bool Known = std::any_of(Kept.begin() + FirstOfFile, Kept.end(),
                             [&](const CompileJob &K) { return parseSame(K, Job); });
    if (!Known)
      Kept.push_back(std::move(Job));
  }
  unsigned Dropped = unsigned(Jobs.size() - Kept.size());
  Jobs = std::move(Kept);
  return Dropped;
}

llvm::Expected<CompilationDatabase> parseCompilationDatabase(llvm::StringRef Text,
                                                             llvm::StringRef Path,
                                                             llvm::StringRef Directory,
                                                             llvm::StringRef Target) {
  auto Malformed = [&](const llvm::Twine &What) {
    return llvm::createStringError(Path + ": " + What);
  };
  if (nestsDeeply(Text))
    return Malformed("not a compilation database: too deeply nested");
  auto Root = json::parse(Text);
  if (!Root)
    return Malformed("not valid JSON: " + llvm::toString(Root.takeError()));
  const json::Array *Entries = Root->getAsArray();
  if (!Entries)
    return Malformed("not a compilation database: an array of entries was expected");

  CompilationDatabase Result;
  Result.Path = Path.str();
  std::set<std::string> OtherTargets;
  bool HasTarget = Target.empty();
  for (size_t I = 0; I != Entries->size(); ++I) {
    auto E = readEntry((*Entries)[I]);
    if (!E)
      return Malformed("entry " + llvm::Twine(I) + " " + llvm::toString(E.takeError()));
    if (!Target.empty() && E->target() != Target) {
      OtherTargets.insert(E->target().str());
      continue;
    }
    HasTarget = true;
    CompileJob Job;
    Job.Directory = absolutePath(E->Directory, Directory);
    Job.File = absolutePath(E->File, Job.Directory);
    auto Arguments = frontEndArguments(E->Command, Job.File, Job.Directory);
    if (!Arguments) {
      bool Failure = false;
      std::string Reason;
      llvm::handleAllErrors(Arguments.takeError(), [&](const llvm::ErrorInfoBase &Info) {
        Failure = !Info.isA<UnsupportedLanguage>();
        Reason = Info.message();
      });
      Result.Skipped.push_back({Job.File, Reason, Failure});
      continue;
    }
    Job.Arguments = std::move(*Arguments);
    Result.Jobs.push_back(std::move(Job));
  }
  if (!HasTarget) {
    OtherTargets.erase("");
    return llvm::createStringError("no target of CMake in " + Path + " is called '" + Target + "'" +
                                   (OtherTargets.empty() ? "" : "; there are ") +
                                   llvm::join(OtherTargets, ", "));
  }
  Result.Duplicates = normalizeJobs(Result.Jobs);
  llvm::sort(Result.Skipped);
  Result.Skipped.erase(llvm::unique(Result.Skipped), Result.Skipped.end());
  return Result;
}

llvm::Expected<CompilationDatabase> readCompilationDatabase(llvm::StringRef Path,
                                                            llvm::StringRef Target) {
  std::string File = absolutePath(Path, currentDirectory());
  if (llvm::sys::fs::is_directory(File))
    File = absolutePath(DatabaseName, File);
  auto Buffer = llvm::MemoryBuffer::getFile(File);
  if (!Buffer)
    return llvm::createStringError(Buffer.getError(), "cannot read the compilation database " +
                                                          File + ": " +
                                                          Buffer.getError().message());
  return parseCompilationDatabase((*Buffer)->getBuffer(), File, path::parent_path(File), Target);
}

llvm::Expected<std::string> findCompilationDatabase(llvm::StringRef Start) {
  std::string Tried;
  for (llvm::StringRef Directory = Start; !Directory.empty();
       Directory = path::parent_path(Directory))
    for (llvm::StringRef Below : {"", "build/"}) {
      std::string File = absolutePath((Below + DatabaseName).str(), Directory);
      if (llvm::sys::fs::exists(File))
        return File;
      Tried += "\n  " + File;
    }
  return llvm::createStringError("no compile_commands.json found; tried" + Tried);
}

llvm::Expected<CompileJob> jobFromFlags(llvm::StringRef File, llvm::ArrayRef<std::string> Flags,
                                        llvm::StringRef Directory) {
  CompileJob Job;
  Job.Directory = Directory.str();
  Job.File = absolutePath(File, Directory);
  std::vector<std::string> Command{isCXXFile(Job.File) ? "clang++" : "clang"};
  llvm::append_range(Command, Flags);
  auto Arguments = frontEndArguments(Command, Job.File, Directory);
  if (!Arguments)
    return llvm::createStringError(File + ": " + llvm::toString(Arguments.takeError()));
  Job.Arguments = std::move(*Arguments);
  return Job;
}

} // namespace handrail::project
