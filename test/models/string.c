// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct pair {
  int in, out;
};

void ok_the_copy_owns(struct pair *result, const char *path) {
  struct pair p;
  memset(&p, 0, sizeof p);
  p.in = open(path, O_RDONLY);
  p.out = -1;
  memcpy(result, &p, sizeof p);
}

int ok_closed_through_the_copy(const char *path) {
  struct pair p = {-1, -1}, q;
  p.in = open(path, O_RDONLY);
  if (p.in < 0)
    return -1;
  memmove(&q, &p, sizeof p);
  return close(q.in);
}

int twice_through_the_copy(const char *path) {
  struct pair p = {-1, -1}, q;
  p.in = open(path, O_RDONLY);
  if (p.in < 0)
    return -1;
  memcpy(&q, &p, sizeof p);
  close(p.in);
  return close(q.in); // expect: double-close
}

int ok_zero_is_never_a_leak(void) {
  struct pair p;
  bzero(&p, sizeof p);
  return p.in;
}
