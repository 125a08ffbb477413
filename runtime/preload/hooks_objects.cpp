// Other objects of the C library: mappings, libraries, synchronization, patterns, locales.
#include "amplify.h"
#include "hooks.h"

#include <cstdarg>
#include <cstring>
#include <sys/mman.h>
#include <sys/types.h>

using namespace handrail::preload;

#define LIST(...) __VA_ARGS__

// Memory.

#define MMAP_HOOK(name, offset)                                                                    \
  HOOKED(void *, name, void *where, size_t size, int protection, int flags, int fd, offset at) {   \
    HERE(name);                                                                                    \
    if (must_fail(here, ENOMEM))                                                                   \
      return MAP_FAILED;                                                                           \
    void *p = REAL(name)(where, size, protection, flags, fd, at);                                  \
    here.returned();                                                                               \
    if (here && p == MAP_FAILED && here.error() == EBADF)                                          \
      refused(here, fd);                                                                           \
    if (here && p != MAP_FAILED) {                                                                 \
      if (flags & MAP_FIXED)                                                                       \
        unmapped(here, p, size);                                                                   \
      mapped(here, p, size);                                                                       \
    }                                                                                              \
    return p;                                                                                      \
  }
MMAP_HOOK(mmap, off_t)
MMAP_HOOK(mmap64, off64_t)

HOOKED(int, munmap, void *where, size_t size) {
  HERE(munmap);
  // Before: the place may be another thread's mapping when the original returns.
  if (here && reinterpret_cast<std::uintptr_t>(where) % 4096 == 0 && size)
    unmapped(here, where, size);
  const int result = REAL(munmap)(where, size);
  here.returned();
  return result;
}

HOOKED(void *, mremap, void *where, size_t old_size, size_t new_size, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  void *wanted = flags & MREMAP_FIXED ? va_arg(arguments, void *) : nullptr;
  va_end(arguments);
  HERE(mremap);
  void *p = REAL(mremap)(where, old_size, new_size, flags, wanted);
  here.returned();
  if (here && p != MAP_FAILED) {
    unmapped(here, where, old_size);
    mapped(here, p, new_size);
  }
  return p;
}

// What is made in memory that the program has, or is given as a pointer: result 0 is
// success; ending one twice is judged only where libc cannot take it.

#define INIT(name, parameters, call, k, object)                                                    \
  HOOKED(int, name, parameters) {                                                                  \
    HERE(name);                                                                                    \
    if (must_fail(here, ENOMEM))                                                                   \
      return ENOMEM;                                                                               \
    const int result = REAL(name) call;                                                            \
    here.returned();                                                                               \
    if (here && result == 0)                                                                       \
      opened(here, k, object);                                                                     \
    return result;                                                                                 \
  }
#define DESTROY(type, name, k)                                                                     \
  HOOKED(type, name, void *object) {                                                               \
    HERE(name);                                                                                    \
    if (here)                                                                                      \
      forget(here, k, object);                                                                     \
    return REAL(name)(object);                                                                     \
  }

INIT(pthread_cond_init, LIST(void *c, const void *a), (c, a), kind::condition, c)
DESTROY(int, pthread_cond_destroy, kind::condition)
INIT(pthread_rwlock_init, LIST(void *l, const void *a), (l, a), kind::rwlock, l)
DESTROY(int, pthread_rwlock_destroy, kind::rwlock)
INIT(pthread_barrier_init, LIST(void *b, const void *a, unsigned n), (b, a, n), kind::barrier, b)
DESTROY(int, pthread_barrier_destroy, kind::barrier)
INIT(posix_spawnattr_init, void *a, (a), kind::spawn_attributes, a)
DESTROY(int, posix_spawnattr_destroy, kind::spawn_attributes)
INIT(posix_spawn_file_actions_init, void *a, (a), kind::spawn_actions, a)
DESTROY(int, posix_spawn_file_actions_destroy, kind::spawn_actions)
INIT(regcomp, LIST(void *r, const char *pattern, int flags), (r, pattern, flags), kind::regex, r)
DESTROY(void, regfree, kind::regex)
INIT(glob, LIST(const char *pattern, int flags, void *error, void *g), (pattern, flags, error, g),
     kind::glob, g)
INIT(glob64, LIST(const char *pattern, int flags, void *error, void *g), (pattern, flags, error, g),
     kind::glob, g)
DESTROY(void, globfree, kind::glob)
DESTROY(void, globfree64, kind::glob)

HOOKED(int, sem_init, void *s, int shared, unsigned value) {
  HERE(sem_init);
  const int result = REAL(sem_init)(s, shared, value);
  here.returned();
  if (here && result == 0)
    opened(here, kind::semaphore, s);
  return result;
}
DESTROY(int, sem_destroy, kind::semaphore)

HOOKED(void *, sem_open, const char *name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  constexpr int create = 0100; // O_CREAT
  const mode_t mode = flags & create ? va_arg(arguments, mode_t) : 0;
  const unsigned value = flags & create ? va_arg(arguments, unsigned) : 0;
  va_end(arguments);
  HERE(sem_open);
  void *s = REAL(sem_open)(name, flags, mode, value);
  here.returned();
  if (s && here) { // one name has one address, and counts how often it was opened
    record *r = find(kind::named_semaphore, s);
    if (r && r->word.load() & handrail::region::is_open)
      r->extra.fetch_add(1);
    else
      opened(here, kind::named_semaphore, s, 1, name);
  }
  return s;
}
HOOKED(int, sem_close, void *s) {
  HERE(sem_close);
  if (here) {
    record *r = find(kind::named_semaphore, s);
    if (!(r && r->word.load() & handrail::region::is_open && r->extra.fetch_sub(1) > 1))
      closed(here, kind::named_semaphore, s);
  }
  const int result = REAL(sem_close)(s);
  here.returned();
  return result;
}

INIT(pthread_mutex_init, LIST(void *m, const void *a), (m, a), kind::mutex, m)
HOOKED(int, pthread_mutex_destroy, pthread_mutex_t *m) {
  HERE(pthread_mutex_destroy);
  // The memory may have become a mutex again by an initializer, which nobody sees. One
  // that was destroyed says so itself.
  if (here && m->__data.__kind == -1)
    closed(here, kind::mutex, m);
  else if (here)
    forget(here, kind::mutex, m);
  const int result = REAL(pthread_mutex_destroy)(m);
  here.returned();
  if (here && result != 0 && m->__data.__kind != -1)
    reopened(kind::mutex, m); // it is locked
  return result;
}

HOOKED(int, pthread_key_create, unsigned *key, void (*destroy)(void *)) {
  HERE(pthread_key_create);
  const int result = REAL(pthread_key_create)(key, destroy);
  here.returned();
  if (here && result == 0)
    opened(here, kind::tls_key, reinterpret_cast<const void *>(std::uintptr_t(*key) + 1));
  return result;
}
HOOKED(int, pthread_key_delete, unsigned key) {
  HERE(pthread_key_delete);
  if (here)
    forget(here, kind::tls_key, reinterpret_cast<const void *>(std::uintptr_t(key) + 1));
  return REAL(pthread_key_delete)(key);
}

// What libc makes. Ending it twice frees memory twice.

#define MAKE(type, name, parameters, call, k, failed, text)                                        \
  HOOKED(type, name, parameters) {                                                                 \
    HERE(name);                                                                                    \
    type result = REAL(name) call;                                                                 \
    here.returned();                                                                               \
    if (here && result != failed)                                                                  \
      opened(here, k, result, 0, text);                                                            \
    return result;                                                                                 \
  }
#define END(type, name, k)                                                                         \
  HOOKED(type, name, void *object) {                                                               \
    HERE(name);                                                                                    \
    if (here && object)                                                                            \
      closed(here, k, object);                                                                     \
    return REAL(name)(object);                                                                     \
  }
MAKE(void *, iconv_open, LIST(const char *to, const char *from), (to, from), kind::iconv,
     reinterpret_cast<void *>(-1), to)
END(int, iconv_close, kind::iconv)

#if !HANDRAIL_WRAP // a static program that has getaddrinfo() is warned of by the linker
END(void, freeaddrinfo, kind::addrinfo)

HOOKED(int, getaddrinfo, const char *node, const char *service, const void *hints, void **out) {
  HERE(getaddrinfo);
  const int result = REAL(getaddrinfo)(node, service, hints, out);
  here.returned();
  if (here && result == 0 && *out)
    opened(here, kind::addrinfo, *out, 0, node);
  return result;
}
#endif

HOOKED(void *, newlocale, int mask, const char *name, void *base_locale) {
  HERE(newlocale);
  void *result = REAL(newlocale)(mask, name, base_locale);
  here.returned();
  if (here && result) {
    if (base_locale)
      forget(here, kind::locale, base_locale); // freed, or what is returned
    opened(here, kind::locale, result, 0, name);
  }
  return result;
}
MAKE(void *, duplocale, void *locale, (locale), kind::locale, nullptr, nullptr)
HOOKED(void, freelocale, void *locale) {
  HERE(freelocale);
  if (here)
    forget(here, kind::locale, locale); // the C locale is freed as often as one likes
  REAL(freelocale)(locale);
}
