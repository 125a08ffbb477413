// A function closes what its caller closes too.
//
// RUN: %clang -g %s -o %t && not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck %s
// RUN: %clang -g -DCORRECT %s -o %t && %handrail run -q --error-exitcode=1 -- %t 2>&1 | count 0
#include <fcntl.h>
#include <unistd.h>

static int drain(int fd) {
  char buffer[64];
  while (read(fd, buffer, sizeof buffer) > 0)
    ;
#ifndef CORRECT
  close(fd);
#endif
  return 0;
}

int main(void) {
  int fd = open("/etc/passwd", O_RDONLY);
  drain(fd);
  close(fd);
  return 0;
}

// CHECK-NOT: Leak
// CHECK: double close: file descriptor 3 (/etc/passwd) [double-close]
// CHECK-NEXT: in close
// CHECK-NEXT: here by thread {{.*}}
// CHECK-NEXT: #0 in main {{.*}}double-close.c:21:
// CHECK: opened by thread
// CHECK-NEXT: #0 in main {{.*}}double-close.c:19:
// CHECK: closed by thread
// CHECK-NEXT: #0 in drain {{.*}}double-close.c:13:
// CHECK: #1 in main {{.*}}double-close.c:20:
// CHECK: SUMMARY: handrail: nothing leaked, 1 misuse at 1 place
