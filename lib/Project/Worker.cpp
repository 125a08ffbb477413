#include "lib/Project/Worker.h"
#include "lib/IR/Bitcode.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/ErrorHandling.h"
#include <cstring>
#include <fcntl.h>
#include <new>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace handrail::project {
namespace {

/// Deeply nested expressions recurse deeply in any front end.
constexpr rlim_t StackBytes = rlim_t(64) << 20;

template <typename T> void put(std::string &Out, T Value) {
  Out.append(reinterpret_cast<const char *>(&Value), sizeof(T));
}
void put(std::string &Out, const std::string &Text) {
  put(Out, uint64_t(Text.size()));
  Out += Text;
}

template <typename T> T take(llvm::StringRef &In) {
  T Value;
  std::memcpy(&Value, In.data(), sizeof(T));
  In = In.drop_front(sizeof(T));
  return Value;
}
std::string takeText(llvm::StringRef &In) {
  auto Size = take<uint64_t>(In);
  std::string Text = In.take_front(Size).str();
  In = In.drop_front(Size);
  return Text;
}

void limit(decltype(RLIMIT_CPU) Resource, rlim_t Soft) {
  rlimit Limit;
  if (getrlimit(Resource, &Limit))
    return;
  Limit.rlim_cur = std::min(Soft, Limit.rlim_max);
  setrlimit(Resource, &Limit);
}

/// The next job may use so much more processor time than was used up to now.
void limitCpu(unsigned Seconds) {
  rusage Usage;
  if (Seconds == 0 || getrusage(RUSAGE_SELF, &Usage))
    return;
  limit(RLIMIT_CPU, rlim_t(Usage.ru_utime.tv_sec + Usage.ru_stime.tv_sec) + Seconds + 1);
}

[[noreturn]] void dieOutOfMemory() { _exit(OutOfMemoryStatus); }

/// Shadow memory of the sanitizers would count.
constexpr bool canLimitMemory() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return false;
#else
  return true;
#endif
#else
  return true;
#endif
}

void limitMemory(uint64_t MiB) {
  if (MiB == 0 || !canLimitMemory())
    return;
  limit(RLIMIT_DATA, rlim_t(MiB) << 20);
  std::set_new_handler(dieOutOfMemory);
  llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { dieOutOfMemory(); });
}

void appendUnit(const Spool &Units, llvm::ArrayRef<char> Bytes, Reply &Answer) {
  if (auto Offset = Units.append(Bytes)) {
    Answer.HasUnit = true;
    Answer.Offset = *Offset;
    Answer.Size = Bytes.size();
  } else {
    Answer.HasUnit = false;
    Answer.Failure = llvm::toString(Offset.takeError());
  }
}

Reply runCached(const capture::CompileJob &Job, const Spool &Units, const WorkerOptions &Options) {
  Reply Answer;
  NewCapture New = Options.Cache->make(Job, Options.Past);
  Answer.Affected = looksAt(New.Inputs, Options.Watched);
  Answer.HasUnit = !New.Unit.empty();
  Answer.Hash = New.Unit;
  Answer.Errors = std::move(New.Errors);
  Answer.Trouble = Options.Cache->objects().trouble();
  if (!Answer.HasUnit && Answer.Errors.empty())
    Answer.Failure = "the front end could not be run on it";
  if (Answer.HasUnit && !New.Stored)
    appendUnit(Units, {New.Bytes.data(), New.Bytes.size()}, Answer);
  return Answer;
}

Reply runJob(const capture::CompileJob &Job, const Spool &Units, const WorkerOptions &Options) {
  const UnitStore *Store = Options.Store;
  Reply Answer;
  std::vector<capture::InputFile> Inputs;
  capture::CaptureResult Result =
      capture::captureFile(Job, Store || Options.Watched ? &Inputs : nullptr, Options.Past);
  Answer.Affected = looksAt(Inputs, Options.Watched);
  Answer.HasUnit = Result.hasUnit();
  Answer.Errors = Result.Errors;
  if (!Answer.HasUnit && Answer.Errors.empty())
    Answer.Failure = "the front end could not be run on it";
  // What depends on nothing that is known would never be outdated.
  if (Store && !Inputs.empty()) {
    if (llvm::Error E = Store->write(Job, Result, std::move(Inputs)))
      Answer.Failure = llvm::toString(std::move(E));
    return Answer;
  }
  if (!Answer.HasUnit)
    return Answer;
  llvm::SmallVector<char, 0> Bytes;
  ir::writeBitcode(Result.U, Bytes);
  appendUnit(Units, Bytes, Answer);
  return Answer;
}

/// Both ends are blocking here; a closed other end ends the worker.
template <typename Fn> bool transfer(Fn &&Step, char *Data, size_t Size) {
  while (Size) {
    ssize_t Done = Step(Data, Size);
    if (Done < 0 && errno == EINTR)
      continue;
    if (Done <= 0)
      return false;
    Data += Done;
    Size -= size_t(Done);
  }
  return true;
}

} // namespace

bool looksAt(llvm::ArrayRef<capture::InputFile> Inputs, const capture::PastFiles *Watched) {
  return Watched && llvm::any_of(Inputs, [&](const capture::InputFile &Input) {
           return Watched->contains(cleanPath(Input.Path));
         });
}

std::string Reply::encode() const {
  std::string Body;
  put(Body, HasUnit);
  put(Body, Affected);
  put(Body, Offset);
  put(Body, Size);
  put(Body, Failure);
  put(Body, Hash);
  put(Body, Trouble);
  put(Body, uint64_t(Errors.size()));
  for (const capture::CaptureError &E : Errors) {
    put(Body, E.File);
    put(Body, E.Line);
    put(Body, E.Col);
    put(Body, E.Message);
  }
  std::string Result;
  put(Result, Body);
  return Result;
}

bool Reply::decode(std::string &Bytes, Reply &Out) {
  llvm::StringRef In = Bytes;
  if (In.size() < sizeof(uint64_t))
    return false;
  auto Size = take<uint64_t>(In);
  if (In.size() < Size)
    return false;
  Out.HasUnit = take<bool>(In);
  Out.Affected = take<bool>(In);
  Out.Offset = take<uint64_t>(In);
  Out.Size = take<uint64_t>(In);
  Out.Failure = takeText(In);
  Out.Hash = takeText(In);
  Out.Trouble = takeText(In);
  Out.Errors.resize(take<uint64_t>(In));
  for (capture::CaptureError &E : Out.Errors) {
    E.File = takeText(In);
    E.Line = take<unsigned>(In);
    E.Col = take<unsigned>(In);
    E.Message = takeText(In);
  }
  Bytes.erase(0, sizeof(uint64_t) + Size);
  return true;
}

void serve(int Socket, llvm::ArrayRef<capture::CompileJob> Jobs, const Spool &Units,
           const Spool &Log, const WorkerOptions &Options) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int Null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(Null, STDIN_FILENO);
  dup2(Log.descriptor(), STDOUT_FILENO);
  dup2(Log.descriptor(), STDERR_FILENO);
  limit(RLIMIT_STACK, StackBytes);
  limit(RLIMIT_CORE, 0);
  limitMemory(Options.MemoryMiBPerWorker);

  auto Receive = [&](char *Data, size_t Size) { return recv(Socket, Data, Size, 0); };
  auto Send = [&](char *Data, size_t Size) { return send(Socket, Data, Size, MSG_NOSIGNAL); };
  uint32_t Index = 0;
  while (transfer(Receive, reinterpret_cast<char *>(&Index), sizeof(Index)) &&
         Index < Jobs.size()) {
    if (ftruncate(Log.descriptor(), 0) == 0)
      lseek(Log.descriptor(), 0, SEEK_SET);
    limitCpu(Options.CpuSecondsPerUnit);
    std::string Answer = (Options.Cache ? runCached : runJob)(Jobs[Index], Units, Options).encode();
    if (!transfer(Send, Answer.data(), Answer.size()))
      break;
  }
  // Destructors and exit handlers belong to the process this one was forked from.
  _exit(0);
}

} // namespace handrail::project
