// A program without libraries: no library can be put before it, so it is linked with
// the hooks. Where one is put before it all the same, that one does the work alone.
//
// RUN: %clang -g -static %s -o %t %wrap && not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck %s
// RUN: %t 2>&1 | FileCheck --check-prefix=ALONE %s
// RUN: %clang -g -static %s -o %t.plain && %handrail run -- %t.plain 2>&1 | FileCheck --check-prefix=PLAIN %s
// RUN: %clang -g %s -o %t %wrap && not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck --check-prefix=BOTH %s
// RUN: %clang -g -static -DCORRECT %s -o %t %wrap && %t 2>&1 | count 0
#include <fcntl.h>
#include <unistd.h>

int main(void) {
  int kept = open("/etc/passwd", O_RDONLY);
  int fd = open("/etc/group", O_RDONLY);
  close(fd);
#ifdef CORRECT
  close(kept);
#else
  close(fd);
#endif
  return 0;
}

// CHECK: Leak of 1 file descriptor, opened here:
// CHECK-NEXT: #0 in main {{.*}}static.c:13
// CHECK: double close: file descriptor 4 (/etc/group)
// CHECK: SUMMARY: handrail: 1 handle leaked at 1 place, 1 misuse at 1 place

// BOTH: SUMMARY: handrail: 1 handle leaked at 1 place, 1 misuse at 1 place

// ALONE: handrail: open at exit
// ALONE-NEXT: file 3 '/etc/passwd'
// ALONE-NEXT: handrail: double-close of file 4 by close

// PLAIN: handrail: error: {{.*}} was not traced: it is linked statically
