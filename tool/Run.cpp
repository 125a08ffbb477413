//===- Run.cpp - handrail run: a program with its handles watched -*- C++ -*-===//
#include "lib/Ledger/Group.h"
#include "lib/Ledger/Read.h"
#include "lib/Ledger/Region.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/Growth.h"
#include "tool/RunReport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <csignal>
#include <cstdlib>
#include <map>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace handrail::tool {
namespace {

/// The library that is put before the program, beside this one.
llvm::Expected<std::string> findPreload() {
  static int Here;
  std::string Self = llvm::sys::fs::getMainExecutable("handrail", &Here);
  llvm::SmallString<256> Root(Self);
  llvm::sys::path::remove_filename(Root);
  llvm::sys::path::remove_filename(Root);
  for (const char *Folder : {HANDRAIL_LIBDIR, "lib"}) {
    llvm::SmallString<256> Path(Root);
    llvm::sys::path::append(Path, Folder, "libhandrail_preload.so");
    if (llvm::sys::fs::exists(Path))
      return std::string(Path);
  }
  return llvm::createStringError("cannot find libhandrail_preload.so beside " + Self);
}

/// Where the traced processes write. Memory is better than a disk.
llvm::Expected<std::string> makeFolder(const std::string &Keep) {
  auto Fail = [](llvm::StringRef Where, std::error_code Code) {
    return llvm::createStringError("cannot write to " + Where + ": " + Code.message());
  };
  if (!Keep.empty()) {
    llvm::SmallString<256> Path(Keep);
    llvm::sys::fs::make_absolute(Path);
    if (std::error_code Code = llvm::sys::fs::create_directories(Path))
      return Fail(Keep, Code);
    return std::string(Path);
  }
  llvm::SmallString<256> Temporary("/dev/shm/handrail-%%%%%%%%");
  llvm::sys::fs::createUniquePath(Temporary, Temporary, /*MakeAbsolute=*/false);
  if (!llvm::sys::fs::create_directory(Temporary, /*IgnoreExisting=*/false,
                                       llvm::sys::fs::owner_all))
    return std::string(Temporary);
  if (std::error_code Code = llvm::sys::fs::createUniqueDirectory("handrail", Temporary))
    return Fail(Temporary, Code);
  return std::string(Temporary);
}

void set(const char *Name, const llvm::Twine &Value) { ::setenv(Name, Value.str().c_str(), 1); }

/// In the child: becomes the program.
[[noreturn]] void become(const RunCommand &C, const std::string &Preload,
                         const std::string &Folder) {
  const char *Others = std::getenv("LD_PRELOAD");
  set("LD_PRELOAD", Others && *Others ? Preload + ":" + Others : Preload);
  set("HANDRAIL_DIR", Folder);
  set("HANDRAIL_LEVEL", llvm::Twine(C.Trace.Level));
  set("HANDRAIL_REPORT_FILE", Folder + "/%p.runtime.json"); // of the runtime, where it is linked
  set("HANDRAIL_STACK_DEPTH", llvm::Twine(C.Trace.Depth));
  set("HANDRAIL_FOLLOW", C.Trace.Children == ChildrenMode::None ? "0" : "1");
  if (C.Trace.FreshNumbers)
    set("HANDRAIL_FRESH_NUMBERS", "1");
  if (C.Trace.FailAcquire)
    set("HANDRAIL_FAIL_ACQUIRE", llvm::Twine(C.Trace.FailAcquire));
  if (C.Trace.FailRelease)
    set("HANDRAIL_FAIL_RELEASE", llvm::Twine(C.Trace.FailRelease));
  std::vector<char *> Arguments;
  for (const std::string &Word : C.Program)
    Arguments.push_back(const_cast<char *>(Word.c_str()));
  Arguments.push_back(nullptr);
  ::execvp(Arguments[0], Arguments.data());
  // The shell's numbers: not found, or found and no program.
  int Status = errno == ENOENT ? 127 : 126;
  printFailure("cannot run " + C.Program[0] + ": " + std::strerror(errno));
  ::_exit(Status);
}

// Signals. Those of a terminal reach the program as well, which decides; others are
// passed on to it.

volatile std::sig_atomic_t Child = 0, WantsReport = 0;

void passOn(int Signal) {
  if (Child)
    ::kill(Child, Signal);
}
void wantReport(int) { WantsReport = 1; }

void handle(int Signal, void (*Handler)(int)) {
  struct sigaction Action = {};
  Action.sa_handler = Handler; // no SA_RESTART: waiting ends, and is begun again
  ::sigaction(Signal, &Action, nullptr);
}

llvm::Expected<int> signalOf(const std::string &Name) {
  llvm::StringRef Short(Name);
  Short.consume_front("SIG");
  int Number = llvm::StringSwitch<int>(Short)
                   .Case("USR1", SIGUSR1)
                   .Case("USR2", SIGUSR2)
                   .Case("HUP", SIGHUP)
                   .Default(0);
  if (Number || Name.empty())
    return Number;
  return llvm::createStringError("--report-on: '" + Name + "' is none of USR1, USR2 and HUP");
}

/// Kinds whose loss is one at the end of a program. The others hold memory that goes with
/// the process, and much of it is meant to: told when asked for.
bool isToldByDefault(llvm::StringRef Kind) {
  static const llvm::StringSet<> Quiet = {
      "mapping", "library",    "thread",        "mutex",           "cond",  "rwlock",
      "barrier", "tls-key",    "semaphore",     "named-semaphore", "regex", "addrinfo",
      "iconv",   "spawn-attr", "spawn-actions", "locale",          "glob"};
  return !Quiet.contains(Kind);
}

/// The file that a program of this name is, as a shell finds it; empty when there is none.
std::string executableOf(llvm::StringRef Program) {
  llvm::SmallString<256> Real;
  std::string Path = Program.str();
  if (!Program.contains('/'))
    if (auto Found = llvm::sys::findProgramByName(Program))
      Path = *Found;
  return llvm::sys::fs::real_path(Path, Real) ? "" : std::string(Real);
}

/// Whether it came with the system: its handles are nobody's here.
bool isOfTheSystem(llvm::StringRef Path) {
  return llvm::any_of(llvm::ArrayRef{"/usr/", "/bin/", "/sbin/", "/lib/"},
                      [&](llvm::StringRef Folder) { return Path.starts_with(Folder); }) &&
         !Path.starts_with("/usr/local/");
}

/// What all processes of the run have written so far.
class Ledgers {
public:
  Ledgers(const RunCommand &C, std::string Folder)
      : C(C), Folder(std::move(Folder)), Program(executableOf(C.Program[0])) {}

  std::vector<std::string> files() const {
    std::vector<std::string> Result;
    std::error_code Code;
    for (llvm::sys::fs::directory_iterator It(Folder, Code), End; !Code && It != End;
         It.increment(Code))
      if (llvm::StringRef(It->path()).ends_with(".ledger"))
        Result.push_back(It->path());
    llvm::sort(Result);
    return Result;
  }

  /// \p Main: the program itself, and how it ended, when it has.
  ledger::Report read(pid_t Main, std::optional<int> WaitStatus) const {
    std::vector<ledger::Report> Reports;
    for (const std::string &File : files()) {
      auto R = ledger::readRegion(File, C.Report.Openings);
      if (!R) { // of a process that had no time to begin
        llvm::consumeError(R.takeError());
        continue;
      }
      if (!isTold(*R))
        continue;
      finish(*R, Main, WaitStatus);
      addObjects(*R);
      Reports.push_back(std::move(*R));
    }
    return ledger::merge(std::move(Reports));
  }

private:
  bool isTold(const ledger::Report &R) const {
    // The first module is the program itself.
    llvm::StringRef Path = R.Modules.empty() ? "" : llvm::StringRef(R.Modules.front().Path);
    return C.Trace.Children == ChildrenMode::All || Path == Program || !isOfTheSystem(Path);
  }
  /// Adds what the runtime told of the same process, if it is linked with it.
  void addObjects(ledger::Report &R) const {
    const ledger::Process Process = R.Processes.front();
    llvm::SmallString<256> Path(Folder);
    llvm::sys::path::append(Path, std::to_string(Process.Id) + ".runtime.json");
    if (Process.End == ledger::Ending::Execed || !llvm::sys::fs::exists(Path))
      return;
    auto Objects = ledger::readReport(std::string(Path));
    if (!Objects) {
      printFailure(Objects.takeError());
      return;
    }
    // What unique_fd and unique_file own is told as the descriptor or stream that it is.
    llvm::erase_if(Objects->Leaks, [](const ledger::Leak &L) {
      return L.Type == "file descriptor" || L.Type == "stream";
    });
    std::vector<ledger::Report> Both;
    Both.push_back(std::move(R));
    Both.push_back(std::move(*Objects));
    R = ledger::merge(std::move(Both));
    R.Processes = {Process};
    for (ledger::Leak &L : R.Leaks)
      L.Process = 0;
    for (ledger::Misuse &M : R.Misuses)
      M.Process = 0;
    for (ledger::Opening &O : R.Openings)
      O.Process = 0;
    for (ledger::Event &E : R.History)
      E.Process = 0;
  }
  void finish(ledger::Report &R, pid_t Main, std::optional<int> WaitStatus) const {
    ledger::Process &P = R.Processes.front();
    if (P.Id == Main && WaitStatus && P.End != ledger::Ending::Execed) {
      if (WIFEXITED(*WaitStatus)) {
        P.End = ledger::Ending::Exited;
        P.Status = WEXITSTATUS(*WaitStatus);
      } else if (WIFSIGNALED(*WaitStatus)) {
        P.End = P.End == ledger::Ending::Aborted ? P.End : ledger::Ending::Killed;
        P.Status = WTERMSIG(*WaitStatus);
      }
    } else if (P.End == ledger::Ending::Running && ::kill(P.Id, 0) != 0 && errno == ESRCH) {
      P.End = ledger::Ending::Killed;
    }
    // What a program had open when it became another is the other's, or closed; and one
    // that another program killed was not done.
    bool Lost = P.End == ledger::Ending::Exited || P.End == ledger::Ending::Aborted || P.Id == Main;
    Lost &= P.End != ledger::Ending::Execed;
    bool All = !C.Report.Kinds.empty();
    llvm::erase_if(R.Leaks, [&](const ledger::Leak &L) {
      return !Lost || L.Inherited || (!All && (L.Untraced || !isToldByDefault(L.Kind)));
    });
    if (!C.AuditExec)
      llvm::erase_if(R.Misuses, [](const ledger::Misuse &M) { return M.Rule == "leak-on-exec"; });
  }

  const RunCommand &C;
  std::string Folder, Program;
};

/// Waits for the program to end; reports and counts what is open meanwhile.
int waitFor(pid_t Main, const RunCommand &C, const Ledgers &All, Growth &Grown,
            const Outputs &Where) {
  int Status = 0;
  while (true) {
    if (C.SampleMs || C.Threshold) {
      pid_t Ended = ::waitpid(Main, &Status, WNOHANG);
      if (Ended == Main)
        return Status;
      ::usleep((C.SampleMs ? C.SampleMs : 250) * 1000);
      Grown.sample(All.files());
    } else if (::waitpid(Main, &Status, 0) == Main) {
      return Status;
    }
    if (WantsReport) {
      WantsReport = 0;
      if (auto Told = renderReport(All.read(Main, std::nullopt), C.Report, Where); !Told)
        printFailure(Told.takeError());
    }
  }
}

/// Ends as the program did.
[[noreturn]] void endLike(int WaitStatus) {
  llvm::outs().flush();
  if (WIFSIGNALED(WaitStatus)) {
    const rlimit NoCore = {0, 0}; // the program has left its own
    ::setrlimit(RLIMIT_CORE, &NoCore);
    ::signal(WTERMSIG(WaitStatus), SIG_DFL);
    ::kill(::getpid(), WTERMSIG(WaitStatus));
  }
  llvm::errs().flush();
  std::_Exit(WIFEXITED(WaitStatus) ? WEXITSTATUS(WaitStatus) : 128 + WTERMSIG(WaitStatus));
}

llvm::Error trace(const RunCommand &C) {
  auto Preload = findPreload();
  if (!Preload)
    return Preload.takeError();
  auto Signal = signalOf(C.ReportSignal);
  if (!Signal)
    return Signal.takeError();
  auto Where = openOutputs(C.Report);
  if (!Where)
    return Where.takeError();
  auto Folder = makeFolder(C.Keep);
  if (!Folder)
    return Folder.takeError();
  auto cleanUp = [&] { // the process ends without destructors
    if (C.Keep.empty())
      llvm::sys::fs::remove_directories(*Folder);
  };
  auto OnFailure = llvm::make_scope_exit(cleanUp);

  Child = ::fork();
  if (Child == 0)
    become(C, *Preload, *Folder);
  if (Child < 0)
    return llvm::createStringError(std::string("cannot fork: ") + std::strerror(errno));
  for (int Terminal : {SIGINT, SIGQUIT})
    ::signal(Terminal, SIG_IGN);
  for (int Other : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2})
    handle(Other, passOn);
  if (*Signal)
    handle(*Signal, wantReport);

  Ledgers All(C, *Folder);
  Growth Grown(C.Threshold);
  int WaitStatus = waitFor(Child, C, All, Grown, *Where);
  const pid_t Main = Child;
  Child = 0;
  if (All.files().empty()) {
    bool Began = !(WIFEXITED(WaitStatus) && WEXITSTATUS(WaitStatus) >= 126);
    if (Began)
      printFailure(C.Program[0] + " was not traced: it is linked statically, runs as another user "
                                  "(setuid), or has too little room (ulimit -v, a full disk)");
    cleanUp();
    endLike(WaitStatus);
  }
  ledger::Report R = All.read(Main, WaitStatus);
  Grown.addTo(R);
  int Told = 0;
  if (!C.Quiet || !R.Leaks.empty() || !R.Misuses.empty()) {
    auto Rendered = renderReport(std::move(R), C.Report, *Where);
    if (!Rendered)
      return Rendered.takeError();
    Told = *Rendered;
  }
  cleanUp();
  if (Told)
    std::_Exit(Told);
  endLike(WaitStatus);
}

} // namespace

ExitStatus run(const RunCommand &Command) {
  if (llvm::Error E = trace(Command)) {
    printFailure(std::move(E));
    return Failure;
  }
  return Clean;
}

} // namespace handrail::tool
