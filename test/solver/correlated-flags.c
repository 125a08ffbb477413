// 0 is refused unless a flag is given, and callers give no flag: what the callee looks
// at besides does not hide that.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { ALLOW_ALL = 1, ALLOW_ZERO = 2 };

static int parse(const char *s, int *out, int *inode, int flags) {
  int n = atoi(s);
  if (n == 0 && !(flags & ALLOW_ZERO))
    return -1;
  *out = n;
  if (*s == ':')
    *inode = atoi(s + 1);
  return 0;
}

static int open_target(const char *s, int *out, int flags) {
  int fd = -1, inode = 0;
  if (parse(s, out, &inode, flags) < 0)
    exit(1);
  if (inode) {
    fd = open(s, O_RDONLY);
    if (fd < 0)
      exit(1);
  }
  return fd;
}

static int target;

int once_only(int argc, char **argv) {
  int c, fd = -1;
  while ((c = getopt(argc, argv, "t:")) != -1) {
    if (target)
      exit(1);
    fd = open_target(optarg, &target, 0);
  }
  if (fd >= 0)
    close(fd);
  return 0;
}

int as_often_as_given(int argc, char **argv) {
  int c, fd = -1;
  while ((c = getopt(argc, argv, "t:")) != -1) {
    if (target)
      exit(1);
    fd = open_target(optarg, &target, ALLOW_ZERO); // expect: missing-close
  }
  if (fd >= 0)
    close(fd);
  return 0;
}
