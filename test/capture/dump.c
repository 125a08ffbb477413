// `handrail ir dump` shows what capture made of a file: C as operations on memory,
// with the scopes' ends and the places in the source.
// RUN: %handrail ir dump %s -- -std=c11 | FileCheck %s
int acquire(const char *name);
void release(int h);
#define CHECKED(h) ((h) >= 0)

// CHECK-LABEL: define @use(
int use(const char *name) {
  // CHECK: [[H:%[0-9]+]] = call @acquire({{.*}} !{{.*}}:11-24
  // CHECK-NEXT: decl &h
  // CHECK-NEXT: store &h, [[H]]
  int h = acquire(name);
  // CHECK: [[V:%[0-9]+]] = load{{( macro)?}} &h
  // CHECK-NEXT: [[OK:%[0-9]+]] = ge macro [[V]], 0
  // CHECK-NEXT: branch [[OK]], bb1, bb2
  if (CHECKED(h))
    // CHECK: bb1:
    // CHECK: call @release(
    release(h);
  // CHECK: bb2:
  // CHECK-NEXT: end &h
  // CHECK-NEXT: return 0
  return 0;
}
