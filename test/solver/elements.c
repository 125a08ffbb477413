// An element of an array that is stored as a whole, and one that a callee is told by its
// index.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct desc {
  int fd;
  const char *name;
};

// The number in the second element is somebody's, whatever the first one gets.
void first_of_two(struct desc d[]) {
  d[0] = (struct desc){.fd = 7, .name = "first"};
  if (dup2(1, d[1].fd) < 0)
    exit(1);
  close(d[1].fd);
}

int both_whole(const char *path) {
  struct desc d[2];
  int second = open(path, O_RDONLY);
  d[1] = (struct desc){.fd = second, .name = path};
  d[0] = (struct desc){.fd = open(path, O_RDONLY), .name = path};
  if (d[1].fd >= 0)
    close(d[1].fd);
  if (d[0].fd >= 0)
    close(d[0].fd);
  return 0;
}

int first_is_lost(const char *path) {
  struct desc d[2];
  d[0] = (struct desc){.fd = open(path, O_RDONLY), .name = path};
  d[1] = (struct desc){.fd = -1, .name = path};
  d[0] = (struct desc){.fd = -1, .name = path};
  return d[1].fd; // expect: missing-close
}

int second_is_lost(const char *path) {
  struct desc d[2];
  d[1] = (struct desc){.fd = open(path, O_RDONLY), .name = path};
  d[0] = (struct desc){.fd = -1, .name = path};
  return 0; // expect: missing-close
}

// A loop hands its index to a callee, which closes that element.
struct keys {
  struct desc of[4];
};

static void clear(struct desc *d) {
  if (d->fd >= 0) {
    close(d->fd);
    d->fd = -1;
  }
}

static void discard(struct keys *k, unsigned level) { clear(&k->of[level]); }

static void discard_all(struct keys *k) {
  for (unsigned level = 0; level < 4; level++)
    discard(k, level);
}

int all_discarded(const char *path) {
  struct keys k = {{{-1}, {-1}, {-1}, {-1}}};
  k.of[0].fd = open(path, O_RDONLY);
  discard_all(&k);
  return 0;
}

int other_discarded(const char *path) {
  struct keys k = {{{-1}, {-1}, {-1}, {-1}}};
  k.of[0].fd = open(path, O_RDONLY);
  discard(&k, 1);
  return 0; // expect: missing-close
}
