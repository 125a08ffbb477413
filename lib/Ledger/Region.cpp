// A region is read section by section, as it is at that moment: its process may be
// writing to it, or may have been killed while it did.
#include "lib/Ledger/Region.h"
#include "runtime/preload/region.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <algorithm>
#include <csignal>
#include <cstring>
#include <map>
#include <tuple>

namespace handrail::ledger {
namespace {

using namespace region;

/// Some bytes of the file. What lies beyond its end is zero.
class Section {
public:
  static llvm::Expected<Section> read(llvm::StringRef Path, size_t At, size_t Size) {
    Section S;
    if (Size == 0)
      return S;
    auto Buffer = llvm::MemoryBuffer::getFileSlice(Path, Size, At, /*IsVolatile=*/true);
    if (!Buffer)
      return llvm::createStringError("cannot read " + Path + ": " + Buffer.getError().message());
    S.Bytes = std::move(*Buffer);
    return S;
  }
  /// The \p Index-th T, copied; all zero when there is none.
  template <class T> T get(size_t Index) const {
    alignas(T) char Raw[sizeof(T)] = {};
    if (Bytes && (Index + 1) * sizeof(T) <= Bytes->getBufferSize())
      std::memcpy(Raw, Bytes->getBufferStart() + Index * sizeof(T), sizeof(T));
    T Value;
    std::memcpy(static_cast<void *>(&Value), Raw, sizeof(T));
    return Value;
  }
  llvm::StringRef text() const { return Bytes ? Bytes->getBuffer() : llvm::StringRef(); }

private:
  std::unique_ptr<llvm::MemoryBuffer> Bytes;
};

/// A record without atomics, so that it can be copied.
struct PlainRecord {
  uint64_t Word, Key, Extra;
  uint32_t Opened, Closed, OpenedBy, Test, OpenedAt, Name;
};
static_assert(sizeof(PlainRecord) == sizeof(record));

struct PlainMisuse {
  uint64_t Key;
  uint32_t Count;
  uint8_t Rule, Kind, Ready, Owner;
  uint64_t Value;
  uint32_t Here, Opened, Closed, PreviousOpened, PreviousClosed, OwnerOpened;
  uint32_t Thread, OpenedBy, ClosedBy, At, Name, Test;
  char Call[24];
};
static_assert(sizeof(PlainMisuse) == sizeof(misuse));

struct PlainEvent {
  uint32_t Sequence;
  uint8_t What, Kind;
  uint16_t Thread;
  uint32_t At, Stack;
  uint64_t Value;
};
static_assert(sizeof(PlainEvent) == sizeof(event));

class Reader {
public:
  explicit Reader(llvm::StringRef Path) : Path(Path) {}
  llvm::Expected<Report> read(bool WithOpenings);

private:
  llvm::Error load();
  void readProcess();
  void readModules();
  int stack(uint32_t Id);
  std::string name(uint32_t Id) const;
  std::string pointee(uint32_t Descriptor) const;
  void readLeaks();
  void add(const PlainRecord &R, uint64_t Value, uint64_t Now);
  void readMisuses();
  llvm::Error readOpenings();
  llvm::Error readHistory();

  std::string Path;
  // The header holds atomics; it is looked at in place.
  Section Head, ModuleSection, MisuseSection, Pointees, Names, Kept, Depot, Descriptors;
  Section Objects[3];
  const header *Header = nullptr;
  Report R;
  struct LoadedModule {
    uint64_t Begin, End, Bias;
    int Index;
  };
  std::vector<LoadedModule> Loaded; ///< the last one loaded first
  std::map<uint32_t, int> Stacks;
  std::map<uint32_t, std::string> PointeeNames;
  using LeakKey = std::tuple<std::string, uint32_t, std::string, std::string, bool, bool>;
  std::map<LeakKey, size_t> Groups; ///< in R.Leaks
};

llvm::Error Reader::load() {
  auto Read = [&](Section &To, size_t At, size_t Size) -> llvm::Error {
    auto S = Section::read(Path, At, Size);
    if (!S)
      return S.takeError();
    To = std::move(*S);
    return llvm::Error::success();
  };
  if (llvm::Error E = Read(Head, header_at, sizeof(header)))
    return E;
  if (Head.text().size() < sizeof(header) || !Head.text().starts_with(RegionMagic))
    return llvm::createStringError("cannot read " + Path + ": not a ledger");
  Header = reinterpret_cast<const header *>(Head.text().data());
  if (Header->version != version)
    return llvm::createStringError("cannot read " + Path + ": its version is " +
                                   std::to_string(Header->version) + ", this program reads " +
                                   std::to_string(version));
  if (Header->size != file_size)
    return llvm::createStringError("cannot read " + Path + ": a ledger of another machine");
  auto Used = [](const std::atomic<uint32_t> &N, size_t Most) {
    return std::min<size_t>(N.load(), Most);
  };
  std::pair<Section *, std::pair<size_t, size_t>> Parts[] = {
      {&ModuleSection, {modules_at, Used(Header->modules, module_count) * sizeof(module)}},
      {&MisuseSection, {misuses_at, misuse_count * sizeof(misuse)}},
      {&Pointees, {pointees_at, Used(Header->pointees, pointee_count) * sizeof(region::pointee)}},
      {&Names, {names_at, Used(Header->names_used, name_bytes)}},
      {&Kept, {kept_at, Used(Header->kept_used, kept_bytes)}},
      {&Depot, {depot_at, Used(Header->depot_used, depot_words) * sizeof(uint64_t)}},
      {&Descriptors,
       {descriptors_at, Used(Header->descriptors, descriptor_count) * sizeof(record)}},
  };
  for (auto &[To, Place] : Parts)
    if (llvm::Error E = Read(*To, Place.first, Place.second))
      return E;
  size_t At = objects_at;
  for (unsigned Level = 0; Level < 3; ++Level) {
    size_t Size = object_levels[Level] * sizeof(record);
    if (Header->levels.load() >> Level & 1)
      if (llvm::Error E = Read(Objects[Level], At, Size))
        return E;
    At += Size;
  }
  return llvm::Error::success();
}

/// The text of a name, empty when it was overwritten by a later one.
std::string Reader::name(uint32_t Id) const {
  if (!Id)
    return "";
  bool IsKept = Id & kept_name;
  llvm::StringRef Text = IsKept ? Kept.text() : Names.text();
  size_t At = IsKept ? Id & ~kept_name : Id % name_bytes;
  name_head Head;
  if (At + sizeof Head > Text.size())
    return "";
  std::memcpy(&Head, Text.data() + At, sizeof Head);
  if (Head.self != Id || At + sizeof Head + Head.size > Text.size())
    return "";
  return Text.substr(At + sizeof Head, Head.size).str();
}

void Reader::readProcess() {
  Process P;
  P.Id = int(Header->pid);
  P.Parent = int(Header->parent);
  P.Level = int(Header->level);
  P.Started = Header->started;
  P.Ended = Header->ended;
  P.Lost = Header->lost.load();
  P.Status = Header->status;
  switch (state(Header->state.load())) {
  case state::running:
    P.End = Ending::Running;
    break;
  case state::exited:
    P.End = Ending::Exited;
    break;
  case state::aborted:
    P.End = Ending::Aborted;
    break;
  case state::execed:
    P.End = Ending::Execed;
    break;
  }
  llvm::StringRef Command(Header->command,
                          std::min<size_t>(Header->command_size, sizeof Header->command));
  Command.consume_back(llvm::StringRef("\0", 1));
  llvm::SmallVector<llvm::StringRef> Words;
  Command.split(Words, '\0');
  for (llvm::StringRef Word : Words)
    P.Command.push_back(Word.str());
  R.Processes.push_back(std::move(P));
  for (size_t I = 0, E = Header->pointees.load(); I < std::min(E, pointee_count); ++I) {
    auto P = Pointees.get<region::pointee>(I);
    PointeeNames[P.descriptor] = name(P.name);
  }
}

void Reader::readModules() {
  for (size_t I = 0, E = Header->modules.load(); I < std::min(E, module_count); ++I) {
    auto M = ModuleSection.get<module>(I);
    if (!M.loaded || !M.name)
      continue; // it was being written
    Loaded.push_back({M.begin, M.end, M.bias, int(R.Modules.size())});
    R.Modules.push_back({name(M.name), llvm::toHex({M.build_id, M.build_id_size},
                                                   /*LowerCase=*/true)});
  }
  std::reverse(Loaded.begin(), Loaded.end());
}

/// The index of a stack of the depot in the report, -1 when it was not kept.
int Reader::stack(uint32_t Id) {
  uint64_t Word = Id ? Depot.get<uint64_t>(Id) : 0;
  if (!Word || Word & stack_lossy)
    return -1;
  auto [It, IsNew] = Stacks.try_emplace(Id, int(R.Stacks.size()));
  if (!IsNew)
    return It->second;
  size_t Key = Word & stack_key_mask, Full = Word >> stack_full_shift & 0xff;
  size_t First = Id + stack_head + (Full ? Key : 0);
  Stack S;
  S.Partial = Word & stack_partial;
  for (size_t I = 0; I < (Full ? Full : Key); ++I) {
    auto Address = Depot.get<uint64_t>(First + I);
    if (!Address)
      break; // a mark, see preload/stack.cpp
    Frame F;
    F.Offset = Address;
    // A return address may be the first byte behind its function.
    for (const LoadedModule &M : Loaded)
      if (Address > M.Begin && Address <= M.End) {
        F.Module = M.Index;
        F.Offset = Address - M.Bias;
        break;
      }
    S.Frames.push_back(std::move(F));
  }
  R.Stacks.push_back(std::move(S));
  return It->second;
}

std::string Reader::pointee(uint32_t Descriptor) const {
  auto It = PointeeNames.find(Descriptor);
  return It == PointeeNames.end() ? "" : It->second;
}

void Reader::add(const PlainRecord &Rec, uint64_t Value, uint64_t Now) {
  constexpr size_t FewValues = 16, FewNames = 8;
  kind K = kind_of(Rec.Word);
  if (K == kind::none || K >= kind::count_)
    return;
  std::string Owner;
  if (is_descriptor(K) && Rec.Word & has_tag)
    Owner = Rec.Key == runtime_tag ? "unique_fd"
                                   : "tag 0x" + llvm::utohexstr(Rec.Key, /*LowerCase=*/true);
  std::string Test = name(Rec.Test);
  bool Inherited = Rec.Word & is_inherited, Untraced = Rec.Word & is_untraced;
  LeakKey Key{kind_names[size_t(K)], Rec.Opened, Owner, Test, Inherited, Untraced};
  auto [It, IsNew] = Groups.try_emplace(Key, R.Leaks.size());
  if (IsNew) {
    Leak L;
    L.Kind = kind_names[size_t(K)];
    L.Owner = Owner;
    L.Test = Test;
    L.Opened = stack(Rec.Opened);
    L.Inherited = Inherited;
    L.Untraced = Untraced;
    L.NewestMs = ~uint64_t(0);
    L.FirstSeenMs = Rec.OpenedAt;
    R.Leaks.push_back(std::move(L));
  }
  Leak &L = R.Leaks[It->second];
  ++L.Count;
  if (L.Values.size() < FewValues)
    L.Values.push_back(Value);
  uint64_t Age = Now > Rec.OpenedAt ? Now - Rec.OpenedAt : 0;
  L.OldestMs = std::max(L.OldestMs, Age);
  L.NewestMs = std::min(L.NewestMs, Age);
  L.FirstSeenMs = std::min<uint64_t>(L.FirstSeenMs, Rec.OpenedAt);
  if (Rec.OpenedBy && L.Threads.size() < FewValues && !llvm::is_contained(L.Threads, Rec.OpenedBy))
    L.Threads.push_back(Rec.OpenedBy);
  // What the kernel says is of now, what the call said may be relative.
  std::string Text = is_descriptor(K) ? pointee(uint32_t(Value))
                     : Rec.Extra && (K == kind::stdio || K == kind::directory || K == kind::process)
                         ? pointee(uint32_t(Rec.Extra) - 1)
                         : "";
  if (Text.empty() || K == kind::process)
    if (std::string Said = name(Rec.Name); !Said.empty())
      Text = Said;
  if (Text.empty())
    return;
  for (Name &N : L.Names)
    if (N.Text == Text) {
      ++N.Count;
      return;
    }
  if (L.Names.size() < FewNames)
    L.Names.push_back({Text, 1});
}

void Reader::readLeaks() {
  uint64_t Now = Header->ended > Header->started ? uint64_t(Header->ended - Header->started) : 0;
  std::map<uint64_t, bool> LiveObjects;
  for (unsigned Level = 0; Level < 3; ++Level)
    for (size_t I = 0; I < object_levels[Level] && !Objects[Level].text().empty(); ++I) {
      auto Rec = Objects[Level].get<PlainRecord>(I);
      if (!(Rec.Word & is_open))
        continue;
      LiveObjects[Rec.Key] = true;
      Now = std::max<uint64_t>(Now, Rec.OpenedAt);
    }
  for (size_t Fd = 0; Fd < Descriptors.text().size() / sizeof(record); ++Fd)
    Now = std::max<uint64_t>(Now, Descriptors.get<PlainRecord>(Fd).OpenedAt);
  for (size_t Fd = 0; Fd < Descriptors.text().size() / sizeof(record); ++Fd) {
    auto Rec = Descriptors.get<PlainRecord>(Fd);
    // One that belongs to an object is told with the object.
    bool OfObject = Rec.Key && !(Rec.Word & has_tag) && LiveObjects.contains(Rec.Key);
    // The standard ones are open to the end, whatever was put in their place.
    if (Rec.Word & is_open && !OfObject && Fd > 2)
      add(Rec, Fd, Now);
  }
  // A stream whose number was closed under it has nothing left but memory: that is told as
  // a misuse, or was a loop that closes all there are.
  auto IsHollow = [&](const PlainRecord &Rec) {
    kind K = kind_of(Rec.Word);
    if (!Rec.Extra || (K != kind::stdio && K != kind::directory && K != kind::process))
      return false;
    auto Fd = Descriptors.get<PlainRecord>(Rec.Extra - 1);
    return !(Fd.Word & is_open) || Fd.Key != Rec.Key;
  };
  for (unsigned Level = 0; Level < 3; ++Level)
    for (size_t I = 0; I < object_levels[Level] && !Objects[Level].text().empty(); ++I)
      if (auto Rec = Objects[Level].get<PlainRecord>(I); Rec.Word & is_open && !IsHollow(Rec))
        add(Rec, Rec.Key, Now);
  for (Leak &L : R.Leaks) {
    llvm::sort(L.Values);
    llvm::sort(L.Threads);
    llvm::stable_sort(L.Names, [](const Name &A, const Name &B) { return A.Count > B.Count; });
  }
}

void Reader::readMisuses() {
  for (size_t I = 0; I < misuse_count; ++I) {
    auto M = MisuseSection.get<PlainMisuse>(I);
    if (M.Ready != 1 || !M.Count || M.Rule >= size_t(rule::count_) ||
        M.Kind >= size_t(kind::count_))
      continue;
    Misuse Out;
    Out.Rule = rule_names[M.Rule];
    Out.Kind = kind_names[M.Kind];
    Out.Call = std::string(M.Call, strnlen(M.Call, sizeof M.Call));
    Out.Value = M.Value;
    Out.Count = M.Count;
    Out.Name = name(M.Name);
    Out.Test = name(M.Test);
    if (M.Rule == size_t(rule::wrong_owner)) {
      bool Tagged = !M.Owner || M.Owner >= size_t(kind::count_);
      Out.Owner = Tagged ? "tag" : kind_names[M.Owner];
      Out.Detail = Tagged ? "it belongs to an object that says so"
                          : "it belongs to an object of kind " + Out.Owner;
    } else if (M.Rule == size_t(rule::mismatched_close)) {
      Out.Detail = "what is of kind " + Out.Kind + " is not closed by " + Out.Call;
    } else if (M.PreviousClosed) {
      Out.Detail = "the number had been closed and opened again before";
    }
    auto Step = [&](const char *Role, uint32_t Stack, uint32_t Thread, uint64_t At = 0) {
      if (Stack)
        Out.Steps.push_back({Role, stack(Stack), "", Thread, At});
    };
    Step("here", M.Here, M.Thread, M.At);
    Step("opened", M.Opened, M.OpenedBy);
    Step("closed", M.Closed, M.ClosedBy);
    Step("previously opened", M.PreviousOpened, 0);
    Step("previously closed", M.PreviousClosed, 0);
    Step("owner", M.OwnerOpened, 0);
    R.Misuses.push_back(std::move(Out));
  }
}

llvm::Error Reader::readHistory() {
  if (Header->level < 3)
    return llvm::Error::success();
  static constexpr const char *Words[] = {"", "opened", "closed", "misused"};
  for (size_t I = 0; I < ring_count; ++I) {
    auto S = Section::read(Path, rings_at + I * sizeof(ring), sizeof(ring));
    if (!S)
      return S.takeError();
    const auto *Ring = reinterpret_cast<const ring *>(S->text().data());
    if (S->text().size() < sizeof(ring) || !Ring->next.load())
      continue;
    for (const event &Each : Ring->events) {
      PlainEvent E;
      std::memcpy(&E, static_cast<const void *>(&Each), sizeof E);
      if (!E.Sequence || E.What == 0 || E.What >= std::size(Words) ||
          E.Kind >= size_t(kind::count_))
        continue;
      R.History.push_back({0, E.At * uint64_t(1000000), Words[E.What], kind_names[E.Kind], E.Value,
                           E.Thread, stack(E.Stack), ""});
    }
  }
  llvm::stable_sort(R.History, [](const Event &A, const Event &B) { return A.AtNs < B.AtNs; });
  return llvm::Error::success();
}

/// By the chains of the buckets: a stack that was being written is in none.
llvm::Error Reader::readOpenings() {
  auto Buckets = Section::read(Path, buckets_at, depot_buckets * sizeof(uint32_t));
  if (!Buckets)
    return Buckets.takeError();
  const size_t Words = Depot.text().size() / sizeof(uint64_t);
  for (size_t B = 0; B < depot_buckets; ++B) {
    size_t Steps = 0; // a damaged chain may go round
    for (auto Id = Buckets->get<uint32_t>(B); Id && Id < Words && Steps < Words; ++Steps) {
      const auto Kinds = Depot.get<uint64_t>(Id + 1);
      for (size_t K = 1; K < size_t(kind::count_); ++K)
        if (Kinds >> K & 1)
          if (int Opened = stack(Id); Opened >= 0)
            R.Openings.push_back({0, kind_names[K], Opened});
      Id = uint32_t(Depot.get<uint64_t>(Id) >> stack_next_shift);
    }
  }
  return llvm::Error::success();
}

llvm::Expected<Report> Reader::read(bool WithOpenings) {
  if (llvm::Error E = load())
    return std::move(E);
  readProcess();
  readModules();
  readLeaks();
  readMisuses();
  if (llvm::Error E = readHistory())
    return std::move(E);
  if (WithOpenings)
    if (llvm::Error E = readOpenings())
      return std::move(E);
  return std::move(R);
}

} // namespace

llvm::Expected<Report> readRegion(llvm::StringRef Path, bool WithOpenings) {
  return Reader(Path).read(WithOpenings);
}

} // namespace handrail::ledger
