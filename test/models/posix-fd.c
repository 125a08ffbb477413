// RUN: %check_handrail %s
// RUN: %check_handrail %s -- -D_FILE_OFFSET_BITS=64
// RUN: %check_handrail %s -- -O2 -D_FORTIFY_SOURCE=2
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

int leak_open(const char *path) {
  int fd = open(path, O_RDONLY);
  char c;
  if (fd < 0)
    return -1;
  if (read(fd, &c, 1) != 1)
    return -1; // expect: missing-close: 'fd'
  close(fd);
  return c;
}

int ok_open(const char *path) {
  int fd = open(path, O_RDONLY);
  char c = 0;
  if (fd == -1)
    return -1;
  if (read(fd, &c, 1) != 1)
    c = 0;
  return close(fd) < 0 ? -1 : c;
}

void leak_openat(int dir) {
  int fd = openat(dir, "x", O_RDONLY);
  if (fd >= 0)
    fsync(fd);
} // expect: missing-close: 'fd'

void leak_mkstemp(void) {
  char name[] = "/tmp/xXXXXXX";
  int fd = mkstemp(name);
  if (fd >= 0)
    unlink(name);
} // expect: missing-close: 'fd'

int leak_accept(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0)
    return -1;
  if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
    return -1; // expect: missing-close: 'fd'
  return fd;
}

int leak_dup(void) {
  int copy = dup(STDOUT_FILENO);
  if (copy < 0)
    return -1;
  if (isatty(copy))
    return 1; // expect: missing-close: 'copy'
  close(copy);
  return 0;
}

int leak_dupfd(int fd) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0)
    return -1;
  return 0; // expect: missing-close: 'copy'
}

int leak_one_end(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return -1;
  close(ends[0]);
  return 0; // expect: missing-close
}

int ok_pipe(int out[2]) {
  int ends[2];
  if (pipe(ends) < 0)
    return -1;
  close(ends[0]);
  close(ends[1]);
  return pipe(out);
}

int leak_pair(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
    return -1;
  close(pair[1]);
  return 0; // expect: missing-close
}

#define LEAK(name, call)                                                                           \
  void name(void) { int fd = (call); if (fd >= 0) fsync(fd); }

LEAK(leak_socket, socket(AF_INET, SOCK_STREAM, 0)) // expect: missing-close
LEAK(leak_epoll, epoll_create1(EPOLL_CLOEXEC))     // expect: missing-close
LEAK(leak_eventfd, eventfd(0, 0))                  // expect: missing-close
LEAK(leak_timerfd, timerfd_create(0, 0))           // expect: missing-close
LEAK(leak_inotify, inotify_init1(0))               // expect: missing-close
LEAK(leak_memfd, memfd_create("x", 0))             // expect: missing-close
LEAK(leak_creat, creat("x", 0600))                 // expect: missing-close

int leak_signalfd(const sigset_t *set) {
  int fd = signalfd(-1, set, 0);
  if (fd < 0)
    return -1;
  return 0; // expect: missing-close: 'fd'
}

int ok_signalfd_changes_the_mask(int fd, const sigset_t *set) {
  return signalfd(fd, set, 0) < 0 ? -1 : 0;
}

void twice(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  close(fd);
  close(fd); // expect: double-close: 'fd'
}

void after(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  close(fd);
  fsync(fd); // expect: use-after-close: 'fd'
}

void ok_closing_minus_one(const char *path) {
  int fd = open(path, O_RDONLY);
  close(fd);
}

void ok_standard_streams(void) {
  int null = open("/dev/null", O_RDWR);
  if (null < 0)
    return;
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  if (null > STDERR_FILENO)
    close(null);
}

void ok_dup2_opens_again(int fd, int slot) {
  close(slot);
  if (dup2(fd, slot) >= 0)
    close(slot);
}

int ok_event_data_keeps(int set, int listener) {
  int fd = accept(listener, NULL, NULL);
  struct epoll_event event = {.events = EPOLLIN};
  if (fd < 0)
    return -1;
  event.data.fd = fd;
  if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0) {
    close(fd);
    return -1;
  }
  return 0;
}

// A file system without a name cannot be opened.
void no_file_system(void) { fsopen(NULL, FSOPEN_CLOEXEC); }

void some_file_system(void) {
  fsopen("proc", FSOPEN_CLOEXEC); // expect: missing-close
}
