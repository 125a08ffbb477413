// RUN: %check_handrail %s
// RUN: %check_handrail %s -- -D_FILE_OFFSET_BITS=64
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

int leak(int fd, size_t n) {
  char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
  if (p == MAP_FAILED)
    return -1;
  if (p[0] != 'x')
    return -1; // expect: missing-close: 'p'
  munmap(p, n);
  return 0;
}

int ok(int fd, size_t n) {
  char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
  if (p == MAP_FAILED)
    return -1;
  int first = p[0];
  munmap(p, n);
  return first;
}

int ok_fixed_address(char *at, size_t n) {
  if (mmap(at, n, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
    return -1;
  return 0;
}

int ok_descriptor_may_go(const char *path, size_t n) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (p == MAP_FAILED)
    return -1;
  int first = p[0];
  munmap(p, n);
  return first;
}

char *ok_mremap(char *old, size_t n) {
  char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    return NULL;
  char *q = mremap(p, n, 2 * n, MREMAP_MAYMOVE);
  if (q != MAP_FAILED)
    return q;
  munmap(p, n);
  return NULL;
}

int leak_shm(int id) {
  char *p = shmat(id, NULL, 0);
  if (p == (char *)-1)
    return -1;
  return p[0]; // expect: missing-close: 'p'
}

int twice_shm(int id) {
  void *p = shmat(id, NULL, 0);
  if (p == (void *)-1)
    return -1;
  shmdt(p);
  return shmdt(p); // expect: double-close: 'p'
}
