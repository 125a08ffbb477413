//===- Invocation.cpp - from a compile command to a parse ------------------===//
#include "lib/Capture/Invocation.h"
#include "lib/Capture/FrontendCompat.h"
#include "clang/Basic/DiagnosticOptions.h"
#include "clang/Basic/Version.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <dlfcn.h>

using namespace clang;
namespace path = llvm::sys::path;

namespace handrail::capture {

/// Where `stddef.h` and its like are: in the Clang we were built with, or beside
/// the library that is loaded now.
static std::string resourceDirectory() {
  if (llvm::sys::fs::is_directory(HANDRAIL_CLANG_RESOURCE_DIR))
    return HANDRAIL_CLANG_RESOURCE_DIR;
  Dl_info Info;
  auto *Symbol = reinterpret_cast<void *>(
      static_cast<std::string (*)(llvm::StringRef)>(&clang::getClangToolFullVersion));
  if (dladdr(Symbol, &Info) && Info.dli_fname) {
    llvm::SmallString<256> Real;
    if (!llvm::sys::fs::real_path(Info.dli_fname, Real)) {
      llvm::SmallString<256> Dir(path::parent_path(Real));
      path::append(Dir, "clang", CLANG_VERSION_MAJOR_STRING);
      if (llvm::sys::fs::is_directory(Dir))
        return Dir.str().str();
    }
  }
  return {};
}

static bool isLauncher(llvm::StringRef Program) {
  static constexpr llvm::StringLiteral Launchers[] = {
      "ccache", "sccache", "distcc", "icecc", "gomacc", "rewrapper", "pump", "nice", "buildcache"};
  return llvm::is_contained(Launchers, path::filename(Program));
}

/// What to do with a flag: how many arguments it is, itself included, if it must
/// go; 0 when it stays.
static unsigned dropped(llvm::StringRef A) {
  // With a separate value.
  static constexpr llvm::StringLiteral Two[] = {"-o",
                                                "-MF",
                                                "-MT",
                                                "-MQ",
                                                "-MJ",
                                                "-aux-info",
                                                "-dumpbase",
                                                "-dumpdir",
                                                "--param",
                                                "-wrapper",
                                                "--serialize-diagnostics",
                                                "-serialize-diagnostics",
                                                "-resource-dir",
                                                "-index-store-path"};
  if (llvm::is_contained(Two, A))
    return 2;
  static constexpr llvm::StringLiteral One[] = {"-c",
                                                "-S",
                                                "-E",
                                                "-M",
                                                "-MM",
                                                "-MD",
                                                "-MMD",
                                                "-MG",
                                                "-MP",
                                                "-MV",
                                                "-pipe",
                                                "-pass-exit-codes",
                                                "-ftime-report",
                                                "-ftime-trace",
                                                "-v",
                                                "-###",
                                                "--coverage",
                                                "-coverage"};
  if (llvm::is_contained(One, A))
    return 1;
  static constexpr llvm::StringLiteral Prefixes[] = {"-save-temps",
                                                     "--save-temps",
                                                     "-fplugin",
                                                     "-fpass-plugin",
                                                     "-specs=",
                                                     "--specs=",
                                                     "-fdump-",
                                                     "-Wa,",
                                                     "-Wl,",
                                                     "-Wp,-MD",
                                                     "-Wp,-MMD",
                                                     "-Wp,-MT",
                                                     "-Wp,-MF",
                                                     "-fuse-ld",
                                                     "-fdiagnostics",
                                                     "-fno-diagnostics",
                                                     "-ftime-trace=",
                                                     "-fprofile",
                                                     "-fauto-profile",
                                                     "-ftest-coverage",
                                                     "-fcrash-diagnostics",
                                                     "-resource-dir=",
                                                     "-o",
                                                     "-MF",
                                                     "-MT",
                                                     "-MQ",
                                                     "--param=",
                                                     "-fbranch-",
                                                     "-ftrack-macro-expansion",
                                                     "-ffile-reproducible",
                                                     "-fconserve-stack",
                                                     "-mindirect-branch",
                                                     "-mfunction-return",
                                                     "-mrecord-mcount",
                                                     "-mpreferred-stack-boundary"};
  // `-o` glued to its value; `-objc` and the like are not options of C.
  for (llvm::StringRef P : Prefixes)
    if (A.starts_with(P))
      return 1;
  return 0;
}

/// The job's arguments as Clang's driver should see them.
static std::vector<std::string> driverArguments(const CompileJob &Job,
                                                llvm::vfs::FileSystem &Files) {
  llvm::BumpPtrAllocator Allocator;
  llvm::SmallVector<const char *, 64> Expanded;
  for (const std::string &A : Job.Arguments)
    Expanded.push_back(A.c_str());
  llvm::cl::ExpansionContext Context(Allocator, llvm::cl::TokenizeGNUCommandLine);
  Context.setVFS(&Files).setCurrentDir(Job.Directory);
  // What cannot be expanded stays; the driver will say what it thinks of it.
  llvm::consumeError(Context.expandResponseFiles(Expanded));

  size_t First = 0;
  while (First + 1 < Expanded.size() && isLauncher(Expanded[First]))
    for (++First; First + 1 < Expanded.size() && Expanded[First][0] == '-';)
      ++First;
  std::vector<std::string> Args;
  Args.push_back(First < Expanded.size() ? Expanded[First] : "clang");
  for (size_t I = First + 1; I < Expanded.size(); ++I) {
    llvm::StringRef A = Expanded[I];
    if (A == "--") {
      Args.insert(Args.end(), Expanded.begin() + I, Expanded.end());
      break;
    }
    // Options for the driver's next stage: plugins and output are not wanted.
    if (A == "-Xclang" && I + 1 < Expanded.size()) {
      llvm::StringRef Inner = Expanded[I + 1];
      if (Inner == "-load" || Inner == "-plugin" || Inner == "-add-plugin" ||
          Inner == "-dependency-file" || Inner.starts_with("-plugin-arg")) {
        I += 3;
        continue;
      }
    }
    if (unsigned Count = dropped(A)) {
      I += Count - 1;
      continue;
    }
    Args.push_back(A.str());
  }
  auto End = llvm::find(Args, "--");
  std::vector<std::string> Extra{"-w", "-fsyntax-only", "-Wno-everything"};
  if (std::string Dir = resourceDirectory(); !Dir.empty())
    Extra.push_back("-resource-dir=" + Dir);
  Args.insert(End, Extra.begin(), Extra.end());
  return Args;
}

std::shared_ptr<CompilerInvocation>
createInvocation(const CompileJob &Job, llvm::IntrusiveRefCntPtr<DiagnosticsEngine> Diags,
                 llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files) {
  std::vector<std::string> Args = driverArguments(Job, *Files);
  llvm::SmallVector<const char *, 64> Pointers;
  for (const std::string &A : Args)
    Pointers.push_back(A.c_str());
  CreateInvocationOptions Options;
  Options.Diags = Diags;
  Options.VFS = Files;
  Options.RecoverOnError = true;
  std::shared_ptr<CompilerInvocation> Result = clang::createInvocation(Pointers, Options);
  if (!Result)
    return nullptr;

  FrontendOptions &Front = Result->getFrontendOpts();
  Front.ProgramAction = frontend::ParseSyntaxOnly;
  Front.SkipFunctionBodies = true; // the consumer says which
  Front.DisableFree = false;       // one process captures many files
  Front.OutputFile.clear();
  Front.Plugins.clear();
  Front.AddPluginActions.clear();
  Front.ShowStats = false;
  // `__DATE__` is the same every day.
  Result->getPreprocessorOpts().SourceDateEpoch = 0;
  Result->getDependencyOutputOpts() = DependencyOutputOptions();
  DiagnosticOptions &Diagnostics = Result->getDiagnosticOpts();
  Diagnostics.IgnoreWarnings = true;
  Diagnostics.ErrorLimit = 0;
  Diagnostics.ShowCarets = false; // also: no "2 errors generated" on stderr
  Diagnostics.VerifyDiagnostics = false;
  Diagnostics.DiagnosticLogFile.clear();
  Diagnostics.DiagnosticSerializationFile.clear();
  Result->getLangOpts().SpellChecking = false; // guesses are for messages nobody reads
  Result->getLangOpts().CommentOpts.ParseAllComments = false;
  Result->getLangOpts().RetainCommentsFromSystemHeaders = false;
  return Result;
}

} // namespace handrail::capture
