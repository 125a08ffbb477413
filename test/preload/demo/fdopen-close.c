// fdopen() gives a descriptor to the stream; closing it by its number takes it from under
// the stream, and from whoever gets the number next.
//
// RUN: %clang -g %s -o %t && not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck %s
// RUN: %clang -g -DCORRECT %s -o %t && %handrail run -q --error-exitcode=1 -- %t 2>&1 | count 0
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  int fd = open("/etc/passwd", O_RDONLY);
  FILE *f = fdopen(fd, "r");
  char line[80];
  fgets(line, sizeof line, f);
#ifndef CORRECT
  close(fd);
#endif
  fclose(f);
  return 0;
}

// CHECK-NOT: Leak
// CHECK: close of somebody else's handle: file descriptor 3 (/etc/passwd) [wrong-owner]
// CHECK-NEXT: in close
// CHECK: #0 in main {{.*}}fdopen-close.c:16:
// CHECK: opened by thread
// CHECK-NEXT: #0 in main {{.*}}fdopen-close.c:11:
// CHECK: owner:
// CHECK-NEXT: #0 in main {{.*}}fdopen-close.c:12:
// CHECK: SUMMARY: handrail: nothing leaked, 1 misuse at 1 place
