// Functions of the C library that no model names use a handle, but do not keep it.
// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

int leak(const char *path, char *buffer, size_t n) {
  off_t base = 0;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  return (int)getdirentries(fd, buffer, n, &base); // expect: missing-close: 'fd'
}

// Others without a body may.
void keep(int fd);

void ok_kept(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd >= 0)
    keep(fd);
}
