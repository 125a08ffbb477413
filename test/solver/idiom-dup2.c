// dup2: the second number refers to what the first does, and both have to be closed.
// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <unistd.h>

// Output goes to a file for a while.
int redirected_for_a_while(const char *path, void (*work)(void)) {
  int saved = dup(STDOUT_FILENO);
  if (saved < 0)
    return -1;
  int fd = open(path, O_WRONLY);
  if (fd < 0) {
    close(saved);
    return -1;
  }
  dup2(fd, STDOUT_FILENO);
  close(fd);
  work();
  fflush(stdout);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  return 0;
}

int redirected_for_a_while_wrong(const char *path, void (*work)(void)) {
  int saved = dup(STDOUT_FILENO);
  if (saved < 0)
    return -1;
  int fd = open(path, O_WRONLY);
  if (fd < 0)
    return -1; // expect: missing-close: 'saved'
  dup2(fd, STDOUT_FILENO);
  close(fd);
  work();
  fflush(stdout);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  return 0;
}

// The copy replaces what another variable refers to: that stays open.
int replaced(int fd, const char *path) {
  int other = open(path, O_RDONLY);
  if (other < 0)
    return -1;
  if (dup2(other, fd) < 0) {
    close(other);
    return -1;
  }
  close(other);
  return fd;
}

int replaced_wrong(int fd, const char *path) {
  int other = open(path, O_RDONLY);
  if (other < 0)
    return -1;
  if (dup2(other, fd) < 0) {
    close(other);
    return -1;
  }
  return fd; // expect: missing-close: 'other'
}

// Moved to a number that the caller chose.
int moved(int fd, int to) {
  if (fd == to)
    return to;
  int n = dup2(fd, to);
  close(fd);
  return n;
}

// Above the standard descriptors.
int above_standard(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (fd <= 2) {
    int n = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    fd = n;
  }
  return fd;
}

int above_standard_wrong(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (fd < 10)
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 10); // expect: missing-close
  return fd;
}

// Both are closed, in any order.
int both(const char *path) {
  int a = open(path, O_RDONLY);
  if (a < 0)
    return -1;
  int b = dup(a);
  close(a);
  if (b < 0)
    return -1;
  close(b);
  return 0;
}

int one_twice(const char *path) {
  int a = open(path, O_RDONLY);
  if (a < 0)
    return -1;
  int b = dup(a);
  close(a);
  if (b < 0)
    return -1;
  close(a); // expect: double-close
  close(b);
  return 0;
}

// The number is known to whoever gave the list.
struct action {
  int from, to;
};
const struct action *next_action(void *list);

int redirect_all(void *list) {
  int err = 0;
  const struct action *a;
  while ((a = next_action(list)) != 0 && err >= 0)
    err = dup2(a->from, a->to);
  return 0;
}

// A copy of a message queue's descriptor is one, too.
void copied_queue(int to) {
  mqd_t queue = mq_open("/queue", O_RDONLY);
  if (queue < 0)
    return;
  int copy = dup(queue);
  if (copy >= 0)
    mq_close(copy);
  if (dup2(queue, to) >= 0)
    mq_close(to);
  mq_close(queue);
}

void copied_queue_wrong(void) {
  mqd_t queue = mq_open("/queue", O_RDONLY);
  if (queue < 0)
    return;
  int copy = dup(queue);
  mq_close(queue);
} // expect: missing-close: message queue 'copy'

void copied_file_wrong(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  int copy = dup(fd);
  if (copy >= 0)
    mq_close(copy); // expect: mismatched-close
  close(fd);
}
