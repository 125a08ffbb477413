// A warning is followed by the path that leads to it.
// REQUIRES: tidy-plugin
// RUN: %clang_tidy --checks='-*,handrail-*' --quiet %s -- 2>&1 | FileCheck %s
int open(const char *path, int flags, ...);
int close(int fd);
int reserve(int n);

int path(int n) {
  int fd = open("/tmp/x", 0);
  if (fd == -1)
    return -1;
  if (n > 3)
    return -2;
  close(fd);
  return 0;
}

// CHECK: path.c:13:5: warning: file descriptor 'fd' opened by 'open' is never closed on this path [handrail-missing-close]
// CHECK-NEXT: return -2;
// CHECK: path.c:9:12: note: file descriptor opened here by 'open'
// CHECK: path.c:10:7: note: assuming 'fd' is not -1
// CHECK: path.c:12:7: note: assuming 'n' is greater than 3
// CHECK-NOT: warning:
