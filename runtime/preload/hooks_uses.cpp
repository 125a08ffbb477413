// Calls that use a descriptor. They cost nothing more until one is refused.
#include "hooks.h"

#include <cstdarg>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

using namespace handrail::preload;

namespace {

template <class T> T used(hook &here, int fd, T result) noexcept {
  if (result == static_cast<T>(-1) && errno == EBADF) [[unlikely]] {
    here.returned();
    if (here)
      refused(here, fd);
  } else {
    here.returned();
  }
  return result;
}

} // namespace

#define LIST(...) __VA_ARGS__
#define USE(type, name, parameters, call)                                                          \
  HOOKED(type, name, int fd, parameters) {                                                         \
    HERE(name);                                                                                    \
    return used(here, fd, REAL(name) call);                                                        \
  }

USE(ssize_t, read, LIST(void *to, size_t n), (fd, to, n))
USE(ssize_t, write, LIST(const void *from, size_t n), (fd, from, n))
USE(ssize_t, pread, LIST(void *to, size_t n, off_t at), (fd, to, n, at))
USE(ssize_t, pread64, LIST(void *to, size_t n, off_t at), (fd, to, n, at))
USE(ssize_t, pwrite, LIST(const void *from, size_t n, off_t at), (fd, from, n, at))
USE(ssize_t, pwrite64, LIST(const void *from, size_t n, off_t at), (fd, from, n, at))
USE(ssize_t, readv, LIST(const iovec *v, int n), (fd, v, n))
USE(ssize_t, writev, LIST(const iovec *v, int n), (fd, v, n))
USE(ssize_t, send, LIST(const void *from, size_t n, int flags), (fd, from, n, flags))
USE(ssize_t, sendto,
    LIST(const void *from, size_t n, int flags, const sockaddr *to, socklen_t size),
    (fd, from, n, flags, to, size))
USE(ssize_t, sendmsg, LIST(const msghdr *message, int flags), (fd, message, flags))
USE(ssize_t, recv, LIST(void *to, size_t n, int flags), (fd, to, n, flags))
USE(ssize_t, recvfrom, LIST(void *to, size_t n, int flags, sockaddr *from, socklen_t *size),
    (fd, to, n, flags, from, size))
USE(int, connect, LIST(const sockaddr *to, socklen_t size), (fd, to, size))
USE(int, bind, LIST(const sockaddr *to, socklen_t size), (fd, to, size))
USE(int, listen, int backlog, (fd, backlog))
USE(int, shutdown, int how, (fd, how))
USE(int, setsockopt, LIST(int level, int name, const void *value, socklen_t size),
    (fd, level, name, value, size))
USE(int, ftruncate, off_t size, (fd, size))
USE(int, ftruncate64, off_t size, (fd, size))
USE(off_t, lseek, LIST(off_t at, int whence), (fd, at, whence))
USE(off_t, lseek64, LIST(off_t at, int whence), (fd, at, whence))
// What glibc's headers turn them into with -D_FORTIFY_SOURCE.
USE(ssize_t, __read_chk, LIST(void *to, size_t n, size_t room), (fd, to, n, room))
USE(ssize_t, __pread_chk, LIST(void *to, size_t n, off_t at, size_t room), (fd, to, n, at, room))
USE(ssize_t, __pread64_chk, LIST(void *to, size_t n, off_t at, size_t room), (fd, to, n, at, room))
USE(ssize_t, __recv_chk, LIST(void *to, size_t n, size_t room, int flags), (fd, to, n, room, flags))
USE(ssize_t, __recvfrom_chk,
    LIST(void *to, size_t n, size_t room, int flags, sockaddr *from, socklen_t *size),
    (fd, to, n, room, flags, from, size))

HOOKED(int, fsync, int fd) {
  HERE(fsync);
  return used(here, fd, REAL(fsync)(fd));
}
HOOKED(int, fdatasync, int fd) {
  HERE(fdatasync);
  return used(here, fd, REAL(fdatasync)(fd));
}

HOOKED(int, ioctl, int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  HERE(ioctl);
  return used(here, fd, REAL(ioctl)(fd, request, argument));
}

HOOKED(int, epoll_ctl, int epoll, int operation, int fd, void *event) {
  HERE(epoll_ctl);
  const int result = REAL(epoll_ctl)(epoll, operation, fd, event);
  here.returned();
  constexpr int remove = 2; // EPOLL_CTL_DEL: closing took it out already, as many know
  if (result == -1 && here.error() == EBADF && operation != remove && here) {
    refused(here, epoll);
    refused(here, fd);
  }
  return result;
}

namespace {

int polled(hook &here, pollfd *fds, nfds_t count, int result) noexcept {
  here.returned();
  if (result > 0 && here)
    for (nfds_t i = 0; i < count; ++i)
      if (fds[i].fd >= 0 && fds[i].revents & POLLNVAL)
        refused(here, fds[i].fd);
  return result;
}

int selected(hook &here, int count, fd_set *sets[3], int result) noexcept {
  here.returned();
  if (result == -1 && here.error() == EBADF && here)
    for (int fd = 0; fd < count; ++fd)
      for (int i = 0; i < 3; ++i)
        // A word at a time: the program's set may be larger than an fd_set.
        if (sets[i] && reinterpret_cast<const unsigned long *>(sets[i])[fd / 64] >> fd % 64 & 1) {
          refused(here, fd);
          break;
        }
  return result;
}

} // namespace

HOOKED(int, poll, pollfd *fds, nfds_t count, int timeout) {
  HERE(poll);
  return polled(here, fds, count, REAL(poll)(fds, count, timeout));
}
HOOKED(int, ppoll, pollfd *fds, nfds_t count, const timespec *timeout, const void *signals) {
  HERE(ppoll);
  return polled(here, fds, count, REAL(ppoll)(fds, count, timeout, signals));
}
HOOKED(int, __poll_chk, pollfd *fds, nfds_t count, int timeout, size_t room) {
  HERE(__poll_chk);
  return polled(here, fds, count, REAL(__poll_chk)(fds, count, timeout, room));
}
HOOKED(int, select, int count, fd_set *readable, fd_set *writable, fd_set *other,
       timeval *timeout) {
  HERE(select);
  fd_set *sets[] = {readable, writable, other};
  return selected(here, count, sets, REAL(select)(count, readable, writable, other, timeout));
}
HOOKED(int, pselect, int count, fd_set *readable, fd_set *writable, fd_set *other,
       const timespec *timeout, const void *signals) {
  HERE(pselect);
  fd_set *sets[] = {readable, writable, other};
  return selected(here, count, sets,
                  REAL(pselect)(count, readable, writable, other, timeout, signals));
}
