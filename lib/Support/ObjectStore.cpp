#include "lib/Support/ObjectStore.h"
#include "lib/Support/Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace handrail {

namespace fs = llvm::sys::fs;

namespace {

constexpr uint64_t Block = 4096;
/// How old a use may be until the next one is written down.
constexpr int64_t Hour = 3600;
/// What is left of the limit after a walk, in tenths.
constexpr uint64_t Kept = 9;

/// How programs that make copies know a cache: https://bford.info/cachedir
constexpr llvm::StringLiteral Tag = "Signature: 8a477f597d28d172789f06886806bc55\n"
                                    "# This directory is a cache of handrail.\n";

uint64_t blocks(uint64_t Bytes) { return (Bytes + Block - 1) / Block; }

/// A file descriptor that closes itself.
struct Descriptor {
  explicit Descriptor(int Number) : Number(Number) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (Number >= 0)
      ::close(Number);
  }
  explicit operator bool() const { return Number >= 0; }
  const int Number;
};

bool writeAll(int File, llvm::StringRef Bytes) {
  while (!Bytes.empty()) {
    ssize_t Done = ::write(File, Bytes.data(), Bytes.size());
    if (Done < 0 && errno == EINTR)
      continue;
    if (Done < 0)
      return false;
    Bytes = Bytes.drop_front(size_t(Done));
  }
  return true;
}

/// Only if it has been a while, for a write costs more than a read.
void touch(int File, const struct stat &Status) {
  timespec Now;
  clock_gettime(CLOCK_REALTIME, &Now);
  const timespec Times[] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  if (Status.st_mtim.tv_sec + Hour < Now.tv_sec)
    (void)futimens(File, Times); // costs the object its place at most
}

struct Entry {
  std::string Path;
  int64_t Used = 0; ///< in nanoseconds
  uint64_t Bytes = 0;
  size_t Sort = 0;
};

/// Everything below \p Objects, but for what vanishes meanwhile.
std::vector<Entry> walk(const std::string &Objects) {
  std::vector<Entry> Result;
  std::error_code Code;
  for (fs::recursive_directory_iterator It(Objects, Code, /*follow_symlinks=*/false), End;
       !Code && It != End; It.increment(Code)) {
    struct stat Status;
    if (lstat(It->path().c_str(), &Status) || !S_ISREG(Status.st_mode))
      continue;
    llvm::StringRef Extension = llvm::sys::path::extension(It->path()).drop_front();
    Result.push_back({It->path(), Status.st_mtim.tv_sec * 1'000'000'000 + Status.st_mtim.tv_nsec,
                      blocks(uint64_t(Status.st_size)) * Block,
                      size_t(llvm::find(ObjectSortNames, Extension) - ObjectSortNames.begin())});
  }
  return Result;
}

} // namespace

struct ObjectStore::Shared {
  std::mutex Mutex;
  std::string Trouble;
  int Growth = -1;
  mode_t Mode = 0644;
};

ObjectStore::ObjectStore(std::string Directory, uint64_t Limit)
    : Directory(std::move(Directory)), Limit(Limit), State(std::make_unique<Shared>()) {}

ObjectStore::~ObjectStore() {
  if (State->Growth >= 0)
    ::close(State->Growth);
}

llvm::Expected<std::unique_ptr<ObjectStore>> ObjectStore::create(std::string Directory,
                                                                 uint64_t Limit) {
  if (std::error_code Code = fs::create_directories(Directory);
      Code || !fs::is_directory(Directory))
    return llvm::createStringError("cannot create directory " + Directory + ": " +
                                   (Code ? Code.message() : "it is a file"));
  std::unique_ptr<ObjectStore> Result(new ObjectStore(std::move(Directory), Limit));
  Result->prepare();
  return Result;
}

llvm::Expected<std::unique_ptr<ObjectStore>> ObjectStore::open(std::string Directory) {
  if (!fs::is_directory(Directory + "/v1"))
    return llvm::createStringError("no cache of handrail in " + Directory);
  return create(std::move(Directory), UINT64_MAX);
}

void ObjectStore::prepare() {
  const mode_t Mask = umask(0);
  umask(Mask);
  State->Mode = 0666 & ~Mask;
  if (std::string Path = Directory + "/CACHEDIR.TAG"; !fs::exists(Path))
    llvm::consumeError(writeAtomically(Path, Tag)); // for others
  Directory += "/v1";
  for (const char *Below : {"/objects", "/tmp"})
    if (std::error_code Code = fs::create_directories(Directory + Below)) {
      fail(Code.value());
      return;
    }
  State->Growth = ::open((Directory + "/growth").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
                         State->Mode);
  if (State->Growth < 0)
    fail(errno);
  else
    removeAbandoned();
}

void ObjectStore::removeAbandoned() const {
  std::error_code Code;
  for (fs::directory_iterator It(Directory + "/tmp", Code), End; !Code && It != End;
       It.increment(Code)) {
    Descriptor File(::open(It->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (File && flock(File.Number, LOCK_EX | LOCK_NB) == 0)
      fs::remove(It->path());
  }
}

bool ObjectStore::fail(int Error) const {
  reportTrouble(std::strerror(Error));
  return false;
}

void ObjectStore::reportTrouble(llvm::StringRef Why) const {
  std::lock_guard Lock(State->Mutex);
  if (State->Trouble.empty())
    State->Trouble = Why.str();
}

std::string ObjectStore::trouble() const {
  std::lock_guard Lock(State->Mutex);
  return State->Trouble;
}

std::string ObjectStore::pathOf(ObjectSort Sort, llvm::StringRef Key) const {
  return Directory + "/objects/" + Key.take_front(2).str() + "/" + Key.drop_front(2).str() + "." +
         ObjectSortNames[size_t(Sort)].str();
}

//===- Reading -------------------------------------------------------------===//

std::optional<std::string> ObjectStore::get(ObjectSort Sort, llvm::StringRef Key) const {
  const std::string Path = pathOf(Sort, Key);
  Descriptor File(::open(Path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat Status;
  if (!File || fstat(File.Number, &Status))
    return std::nullopt;
  std::string Bytes(size_t(Status.st_size), '\0');
  size_t Done = 0;
  while (Done != Bytes.size()) {
    ssize_t Got = ::read(File.Number, Bytes.data() + Done, Bytes.size() - Done);
    if (Got < 0 && errno == EINTR)
      continue;
    if (Got <= 0)
      return std::nullopt;
    Done += size_t(Got);
  }
  std::optional<llvm::StringRef> Body = unsealed(Bytes);
  if (!Body) {
    ::unlink(Path.c_str());
    return std::nullopt;
  }
  touch(File.Number, Status);
  Bytes.resize(Body->size());
  return Bytes;
}

bool ObjectStore::has(ObjectSort Sort, llvm::StringRef Key) const {
  Descriptor File(::open(pathOf(Sort, Key).c_str(), O_RDONLY | O_CLOEXEC));
  struct stat Status;
  if (!File || fstat(File.Number, &Status) || Status.st_size == 0)
    return false;
  touch(File.Number, Status);
  return true;
}

void ObjectStore::remove(ObjectSort Sort, llvm::StringRef Key) const {
  ::unlink(pathOf(Sort, Key).c_str());
}

//===- Writing -------------------------------------------------------------===//

/// Before anything is written, so that what a killed process wrote is counted.
bool ObjectStore::grow(uint64_t Bytes) const {
  const std::string Marks(blocks(Bytes), '.');
  return State->Growth >= 0 && (writeAll(State->Growth, Marks) || fail(errno));
}

bool ObjectStore::writeFile(const std::string &Path, llvm::StringRef Bytes) const {
  // Again when a folder is missing, or when somebody took the file for abandoned before
  // it was locked.
  for (unsigned Try = 0; Try != 3; ++Try) {
    std::string Temporary = Directory + "/tmp/XXXXXX";
    Descriptor File(mkostemp(Temporary.data(), O_CLOEXEC));
    if (!File)
      return fail(errno);
    if (flock(File.Number, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
      continue;
    if (fchmod(File.Number, State->Mode) == 0 && writeAll(File.Number, Bytes) &&
        ::rename(Temporary.c_str(), Path.c_str()) == 0)
      return true;
    const int Error = errno;
    ::unlink(Temporary.c_str());
    if (Error != ENOENT || fs::create_directories(llvm::sys::path::parent_path(Path)))
      return fail(Error);
  }
  return false;
}

bool ObjectStore::put(ObjectSort Sort, llvm::StringRef Key, llvm::StringRef Bytes) const {
  // What is not counted is not written.
  const std::string Object = sealed(Bytes.str());
  if (!grow(Object.size()) || !writeFile(pathOf(Sort, Key), Object))
    return false;
  if (estimate() > Limit)
    trim(Limit / 10 * Kept);
  return true;
}

//===- Size ----------------------------------------------------------------===//

/// Bytes that were written since the last walk.
uint64_t ObjectStore::grown() const {
  struct stat Status;
  if (State->Growth < 0 || fstat(State->Growth, &Status))
    return 0;
  return uint64_t(Status.st_size) * Block;
}

uint64_t ObjectStore::estimate() const {
  uint64_t Before = 0;
  if (auto Text = readWholeFile(Directory + "/size"))
    (void)llvm::StringRef(*Text).trim().getAsInteger(10, Before);
  return Before + grown();
}

std::optional<StoreUsage::Count> ObjectStore::trim(uint64_t Bytes, int64_t Before) const {
  Descriptor Lock(::open((Directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, State->Mode));
  if (!Lock || flock(Lock.Number, LOCK_EX | LOCK_NB))
    return std::nullopt;
  removeAbandoned();
  const uint64_t Start = grown();
  std::vector<Entry> Entries = walk(Directory + "/objects");
  llvm::sort(Entries, [](const Entry &A, const Entry &B) {
    return std::tie(A.Used, A.Path) < std::tie(B.Used, B.Path);
  });
  uint64_t Left = 0;
  for (const Entry &E : Entries)
    Left += E.Bytes;
  StoreUsage::Count Removed;
  for (const Entry &E : Entries) {
    if (Left <= Bytes && E.Used >= Before * 1'000'000'000)
      break;
    if (::unlink(E.Path.c_str()) && errno != ENOENT)
      continue;
    Left -= E.Bytes;
    ++Removed.Objects;
    Removed.Bytes += E.Bytes;
  }
  // What others wrote meanwhile may not have been seen. In this order: who is killed in
  // between makes the next one walk again.
  const uint64_t Meanwhile = grown() - std::min(grown(), Start);
  if (writeFile(Directory + "/size", std::to_string(Left + Meanwhile) + "\n"))
    (void)::truncate((Directory + "/growth").c_str(), 0);
  return Removed;
}

StoreUsage ObjectStore::usage() const {
  StoreUsage Result;
  for (const Entry &E : walk(Directory + "/objects")) {
    if (E.Sort < Result.Sorts.size()) {
      ++Result.Sorts[E.Sort].Objects;
      Result.Sorts[E.Sort].Bytes += E.Bytes;
    }
    ++Result.All.Objects;
    Result.All.Bytes += E.Bytes;
    const int64_t Used = E.Used / 1'000'000'000;
    Result.Oldest = Result.Oldest ? std::min(Result.Oldest, Used) : Used;
    Result.Newest = std::max(Result.Newest, Used);
  }
  return Result;
}

//===- Runs ----------------------------------------------------------------===//

void ObjectStore::note(llvm::StringRef Line) const {
  Descriptor File(::open((Directory + "/runs").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
                         State->Mode));
  if (File)
    (void)writeAll(File.Number, Line.str() + "\n");
}

std::string ObjectStore::notes() const { return readWholeFile(Directory + "/runs").value_or(""); }

void ObjectStore::replaceNotes(llvm::StringRef Text) const {
  (void)writeFile(Directory + "/runs", Text);
}

} // namespace handrail
