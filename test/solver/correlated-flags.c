// 0 is refused unless a flag is given, and callers give no flag: what the callee looks
// at besides does not hide that.
// RUN: %check_handrail %s
#include <errno.h>
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

// The same beside more conditions than states are kept for: what is found in `*out`
// keeps apart what the flag decides.
static int parse_strictly(char *s, int *out, int *inode, int flags) {
  char *end = NULL;
  long n;
  if (!s || !*s || !out)
    return -EINVAL;
  n = strtol(s, &end, 10);
  if (n == 0 && end == s)
    return -EINVAL;
  if (errno == ERANGE || n < -10000000L || n > 10000000L)
    return -ERANGE;
  if (n == 0 && !(flags & ALLOW_ZERO))
    return -ERANGE;
  if (n < 0 && !(flags & ALLOW_ALL))
    return -ERANGE;
  *out = n;
  if (*end == ':' && inode && n > 0) {
    *inode = strtol(++end, &end, 10);
    if (*inode == 0)
      return -ERANGE;
    *end = 0;
  }
  return end && *end ? -EINVAL : 0;
}

static void parse_or_die(char *s, int *out, int *inode, int flags) {
  if (parse_strictly(s, out, inode, flags) < 0)
    exit(1);
}

static int open_strictly(char *s) {
  int inode = 0;
  parse_or_die(s, &target, &inode, 0);
  return open_inode(s, inode);
}

static int open_any(char *s) {
  int unused;
  parse_or_die(s, &unused, NULL, ALLOW_ZERO);
  return open_inode(s, 1);
}

int once_only_strictly(int argc, char **argv) {
  int c, fd = -1;
  while ((c = getopt(argc, argv, "t:")) != -1) {
    if (target)
      exit(1);
    fd = open_strictly(optarg);
  }
  if (fd >= 0)
    close(fd);
  return 0;
}

int target_not_set(int argc, char **argv) {
  int c, fd = -1;
  while ((c = getopt(argc, argv, "t:")) != -1) {
    if (target)
      exit(1);
    fd = open_any(optarg); // expect: missing-close
  }
  if (fd >= 0)
    close(fd);
  return 0;
}
