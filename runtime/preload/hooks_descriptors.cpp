// What makes, copies and closes descriptors.
#include "amplify.h"
#include "hooks.h"

#include <cstdarg>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/types.h>

using namespace handrail::preload;

namespace {

/// The end of every function that returns a new descriptor.
int made(hook &here, int fd, kind k, const char *name = nullptr) noexcept {
  here.returned();
  if (fd >= 0 && here) {
    fd = renumbered(here, fd);
    opened(here, fd, k, name);
  }
  return fd;
}

/// Two at once: pipe, socketpair.
int made_pair(hook &here, int result, int fds[2], kind k) noexcept {
  here.returned();
  if (result == 0 && here)
    for (int i = 0; i < 2; ++i) {
      fds[i] = renumbered(here, fds[i]);
      opened(here, fds[i], k);
    }
  return result;
}

kind kind_of_copy(int from) noexcept {
  const record *r = descriptor(from);
  const std::uint64_t word = r ? r->word.load(std::memory_order_relaxed) : 0;
  return word & handrail::region::is_open ? handrail::region::kind_of(word) : kind::other_fd;
}

constexpr bool takes_mode(int flags) noexcept {
  return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

mode_t mode_of(int flags, va_list arguments) noexcept {
  return takes_mode(flags) ? va_arg(arguments, mode_t) : 0;
}

constexpr kind kind_of_open(int flags) noexcept {
  return flags & O_DIRECTORY && (flags & O_TMPFILE) != O_TMPFILE ? kind::directory_fd : kind::file;
}

} // namespace

#define OPEN_HOOK(name)                                                                            \
  HOOKED(int, name, const char *path, int flags, ...) {                                            \
    va_list arguments;                                                                             \
    va_start(arguments, flags);                                                                    \
    const mode_t mode = mode_of(flags, arguments);                                                 \
    va_end(arguments);                                                                             \
    HERE(name);                                                                                    \
    if (must_fail(here))                                                                           \
      return -1;                                                                                   \
    return made(here, REAL(name)(path, flags, mode), kind_of_open(flags), path);                   \
  }
OPEN_HOOK(open)
OPEN_HOOK(open64)

#define OPENAT_HOOK(name)                                                                          \
  HOOKED(int, name, int where, const char *path, int flags, ...) {                                 \
    va_list arguments;                                                                             \
    va_start(arguments, flags);                                                                    \
    const mode_t mode = mode_of(flags, arguments);                                                 \
    va_end(arguments);                                                                             \
    HERE(name);                                                                                    \
    if (must_fail(here))                                                                           \
      return -1;                                                                                   \
    const int fd = made(here, REAL(name)(where, path, flags, mode), kind_of_open(flags), path);    \
    if (fd < 0 && here && here.error() == EBADF)                                                   \
      refused(here, where);                                                                        \
    return fd;                                                                                     \
  }
OPENAT_HOOK(openat)
OPENAT_HOOK(openat64)

/// A function whose result is a descriptor: parameters, arguments, kind and name.
#define MAKER(name, parameters, call, k, text)                                                     \
  HOOKED(int, name, parameters) {                                                                  \
    HERE(name);                                                                                    \
    if (must_fail(here))                                                                           \
      return -1;                                                                                   \
    return made(here, REAL(name) call, k, text);                                                   \
  }
#define LIST(...) __VA_ARGS__

// What glibc's headers turn open() into with -D_FORTIFY_SOURCE.
MAKER(__open_2, LIST(const char *path, int flags), (path, flags), kind_of_open(flags), path)
MAKER(__open64_2, LIST(const char *path, int flags), (path, flags), kind_of_open(flags), path)
MAKER(__openat_2, LIST(int where, const char *path, int flags), (where, path, flags),
      kind_of_open(flags), path)
MAKER(__openat64_2, LIST(int where, const char *path, int flags), (where, path, flags),
      kind_of_open(flags), path)
MAKER(creat, LIST(const char *path, mode_t mode), (path, mode), kind::file, path)
MAKER(creat64, LIST(const char *path, mode_t mode), (path, mode), kind::file, path)
MAKER(mkstemp, char *path, (path), kind::file, path)
MAKER(mkstemp64, char *path, (path), kind::file, path)
MAKER(mkostemp, LIST(char *path, int flags), (path, flags), kind::file, path)
MAKER(mkostemp64, LIST(char *path, int flags), (path, flags), kind::file, path)
MAKER(mkstemps, LIST(char *path, int suffix), (path, suffix), kind::file, path)
MAKER(mkstemps64, LIST(char *path, int suffix), (path, suffix), kind::file, path)
MAKER(mkostemps, LIST(char *path, int suffix, int flags), (path, suffix, flags), kind::file, path)
MAKER(mkostemps64, LIST(char *path, int suffix, int flags), (path, suffix, flags), kind::file, path)
MAKER(socket, LIST(int domain, int type, int protocol), (domain, type, protocol), kind::socket,
      nullptr)
MAKER(epoll_create, int size, (size), kind::epoll, nullptr)
MAKER(epoll_create1, int flags, (flags), kind::epoll, nullptr)
MAKER(eventfd, LIST(unsigned value, int flags), (value, flags), kind::eventfd, nullptr)
MAKER(timerfd_create, LIST(int clock, int flags), (clock, flags), kind::timerfd, nullptr)
MAKER(inotify_init, void, (), kind::inotify, nullptr)
MAKER(inotify_init1, int flags, (flags), kind::inotify, nullptr)
MAKER(memfd_create, LIST(const char *name, unsigned flags), (name, flags), kind::memfd, name)
MAKER(pidfd_open, LIST(pid_t process, unsigned flags), (process, flags), kind::pidfd, nullptr)
MAKER(pidfd_getfd, LIST(int process, int fd, unsigned flags), (process, fd, flags), kind::other_fd,
      nullptr)
MAKER(fanotify_init, LIST(unsigned flags, unsigned event_flags), (flags, event_flags),
      kind::fanotify, nullptr)
MAKER(shm_open, LIST(const char *name, int flags, mode_t mode), (name, flags, mode), kind::shm,
      name)
MAKER(posix_openpt, int flags, (flags), kind::pty, nullptr)
MAKER(getpt, void, (), kind::pty, nullptr)

/// A function that makes a descriptor from another.
#define MADE_FROM(name, parameters, call, k)                                                       \
  HOOKED(int, name, int fd parameters) {                                                           \
    HERE(name);                                                                                    \
    if (must_fail(here))                                                                           \
      return -1;                                                                                   \
    const int result = made(here, REAL(name) call, k);                                             \
    if (result < 0 && here && here.error() == EBADF)                                               \
      refused(here, fd);                                                                           \
    return result;                                                                                 \
  }
MADE_FROM(accept, LIST(, sockaddr *address, socklen_t *size), (fd, address, size), kind::socket)
MADE_FROM(accept4, LIST(, sockaddr *address, socklen_t *size, int flags),
          (fd, address, size, flags), kind::socket)
MADE_FROM(dup, , (fd), here ? kind_of_copy(fd) : kind::other_fd)

HOOKED(int, signalfd, int fd, const void *mask, int flags) {
  HERE(signalfd);
  const int result = REAL(signalfd)(fd, mask, flags);
  if (fd == -1)
    return made(here, result, kind::signalfd);
  here.returned();
  return result;
}

HOOKED(int, mq_open, const char *name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  void *attributes = flags & O_CREAT ? va_arg(arguments, void *) : nullptr;
  va_end(arguments);
  HERE(mq_open);
  if (must_fail(here))
    return -1;
  return made(here, REAL(mq_open)(name, flags, mode, attributes), kind::mqueue, name);
}

HOOKED(int, pipe, int fds[2]) {
  HERE(pipe);
  if (must_fail(here))
    return -1;
  return made_pair(here, REAL(pipe)(fds), fds, kind::pipe);
}
HOOKED(int, pipe2, int fds[2], int flags) {
  HERE(pipe2);
  if (must_fail(here))
    return -1;
  return made_pair(here, REAL(pipe2)(fds, flags), fds, kind::pipe);
}
HOOKED(int, socketpair, int domain, int type, int protocol, int fds[2]) {
  HERE(socketpair);
  if (must_fail(here))
    return -1;
  return made_pair(here, REAL(socketpair)(domain, type, protocol, fds), fds, kind::socket);
}
HOOKED(int, openpty, int *master, int *slave, char *name, const void *attributes,
       const void *window) {
  HERE(openpty);
  const int result = REAL(openpty)(master, slave, name, attributes, window);
  here.returned();
  if (result == 0 && here) {
    opened(here, *master, kind::pty);
    opened(here, *slave, kind::pty);
  }
  return result;
}
HOOKED(int, forkpty, int *master, char *name, const void *attributes, const void *window) {
  HERE(forkpty);
  const int result = REAL(forkpty)(master, name, attributes, window);
  here.returned();
  if (result > 0 && here)
    opened(here, *master, kind::pty);
  return result;
}

// Copies. One onto a number that was open ends what it was; no owner is asked, because
// putting a file in the place of standard output is what it is there for.

namespace {

int copied(hook &here, int from, int result, int to) noexcept {
  here.returned();
  if (result < 0 && here && here.error() == EBADF)
    refused(here, from);
  if (result < 0 || !here || from == to)
    return result;
  const kind k = kind_of_copy(from);
  // A stream goes on with its number.
  const record *r = descriptor(to);
  const std::uint64_t word = r ? r->word.load(std::memory_order_relaxed) : 0;
  const bool has_owner = word & handrail::region::is_open && !(word & handrail::region::has_tag);
  const std::uint64_t owner = has_owner ? r->key.load(std::memory_order_relaxed) : 0;
  const std::uint64_t by = owner ? r->extra.load(std::memory_order_relaxed) : 0;
  closed(here, to);
  opened(here, result, k);
  if (owner)
    owned(result, static_cast<kind>(by), owner);
  return result;
}

} // namespace

HOOKED(int, dup2, int from, int to) {
  HERE(dup2);
  return copied(here, from, REAL(dup2)(from, to), to);
}
HOOKED(int, dup3, int from, int to, int flags) {
  HERE(dup3);
  return copied(here, from, REAL(dup3)(from, to, flags), to);
}

#define FCNTL_HOOK(name)                                                                           \
  HOOKED(int, name, int fd, int command, ...) {                                                    \
    va_list arguments;                                                                             \
    va_start(arguments, command);                                                                  \
    void *argument = va_arg(arguments, void *);                                                    \
    va_end(arguments);                                                                             \
    HERE(name);                                                                                    \
    const int result = REAL(name)(fd, command, argument);                                          \
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)                                          \
      return made(here, result, here ? kind_of_copy(fd) : kind::other_fd);                         \
    here.returned();                                                                               \
    return result;                                                                                 \
  }
FCNTL_HOOK(fcntl)
FCNTL_HOOK(fcntl64)

// Descriptors that come out of a message.

namespace {

void received(hook &here, msghdr &message) noexcept {
  for (cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
      continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      opened(here, fd, kind::other_fd);
    }
  }
}

} // namespace

HOOKED(ssize_t, recvmsg, int fd, msghdr *message, int flags) {
  HERE(recvmsg);
  const ssize_t result = REAL(recvmsg)(fd, message, flags);
  here.returned();
  if (here) {
    if (result >= 0 && message->msg_controllen)
      received(here, *message);
    else if (result < 0 && here.error() == EBADF)
      refused(here, fd);
  }
  return result;
}
HOOKED(int, recvmmsg, int fd, mmsghdr *messages, unsigned count, int flags, void *timeout) {
  HERE(recvmmsg);
  const int result = REAL(recvmmsg)(fd, messages, count, flags, timeout);
  here.returned();
  if (here) {
    for (int i = 0; i < result; ++i)
      if (messages[i].msg_hdr.msg_controllen)
        received(here, messages[i].msg_hdr);
    if (result < 0 && here.error() == EBADF)
      refused(here, fd);
  }
  return result;
}

// The ends.

#define CLOSE_HOOK(name)                                                                           \
  HOOKED(int, name, int fd) {                                                                      \
    HERE(name);                                                                                    \
    if (!here)                                                                                     \
      return REAL(name)(fd);                                                                       \
    closing end(here, fd);                                                                         \
    const int result = REAL(name)(fd);                                                             \
    here.returned();                                                                               \
    end.done(result != 0);                                                                         \
    return must_fail_release(here) ? -1 : result;                                                  \
  }
CLOSE_HOOK(close)
CLOSE_HOOK(mq_close)

HOOKED(int, close_range, unsigned first, unsigned last, int flags) {
  HERE(close_range);
  const int result = REAL(close_range)(first, last, flags);
  here.returned();
  constexpr int only_mark = 1 << 2; // CLOSE_RANGE_CLOEXEC
  if (result == 0 && here && !(flags & only_mark))
    closed_range(here, first, last);
  return result;
}
HOOKED(void, closefrom, int first) {
  HERE(closefrom);
  REAL(closefrom)(first);
  here.returned();
  if (here)
    closed_range(here, first < 0 ? 0 : static_cast<unsigned>(first), ~0u);
}

/// For the runtime and for programs with a type of their own: who owns a descriptor.
extern "C" __attribute__((visibility("default"))) std::uint64_t
handrail_exchange_owner(int fd, std::uint64_t expect, std::uint64_t tag) {
  record *r = started() ? descriptor(fd) : nullptr;
  if (!r)
    return ~std::uint64_t(0);
  const bool tagged = r->word.load() & handrail::region::has_tag;
  const std::uint64_t before = tagged ? r->key.load() : 0;
  if (before == expect) {
    if (tag)
      owned(fd, kind::none, tag);
    else
      disowned(fd);
  }
  return before;
}
