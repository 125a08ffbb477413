#include "lib/Project/CommandLine.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/StringSaver.h"

namespace handrail::project {
namespace {

namespace path = llvm::sys::path;

bool isLauncher(llvm::StringRef Name) {
  static constexpr llvm::StringLiteral Names[] = {
#define LAUNCHER(Name) Name,
#include "lib/Project/CompilerFlags.def"
  };
  return llvm::is_contained(Names, Name);
}

/// `NAME=value` as the shell and env understand it.
bool isAssignment(llvm::StringRef Argument) {
  llvm::StringRef Name = Argument.split('=').first;
  return Name.size() < Argument.size() && !Name.empty() && !llvm::isDigit(Name.front()) &&
         llvm::all_of(Name, [](char C) { return llvm::isAlnum(C) || C == '_'; });
}

/// `env [-i] [-u NAME] [NAME=value]… command…`
llvm::ArrayRef<std::string> skipEnv(llvm::ArrayRef<std::string> Command) {
  while (!Command.empty()) {
    llvm::StringRef Argument = Command.front();
    if (Argument == "-u" || Argument == "-C" || Argument == "--unset" || Argument == "--chdir")
      Command = Command.drop_front(std::min<size_t>(2, Command.size()));
    else if (Argument.starts_with("-") || isAssignment(Argument))
      Command = Command.drop_front();
    else
      break;
  }
  return Command;
}

/// Drops options and their obvious values up to the command that a launcher runs.
llvm::ArrayRef<std::string> skipLauncherOptions(llvm::ArrayRef<std::string> Command) {
  while (!Command.empty() && llvm::StringRef(Command.front()).starts_with("-")) {
    bool TakesNumber = Command.front() == "-n";
    Command = Command.drop_front(std::min<size_t>(TakesNumber ? 2 : 1, Command.size()));
  }
  return Command;
}

/// What stands after the programs that only start, cache or distribute the
/// compiler; each turn takes one of them away.
llvm::ArrayRef<std::string> skipLaunchers(llvm::ArrayRef<std::string> Command) {
  while (!Command.empty()) {
    llvm::StringRef Name = path::filename(Command.front());
    llvm::ArrayRef<std::string> Rest = Command.drop_front();
    if (isAssignment(Command.front())) {
      Command = Rest;
    } else if (Name == "env") {
      Command = skipEnv(Rest);
    } else if (Name == "cmake" && Rest.size() > 1 && Rest[0] == "-E") {
      auto Separator = llvm::find(Rest, "--");
      Command = Separator != Rest.end() ? Rest.drop_front(Separator - Rest.begin() + 1)
                                        : skipEnv(Rest.drop_front(2));
    } else if ((Name == "sh" || Name == "bash" || Name == "dash") && !Rest.empty() &&
               path::filename(Rest.front()).ends_with("libtool")) {
      Command = Rest;
    } else if (Name.ends_with("libtool") && llvm::is_contained(Rest, "--mode=compile")) {
      Command = skipLauncherOptions(Rest);
    } else if (isLauncher(Name)) {
      Command = skipLauncherOptions(Rest);
    } else {
      break;
    }
  }
  return Command;
}

enum class Language { C, CXX, Other };

using Words = std::initializer_list<llvm::StringRef>;

Language languageOfFile(llvm::StringRef File) {
  // `.C` is C++, so this is case-sensitive as compilers are.
  llvm::StringRef Extension = path::extension(File);
  if (llvm::is_contained(Words{".c", ".h", ".i"}, Extension))
    return Language::C;
  if (llvm::is_contained(Words{".cc", ".cp", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".ii", ".hh",
                               ".hpp", ".hxx", ".H", ".cppm", ".ixx", ".inl", ".ipp"},
                         Extension))
    return Language::CXX;
  return Language::Other;
}

Language languageOfOption(llvm::StringRef Name) {
  if (llvm::is_contained(Words{"c", "c-header", "cpp-output"}, Name))
    return Language::C;
  if (llvm::is_contained(Words{"c++", "c++-header", "c++-cpp-output", "c++-module"}, Name))
    return Language::CXX;
  return Language::Other;
}

enum class FlagAction { Keep, Drop, KeepWithValue, DropWithValue };

/// `-fno-name=value` is `name`.
llvm::StringRef featureName(llvm::StringRef Flag) {
  Flag = Flag.drop_front(2).split('=').first;
  Flag.consume_front("no-");
  return Flag;
}

FlagAction classify(llvm::StringRef Flag) {
#define VALUE(Name, Keep)                                                                          \
  if (Flag == Name)                                                                                \
    return Keep ? FlagAction::KeepWithValue : FlagAction::DropWithValue;
#define DROP(Name)                                                                                 \
  if (Flag == Name)                                                                                \
    return FlagAction::Drop;
#include "lib/Project/CompilerFlags.def"
#define DROP_PREFIX(Name)                                                                          \
  if (Flag.starts_with(Name))                                                                      \
    return FlagAction::Drop;
#include "lib/Project/CompilerFlags.def"
  if (Flag.starts_with("-f")) {
    llvm::StringRef Name = featureName(Flag);
    if (Name.starts_with("builtin-")) // -fno-builtin-malloc
      return FlagAction::Keep;
#define KEEP_F(Known)                                                                              \
  if (Name == Known)                                                                               \
    return FlagAction::Keep;
#include "lib/Project/CompilerFlags.def"
    return FlagAction::Drop;
  }
  if (Flag.starts_with("-m")) {
    llvm::StringRef Name = featureName(Flag);
#define GCC_M(Known)                                                                               \
  if (Name == Known)                                                                               \
    return FlagAction::Drop;
#include "lib/Project/CompilerFlags.def"
  }
  return FlagAction::Keep;
}

/// `-Wp,-DA,-MD,x.d`: the preprocessor's share of a command line; definitions and
/// include paths of it count.
void addPreprocessorArguments(llvm::StringRef Joined, std::vector<std::string> &Out) {
  llvm::SmallVector<llvm::StringRef, 4> Parts;
  Joined.split(Parts, ',');
  for (size_t I = 0; I < Parts.size(); ++I) {
    switch (classify(Parts[I])) {
    case FlagAction::Keep:
      if (Parts[I].starts_with("-"))
        Out.push_back(Parts[I].str());
      break;
    case FlagAction::Drop:
      break;
    case FlagAction::KeepWithValue:
      if (I + 1 < Parts.size())
        Out.insert(Out.end(), {Parts[I].str(), Parts[I + 1].str()});
      ++I;
      break;
    case FlagAction::DropWithValue:
      ++I;
      break;
    }
  }
}

/// True at `-Xclang -include-pch -Xclang FILE`. Builds that write this include
/// the header as well, and a header compiled by another compiler is unreadable.
bool isPrecompiledHeader(llvm::ArrayRef<std::string> Arguments, size_t I) {
  return I + 3 < Arguments.size() && Arguments[I] == "-Xclang" &&
         Arguments[I + 1] == "-include-pch" && Arguments[I + 2] == "-Xclang";
}

llvm::Expected<std::vector<std::string>> expandResponseFiles(llvm::ArrayRef<std::string> Command,
                                                             llvm::StringRef Directory) {
  llvm::BumpPtrAllocator Allocator;
  llvm::SmallVector<const char *, 64> Arguments;
  for (const std::string &Argument : Command)
    Arguments.push_back(Argument.c_str());
  llvm::cl::ExpansionContext Context(Allocator, llvm::cl::TokenizeGNUCommandLine);
  Context.setCurrentDir(Directory);
  if (llvm::Error E = Context.expandResponseFiles(Arguments))
    return std::move(E);
  std::vector<std::string> Result;
  for (llvm::StringRef Argument : Arguments) {
    // What is left could not be read. GCC takes it for a file name; here it would
    // only hide flags. CMake writes the map of a file's modules while building,
    // and writes it into commands of files that use none.
    if (Argument.starts_with("@")) {
      if (Argument.ends_with(".modmap"))
        continue;
      return llvm::createStringError("cannot read the response file '" + Argument.drop_front() +
                                     "'");
    }
    Result.push_back(Argument.str());
  }
  return Result;
}

} // namespace

char UnsupportedLanguage::ID = 0;

bool isCXXFile(llvm::StringRef File) { return languageOfFile(File) == Language::CXX; }

std::vector<std::string> splitCommand(llvm::StringRef Command) {
  llvm::BumpPtrAllocator Allocator;
  llvm::StringSaver Saver(Allocator);
  llvm::SmallVector<const char *, 64> Arguments;
  llvm::cl::TokenizeGNUCommandLine(Command, Saver, Arguments);
  return {Arguments.begin(), Arguments.end()};
}

llvm::Expected<std::vector<std::string>> frontEndArguments(llvm::ArrayRef<std::string> Command,
                                                           llvm::StringRef File,
                                                           llvm::StringRef Directory) {
  llvm::ArrayRef<std::string> Compile = skipLaunchers(Command);
  if (Compile.empty() || llvm::StringRef(Compile.front()).starts_with("-"))
    return llvm::createStringError("no compiler in its command");
  auto Arguments = expandResponseFiles(Compile, Directory);
  if (!Arguments)
    return Arguments.takeError();

  llvm::StringRef Compiler = path::filename(Arguments->front());
  if (Compiler == "nvcc" || Compiler.starts_with("clang-cl") || Compiler == "cl.exe")
    return llvm::make_error<UnsupportedLanguage>("compiled by " + Compiler.str());

  std::vector<std::string> Result{Arguments->front()};
  bool DriverIsCXX = Compiler.contains("++") || Compiler.ends_with("cxx") || Compiler == "mpiCC";
  if (DriverIsCXX)
    Result.push_back("--driver-mode=g++");
  Language Lang = languageOfFile(File);
  auto NoteLanguage = [&](llvm::StringRef Name) {
    if (Name != "none")
      Lang = languageOfOption(Name);
  };
  for (size_t I = 1; I < Arguments->size(); ++I) {
    llvm::StringRef Argument = (*Arguments)[I];
    if (Argument == "--")
      break; // only files follow
    if (!Argument.starts_with("-") || Argument == "-")
      continue; // an input
    if (isPrecompiledHeader(*Arguments, I)) {
      I += 3;
      continue;
    }
    if (Argument.consume_front("-Wp,")) {
      addPreprocessorArguments(Argument, Result);
      continue;
    }
    if (Argument.starts_with("-x") && Argument.size() > 2)
      NoteLanguage(Argument.drop_front(2));
    else if (Argument.starts_with("--language="))
      NoteLanguage(Argument.drop_front(11));
    switch (classify(Argument)) {
    case FlagAction::Keep:
      Result.push_back(Argument.str());
      break;
    case FlagAction::Drop:
      break;
    case FlagAction::KeepWithValue:
      if (I + 1 == Arguments->size())
        return llvm::createStringError("'" + Argument + "' has no value");
      if (Argument == "-x" || Argument == "--language")
        NoteLanguage((*Arguments)[I + 1]);
      Result.insert(Result.end(), {Argument.str(), (*Arguments)[I + 1]});
      [[fallthrough]];
    case FlagAction::DropWithValue:
      ++I;
      break;
    }
  }
  if (Lang == Language::Other)
    return llvm::make_error<UnsupportedLanguage>("not C or C++");
  Result.push_back("-w"); // warnings are the build's business, and cost time
  Result.push_back(File.str());
  return Result;
}

} // namespace handrail::project
