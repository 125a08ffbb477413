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

static int target;

static int open_inode(const char *s, int inode) {
  int fd = inode ? open(s, O_RDONLY) : -1;
  if (inode && fd < 0)
    exit(1);
  return fd;
}

static int open_target(const char *s) {
  int inode = 0;
  if (parse(s, &target, &inode, 0) < 0)
    exit(1);
  return open_inode(s, inode);
}

static int open_any_target(const char *s) {
  int inode = 0;
  if (parse(s, &target, &inode, ALLOW_ZERO) < 0)
    exit(1);
  return open_inode(s, inode);
}

int once_only(int argc, char **argv) {
  int c, fd = -1;
  while ((c = getopt(argc, argv, "t:")) != -1) {
    if (target)
      exit(1);
    fd = open_target(optarg);
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
    fd = open_any_target(optarg); // expect: missing-close
  }
  if (fd >= 0)
    close(fd);
  return 0;
}
