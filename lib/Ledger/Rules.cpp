#include "lib/Ledger/Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

namespace handrail::ledger {
namespace {

constexpr Rule Rules[] = {
    {"leak", "leak",
     "A handle was open when the report was made, and nothing was going to close it. Close it on "
     "every path that leaves the code that opened it, or give it to an owner that does."},
    {"acquired-then-failed", "handle acquired by a function that failed",
     "A function opened a handle and then reported failure, so that its caller has nothing to "
     "close. Close the handle before the error is returned."},
    {"already-registered", "handle registered twice",
     "Two owners were given the same resource, and each of them would close it. Make one of them "
     "borrow it."},
    {"double-close", "double close",
     "A handle was closed that had been closed before. Its number or address may belong to "
     "something else by then, which is what gets closed. Close it in one place, and forget the "
     "value there."},
    {"invalid-close", "close of something that is no handle",
     "A value was closed that was never opened, such as the -1 of an open that failed."},
    {"leak-on-exec", "handle open across exec",
     "A descriptor without close-on-exec was open when the process executed another program, "
     "which has it now. Open it with O_CLOEXEC or the like."},
    {"mismatched-close", "close by the wrong function",
     "A handle was closed by a function of another kind of handles, e.g. a stream of popen by "
     "fclose."},
    {"never-closed", "object destroyed without a close",
     "An object whose close has to be called, for it can fail or has to be awaited, was destroyed "
     "without."},
    {"over-release", "more releases than references",
     "A reference was released that nobody held. Who else holds one now uses an object that is "
     "gone."},
    {"refcount-overflow", "too many references",
     "A count of references reached its limit, for references are taken and never released."},
    {"release-failed", "failed release",
     "Releasing a handle failed, and nobody looked at the error: what was written may be lost."},
    {"shared-mutation", "change of something shared",
     "A resource was changed while others could see it."},
    {"stale-use", "use of a stale handle",
     "A handle was used after it had been closed. Nothing was accessed: the use failed."},
    {"use-after-close", "use after close",
     "A handle was used after it had been closed. Its number or address may belong to something "
     "else by then."},
    {"wrong-owner", "close of somebody else's handle",
     "A handle was closed that something else owns, e.g. a descriptor by close whose owner is a "
     "FILE. The owner goes on using it, and closes it again."},
    {"wrong-type", "use as another type",
     "A handle was used as one of a type that it does not have. Nothing was accessed: the use "
     "failed."},
};

struct Kind {
  llvm::StringLiteral Id, One, Many;
};
constexpr Kind Kinds[] = {
    {"addrinfo", "address list", "address lists"},
    {"barrier", "barrier", "barriers"},
    {"cond", "condition variable", "condition variables"},
    {"dir", "directory stream", "directory streams"},
    {"dir-fd", "directory descriptor", "directory descriptors"},
    {"epoll", "epoll descriptor", "epoll descriptors"},
    {"eventfd", "event descriptor", "event descriptors"},
    {"fanotify", "fanotify descriptor", "fanotify descriptors"},
    {"file", "file descriptor", "file descriptors"},
    {"glob", "glob result", "glob results"},
    {"iconv", "conversion descriptor", "conversion descriptors"},
    {"inotify", "inotify descriptor", "inotify descriptors"},
    {"library", "loaded library", "loaded libraries"},
    {"locale", "locale", "locales"},
    {"mapping", "memory mapping", "memory mappings"},
    {"memfd", "memory descriptor", "memory descriptors"},
    {"mqueue", "message queue", "message queues"},
    {"mutex", "mutex", "mutexes"},
    {"named-semaphore", "named semaphore", "named semaphores"},
    {"object", "object", "objects"},
    {"other-fd", "descriptor", "descriptors"},
    {"perf", "perf descriptor", "perf descriptors"},
    {"pidfd", "process descriptor", "process descriptors"},
    {"pipe", "pipe end", "pipe ends"},
    {"process", "process of popen", "processes of popen"},
    {"pty", "pseudo terminal", "pseudo terminals"},
    {"regex", "compiled regular expression", "compiled regular expressions"},
    {"rwlock", "read-write lock", "read-write locks"},
    {"semaphore", "semaphore", "semaphores"},
    {"shm", "shared memory object", "shared memory objects"},
    {"signalfd", "signal descriptor", "signal descriptors"},
    {"socket", "socket", "sockets"},
    {"spawn-actions", "list of spawn actions", "lists of spawn actions"},
    {"spawn-attr", "set of spawn attributes", "sets of spawn attributes"},
    {"stdio", "stream", "streams"},
    {"thread", "thread", "threads"},
    {"timerfd", "timer descriptor", "timer descriptors"},
    {"tls-key", "thread-specific key", "thread-specific keys"},
    {"userfaultfd", "userfault descriptor", "userfault descriptors"},
};

} // namespace

llvm::ArrayRef<Rule> rules() { return Rules; }

const Rule *findRule(llvm::StringRef Id) {
  const auto *It = llvm::find_if(Rules, [&](const Rule &R) { return R.Id == Id; });
  return It == std::end(Rules) ? nullptr : It;
}

std::string countedHandles(std::uint64_t Count, llvm::StringRef Kind, llvm::StringRef Type) {
  std::string Number = std::to_string(Count) + " ";
  if (Type.empty())
    for (const auto &K : Kinds)
      if (K.Id == Kind)
        return Number + (Count == 1 ? K.One : K.Many).str();
  return Number + (Count == 1 ? "handle" : "handles") + " of type " +
         (Type.empty() ? Kind : Type).str();
}

std::string handleNoun(llvm::StringRef Kind, llvm::StringRef Type) {
  if (!Type.empty())
    return Type.str();
  for (const auto &K : Kinds)
    if (K.Id == Kind)
      return K.One.str();
  return Kind.empty() ? "handle" : Kind.str();
}

std::string describe(const Misuse &M) {
  const Rule *R = findRule(M.Rule);
  std::string Text = R ? R->Title.str() : M.Rule;
  Text += ": " + handleNoun(M.Kind, M.Type);
  // Addresses and the ids of tables are bit patterns, descriptors are numbers.
  Text += " " + (M.Value > 0xffffffff ? "0x" + llvm::utohexstr(M.Value, /*LowerCase=*/true)
                                      : std::to_string(M.Value));
  if (!M.Name.empty())
    Text += " (" + M.Name + ")";
  return Text;
}

} // namespace handrail::ledger
