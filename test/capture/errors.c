// What does not parse is reported and left out; the other functions are there.
// RUN: not %handrail ir dump %s -- > %t.hir 2> %t.err
// RUN: FileCheck --check-prefix=ERR %s < %t.err
// RUN: FileCheck %s < %t.hir
// ERR: errors.c:[[#@LINE+1]]:{{.*}}nothing
int broken(void) { return nothing; }
// CHECK-NOT: define @broken
// CHECK: define @whole
int whole(void) { return 1; }
