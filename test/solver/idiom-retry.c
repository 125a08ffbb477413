// Calls that are tried again when a signal interrupted them.
// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int retried_open(const char *path) {
  int fd;
  do
    fd = open(path, O_RDONLY);
  while (fd < 0 && errno == EINTR);
  if (fd < 0)
    return -1;
  close(fd);
  return 0;
}

int retried_open_wrong(const char *path) {
  int fd;
  do
    fd = open(path, O_RDONLY);
  while (fd < 0 && errno == EINTR);
  if (fd < 0)
    return -1;
  return lseek(fd, 0, SEEK_END) > 0; // expect: missing-close
}

int retried_with_macro(const char *path) {
  int fd = TEMP_FAILURE_RETRY(open(path, O_RDONLY));
  if (fd == -1)
    return -1;
  close(fd);
  return 0;
}

int retried_accept(int listener) {
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0)
      return fd;
    if (errno != EINTR && errno != ECONNABORTED)
      return -1;
  }
}

// Tried again also when it worked.
int retried_accept_wrong(int listener, int wanted) {
  int fd;
  do
    fd = accept(listener, NULL, NULL); // expect: missing-close
  while (fd < wanted);
  return fd;
}

int retried_while(const char *path) {
  int fd;
  while ((fd = open(path, O_RDONLY)) == -1)
    if (errno != EINTR)
      return -1;
  close(fd);
  return 0;
}
