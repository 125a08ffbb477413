// A stream that is left open when a line cannot be read.
//
// RUN: %clang -g %s -o %t && not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck %s
// RUN: %clang -g -DCORRECT %s -o %t && %handrail run -q --error-exitcode=1 -- %t 2>&1 | count 0
#include <stdio.h>

static int first_line(const char *path, char *line, int size) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  if (!fgets(line, size, f)) {
#ifdef CORRECT
    fclose(f);
#endif
    return -1;
  }
  fclose(f);
  return 0;
}

int main(void) {
  char line[80];
  first_line("/dev/null", line, sizeof line);
  first_line("/etc/passwd", line, sizeof line);
  return 0;
}

// CHECK: Leak of 1 stream, opened here:
// CHECK-NEXT: #0 in first_line {{.*}}unclosed-stream.c:8:
// CHECK: #1 in main {{.*}}unclosed-stream.c:23:
// CHECK: named /dev/null
// CHECK-NOT: descriptor
// CHECK: SUMMARY: handrail: 1 handle leaked at 1 place
