// The descriptor is kept in a structure that outlives it.
//
// RUN: %clang -g %s -o %t && not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck %s
// RUN: %clang -g -DCORRECT %s -o %t && %handrail run -q --error-exitcode=1 -- %t 2>&1 | count 0
#include <fcntl.h>
#include <unistd.h>

struct source {
  int fd;
};

static void finish(struct source *s) {
  close(s->fd);
#ifdef CORRECT
  s->fd = -1;
#endif
}

static long next(struct source *s) {
  char c;
  return s->fd < 0 ? 0 : read(s->fd, &c, 1);
}

int main(void) {
  struct source s = {open("/etc/passwd", O_RDONLY)};
  next(&s);
  finish(&s);
  next(&s);
  return 0;
}

// CHECK: use after close: file descriptor 3 (/etc/passwd) [use-after-close]
// CHECK-NEXT: in read
// CHECK: #0 in next {{.*}}read-after-close.c:21:
// CHECK: #1 in main {{.*}}read-after-close.c:28:
// CHECK: opened by thread
// CHECK-NEXT: #0 in main {{.*}}read-after-close.c:25:
// CHECK: closed by thread
// CHECK-NEXT: #0 in finish {{.*}}read-after-close.c:13:
// CHECK: SUMMARY: handrail: nothing leaked, 1 misuse at 1 place
