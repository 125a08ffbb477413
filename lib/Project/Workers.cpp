#include "lib/Project/Workers.h"
#include "lib/IR/Bitcode.h"
#include "lib/Project/Worker.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/MemoryBuffer.h"
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace handrail::project {
namespace {

/// One worker as the pool sees it.
struct Worker {
  explicit Worker(Spool Log) : Log(std::move(Log)) {}
  pid_t Pid = -1;
  int Socket = -1;
  Spool Log;
  std::optional<uint32_t> Job; ///< what it works on
  std::string Received;
};

/// The first line that tells why the front end gave up, when it said so.
std::string lastWords(const Spool &Log) {
  auto Text = Log.read(0, std::min<uint64_t>(Log.size(), 1 << 16));
  if (!Text) {
    llvm::consumeError(Text.takeError());
    return "";
  }
  llvm::StringRef Rest(Text->data(), Text->size());
  while (!Rest.empty()) {
    auto [Line, Tail] = Rest.split('\n');
    if (Line.contains("LLVM ERROR:") || Line.contains("Assertion `") || Line.contains("terminate "))
      return ": " + Line.trim().str();
    Rest = Tail;
  }
  return "";
}

/// How a worker that died on a job died.
std::string describeDeath(int Status, const Spool &Log, const WorkerOptions &Options) {
  if (WIFSIGNALED(Status) && WTERMSIG(Status) == SIGXCPU)
    return "the front end took more than " + std::to_string(Options.CpuSecondsPerUnit) +
           " s of processor time";
  if (WIFEXITED(Status) && WEXITSTATUS(Status) == OutOfMemoryStatus)
    return "the front end needed more than " + std::to_string(Options.MemoryMiBPerWorker) +
           " MiB of memory";
  if (WIFSIGNALED(Status))
    return "the front end crashed (signal " + std::to_string(WTERMSIG(Status)) + ")" +
           lastWords(Log);
  return "the front end gave up (status " + std::to_string(WEXITSTATUS(Status)) + ")" +
         lastWords(Log);
}

class Pool {
public:
  Pool(llvm::ArrayRef<capture::CompileJob> Jobs, const WorkerOptions &Options, CaptureRun &Run)
      : Jobs(Jobs), Options(Options), Run(Run) {
    for (uint32_t I = 0; I != Jobs.size(); ++I)
      if (!reuse(I))
        ToDo.push_back(I);
    Done = Jobs.size() - ToDo.size();
  }

  ~Pool() {
    for (Worker &W : Workers)
      if (W.Pid > 0) {
        close(W.Socket);
        kill(W.Pid, SIGKILL);
        reap(W);
      }
  }

  llvm::Error run(llvm::function_ref<void(size_t)> Progress) {
    size_t Count = std::min<size_t>(std::max(1u, Options.Workers), ToDo.size());
    for (size_t I = 0; I != Count; ++I) {
      auto Units = Spool::create(), Log = Spool::create();
      if (!Units || !Log)
        return llvm::joinErrors(Units.takeError(), Log.takeError());
      Run.Spools.push_back(std::make_shared<Spool>(std::move(*Units)));
      Workers.emplace_back(std::move(*Log));
    }
    for (size_t I = 0; I != Count; ++I) {
      if (llvm::Error E = start(I))
        return E;
      assign(Workers[I]);
    }
    while (Done != Jobs.size()) {
      if (llvm::Error E = wait())
        return E;
      Progress(Done);
    }
    for (Worker &W : Workers) {
      close(W.Socket); // ends the worker
      reap(W);
    }
    return llvm::Error::success();
  }

private:
  bool reuse(uint32_t I) {
    if (Options.Cache)
      return !Options.Past && reuseCached(I);
    std::optional<UnitEntry> Entry;
    if (Options.Store)
      Entry = Options.Store->find(Jobs[I], *Options.Files);
    if (!Entry)
      return false;
    CaptureOutcome &Outcome = Run.Outcomes[I];
    if (!Entry->Unit.empty())
      Outcome.Unit = StoredUnit{.File = Options.Store->unitPath(Jobs[I])};
    Outcome.Errors = std::move(Entry->Errors);
    Outcome.Affected = looksAt(Entry->Inputs, Options.Watched);
    return Outcome.Reused = true;
  }

  bool reuseCached(uint32_t I) {
    std::optional<KnownCapture> Known = Options.Cache->find(Jobs[I]);
    if (!Known)
      return false;
    CaptureOutcome &Outcome = Run.Outcomes[I];
    if (!Known->Unit.empty())
      Outcome.Unit = StoredUnit{.Hash = std::move(Known->Unit)};
    Outcome.Errors = std::move(Known->Errors);
    Outcome.Affected = looksAt(Known->Inputs, Options.Watched);
    return Outcome.Reused = true;
  }

  llvm::Error start(size_t I) {
    int Sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, Sockets))
      return failed("cannot create a socket");
    pid_t Pid = fork();
    if (Pid < 0) {
      close(Sockets[0]);
      close(Sockets[1]);
      return failed("cannot start a worker process");
    }
    if (Pid == 0) {
      close(Sockets[0]);
      for (const Worker &Other : Workers)
        if (Other.Socket >= 0) // or they would never see their end closed
          close(Other.Socket);
      serve(Sockets[1], Jobs, *Run.Spools[I], Workers[I].Log, Options);
    }
    close(Sockets[1]);
    Workers[I].Pid = Pid;
    Workers[I].Socket = Sockets[0];
    Workers[I].Received.clear();
    return llvm::Error::success();
  }

  void assign(Worker &W) {
    W.Job.reset();
    if (Next == ToDo.size())
      return;
    W.Job = ToDo[Next++];
    // A worker that is already gone is noticed when its socket is read.
    (void)!send(W.Socket, &*W.Job, sizeof(uint32_t), MSG_NOSIGNAL);
  }

  /// Waits until some worker has something to say and listens to all that do.
  llvm::Error wait() {
    std::vector<pollfd> Polls;
    for (const Worker &W : Workers)
      Polls.push_back({W.Job ? W.Socket : -1, POLLIN, 0});
    if (poll(Polls.data(), Polls.size(), -1) < 0)
      return errno == EINTR ? llvm::Error::success() : failed("cannot wait for worker processes");
    for (size_t I = 0; I != Polls.size(); ++I)
      if (Polls[I].revents)
        if (llvm::Error E = listen(I))
          return E;
    return llvm::Error::success();
  }

  llvm::Error listen(size_t I) {
    Worker &W = Workers[I];
    char Buffer[1 << 16];
    ssize_t Got = recv(W.Socket, Buffer, sizeof(Buffer), MSG_DONTWAIT);
    if (Got < 0 && (errno == EINTR || errno == EAGAIN))
      return llvm::Error::success();
    if (Got <= 0)
      return replace(I);
    W.Received.append(Buffer, size_t(Got));
    Reply Answer;
    if (!Reply::decode(W.Received, Answer))
      return llvm::Error::success();
    CaptureOutcome &Outcome = Run.Outcomes[*W.Job];
    if (Options.Cache && !Answer.Trouble.empty())
      Options.Cache->objects().reportTrouble(Answer.Trouble);
    if (Answer.HasUnit && Options.Cache)
      Outcome.Unit = StoredUnit{unsigned(I), Answer.Offset, Answer.Size, {}, Answer.Hash};
    else if (Answer.HasUnit && Answer.Size == 0)
      Outcome.Unit = StoredUnit{.File = Options.Store->unitPath(Jobs[*W.Job])};
    else if (Answer.HasUnit)
      Outcome.Unit = StoredUnit{unsigned(I), Answer.Offset, Answer.Size, {}, {}};
    Outcome.Errors = std::move(Answer.Errors);
    Outcome.Failure = std::move(Answer.Failure);
    Outcome.Affected = Answer.Affected;
    ++Done;
    assign(W);
    return llvm::Error::success();
  }

  /// The worker died on its job: the job failed, and another worker takes over.
  llvm::Error replace(size_t I) {
    Worker &W = Workers[I];
    close(W.Socket);
    W.Socket = -1;
    int Status = reap(W);
    Run.Outcomes[*W.Job].Failure = describeDeath(Status, W.Log, Options);
    W.Job.reset();
    ++Done;
    if (Next == ToDo.size())
      return llvm::Error::success();
    if (llvm::Error E = start(I))
      return E;
    assign(W);
    return llvm::Error::success();
  }

  int reap(Worker &W) {
    if (W.Pid <= 0)
      return 0;
    int Status = 0;
    rusage Usage{};
    while (wait4(W.Pid, &Status, 0, &Usage) < 0 && errno == EINTR)
      ;
    W.Pid = -1;
    W.Socket = -1;
    auto Seconds = [](const timeval &T) { return double(T.tv_sec) + double(T.tv_usec) / 1e6; };
    Run.CpuSeconds += Seconds(Usage.ru_utime) + Seconds(Usage.ru_stime);
    Run.PeakKiB = std::max(Run.PeakKiB, uint64_t(Usage.ru_maxrss));
    return Status;
  }

  static llvm::Error failed(const char *What) {
    std::error_code Code = llvm::errnoAsErrorCode();
    return llvm::createStringError(Code, llvm::Twine(What) + ": " + Code.message());
  }

  llvm::ArrayRef<capture::CompileJob> Jobs;
  const WorkerOptions &Options;
  CaptureRun &Run;
  std::vector<Worker> Workers;
  std::vector<uint32_t> ToDo;
  size_t Next = 0, Done = 0; ///< Next counts in ToDo, Done all jobs
};

} // namespace

static llvm::Expected<ir::Unit> readUnit(llvm::StringRef File) {
  auto Buffer = llvm::MemoryBuffer::getFile(File, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return llvm::createStringError(Buffer.getError(),
                                   "cannot read " + File + ": " + Buffer.getError().message());
  return ir::readBitcode(**Buffer);
}

llvm::Expected<ir::Unit> CaptureRun::unit(size_t I) const {
  const StoredUnit &Stored = *Outcomes[I].Unit;
  if (Cache && Stored.Size == 0)
    return Cache->read(Stored.Hash, Jobs[I]);
  if (!Stored.File.empty()) {
    llvm::Expected<ir::Unit> Unit = readUnit(Stored.File);
    if (Unit || Jobs.empty())
      return Unit;
    llvm::consumeError(Unit.takeError());
    return capture::captureFile(Jobs[I]).U;
  }
  auto Bytes = Spools[Stored.Spool]->read(Stored.Offset, Stored.Size);
  if (!Bytes)
    return Bytes.takeError();
  return ir::readBitcode({llvm::StringRef(Bytes->data(), Bytes->size()), "unit"});
}

llvm::Expected<CaptureRun> captureAll(llvm::ArrayRef<capture::CompileJob> Jobs,
                                      const WorkerOptions &Options,
                                      llvm::function_ref<void(size_t)> Progress) {
  CaptureRun Run;
  Run.Outcomes.resize(Jobs.size());
  Run.Jobs = Jobs;
  Run.Cache = Options.Cache;
  llvm::Error E = Pool(Jobs, Options, Run).run(Progress);
  if (E)
    return std::move(E);
  return Run;
}

} // namespace handrail::project
