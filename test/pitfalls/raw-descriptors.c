// Descriptors that hardly any tool knows: accepted connections, copies, event queues,
// temporary files, both ends of a pipe.
// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int serve(int fd); // in another file, and closed by those who call it

int serve_one(int listener) {
  int fd = accept(listener, NULL, NULL);
  if (fd < 0)
    return -1;
  int n = serve(fd);
  close(fd);
  return n;
}

int serve_one_wrong(int listener, int limit) {
  int fd = accept(listener, NULL, NULL);
  if (fd < 0)
    return -1;
  if (fd >= limit)
    return -1; // expect: missing-close
  int n = serve(fd);
  close(fd);
  return n;
}

int copy_of(int fd, const char *text) {
  int copy = dup(fd);
  if (copy < 0)
    return -1;
  dprintf(copy, "%s", text);
  return close(copy);
}

int copy_of_wrong(int fd, const char *text) {
  int copy = dup(fd);
  if (copy < 0)
    return -1;
  return dprintf(copy, "%s", text); // expect: missing-close
}

int watch(int fd) {
  struct epoll_event e = {.events = EPOLLIN};
  int queue = epoll_create1(EPOLL_CLOEXEC);
  if (queue < 0)
    return -1;
  if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &e) < 0) {
    close(queue);
    return -1;
  }
  return queue;
}

int watch_wrong(int fd) {
  struct epoll_event e = {.events = EPOLLIN};
  int queue = epoll_create1(EPOLL_CLOEXEC);
  if (queue < 0)
    return -1;
  if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &e) < 0)
    return -1; // expect: missing-close
  return queue;
}

int temporary(void) {
  char name[] = "/tmp/xXXXXXX";
  int fd = mkstemp(name);
  if (fd < 0)
    return -1;
  if (unlink(name) < 0) {
    close(fd);
    return -1;
  }
  return fd;
}

int temporary_wrong(void) {
  char name[] = "/tmp/xXXXXXX";
  int fd = mkstemp(name);
  if (fd < 0)
    return -1;
  if (unlink(name) < 0)
    return -1; // expect: missing-close
  return fd;
}

int ends(int *reader, int *writer) {
  int p[2];
  if (pipe(p) < 0)
    return -1;
  *reader = p[0];
  *writer = p[1];
  return 0;
}

int ends_wrong(int *reader) {
  int p[2];
  if (pipe(p) < 0)
    return -1;
  *reader = p[0];
  return 0; // expect: missing-close
}
