// Threads, libraries, other programs, and the ways a process ends.
#include "hooks.h"
#include "libc.h"
#include "runtime/src/unwind.h"
#include "system.h"

#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>

using namespace handrail::preload;

extern "C" char **environ;

// Threads.

namespace {

/// What a new thread is to know, in memory of the region's kind: nobody's allocator.
struct errand {
  std::atomic<bool> taken{false};
  /// The thread itself and the one that made it: who comes first writes down that it is
  /// there (it may be detached before the other comes), who leaves last frees this.
  std::atomic<bool> known{false};
  std::atomic<int> users{0};
  void *(*start)(void *) = nullptr;
  void *argument = nullptr;
  std::uint32_t test = 0;
  bool joinable = true;
  std::size_t stack_size = 0;
  std::uint32_t creator = 0, stack = 0;

  void met(hook &here, pthread_t thread) noexcept {
    if (!known.exchange(true, std::memory_order_acq_rel) && joinable && here) {
      const void *object = reinterpret_cast<const void *>(thread);
      opened(here, kind::thread, object);
      if (record *r = find(kind::thread, object)) {
        r->opened = stack;
        r->opened_by = creator;
      }
    }
    if (users.fetch_sub(1, std::memory_order_acq_rel) == 1)
      taken.store(false, std::memory_order_release);
  }
};
constinit errand errands[256];

void *run_thread(void *p) {
  auto *e = static_cast<errand *>(p);
  const auto start = e->start;
  void *const argument = e->argument;
  self.test = e->test;
  begin_thread(e->stack_size);
  {
    hook here(__builtin_return_address(0), __builtin_frame_address(0), "pthread_create");
    e->met(here, pthread_self());
  }
  return start(argument);
}

errand *new_errand() noexcept {
  for (errand &e : errands)
    if (!e.taken.load(std::memory_order_relaxed) &&
        !e.taken.exchange(true, std::memory_order_acquire))
      return &e;
  return nullptr;
}

} // namespace

HOOKED(int, pthread_create, pthread_t *out, const pthread_attr_t *attributes,
       void *(*start)(void *), void *argument) {
  HERE(pthread_create);
  errand *e = here ? new_errand() : nullptr;
  if (!e)
    return REAL(pthread_create)(out, attributes, start, argument);
  e->start = start;
  e->argument = argument;
  e->test = self.test;
  e->known.store(false, std::memory_order_relaxed);
  e->users.store(2, std::memory_order_relaxed);
  e->creator = thread_id();
  e->stack = here.stack();
  int detached = PTHREAD_CREATE_JOINABLE;
  e->stack_size = default_stack_size();
  if (attributes) {
    LIBC(pthread_attr_getdetachstate)(attributes, &detached);
    LIBC(pthread_attr_getstacksize)(attributes, &e->stack_size);
  }
  e->joinable = detached == PTHREAD_CREATE_JOINABLE;
  const int result = REAL(pthread_create)(out, attributes, run_thread, e);
  here.returned();
  if (result != 0)
    e->taken.store(false, std::memory_order_release);
  else
    e->met(here, *out);
  return result;
}

#define JOIN_HOOK(name, parameters, call)                                                          \
  HOOKED(int, name, pthread_t thread, void **value parameters) {                                   \
    HERE(name);                                                                                    \
    const int result = REAL(name) call;                                                            \
    here.returned();                                                                               \
    if (here && result == 0)                                                                       \
      forget(here, kind::thread, reinterpret_cast<const void *>(thread));                          \
    return result;                                                                                 \
  }
#define AND ,
#define NOTHING
JOIN_HOOK(pthread_join, NOTHING, (thread, value))
JOIN_HOOK(pthread_tryjoin_np, NOTHING, (thread, value))
JOIN_HOOK(pthread_timedjoin_np, AND const timespec *until, (thread, value, until))
JOIN_HOOK(pthread_clockjoin_np, AND clockid_t clock AND const timespec *until,
          (thread, value, clock, until))

HOOKED(int, pthread_detach, pthread_t thread) {
  HERE(pthread_detach);
  if (here)
    forget(here, kind::thread, reinterpret_cast<const void *>(thread));
  return REAL(pthread_detach)(thread);
}

// Libraries. dlopen looks a bare name up where its caller's RUNPATH says; the caller that
// it sees here is this library, so that look-up has to be made for the real one.

#if !HANDRAIL_WRAP
namespace {

/// A path being made of pieces; too long ones are no path.
struct path {
  char text[PATH_MAX];
  std::size_t size = 0;
  void add(const char *piece, std::size_t n) noexcept {
    if (size + n < sizeof text)
      std::memcpy(text + size, piece, n);
    size += n;
  }
  bool finish() noexcept {
    if (size >= sizeof text)
      return false;
    text[size] = 0;
    return true;
  }
};

/// How long a mention of the caller's folder at the beginning of a text is.
std::size_t origin_length(const char *text) noexcept {
  for (const char *token : {"${ORIGIN}", "$ORIGIN"})
    if (std::strncmp(text, token, std::strlen(token)) == 0)
      return std::strlen(token);
  return 0;
}

void expand(const char *text, std::size_t size, const link_map &caller, path &out) noexcept {
  for (std::size_t i = 0; i < size;) {
    const std::size_t token = origin_length(text + i);
    if (!token) {
      out.add(text + i++, 1);
      continue;
    }
    char origin[PATH_MAX];
    if (!::realpath(caller.l_name && *caller.l_name ? caller.l_name : "/proc/self/exe", origin))
      *origin = 0;
    if (char *slash = std::strrchr(origin, '/'))
      *slash = 0;
    out.add(origin, std::strlen(origin));
    i += token;
  }
}

/// Finds a bare name in a list of folders.
bool find_in(const char *folders, const char *separators, const char *name, const link_map &caller,
             path &out) noexcept {
  for (const char *at = folders;; ++at) {
    const std::size_t length = std::strcspn(at, separators);
    out.size = 0;
    if (length)
      expand(at, length, caller, out);
    else
      out.add(".", 1);
    out.add("/", 1);
    out.add(name, std::strlen(name));
    if (out.finish() && ::access(out.text, R_OK) == 0)
      return true;
    at += length;
    if (!*at)
      return false;
  }
}

/// The file that a name means for the caller and would not mean for this library.
bool find_for_caller(const void *address, const char *name, path &out) noexcept {
  Dl_info info{};
  link_map *caller = nullptr;
  if (!::dladdr1(address, &info, reinterpret_cast<void **>(&caller), RTLD_DL_LINKMAP) || !caller)
    return false;
  if (std::strchr(name, '/')) {
    if (!std::strstr(name, "$ORIGIN") && !std::strstr(name, "${ORIGIN}"))
      return false;
    expand(name, std::strlen(name), *caller, out);
    return out.finish();
  }
  const char *strings = nullptr;
  ElfW(Xword) rpath = 0, runpath = 0; // no name begins at 0
  for (const ElfW(Dyn) *d = caller->l_ld; d->d_tag != DT_NULL; ++d)
    if (d->d_tag == DT_STRTAB)
      strings = reinterpret_cast<const char *>(d->d_un.d_ptr);
    else if (d->d_tag == DT_RUNPATH)
      runpath = d->d_un.d_val;
    else if (d->d_tag == DT_RPATH)
      rpath = d->d_un.d_val;
  if (!strings)
    return false;
  if (!runpath)
    return rpath && find_in(strings + rpath, ":", name, *caller, out);
  // The environment's folders come before those of a RUNPATH.
  if (options.library_path && *options.library_path &&
      find_in(options.library_path, ":;", name, *caller, out))
    return false;
  return find_in(strings + runpath, ":", name, *caller, out);
}

void *loaded(hook &here, void *handle, const char *name) noexcept {
  here.returned();
  if (!handle || !here)
    return handle;
  note_modules();
  if (record *r = find(kind::library, handle); r && r->word.load() & handrail::region::is_open)
    r->extra.fetch_add(1);
  else
    opened(here, kind::library, handle, 1, name);
  return handle;
}

} // namespace

HOOKED(int, dlclose, void *handle) {
  HERE(dlclose);
  if (here) {
    record *r = find(kind::library, handle);
    if (!(r && r->word.load() & handrail::region::is_open && r->extra.fetch_sub(1) > 1))
      forget(here, kind::library, handle);
  }
  const int result = REAL(dlclose)(handle);
  handrail::detail::forget_unwinding();
  here.returned();
  return result;
}
HOOKED(void *, dlopen, const char *name, int flags) {
  HERE(dlopen);
  if (!here || !name || !*name)
    return loaded(here, REAL(dlopen)(name, flags), name);
  // One that is there by this name is meant before all that could be found.
  void *known = std::strchr(name, '/') ? nullptr : REAL(dlopen)(name, flags | RTLD_NOLOAD);
  path found;
  const bool is_elsewhere = !known && find_for_caller(__builtin_return_address(0), name, found);
  void *result = REAL(dlopen)(is_elsewhere ? found.text : name, flags);
  if (known)
    REAL(dlclose)(known);
  return loaded(here, result, name);
}
HOOKED(void *, dlmopen, Lmid_t space, const char *name, int flags) {
  HERE(dlmopen);
  return loaded(here, REAL(dlmopen)(space, name, flags), name);
}
#endif

// Other programs in this process.

namespace {

/// Around an exec that returns only when it failed.
template <class F> int execute(hook &here, F call) noexcept {
  const bool traced = base.load(std::memory_order_relaxed);
  if (traced)
    before_exec(here);
  const int result = call();
  here.returned();
  if (traced)
    failed_exec(here);
  return result;
}

} // namespace

HOOKED(int, execve, const char *path, char *const *arguments, char *const *environment) {
  HERE(execve);
  return execute(here, [&] { return REAL(execve)(path, arguments, environment); });
}
HOOKED(int, execv, const char *path, char *const *arguments) {
  HERE(execv);
  return execute(here, [&] { return REAL(execv)(path, arguments); });
}
HOOKED(int, execvp, const char *file, char *const *arguments) {
  HERE(execvp);
  return execute(here, [&] { return REAL(execvp)(file, arguments); });
}
HOOKED(int, execvpe, const char *file, char *const *arguments, char *const *environment) {
  HERE(execvpe);
  return execute(here, [&] { return REAL(execvpe)(file, arguments, environment); });
}
HOOKED(int, fexecve, int fd, char *const *arguments, char *const *environment) {
  HERE(fexecve);
  return execute(here, [&] { return REAL(fexecve)(fd, arguments, environment); });
}
HOOKED(int, execveat, int where, const char *path, char *const *arguments, char *const *environment,
       int flags) {
  HERE(execveat);
  return execute(here, [&] { return REAL(execveat)(where, path, arguments, environment, flags); });
}

#define EXECL_HOOK(name, call)                                                                     \
  HOOKED(int, name, const char *path, const char *first, ...) {                                    \
    HERE(name);                                                                                    \
    va_list rest, again;                                                                           \
    va_start(rest, first);                                                                         \
    va_copy(again, rest);                                                                          \
    std::size_t count = 1;                                                                         \
    for (const char *each = first; each; each = va_arg(rest, const char *))                        \
      ++count;                                                                                     \
    [[maybe_unused]] char *const *environment = va_arg(rest, char *const *);                       \
    va_end(rest);                                                                                  \
    /* Where libc has them as well. */                                                             \
    auto **list = static_cast<char **>(__builtin_alloca(count * sizeof(char *)));                  \
    list[0] = const_cast<char *>(first);                                                           \
    for (std::size_t i = 1; i < count; ++i)                                                        \
      list[i] = va_arg(again, char *);                                                             \
    va_end(again);                                                                                 \
    return execute(here, [&] { return call; });                                                    \
  }
#if HANDRAIL_WRAP
extern "C" int execv(const char *, char *const *);
extern "C" int execve(const char *, char *const *, char *const *);
extern "C" int execvp(const char *, char *const *);
EXECL_HOOK(execl, ::execv(path, list))
EXECL_HOOK(execle, ::execve(path, list, environment))
EXECL_HOOK(execlp, ::execvp(path, list))
#else
EXECL_HOOK(execl, REAL(execv)(path, list))
EXECL_HOOK(execle, REAL(execve)(path, list, environment))
EXECL_HOOK(execlp, REAL(execvp)(path, list))
#endif

// Children that share or copy this process in a way that no handler of fork sees.

#if !HANDRAIL_WRAP
HOOKED(pid_t, _Fork, void) {
  const pid_t child = REAL(_Fork)();
  if (child == 0)
    in_child();
  return child;
}

namespace {

struct cloned {
  int (*begin)(void *);
  void *argument;
};

int run_cloned(void *p) {
  const cloned c = *static_cast<const cloned *>(p);
  in_child();
  const int status = c.begin(c.argument);
  ended(handrail::region::state::exited, status); // libc ends it with a bare system call
  return status;
}

} // namespace

HOOKED(int, clone, int (*begin)(void *), void *stack, int flags, void *argument, ...) {
  va_list rest;
  va_start(rest, argument);
  auto *parent_id = va_arg(rest, pid_t *);
  auto *storage = va_arg(rest, void *);
  auto *child_id = va_arg(rest, pid_t *);
  va_end(rest);
  if (begin && !(flags & CLONE_VM)) {
    cloned c{begin, argument}; // the child has a copy of it, at the same place
    return REAL(clone)(run_cloned, stack, flags, &c, parent_id, storage, child_id);
  }
  if (flags & CLONE_VFORK && started() && !self.vfork_parent)
    self.vfork_parent = sys::process();
  return REAL(clone)(begin, stack, flags, argument, parent_id, storage, child_id);
}
#endif

#if !HANDRAIL_WRAP
/// The child of a vfork runs in the memory of its parent and on its stack: this function
/// must not return twice, so it jumps.
#if defined(__clang__) || defined(__x86_64__)
extern "C" void *handrail_before_vfork() noexcept {
  if (started() && !self.vfork_parent)
    self.vfork_parent = sys::process();
  return reinterpret_cast<void *>(static_cast<void *(*)()>([]() -> void * {
    static constinit original<int()> real{"vfork"};
    return reinterpret_cast<void *>(real());
  })());
}
asm(R"(
  .text
  .globl vfork
  .type vfork, @function
vfork:
  .cfi_startproc
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  call handrail_before_vfork
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  jmp *%rax
  .cfi_endproc
  .size vfork, .-vfork
)");
#endif
#endif

// The ways a process ends that no exit handler sees.

HOOKED(void, _exit, int status) {
  HERE(_exit);
  if (here)
    ended(handrail::region::state::exited, status);
  REAL(_exit)(status);
  __builtin_unreachable();
}
HOOKED(void, _Exit, int status) {
  HERE(_Exit);
  if (here)
    ended(handrail::region::state::exited, status);
  REAL(_Exit)(status);
  __builtin_unreachable();
}
HOOKED(void, abort, void) {
  HERE(abort);
  if (here)
    ended(handrail::region::state::aborted, SIGABRT);
  REAL(abort)();
  __builtin_unreachable();
}

// The shared runtime of AddressSanitizer wants to be the first library. Its functions
// come behind those of this one, which does no harm.
#if !HANDRAIL_WRAP
extern "C" __attribute__((visibility("default"))) const char *__asan_default_options() {
  return "verify_asan_link_order=0";
}
#endif

// For test listeners and the runtime.

/// Names the test that this thread runs; null when it ends. Threads that it starts
/// inherit it.
extern "C" __attribute__((visibility("default"))) void handrail_set_test(const char *name) {
  if (started())
    self.test = name && *name ? keep(name, std::strlen(name)) : 0;
}
