// Copies of descriptors, and all that are no files.
//
// RUN: %clang -g %s -o %t && %check_run %s -- %t %t.tmp
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int checked(int fd) {
  if (fd < 3)
    abort();
  return fd;
}

static void copies(void) {
  int from = checked(open("/etc/passwd", O_RDONLY)); // leak: file
  checked(dup(from));                                // leak: file
  close(checked(dup(from)));
  dup2(from, 100); // leak: file
  dup2(from, 101);
  close(101);
  dup3(from, 102, O_CLOEXEC); // leak: file
  dup3(from, 103, O_CLOEXEC);
  close(103);
  fcntl(from, F_DUPFD, 110); // leak: file
  close(fcntl(from, F_DUPFD, 111));
  fcntl(from, F_DUPFD_CLOEXEC, 120); // leak: file
  close(fcntl(from, F_DUPFD_CLOEXEC, 121));
  // A copy onto an open one ends that.
  int onto = open("/etc/passwd", O_RDONLY);
  dup2(from, onto); // leak: file
  // Onto itself it changes nothing.
  dup2(from, from);
  fcntl(from, F_SETFD, FD_CLOEXEC);
}

static void pairs(void) {
  int fds[2];
  pipe(fds); // leak: pipe x2
  pipe(fds); // leak: pipe
  close(fds[0]);
  pipe2(fds, O_CLOEXEC); // leak: pipe x2
  pipe2(fds, O_CLOEXEC);
  close(fds[0]), close(fds[1]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, fds); // leak: socket x2
  socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
  close(fds[0]), close(fds[1]);
}

static void others(void) {
  checked(epoll_create(1)); // leak: epoll
  close(checked(epoll_create(1)));
  checked(epoll_create1(0)); // leak: epoll
  close(checked(epoll_create1(0)));
  checked(eventfd(0, 0)); // leak: eventfd
  close(checked(eventfd(0, 0)));
  checked(timerfd_create(CLOCK_MONOTONIC, 0)); // leak: timerfd
  close(checked(timerfd_create(CLOCK_MONOTONIC, 0)));
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  int fd = checked(signalfd(-1, &set, 0)); // leak: signalfd
  if (signalfd(fd, &set, 0) != fd)         // the same one, changed
    abort();
  close(checked(signalfd(-1, &set, 0)));
  checked(inotify_init()); // leak: inotify
  close(checked(inotify_init()));
  checked(inotify_init1(0)); // leak: inotify
  close(checked(inotify_init1(0)));
  checked(memfd_create("a", 0)); // leak: memfd
  close(checked(memfd_create("a", 0)));
  int self = pidfd_open(getpid(), 0); // leak: pidfd
  close(checked(pidfd_open(getpid(), 0)));
  close(checked(pidfd_getfd(self, self, 0)));
}

static void named(const char *path) {
  char name[64];
  snprintf(name, sizeof name, "/handrail-%d", (int)getpid());
  checked(shm_open(name, O_CREAT | O_RDWR, 0600)); // leak: shm
  close(checked(shm_open(name, O_RDWR, 0)));
  shm_unlink(name);
  mqd_t queue = mq_open(name, O_CREAT | O_RDWR, 0600, NULL);
  if (queue >= 0) { // a kernel may have none
    mq_close(queue);
    mq_unlink(name);
  }
  (void)path;
}

static void terminals(void) {
  if (access("/dev/ptmx", F_OK) != 0)
    return;
  int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
  if (master < 0)
    return;
  close(master);
  master = getpt();
  close(master);
  if (openpty(&master, &slave, NULL, NULL, NULL) == 0)
    close(master), close(slave);
  pid_t child = forkpty(&master, NULL, NULL, NULL);
  if (child == 0)
    _exit(0);
  if (child > 0)
    close(master);
}

static void ranges(void) {
  int first = checked(open("/etc/passwd", O_RDONLY));
  for (int i = 200; i < 220; ++i)
    dup2(first, i);
  close_range(200, 209, 0);
  close_range(210, 219, CLOSE_RANGE_CLOEXEC);
  close_range(210, 219, 0);
  dup2(first, 300);
  dup2(first, 301);
  close(first);
  closefrom(300);
}

int main(int argc, char **argv) {
  copies();
  pairs();
  others();
  named(argc > 1 ? argv[1] : "/tmp/handrail");
  terminals();
  ranges();
  return 0;
}
