// A directory that a search leaves when it has found what it looked for.
//
// RUN: %clang -g %s -o %t && not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck %s
// RUN: %clang -g -DCORRECT %s -o %t && %handrail run -q --error-exitcode=1 -- %t 2>&1 | count 0
#include <dirent.h>
#include <string.h>

static int contains(const char *path, const char *name) {
  DIR *d = opendir(path);
  struct dirent *e;
  int found = 0;
  if (!d)
    return 0;
  while (!found && (e = readdir(d)))
    if (strcmp(e->d_name, name) == 0)
#ifdef CORRECT
      found = 1;
#else
      return 1;
#endif
  closedir(d);
  return found;
}

int main(void) { return !contains("/etc", "passwd"); }

// CHECK: Leak of 1 directory stream, opened here:
// CHECK-NEXT: #0 in contains {{.*}}unclosed-dir.c:9:
// CHECK: named /etc
// CHECK-NOT: descriptor
// CHECK: SUMMARY: handrail: 1 handle leaked at 1 place
