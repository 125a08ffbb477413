// A descriptor that the path without a match forgets.
//
// RUN: %clang -g %s -o %t && not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck %s
// RUN: %clang -g -DCORRECT %s -o %t && %handrail run -q --error-exitcode=1 -- %t 2>&1 | count 0
#include <fcntl.h>
#include <unistd.h>

static int starts_with(const char *path, char wanted) {
  int fd = open(path, O_RDONLY);
  char first = 0;
  if (fd < 0)
    return 0;
  if (read(fd, &first, 1) != 1 || first != wanted) {
#ifdef CORRECT
    close(fd);
#endif
    return 0;
  }
  close(fd);
  return 1;
}

int main(void) {
  for (int i = 0; i < 3; ++i)
    starts_with("/etc/passwd", '#');
  return 0;
}

// CHECK: exit status 0
// CHECK: Leak of 3 file descriptors, opened here:
// CHECK-NEXT: #0 in starts_with {{.*}}fd-leak.c:9:
// CHECK-NEXT: 9 | int fd = open(path, O_RDONLY);
// CHECK-NEXT: ^
// CHECK-NEXT: #1 in main {{.*}}fd-leak.c:25:
// CHECK: named /etc/passwd (×3)
// CHECK: values 3, 4, 5
// CHECK: SUMMARY: handrail: 3 handles leaked at 1 place
