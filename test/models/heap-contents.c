// What memory holds matters also while the heap itself is off.
// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct holder {
  int fd;
};

int holder_freed(const char *path) {
  struct holder *h = calloc(1, sizeof *h);
  if (!h)
    return -1;
  h->fd = open(path, O_RDONLY);
  if (h->fd < 0) {
    free(h);
    return -1;
  }
  free(h); // expect: missing-close
  return 0;
}

struct holder *ok_holder_moves(struct holder *old, const char *path) {
  struct holder *h = malloc(sizeof *h);
  if (!h)
    return NULL;
  h->fd = open(path, O_RDONLY);
  struct holder *bigger = realloc(h, 2 * sizeof *h);
  if (bigger)
    return bigger;
  close(h->fd);
  free(h);
  return NULL;
}
