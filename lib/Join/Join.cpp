#include "lib/Join/Join.h"
#include "lib/Ledger/Rules.h"
#include "lib/Support/Counted.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"
#include <map>

namespace handrail {

namespace {

using llvm::StringRef;
using Match = RunEvidence::Match;

/// Kinds of models, and what a run calls such handles. A kind that is not here is not
/// watched by a run. The first row whose prefix a kind has is the one.
struct WatchedKind {
  llvm::StringLiteral Model;
  std::vector<StringRef> Seen;
};
const std::vector<WatchedKind> &watchedKinds() {
  static const std::vector<StringRef> Descriptors = {
      "file",        "dir-fd",   "pipe",    "socket", "epoll", "eventfd",
      "timerfd",     "signalfd", "inotify", "memfd",  "pidfd", "perf",
      "userfaultfd", "fanotify", "shm",     "mqueue", "pty",   "other-fd"};
  static const std::vector<WatchedKind> Table = {
      {"posix.fd", Descriptors},
      {"posix.mq", {"mqueue"}},
      {"posix.dir", {"dir"}},
      {"posix.mapping", {"mapping"}},
      {"posix.named-semaphore", {"named-semaphore"}},
      {"posix.semaphore", {"semaphore"}},
      {"posix.spawn-actions", {"spawn-actions"}},
      {"posix.spawn-attributes", {"spawn-attr"}},
      {"stdio.file", {"stdio"}},
      {"stdio.pipe", {"process"}},
      {"dlfcn.handle", {"library"}},
      {"netdb.addrinfo", {"addrinfo"}},
      {"libc.iconv", {"iconv"}},
      {"libc.regex", {"regex"}},
      {"libc.glob", {"glob"}},
      {"libc.locale", {"locale"}},
      {"pthread.thread", {"thread"}},
      {"pthread.mutex", {"mutex"}},
      {"pthread.cond", {"cond"}},
      {"pthread.rwlock", {"rwlock"}},
      {"pthread.barrier", {"barrier"}},
  };
  return Table;
}

/// Null when a run does not watch \p Kind.
const WatchedKind *watched(StringRef Kind) {
  for (const WatchedKind &W : watchedKinds())
    if (Kind == W.Model)
      return &W;
  return nullptr;
}

/// The name of a function without what C++ adds: parameters, template arguments.
std::string plainName(StringRef Name) {
  std::string Result;
  unsigned Depth = 0;
  for (size_t I = 0; I < Name.size(); ++I) {
    const char C = Name[I];
    if (Name.substr(I).starts_with("(anonymous namespace)") ||
        Name.substr(I).starts_with("(lambda)")) {
      const size_t End = Name.find(')', I);
      if (!Depth)
        Result += Name.slice(I, End + 1);
      I = End;
      continue;
    }
    if (C == '(' && Depth == 0)
      break;
    if (C == '<' && !StringRef(Result).ends_with("operator"))
      ++Depth;
    else if (C == '>' && Depth)
      --Depth;
    else if (!Depth)
      Result += C;
  }
  return Result;
}

bool sameFunction(StringRef Static, const ledger::Frame &Frame) {
  return !Static.empty() && plainName(Static) == plainName(Frame.Function);
}

/// Builds name files in their own ways.
bool sameFile(StringRef Static, StringRef Seen) {
  return llvm::sys::path::filename(Static) == llvm::sys::path::filename(Seen);
}

bool sameLine(const Location &Place, const ledger::Frame &Frame) {
  return Frame.Line >= Place.Line && Frame.Line <= std::max(Place.Line, Place.EndLine) &&
         sameFile(Place.File, Frame.File);
}

/// How the frames from \p First outwards agree with \p Steps from the innermost outwards.
std::optional<Match> compareFrom(llvm::ArrayRef<AcquireStep> Steps,
                                 llvm::ArrayRef<ledger::Frame> Frames) {
  bool Lines = true, Functions = true;
  for (size_t K = 0; K != Steps.size(); ++K) {
    const AcquireStep &Step = Steps[Steps.size() - 1 - K];
    const bool There = K < Frames.size();
    Lines &= There && sameLine(Step.Loc, Frames[K]);
    Functions &=
        There && sameFunction(Step.Function, Frames[K]) && sameFile(Step.Loc.File, Frames[K].File);
  }
  if (Lines)
    return Match::Exact;
  if (Functions)
    return Match::Likely;
  const AcquireStep &Opens = Steps.back();
  if (!Frames.empty() && sameFunction(Opens.Function, Frames[0]) &&
      sameFile(Opens.Loc.File, Frames[0].File))
    return Match::Possible;
  return std::nullopt;
}

/// The best that any part of the stack has to say: the frames of a library may be between
/// the call and the C library.
std::optional<Match> compare(llvm::ArrayRef<AcquireStep> Steps, const ledger::Stack &Stack) {
  std::optional<Match> Best;
  llvm::ArrayRef<ledger::Frame> Frames = Stack.Frames;
  for (; !Frames.empty(); Frames = Frames.drop_front())
    if (auto Found = compareFrom(Steps, Frames); Found && (!Best || *Found < *Best))
      Best = Found;
  return Best;
}

/// What was found about a place in a list of a run.
struct Seen {
  std::optional<Match> Best;
  std::vector<size_t> Numbers; ///< that match best
  /// Processes by command. One that has several groups here, of its tests, is one run.
  std::map<std::vector<std::string>, unsigned> Processes;
  uint64_t Handles = 0;

  unsigned runs() const {
    unsigned Sum = 0;
    for (const auto &[Command, Count] : Processes)
      Sum += Count;
    return Sum;
  }
};

class Joiner {
public:
  Joiner(llvm::ArrayRef<Finding> Findings, const ledger::Report &Run)
      : Findings(Findings), Run(Run) {
    Result.EvidenceFor.resize(Findings.size());
    Result.Leaks.resize(Run.Leaks.size());
    Result.Misuses.resize(Run.Misuses.size());
  }

  Join join() {
    for (size_t I = 0; I != Findings.size(); ++I) {
      const Finding &F = Findings[I];
      const WatchedKind *Kind = F.Acquired.empty() ? nullptr : watched(F.Kind);
      if (!Kind)
        continue;
      if (F.Check == "missing-close")
        leak(I, F, *Kind);
      else if (ledger::findRule(F.Check))
        misuse(I, F, *Kind);
    }
    return std::move(Result);
  }

private:
  template <class T, class StackOf, class CountOf>
  Seen look(const Finding &F, const WatchedKind &Kind, const std::vector<T> &List, StackOf Stack,
            CountOf Count) const {
    Seen S;
    for (size_t I = 0; I != List.size(); ++I) {
      const int At = Stack(List[I]);
      if (At < 0 || !llvm::is_contained(Kind.Seen, List[I].Kind))
        continue;
      const auto Found = compare(F.Acquired, Run.Stacks[At]);
      if (!Found || (S.Best && *S.Best < *Found))
        continue;
      if (!S.Best || *Found < *S.Best)
        S = {Found, {}, {}, 0};
      S.Numbers.push_back(I);
      unsigned &Processes = S.Processes[commandOf(List[I].Process)];
      Processes = std::max(Processes, List[I].Processes);
      S.Handles += Count(List[I]);
    }
    return S;
  }

  std::vector<std::string> commandOf(int Process) const {
    return size_t(Process) < Run.Processes.size() ? Run.Processes[Process].Command
                                                  : std::vector<std::string>();
  }

  void explain(std::vector<Join::Explanation> &List, const Seen &S, size_t Finding) {
    for (size_t I : S.Numbers)
      if (!List[I] || *S.Best < List[I]->second)
        List[I] = {Finding, *S.Best};
  }

  void confirm(size_t I, const Seen &S) {
    Result.EvidenceFor[I] = {RunEvidence::State::Confirmed, *S.Best, S.runs(), S.Handles};
  }

  void leak(size_t I, const Finding &F, const WatchedKind &Kind) {
    const Seen Leaks = look(
        F, Kind, Run.Leaks, [](const ledger::Leak &L) { return L.Opened; },
        [](const ledger::Leak &L) { return L.Count; });
    explain(Result.Leaks, Leaks, I);
    const Seen Opened = look(
        F, Kind, Run.Openings, [](const ledger::Opening &O) { return O.Opened; },
        [](const ledger::Opening &) { return 0; });
    // A leak of another call in the same function says little of one that is known to be closed.
    if (Leaks.Best && (!Opened.Best || !(*Opened.Best < *Leaks.Best)))
      return confirm(I, Leaks);
    if (Opened.Best)
      Result.EvidenceFor[I] = {RunEvidence::State::AlwaysClosed, *Opened.Best, Opened.runs(), 0};
    else if (!Run.Openings.empty())
      Result.EvidenceFor[I] = RunEvidence();
  }

  /// The wrong call must be that of the finding, too.
  void misuse(size_t I, const Finding &F, const WatchedKind &Kind) {
    auto Opened = [&](const ledger::Misuse &M) {
      const bool Same = M.Rule == F.Check && !M.Steps.empty() && M.Steps.front().Stack >= 0 &&
                        isHere(F, Run.Stacks[M.Steps.front().Stack]);
      auto Step = llvm::find_if(M.Steps, [](const ledger::Step &S) { return S.Role == "opened"; });
      return Same && Step != M.Steps.end() ? Step->Stack : -1;
    };
    const Seen Misuses =
        look(F, Kind, Run.Misuses, Opened, [](const ledger::Misuse &M) { return M.Count; });
    explain(Result.Misuses, Misuses, I);
    if (Misuses.Best)
      confirm(I, Misuses);
  }

  static bool isHere(const Finding &F, const ledger::Stack &Stack) {
    return llvm::any_of(Stack.Frames, [&](const ledger::Frame &Frame) {
      return sameLine(F.Loc, Frame) || sameFunction(F.Function, Frame);
    });
  }

  llvm::ArrayRef<Finding> Findings;
  const ledger::Report &Run;
  Join Result;
};

Location placeOf(const ledger::Frame &Frame) {
  Location Place;
  Place.File = Frame.File.empty() ? "" : cleanPath(Frame.File);
  Place.Line = Frame.Line;
  Place.Col = Frame.Column;
  return Place;
}

/// The frames that have a place, as notes from the innermost outwards.
void addFrames(const ledger::Stack &Stack, StringRef Role, std::vector<Note> &Notes) {
  bool First = true;
  for (const ledger::Frame &Frame : Stack.Frames) {
    if (Frame.File.empty())
      continue;
    Notes.push_back({placeOf(Frame), First ? (Role + " here").str() : "called from here", 0});
    First = false;
  }
}

} // namespace

Join joinRuns(llvm::ArrayRef<Finding> Findings, const ledger::Report &Run) {
  return Joiner(Findings, Run).join();
}

std::string describe(const RunEvidence &Evidence) {
  std::string Text;
  switch (Evidence.What) {
  case RunEvidence::State::NeverReached:
    return "never reached in the runs";
  case RunEvidence::State::AlwaysClosed:
    Text = "reached and always closed in " + counted(Evidence.Runs, "run");
    break;
  case RunEvidence::State::Confirmed:
    Text = "confirmed in " + counted(Evidence.Runs, "run");
    break;
  }
  switch (Evidence.Sure) {
  case Match::Exact:
    return Text;
  case Match::Likely:
    return Text + ", by its functions";
  case Match::Possible:
    break;
  }
  return Text + ", perhaps: by the function that opens it";
}

std::vector<Finding> findingsOf(const ledger::Report &Run, const Join &Joined) {
  std::vector<Finding> Result;
  std::map<std::string, unsigned> Equal; // what several programs or tests did has one hash
  auto Add = [&](Finding F, const std::string &Hash, int Stack) {
    const auto &Frames = Run.Stacks[Stack].Frames;
    auto Own = llvm::find_if(Frames, [](const ledger::Frame &Fr) { return !Fr.File.empty(); });
    if (Own == Frames.end())
      return;
    F.Loc = placeOf(*Own);
    F.Function = Own->Function;
    F.FromRun = true;
    F.Fingerprint = Digest().add("run").add(Hash).add(Equal[Hash]++).hex();
    Result.push_back(std::move(F));
  };
  for (size_t I = 0; I != Run.Leaks.size(); ++I) {
    const ledger::Leak &L = Run.Leaks[I];
    if (Joined.Leaks[I] || L.Opened < 0 || L.Inherited)
      continue;
    Finding F;
    F.Check = "leak";
    F.Kind = L.Kind;
    F.Message = ledger::countedHandles(L) + " opened here " + (L.Count == 1 ? "was" : "were") +
                " left open in " + counted(L.Processes, "run") +
                (L.Test.empty() ? "" : ", in the test " + L.Test);
    addFrames(Run.Stacks[L.Opened], "opened", F.Notes);
    F.Runs = {RunEvidence::State::Confirmed, Match::Exact, L.Processes, L.Count};
    Add(std::move(F), L.Hash, L.Opened);
  }
  for (size_t I = 0; I != Run.Misuses.size(); ++I) {
    const ledger::Misuse &M = Run.Misuses[I];
    if (Joined.Misuses[I] || M.Steps.empty() || M.Steps.front().Stack < 0)
      continue;
    Finding F;
    F.Check = M.Rule;
    F.Kind = M.Kind;
    F.Sev = Severity::Error;
    F.Message = ledger::describe(M) + " in " + counted(M.Processes, "run");
    for (const ledger::Step &S : M.Steps)
      if (S.Stack >= 0)
        addFrames(Run.Stacks[S.Stack], S.Role == "here" ? "called" : StringRef(S.Role), F.Notes);
    F.Runs = {RunEvidence::State::Confirmed, Match::Exact, M.Processes, M.Count};
    Add(std::move(F), M.Hash, M.Steps.front().Stack);
  }
  return Result;
}

ledger::StaticPath pathOf(const Finding &F, RunEvidence::Match Sure) {
  ledger::StaticPath Path;
  Path.Check = F.Check;
  Path.Message = F.Message;
  Path.Fingerprint = F.Fingerprint;
  Path.Match = Sure == Match::Exact ? "exact" : Sure == Match::Likely ? "likely" : "possible";
  for (const Note &N : F.Notes)
    Path.Steps.push_back({N.Loc.File, N.Loc.Line, N.Depth, N.Message});
  Path.Steps.push_back({F.Loc.File, F.Loc.Line, 0, F.Message});
  return Path;
}

} // namespace handrail
