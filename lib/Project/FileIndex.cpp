#include "lib/Project/FileIndex.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Files.h"
#include "llvm/ADT/STLExtras.h"
#include <sys/stat.h>
#include <time.h>

namespace handrail::project {

static constexpr llvm::StringLiteral Header = "handrail files 2\n";

/// More than any project has. Then what a run did not look at is forgotten.
static constexpr size_t MostFiles = 200'000;

FileIndex::FileIndex(llvm::StringRef Saved) {
  if (!Saved.consume_front(Header))
    return;
  while (!Saved.empty()) {
    auto [Line, Rest] = Saved.split('\n');
    Saved = Rest;
    Look L;
    auto [Content, Numbers] = Line.split(' ');
    L.Content = Content.str();
    if (Numbers.consumeInteger(10, L.Size) || !Numbers.consume_front(" ") ||
        Numbers.consumeInteger(10, L.Device) || !Numbers.consume_front(" ") ||
        Numbers.consumeInteger(10, L.Inode) || !Numbers.consume_front(" ") ||
        Numbers.consumeInteger(10, L.Time) || !Numbers.consume_front(" "))
      continue;
    Earlier[unescaped(Numbers)] = std::move(L);
  }
}

static int64_t nanoseconds(const timespec &T) {
  return int64_t(T.tv_sec) * 1'000'000'000 + T.tv_nsec;
}

FileIndex::Look *FileIndex::look(const std::string &Path) {
  auto [It, New] = Now.try_emplace(Path);
  Look &L = It->second;
  if (!New)
    return L.Size == UINT64_MAX ? nullptr : &L;
  struct stat Status;
  if (stat(Path.c_str(), &Status) != 0) {
    L.Size = UINT64_MAX;
    return nullptr;
  }
  L.Size = uint64_t(Status.st_size);
  L.Device = uint64_t(Status.st_dev);
  L.Inode = uint64_t(Status.st_ino);
  L.Time = std::max(nanoseconds(Status.st_mtim), nanoseconds(Status.st_ctim));
  // A file that was written a moment ago may be written again without its time
  // being another one.
  constexpr int64_t Moment = 2'000'000'000;
  timespec Clock;
  clock_gettime(CLOCK_REALTIME, &Clock);
  L.Trusted = L.Time + Moment < nanoseconds(Clock);
  auto Known = Earlier.find(Path);
  if (Known != Earlier.end() && Known->second.Size == L.Size && Known->second.Device == L.Device &&
      Known->second.Inode == L.Inode && Known->second.Time == L.Time)
    L.Content = Known->second.Content;
  return &L;
}

bool FileIndex::matches(const capture::InputFile &Input) {
  Look *L = look(Input.Path);
  if (Input.Content == capture::InputFile::Absent)
    return !L;
  if (!L || Input.Content == capture::InputFile::Present)
    return L;
  if (L->Content.empty()) {
    std::optional<std::string> Text = readWholeFile(Input.Path);
    if (!Text)
      return false;
    L->Content = digestOf(*Text);
    Changed |= L->Trusted;
  }
  return L->Content == Input.Content;
}

std::optional<std::string> FileIndex::save() const {
  if (!Changed)
    return std::nullopt;
  // What this run had no business with stays known.
  llvm::StringMap<const Look *> All;
  if (Earlier.size() + Now.size() < MostFiles)
    for (const auto &Entry : Earlier)
      All[Entry.getKey()] = &Entry.second;
  for (const auto &Entry : Now)
    if (Entry.second.Trusted && !Entry.second.Content.empty())
      All[Entry.getKey()] = &Entry.second;
    else
      All.erase(Entry.getKey());
  std::vector<llvm::StringRef> Paths;
  for (const auto &Entry : All)
    Paths.push_back(Entry.getKey());
  llvm::sort(Paths);
  std::string Text = Header.str();
  for (llvm::StringRef P : Paths) {
    const Look &L = *All[P];
    Text += L.Content + " " + std::to_string(L.Size) + " " + std::to_string(L.Device) + " " +
            std::to_string(L.Inode) + " " + std::to_string(L.Time) + " " + escaped(P) + "\n";
  }
  return Text;
}

} // namespace handrail::project
