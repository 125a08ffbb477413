#include "lib/Ledger/Group.h"
#include "lib/Support/Digest.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Path.h"
#include <map>
#include <set>

namespace handrail::ledger {
namespace {

/// How many values and threads, and how many names, of a group are worth keeping.
constexpr size_t Few = 8, FewNames = 100;

/// Calls \p Each with every index of a stack in \p R.
template <class Function> void forEachStack(Report &R, Function Each) {
  for (Leak &L : R.Leaks)
    Each(L.Opened);
  for (Misuse &M : R.Misuses)
    for (Step &S : M.Steps)
      Each(S.Stack);
  for (Opening &O : R.Openings)
    Each(O.Opened);
  for (Event &E : R.History)
    Each(E.Stack);
}

/// Calls \p Each with every index of a process in \p R.
template <class Function> void forEachProcess(Report &R, Function Each) {
  for (Leak &L : R.Leaks)
    Each(L.Process);
  for (Misuse &M : R.Misuses)
    Each(M.Process);
  for (Opening &O : R.Openings)
    Each(O.Process);
  for (Event &E : R.History)
    Each(E.Process);
}

/// Adds reports to one, whose modules and stacks are there once.
class Merger {
public:
  explicit Merger(Report Base) : All(std::move(Base)) {
    for (size_t I = 0; I < All.Modules.size(); ++I)
      Modules.try_emplace(All.Modules[I], int(I));
    for (size_t I = 0; I < All.Stacks.size(); ++I)
      Stacks.try_emplace(All.Stacks[I], int(I));
  }

  /// Makes what \p R refers to part of the whole, and \p R refer to it there.
  void adopt(Report &R) {
    std::vector<int> StackOf;
    for (Stack &S : R.Stacks) {
      for (Frame &F : S.Frames)
        if (F.Module >= 0)
          F.Module = intern(R.Modules[F.Module], Modules, All.Modules);
      StackOf.push_back(intern(S, Stacks, All.Stacks));
    }
    forEachStack(R, [&](int &Stack) {
      if (Stack >= 0)
        Stack = StackOf[Stack];
    });
    int FirstProcess = int(All.Processes.size());
    forEachProcess(R, [&](int &Process) { Process += FirstProcess; });
    llvm::move(R.Processes, std::back_inserter(All.Processes));
  }

  void add(Report R) {
    adopt(R);
    llvm::move(R.Leaks, std::back_inserter(All.Leaks));
    llvm::move(R.Misuses, std::back_inserter(All.Misuses));
    llvm::move(R.Openings, std::back_inserter(All.Openings));
    llvm::move(R.History, std::back_inserter(All.History));
  }

  Report take() { return std::move(All); }

private:
  template <class T> int intern(const T &Value, std::map<T, int> &Indexes, std::vector<T> &List) {
    auto [It, New] = Indexes.try_emplace(Value, int(List.size()));
    if (New)
      List.push_back(Value);
    return It->second;
  }

  Report All;
  std::map<Module, int> Modules;
  std::map<Stack, int> Stacks;
};

/// What makes two leaks one. Texts point into the leaks.
using LeakKey = std::tuple<int, llvm::StringRef, llvm::StringRef, llvm::StringRef, llvm::StringRef,
                           llvm::StringRef, int, bool, bool, bool, bool>;

LeakKey keyOf(const Leak &L, int Command) {
  return {Command,  L.Kind,      L.Type,     L.Owner, L.Site,  L.Test,
          L.Opened, L.Inherited, L.Untraced, L.Cycle, L.Closes};
}

/// What makes two misuses one: all but the handle's value and the times.
using MisuseKey = std::tuple<int, llvm::StringRef, llvm::StringRef, llvm::StringRef,
                             llvm::StringRef, llvm::StringRef, llvm::StringRef, llvm::StringRef,
                             std::vector<std::tuple<llvm::StringRef, int, llvm::StringRef>>>;

MisuseKey keyOf(const Misuse &M, int Command) {
  MisuseKey Key = {Command, M.Rule, M.Kind, M.Type, M.Owner, M.Test, M.Call, M.Detail, {}};
  for (const Step &S : M.Steps)
    std::get<8>(Key).emplace_back(S.Role, S.Stack, S.Site);
  return Key;
}

using OpeningKey = std::tuple<int, llvm::StringRef, int>;

OpeningKey keyOf(const Opening &O, int Command) { return {Command, O.Kind, O.Opened}; }

/// For each process the first one with the same command.
std::vector<int> commandsOf(const Report &R) {
  std::map<std::vector<std::string>, int> First;
  std::vector<int> Result;
  for (size_t I = 0; I < R.Processes.size(); ++I)
    Result.push_back(First.try_emplace(R.Processes[I].Command, int(I)).first->second);
  return Result;
}

template <class T> void addFew(std::vector<T> &Into, const std::vector<T> &More) {
  for (const T &Value : More)
    if (Into.size() < Few && !llvm::is_contained(Into, Value))
      Into.push_back(Value);
}

/// The counts of names are added up as they come, for a group may have very many.
using NameCounts = llvm::StringMap<uint64_t>;

void addNames(NameCounts &Names, const Leak &L) {
  for (const Name &N : L.Names)
    Names[N.Text] += std::max<uint64_t>(N.Count, 1);
}

std::vector<Name> mostFrequent(const NameCounts &Counts) {
  std::vector<Name> Names;
  for (const auto &Entry : Counts)
    Names.push_back({Entry.first().str(), Entry.second});
  llvm::sort(Names, [](const Name &A, const Name &B) {
    return std::tie(B.Count, A.Text) < std::tie(A.Count, B.Text);
  });
  if (Names.size() > FewNames)
    Names.resize(FewNames);
  return Names;
}

/// Two runs of samples as one; where both have the same time the counts are added.
void addSamples(Leak &Into, const Leak &More) {
  std::map<uint64_t, uint64_t> Sums;
  for (const Leak *L : {static_cast<const Leak *>(&Into), &More})
    for (const auto &[AtMs, Count] : L->Samples)
      Sums[AtMs] += Count;
  Into.Samples.assign(Sums.begin(), Sums.end());
}

void addTo(Leak &Into, const Leak &More) {
  Into.Count += More.Count;
  addFew(Into.Values, More.Values);
  addFew(Into.Threads, More.Threads);
  if (More.OldestMs) // otherwise no age is known
    Into.NewestMs = Into.OldestMs ? std::min(Into.NewestMs, More.NewestMs) : More.NewestMs;
  Into.OldestMs = std::max(Into.OldestMs, More.OldestMs);
  if (More.FirstSeenMs)
    Into.FirstSeenMs =
        Into.FirstSeenMs ? std::min(Into.FirstSeenMs, More.FirstSeenMs) : More.FirstSeenMs;
  if (Into.Touch.empty())
    Into.Touch = More.Touch;
  if (Into.Closing.empty())
    Into.Closing = More.Closing;
  Into.Completed += More.Completed;
  Into.Failed += More.Failed;
  Into.Cancelled += More.Cancelled;
  if (!More.Samples.empty())
    addSamples(Into, More);
}

void addTo(Misuse &Into, const Misuse &More) { Into.Count += More.Count; }
void addTo(Opening &, const Opening &) {}

/// One group for each key of \p All, in the order in which they first come. \p Added is
/// called with the group's position and each member.
template <class T, class Function>
std::vector<T> addUp(const std::vector<T> &All, const std::vector<int> &Commands, Function Added) {
  std::map<decltype(keyOf(All.front(), 0)), size_t> Positions;
  std::vector<T> Groups;
  std::vector<std::set<int>> Processes;
  for (const T &Each : All) {
    auto [It, New] = Positions.try_emplace(keyOf(Each, Commands[Each.Process]), Groups.size());
    size_t At = It->second;
    if (New) {
      Groups.push_back(Each);
      Processes.emplace_back();
    } else {
      addTo(Groups[At], Each);
    }
    Processes[At].insert(Each.Process);
    Added(At, Each);
  }
  for (size_t I = 0; I < Groups.size(); ++I)
    Groups[I].Processes = std::max<unsigned>(Groups[I].Processes, unsigned(Processes[I].size()));
  return Groups;
}

std::string baseName(const Report &R, const Frame &F) {
  if (F.Module < 0)
    return "";
  return llvm::sys::path::filename(R.Modules[F.Module].Path).str();
}

/// Of a library that starts threads.
bool startsThreads(const Report &R, const Frame &F) {
  std::string Name = baseName(R, F);
  return llvm::any_of(
      llvm::ArrayRef{"libc.so", "libpthread", "libhandrail_preload"},
      [&](llvm::StringRef Begin) { return llvm::StringRef(Name).starts_with(Begin); });
}

/// The frames of \p S from the thread's function on: what those around it are called
/// depends on the symbols that are installed.
llvm::ArrayRef<Frame> ownFrames(const Report &R, const Stack &S) {
  llvm::ArrayRef<Frame> Frames = S.Frames;
  while (!Frames.empty() && startsThreads(R, Frames.back()))
    Frames = Frames.drop_back();
  return Frames.empty() ? llvm::ArrayRef<Frame>(S.Frames) : Frames;
}

void addStack(Digest &D, const Report &R, int Index) {
  D.add(Index >= 0);
  if (Index < 0)
    return;
  for (const Frame &F : ownFrames(R, R.Stacks[Index]))
    D.add(F.Function).add(baseName(R, F));
}

/// "net.cpp:88 in accept_one" without the line.
void addSite(Digest &D, llvm::StringRef Site) {
  auto [Place, Function] = Site.split(" in ");
  D.add(Function.empty() ? Place.split(':').first : Function);
}

std::string shortened(const Digest &D) { return D.hex().substr(0, 16); }

bool before(const Report &R, int A, int B) {
  if (A < 0 || B < 0)
    return A < B;
  return R.Stacks[A] < R.Stacks[B];
}

/// In the order in which a story is told; unknown roles come last.
unsigned rankOf(llvm::StringRef Role) {
  constexpr llvm::StringLiteral Order[] = {
      "here", "opened", "closed", "previously closed", "previously opened", "owner"};
  return unsigned(llvm::find(Order, Role) - Order);
}

} // namespace

Report merge(std::vector<Report> Reports) {
  Merger M({});
  for (Report &R : Reports)
    M.add(std::move(R));
  return M.take();
}

void keepUsedStacks(Report &R) {
  std::vector<int> NewIndex(R.Stacks.size(), -1);
  std::vector<Stack> Kept;
  forEachStack(R, [&](int &Index) {
    if (Index < 0)
      return;
    int &New = NewIndex[Index];
    if (New < 0) {
      New = int(Kept.size());
      Kept.push_back(std::move(R.Stacks[Index]));
    }
    Index = New;
  });
  R.Stacks = std::move(Kept);
}

std::string stableHash(const Report &R, const Leak &L) {
  Digest D;
  D.add("leak").add(L.Kind).add(L.Type);
  addStack(D, R, L.Opened);
  addSite(D, L.Site);
  return shortened(D);
}

std::string stableHash(const Report &R, const Misuse &M) {
  Digest D;
  D.add(M.Rule).add(M.Kind).add(M.Type);
  if (!M.Steps.empty()) {
    addStack(D, R, M.Steps.front().Stack);
    addSite(D, M.Steps.front().Site);
  }
  return shortened(D);
}

Report grouped(Report R) {
  R = merge({std::move(R)});
  for (Misuse &M : R.Misuses)
    llvm::stable_sort(M.Steps,
                      [](const Step &A, const Step &B) { return rankOf(A.Role) < rankOf(B.Role); });
  std::vector<int> Commands = commandsOf(R);
  std::vector<NameCounts> Names;
  std::vector<Leak> Leaks = addUp(R.Leaks, Commands, [&](size_t At, const Leak &L) {
    Names.resize(std::max(Names.size(), At + 1));
    addNames(Names[At], L);
  });
  for (size_t I = 0; I < Leaks.size(); ++I)
    Leaks[I].Names = mostFrequent(Names[I]);
  std::vector<Misuse> Misuses = addUp(R.Misuses, Commands, [](size_t, const Misuse &) {});
  R.Openings = addUp(R.Openings, Commands, [](size_t, const Opening &) {});
  R.Leaks = std::move(Leaks);
  R.Misuses = std::move(Misuses);
  for (Leak &L : R.Leaks)
    L.Hash = stableHash(R, L);
  for (Misuse &M : R.Misuses)
    M.Hash = stableHash(R, M);

  llvm::stable_sort(R.Leaks, [&](const Leak &A, const Leak &B) {
    auto KeyA = std::tie(B.Count, A.Kind, A.Type, A.Test, A.Owner, A.Site);
    auto KeyB = std::tie(A.Count, B.Kind, B.Type, B.Test, B.Owner, B.Site);
    return KeyA != KeyB ? KeyA < KeyB : before(R, A.Opened, B.Opened);
  });
  llvm::stable_sort(R.Misuses, [&](const Misuse &A, const Misuse &B) {
    auto KeyA = std::tie(B.Count, A.Rule, A.Kind, A.Type, A.Test, A.Owner, A.Call);
    auto KeyB = std::tie(A.Count, B.Rule, B.Kind, B.Type, B.Test, B.Owner, B.Call);
    if (KeyA != KeyB)
      return KeyA < KeyB;
    return !A.Steps.empty() && !B.Steps.empty() &&
           before(R, A.Steps.front().Stack, B.Steps.front().Stack);
  });
  llvm::stable_sort(R.Openings, [&](const Opening &A, const Opening &B) {
    return A.Kind != B.Kind ? A.Kind < B.Kind : before(R, A.Opened, B.Opened);
  });
  keepUsedStacks(R);
  return R;
}

namespace {

using ComparisonKey = std::tuple<std::string, std::string, std::vector<std::string>>;

template <class T> ComparisonKey comparisonKey(const Report &R, const T &Group) {
  return {Group.Hash, Group.Test, R.Processes[Group.Process].Command};
}

/// Where several groups of now are one key, the earlier count is spread over them.
template <class T>
void compareLists(const Report &R, std::vector<T> &Now, const std::vector<T> &Old,
                  std::vector<T> &Fixed) {
  std::map<ComparisonKey, uint64_t> Left;
  for (const T &Group : Old)
    Left[comparisonKey(R, Group)] += Group.Count;
  std::map<ComparisonKey, T *> Last;
  for (T &Group : Now) {
    ComparisonKey Key = comparisonKey(R, Group);
    uint64_t &Rest = Left[Key];
    Group.Before = std::min(Rest, Group.Count);
    Rest -= Group.Before;
    Last[Key] = &Group;
  }
  for (auto &[Key, Group] : Last)
    Group->Before += Left[Key];
  for (const T &Group : Old)
    if (!Last.contains(comparisonKey(R, Group)))
      Fixed.push_back(Group);
}

} // namespace

void compare(Outcome &Told, Report Old) {
  size_t Processes = Told.Found.Processes.size();
  Merger M(std::move(Told.Found));
  M.adopt(Old);
  Report &Found = Told.Found = M.take();
  Told.Compared = true;
  compareLists(Found, Found.Leaks, Old.Leaks, Told.FixedLeaks);
  compareLists(Found, Found.Misuses, Old.Misuses, Told.FixedMisuses);
  // The earlier processes are told only where no later one runs the same program.
  std::vector<int> Commands = commandsOf(Found);
  size_t Needed = Processes;
  auto ToFirst = [&](auto &Group) {
    Group.Process = Commands[Group.Process];
    Needed = std::max(Needed, size_t(Group.Process) + 1);
  };
  llvm::for_each(Told.FixedLeaks, ToFirst);
  llvm::for_each(Told.FixedMisuses, ToFirst);
  Found.Processes.resize(Needed);
}

} // namespace handrail::ledger
