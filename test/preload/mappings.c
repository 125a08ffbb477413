// Mappings: whole ones, parts of them, and those that others are put over.
//
// RUN: %clang -g %s -o %t && %check_run %s --kinds=mapping -- %t
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

enum { page = 4096 };
static char *map(size_t pages) {
  char *p = mmap(NULL, pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); // leak: mapping x7
  if (p == MAP_FAILED)
    abort();
  return p;
}

int main(void) {
  char *p;
  map(1);
  munmap(map(4), 4 * page);
  munmap(map(2), page + 1); // a size is rounded up

  p = map(4); // an end is left
  munmap(p, 3 * page);
  p = map(4); // a beginning is left
  munmap(p + page, 3 * page);
  p = map(3); // both are left, and were made in one place
  munmap(p + page, page);
  p = map(4); // the same, and all is unmapped in the end
  munmap(p + page, page);
  munmap(p, 4 * page);
  p = map(2); // one page after the other
  munmap(p + page, page);
  munmap(p, page);

  p = map(4); // another one over the middle: both ends stay
  char *q = mmap(p + page, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0); // leak: mapping
  if (q != p + page)
    abort();
  p = map(4);
  mmap(p, 4 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  munmap(p, 4 * page);

  p = mremap(map(2), 2 * page, 64 * page, MREMAP_MAYMOVE); // leak: mapping
  p = mremap(map(2), 2 * page, 64 * page, MREMAP_MAYMOVE);
  munmap(p, 64 * page);
  p = map(2);
  p = mremap(p, 2 * page, page, 0); // smaller
  munmap(p, page);

  p = mmap64(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); // leak: mapping
  munmap(mmap64(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), page);
  // What fails changes nothing.
  if (munmap(p, 0) == 0 || mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
    abort();
  return 0;
}
