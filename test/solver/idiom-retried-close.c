// A close that is tried again. What one system closed another has not, so where the
// program asked for the reason first the report is only a possible one.
// RUN: %check_handrail %s
// RUN: %check_handrail %s --min-confidence=possible --expect=possibly
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

// On Linux the number is free after the first try, and may be another thread's at the
// second; where systems differ the loop is on purpose.
int retried_close(const char *path) {
  int n, fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  do
    n = close(fd); // possibly: double-close
  while (n < 0 && errno == EINTR);
  return n;
}

static int close_retry(int fd) {
  while (close(fd) == -1) // possibly: double-close
    if (errno != EINTR)
      return -1;
  return 0;
}

int retried_in_helper(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  return close_retry(fd);
}

// Nothing was asked before the second try.
int closed_twice(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  for (int i = 0; i < 2; i++)
    close(fd); /* possibly: double-close */ // expect: double-close
  return 0;
}

// The second try is for another reason.
int closed_twice_on_failure(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (close(fd) < 0) {
    perror(path);
    close(fd); /* possibly: double-close */ // expect: double-close
  }
  return 0;
}
