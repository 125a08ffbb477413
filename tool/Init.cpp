//===- Init.cpp - handrail init ----------------------------------*- C++ -*-===//
#include "lib/Support/Files.h"
#include "lib/Support/Paths.h"
#include "tool/BuildSystems.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Setup.h"
#include "tool/Survey.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include <set>

namespace handrail::tool {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace {

constexpr llvm::StringLiteral ConfigName = "handrail.json";
constexpr llvm::StringLiteral DatabaseName = "compile_commands.json";
/// Names and files that are told; the rest is a number.
constexpr size_t ShownNames = 4, ShownFiles = 8;

/// Databases in the folders directly below \p Root, whatever these are called.
std::vector<std::string> databasesBelow(llvm::StringRef Root) {
  std::set<std::string> Found;
  std::error_code Error;
  for (fs::directory_iterator I(Root, Error), End; I != End && !Error; I.increment(Error))
    if (fs::exists(I->path() + "/" + DatabaseName))
      Found.insert(I->path());
  return {Found.begin(), Found.end()};
}

/// How to get a database, as an error.
llvm::Error noDatabase(llvm::StringRef Root) {
  std::string Text =
      "no compile_commands.json in " + Root.str() + ", in a folder of it, or above it";
  std::vector<DatabaseAdvice> Advice = adviseDatabase(Root);
  if (Advice.empty())
    return llvm::createStringError(Text + ", nor a build system that is known here\n"
                                          "bear -- COMMAND writes one for any build; or without: "
                                          "handrail check a.c -- -Iinclude");
  Text += "\nIt says how each file is compiled. To get one, in that folder:";
  for (const DatabaseAdvice &A : Advice) {
    Text += "\n\n  " + A.BuildSystem;
    for (const std::string &Line : A.Commands)
      Text += "\n    " + Line;
  }
  return llvm::createStringError(Text + "\n\nthen run handrail init again");
}

/// The database that `check` would take in \p Root, the only one in a folder below it, or
/// one above it that has sources of \p Root.
llvm::Expected<project::CompilationDatabase> databaseFor(const InitCommand &Command,
                                                         llvm::StringRef Root) {
  if (!Command.Build.empty())
    return project::readCompilationDatabase(Command.Build);
  auto Nearest = project::findCompilationDatabase(Root);
  if (Nearest && isBelow(*Nearest, Root))
    return project::readCompilationDatabase(*Nearest);
  std::vector<std::string> Below = databasesBelow(Root);
  if (Below.size() > 1) {
    std::string Text = "there are several builds; name one with -p:";
    for (const std::string &Folder : Below)
      Text += "\n  handrail init -p " + displayPath(Folder, currentDirectory());
    llvm::consumeError(Nearest.takeError());
    return llvm::createStringError(Text);
  }
  if (!Below.empty() || !Nearest) {
    llvm::consumeError(Nearest.takeError());
    return Below.empty() ? noDatabase(Root) : project::readCompilationDatabase(Below.front());
  }
  auto Above = project::readCompilationDatabase(*Nearest);
  if (Above && llvm::none_of(Above->Jobs, [&](auto &Job) { return isBelow(Job.File, Root); }))
    return noDatabase(Root);
  return Above;
}

std::string configText(const Survey &Seen) {
  std::string Text = "{\n  \"version\": 1";
  if (!Seen.Excluded.empty()) {
    Text += ",\n  \"exclude\": [";
    for (const Exclusion &E : Seen.Excluded) {
      std::string Quoted;
      llvm::raw_string_ostream(Quoted) << llvm::json::Value(llvm::json::fixUTF8(E.Glob));
      Text += (&E == &Seen.Excluded.front() ? "\n    " : ",\n    ") + Quoted;
    }
    Text += "\n  ]";
  }
  return Text + "\n}\n";
}

void printExcluded(const Survey &Seen, llvm::raw_ostream &OS) {
  if (Seen.Excluded.empty())
    return;
  OS << "\nLeft alone, neither analysed nor reported:\n";
  size_t Width = 0, Shown = 0;
  for (const Exclusion &E : Seen.Excluded)
    Width = std::max(Width, std::min<size_t>(E.Glob.size(), 40));
  for (const Exclusion &E : Seen.Excluded) {
    if (Seen.Excluded.size() > 3 * ShownFiles && Shown++ == 2 * ShownFiles) {
      OS << "  and " << Seen.Excluded.size() - 2 * ShownFiles << " more\n";
      break;
    }
    OS << "  " << llvm::left_justify(E.Glob, unsigned(Width)) << "  " << E.Reason << " ("
       << (E.Sources ? counted(E.Sources, "source") : "headers only") << ")\n";
  }
}

/// "fopen 12, popen 3 and 2 more"
std::string busiest(const ModelUse &Use) {
  std::vector<std::pair<size_t, std::string>> Names;
  for (const auto &[Name, Calls] : Use.ByName)
    Names.push_back({Calls, Name});
  llvm::stable_sort(Names, [](auto &A, auto &B) { return A.first > B.first; });
  std::string Text;
  for (const auto &[Calls, Name] : llvm::ArrayRef(Names).take_front(ShownNames))
    Text += (Text.empty() ? "" : ", ") + Name + " " + std::to_string(Calls);
  if (Names.size() > ShownNames)
    Text += " and " + std::to_string(Names.size() - ShownNames) + " more";
  return Text;
}

void printModels(const Survey &Seen, llvm::raw_ostream &OS) {
  std::vector<std::pair<std::string, const ModelUse *>> On;
  std::map<std::string, size_t> Off;
  for (const auto &[Model, Use] : Seen.Models) {
    if (Use.Calls)
      On.push_back({Model, &Use});
    for (const auto &[Family, Calls] : Use.OffByKey)
      Off[Family] += Calls;
  }
  llvm::stable_sort(On, [](auto &A, auto &B) { return A.second->Calls > B.second->Calls; });
  if (On.empty()) {
    OS << "\nNo call that a shipped model says makes a handle: your own library is a few lines of\n"
          "JSON, see docs/models.md, or handrail models schema.\n";
  } else {
    OS << "\nShipped models that matter here, and the calls that make handles:\n";
    for (const auto &[Model, Use] : On)
      OS << "  " << llvm::left_justify(Model, 16)
         << llvm::right_justify(std::to_string(Use->Calls), 6) << "  " << busiest(*Use) << '\n';
  }
  for (const auto &[Family, Calls] : Off)
    OS << "  " << llvm::left_justify(Family, 16) << llvm::right_justify(std::to_string(Calls), 6)
       << "  off unless asked for: --models +" << Family << '\n';
}

void printNextSteps(llvm::StringRef Database, llvm::raw_ostream &OS) {
  std::string Here = currentDirectory();
  auto Found = project::findCompilationDatabase(Here);
  std::string Build;
  if (!Found || *Found != Database)
    Build = " -p " + displayPath(path::parent_path(Database), Here);
  if (!Found)
    llvm::consumeError(Found.takeError());
  auto Step = [&](llvm::StringRef Command, llvm::StringRef Options, llvm::StringRef What) {
    OS << "  " << llvm::left_justify(("handrail " + Command + Build + Options).str(), 42) << "  "
       << What << '\n';
  };
  OS << "\nNext:\n";
  Step("check", " --cache .handrail", "the first report; the next run repeats only what changed");
  Step("check", " --why-not", "functions that nothing is known of: worth a model");
  Step("baseline write", "", "what is known by then does not count, only what is new");
  OS << "  " << llvm::left_justify("handrail explain missing-close", 42)
     << "  what a check means, and how to repair what it finds\n";
}

llvm::Expected<ExitStatus> init(const InitCommand &Command) {
  std::string Root =
      absolutePath(Command.Directory.empty() ? "." : Command.Directory, currentDirectory());
  if (!fs::is_directory(Root))
    return llvm::createStringError("no such directory: '" + Command.Directory + "'");
  std::string File = Root + "/" + ConfigName.str();
  std::string Shown = displayPath(File, currentDirectory());
  if (!Command.Force && !Command.DryRun && fs::exists(File))
    return llvm::createStringError("there is a " + Shown +
                                   "; --dry-run prints what init would write, --force replaces it");
  auto Database = databaseFor(Command, Root);
  if (!Database)
    return Database.takeError();
  model::ModelSet Models;
  if (llvm::Error E = loadModels({}, {}, Models))
    return std::move(E);

  Survey Seen = surveyProject(*Database, Root, Models);
  // The file alone goes to standard output, so that it can be piped.
  llvm::raw_ostream &OS = Command.DryRun ? llvm::errs() : llvm::outs();
  OS << displayPath(Database->Path, currentDirectory()) << ": " << counted(Seen.Sources, "source")
     << ", " << Seen.Own << " of them the project's own\n";
  if (Seen.Outside)
    OS << "handrail.json reaches what lies below its folder, and "
       << counted(Seen.Outside, "source") << (Seen.Outside == 1 ? " does" : " do")
       << " not: give init the folder above them all\n";
  printExcluded(Seen, OS);
  printModels(Seen, OS);
  printNextSteps(Database->Path, OS);

  std::string Text = configText(Seen);
  if (Command.DryRun) {
    llvm::outs() << Text;
    return Clean;
  }
  if (llvm::Error E = writeAtomically(File, Text))
    return std::move(E);
  OS << "\nwrote " << Shown << '\n';
  return Clean;
}

} // namespace

ExitStatus run(const InitCommand &Command) { return statusOf(init(Command)); }

} // namespace handrail::tool
