// clang-tidy's own ways to be silent work: NOLINT, and not enabling a check.
// REQUIRES: tidy-plugin
// RUN: %clang_tidy --checks='-*,handrail-*' --quiet %s -- 2>&1 | FileCheck --allow-empty --check-prefix=ALL %s
// RUN: %clang_tidy --checks='-*,handrail-double-close' --quiet %s -- 2>&1 | FileCheck --check-prefix=ONE %s
// RUN: %clang_tidy --checks='-*,handrail-use-after-close' --quiet %s -- 2>&1 | FileCheck --allow-empty --check-prefix=NONE %s
int open(const char *path, int flags, ...);
int close(int fd);

void leaks(void) {
  int fd = open("x", 0);
} // NOLINT(handrail-missing-close)

void closes_twice(int fd) {
  close(fd);
  // NOLINTNEXTLINE(handrail-missing-close): another check
  close(fd);
}

// ALL-NOT: handrail-missing-close
// ALL: nolint.c:16:3: warning: {{.*}} [handrail-double-close]
// ALL-NOT: handrail-missing-close
// ONE: [handrail-double-close]
// ONE-NOT: warning:
// NONE-NOT: warning:
