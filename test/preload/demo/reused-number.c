// A number that was closed is closed again when it belongs to another file by then. That
// close succeeds; the owner of the file is the one who finds it gone. Its report tells
// who had the number before. With --fresh-numbers the wrong call itself is found.
//
// RUN: %clang -g %s -o %t && not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck %s
// RUN: not %handrail run --fresh-numbers --error-exitcode=1 -- %t 2>&1 | FileCheck --check-prefix=FRESH %s
// RUN: %clang -g -DCORRECT %s -o %t && %handrail run -q --error-exitcode=1 -- %t 2>&1 | count 0
// RUN: %handrail run -q --fresh-numbers --error-exitcode=1 -- %t 2>&1 | count 0
#include <fcntl.h>
#include <unistd.h>

static int config = -1;

static void load(void) { config = open("/etc/passwd", O_RDONLY); }
static void unload(void) {
  close(config);
#ifdef CORRECT
  config = -1;
#endif
}

int main(void) {
  char c;
  load();
  unload();
  int log = open("/etc/group", O_RDONLY);
#ifdef CORRECT
  if (config >= 0)
#endif
    unload();
  read(log, &c, 1);
  close(log);
  return 0;
}

// CHECK: double close: file descriptor 3 (/etc/group) [double-close]
// CHECK: #0 in main {{.*}}reused-number.c:32:
// CHECK: use after close: file descriptor 3 (/etc/group) [use-after-close]
// CHECK-NEXT: in read
// CHECK-NEXT: the number had been closed and opened again before
// CHECK: #0 in main {{.*}}reused-number.c:31:
// CHECK: opened by thread
// CHECK-NEXT: #0 in main {{.*}}reused-number.c:26:
// CHECK: closed by thread
// CHECK-NEXT: #0 in unload {{.*}}reused-number.c:16:
// CHECK: #1 in main {{.*}}reused-number.c:30:
// CHECK: previously closed:
// CHECK-NEXT: #0 in unload {{.*}}reused-number.c:16:
// CHECK: #1 in main {{.*}}reused-number.c:25:
// CHECK: previously opened:
// CHECK-NEXT: #0 in load {{.*}}reused-number.c:14:

// FRESH-NOT: /etc/group
// FRESH: double close: file descriptor {{[0-9]+}} (/etc/passwd) [double-close]
// FRESH: #0 in unload {{.*}}reused-number.c:16:
// FRESH: #1 in main {{.*}}reused-number.c:30:
// FRESH: SUMMARY: handrail: nothing leaked, 1 misuse at 1 place
