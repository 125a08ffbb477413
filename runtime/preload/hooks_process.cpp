// Threads, libraries, other programs, and the ways a process ends.
#include "hooks.h"
#include "system.h"
#include "unwind.h"

#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>

using namespace handrail::preload;

extern "C" char **environ;

// Threads.

namespace {

/// What a new thread is to know, in memory of the region's kind: nobody's allocator.
struct errand {
  std::atomic<bool> taken{false};
  void *(*start)(void *) = nullptr;
  void *argument = nullptr;
  std::uint32_t test = 0;
};
constinit errand errands[256];

void leave_thread(void *) noexcept {
  if (!self.ring || !base.load(std::memory_order_relaxed))
    return;
  section<handrail::region::ring>(handrail::region::rings_at)[self.ring - 1].owner.store(
      0, std::memory_order_release);
  self.ring = 0;
}

void *run_thread(void *p) {
  auto *e = static_cast<errand *>(p);
  const auto start = e->start;
  void *const argument = e->argument;
  self.test = e->test;
  e->taken.store(false, std::memory_order_release);
  begin_thread();
  void *result;
  pthread_cleanup_push(leave_thread, nullptr);
  result = start(argument);
  pthread_cleanup_pop(1);
  return result;
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
  int detached = PTHREAD_CREATE_JOINABLE;
  if (attributes)
    pthread_attr_getdetachstate(attributes, &detached);
  const int result = REAL(pthread_create)(out, attributes, run_thread, e);
  here.returned();
  if (result != 0)
    e->taken.store(false, std::memory_order_release);
  else if (detached == PTHREAD_CREATE_JOINABLE)
    opened(here, kind::thread, reinterpret_cast<const void *>(*out));
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

/// The file that the caller's RPATH or RUNPATH gives for a bare name, if there is one.
bool find_for_caller(const void *caller, const char *name, char *out, std::size_t size) noexcept {
  Dl_info info{};
  link_map *map = nullptr;
  if (!::dladdr1(caller, &info, reinterpret_cast<void **>(&map), RTLD_DL_LINKMAP) || !map)
    return false;
  const char *strings = nullptr;
  ElfW(Xword) path_at = 0;
  bool has_path = false;
  for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; ++d) {
    if (d->d_tag == DT_STRTAB)
      strings = reinterpret_cast<const char *>(d->d_un.d_ptr);
    if (d->d_tag == DT_RUNPATH || (d->d_tag == DT_RPATH && !has_path)) {
      path_at = d->d_un.d_val;
      has_path = true;
    }
  }
  if (!strings || !has_path)
    return false;
  char origin[PATH_MAX];
  const char *file = map->l_name && *map->l_name ? map->l_name : "/proc/self/exe";
  if (!::realpath(file, origin))
    return false;
  if (char *slash = std::strrchr(origin, '/'))
    *slash = 0;
  for (const char *at = strings + path_at; *at;) {
    const char *end = std::strchr(at, ':');
    const std::size_t length = end ? static_cast<std::size_t>(end - at) : std::strlen(at);
    std::size_t n = 0;
    const auto add = [&](const char *text, std::size_t count) {
      if (n + count < size)
        std::memcpy(out + n, text, count);
      n += count;
    };
    for (std::size_t i = 0; i < length;)
      if (std::strncmp(at + i, "$ORIGIN", 7) == 0 || std::strncmp(at + i, "${ORIGIN}", 9) == 0) {
        add(origin, std::strlen(origin));
        i += at[i + 1] == '{' ? 9 : 7;
      } else {
        add(at + i++, 1);
      }
    add("/", 1);
    add(name, std::strlen(name) + 1);
    if (n < size && ::access(out, R_OK) == 0)
      return true;
    at += length + (end ? 1 : 0);
  }
  return false;
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

HOOKED(void *, dlopen, const char *name, int flags) {
  HERE(dlopen);
  // A name with $ORIGIN means the caller's too; such a call is left as it is.
  char found[PATH_MAX];
  const char *wanted = name;
  if (here && name && *name && !std::strchr(name, '/') &&
      find_for_caller(__builtin_return_address(0), name, found, sizeof found))
    wanted = found;
  return loaded(here, REAL(dlopen)(wanted, flags), name);
}
HOOKED(void *, dlmopen, Lmid_t space, const char *name, int flags) {
  HERE(dlmopen);
  return loaded(here, REAL(dlmopen)(space, name, flags), name);
}
HOOKED(int, dlclose, void *handle) {
  HERE(dlclose);
  if (here) {
    record *r = find(kind::library, handle);
    if (!(r && r->word.load() & handrail::region::is_open && r->extra.fetch_sub(1) > 1))
      forget(here, kind::library, handle);
  }
  const int result = REAL(dlclose)(handle);
  forget_unwinding();
  here.returned();
  return result;
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
    failed_exec();
  return result;
}

constexpr int most_arguments = 1024;

/// The arguments of an execl, whose first is given; the environment behind the end when
/// asked for.
struct argument_list {
  const char *list[most_arguments];
  bool fits = false;
  void read(const char *first, va_list &rest) noexcept {
    int n = 0;
    list[n] = first;
    while (list[n] && n + 1 < most_arguments)
      list[++n] = va_arg(rest, const char *);
    fits = !list[n];
  }
  char *const *get() const noexcept { return const_cast<char *const *>(list); }
};

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
    argument_list list;                                                                            \
    va_list rest;                                                                                  \
    va_start(rest, first);                                                                         \
    list.read(first, rest);                                                                        \
    char *const *environment = list.fits ? va_arg(rest, char *const *) : nullptr;                  \
    va_end(rest);                                                                                  \
    if (!list.fits) {                                                                              \
      here.set_error(E2BIG);                                                                       \
      return -1;                                                                                   \
    }                                                                                              \
    (void)environment;                                                                             \
    return execute(here, [&] { return call; });                                                    \
  }
#if HANDRAIL_WRAP
extern "C" int execv(const char *, char *const *);
extern "C" int execve(const char *, char *const *, char *const *);
extern "C" int execvp(const char *, char *const *);
EXECL_HOOK(execl, ::execv(path, list.get()))
EXECL_HOOK(execle, ::execve(path, list.get(), environment))
EXECL_HOOK(execlp, ::execvp(path, list.get()))
#else
EXECL_HOOK(execl, REAL(execv)(path, list.get()))
EXECL_HOOK(execle, REAL(execve)(path, list.get(), environment))
EXECL_HOOK(execlp, REAL(execvp)(path, list.get()))
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

// For test listeners and the runtime.

/// Names the test that this thread runs; null when it ends. Threads that it starts
/// inherit it.
extern "C" __attribute__((visibility("default"))) void handrail_set_test(const char *name) {
  if (started())
    self.test = name && *name ? keep(name, std::strlen(name)) : 0;
}
