// Streams and directories: objects that own a descriptor, which libc opens and closes by
// itself. Closing that descriptor is the object's business.
#include "amplify.h"
#include "hooks.h"

#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <sys/types.h>

using namespace handrail::preload;

namespace {

bool is_standard(const FILE *f) noexcept { return f == stdin || f == stdout || f == stderr; }

std::uintptr_t address(const void *p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }

/// A stream that was made. Its descriptor is new as well, unless the program gave it.
FILE *streamed(hook &here, FILE *f, const char *name, bool new_descriptor,
               kind k = kind::stdio) noexcept {
  here.returned();
  if (!f || !here)
    return f;
  const int fd = ::fileno_unlocked(f); // -1 of a stream in memory
  opened(here, k, f, static_cast<std::uint64_t>(fd + 1), name);
  if (fd >= 0) {
    if (new_descriptor)
      opened(here, fd, k == kind::process ? kind::pipe : kind::file, name);
    owned(fd, k, address(f));
  }
  return f;
}

} // namespace

#define LIST(...) __VA_ARGS__
#define STREAM(name, parameters, call, text, new_descriptor)                                       \
  HOOKED(FILE *, name, parameters) {                                                               \
    HERE(name);                                                                                    \
    if (must_fail(here))                                                                           \
      return nullptr;                                                                              \
    return streamed(here, REAL(name) call, text, new_descriptor);                                  \
  }
STREAM(fopen, LIST(const char *path, const char *mode), (path, mode), path, true)
STREAM(fopen64, LIST(const char *path, const char *mode), (path, mode), path, true)
STREAM(tmpfile, void, (), nullptr, true)
STREAM(tmpfile64, void, (), nullptr, true)
STREAM(fmemopen, LIST(void *memory, size_t size, const char *mode), (memory, size, mode), nullptr,
       false)
STREAM(open_memstream, LIST(char **memory, size_t *size), (memory, size), nullptr, false)
STREAM(open_wmemstream, LIST(wchar_t **memory, size_t *size), (memory, size), nullptr, false)
STREAM(fopencookie, LIST(void *cookie, const char *mode, cookie_io_functions_t functions),
       (cookie, mode, functions), nullptr, false)
STREAM(setmntent, LIST(const char *path, const char *mode), (path, mode), path, true)

HOOKED(FILE *, fdopen, int fd, const char *mode) {
  HERE(fdopen);
  if (must_fail(here))
    return nullptr;
  FILE *f = streamed(here, REAL(fdopen)(fd, mode), nullptr, false);
  if (!f && here && here.error() == EBADF)
    refused(here, fd);
  return f;
}

#define REOPEN_HOOK(name)                                                                          \
  HOOKED(FILE *, name, const char *path, const char *mode, FILE *f) {                              \
    HERE(name);                                                                                    \
    const int before = here && f ? ::fileno_unlocked(f) : -1;                                      \
    if (here && before >= 0) {                                                                     \
      disowned(before);                                                                            \
      closed(here, before);                                                                        \
      forget(here, kind::stdio, f);                                                                \
    }                                                                                              \
    FILE *result = REAL(name)(path, mode, f);                                                      \
    here.returned();                                                                               \
    return result && is_standard(result) ? result : streamed(here, result, path, true);            \
  }
REOPEN_HOOK(freopen)
REOPEN_HOOK(freopen64)

HOOKED(FILE *, popen, const char *command, const char *mode) {
  HERE(popen);
  if (must_fail(here))
    return nullptr;
  return streamed(here, REAL(popen)(command, mode), command, true, kind::process);
}

namespace {

/// Before the original, which frees the stream: its descriptor is closed with it.
void ending(hook &here, kind k, FILE *f) noexcept {
  if (!here || !f || is_standard(f))
    return;
  std::uint64_t fd = 0;
  for (const kind either : {kind::stdio, kind::process}) // libc closes it by whichever call
    if (const record *r = find(either, f);
        r && r->word.load(std::memory_order_relaxed) & handrail::region::is_open)
      fd = r->extra.load(std::memory_order_relaxed);
  closed(here, k, f);
  if (!fd)
    return;
  disowned(static_cast<int>(fd) - 1);
  closed(here, static_cast<int>(fd) - 1);
}

} // namespace

HOOKED(int, fclose, FILE *f) {
  HERE(fclose);
  ending(here, kind::stdio, f);
  const int result = REAL(fclose)(f);
  here.returned();
  return must_fail_release(here) ? EOF : result;
}
HOOKED(int, pclose, FILE *f) {
  HERE(pclose);
  ending(here, kind::process, f);
  const int result = REAL(pclose)(f);
  here.returned();
  return result;
}
HOOKED(int, endmntent, FILE *f) {
  HERE(endmntent);
  ending(here, kind::stdio, f);
  const int result = REAL(endmntent)(f);
  here.returned();
  return result;
}

// Directories.

namespace {

DIR *listed(hook &here, DIR *d, const char *name, bool new_descriptor) noexcept {
  here.returned();
  if (!d || !here)
    return d;
  const int fd = ::dirfd(d);
  opened(here, kind::directory, d, static_cast<std::uint64_t>(fd + 1), name);
  if (fd >= 0) {
    if (new_descriptor)
      opened(here, fd, kind::directory_fd, name);
    owned(fd, kind::directory, address(d));
  }
  return d;
}

} // namespace

HOOKED(DIR *, opendir, const char *path) {
  HERE(opendir);
  if (must_fail(here))
    return nullptr;
  return listed(here, REAL(opendir)(path), path, true);
}
HOOKED(DIR *, fdopendir, int fd) {
  HERE(fdopendir);
  DIR *d = listed(here, REAL(fdopendir)(fd), nullptr, false);
  if (!d && here && here.error() == EBADF)
    refused(here, fd);
  return d;
}
HOOKED(int, closedir, DIR *d) {
  HERE(closedir);
  if (here && d) {
    const record *r = find(kind::directory, d);
    const std::uint64_t fd =
        r && r->word.load(std::memory_order_relaxed) & handrail::region::is_open
            ? r->extra.load(std::memory_order_relaxed)
            : 0;
    if (closed(here, kind::directory, d) && fd) {
      disowned(static_cast<int>(fd) - 1);
      closed(here, static_cast<int>(fd) - 1);
    }
  }
  const int result = REAL(closedir)(d);
  here.returned();
  return result;
}
