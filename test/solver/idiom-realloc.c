// Arrays of handles that grow.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct set {
  int *fds;
  size_t n, capacity;
};

int add(struct set *s, const char *path) {
  if (s->n == s->capacity) {
    size_t bigger = s->capacity ? s->capacity * 2 : 4;
    int *p = realloc(s->fds, bigger * sizeof *p);
    if (!p)
      return -1;
    s->fds = p;
    s->capacity = bigger;
  }
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  s->fds[s->n++] = fd;
  return 0;
}

// Opened before there is room for it.
int add_wrong(struct set *s, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (s->n == s->capacity) {
    int *p = realloc(s->fds, (s->capacity + 8) * sizeof *p);
    if (!p)
      return -1; // expect: missing-close
    s->fds = p;
    s->capacity += 8;
  }
  s->fds[s->n++] = fd;
  return 0;
}

// Of this function's own, filled and closed.
int filled(const char **paths) {
  int *fds = NULL;
  size_t n = 0;
  for (; *paths; paths++) {
    int *p = realloc(fds, (n + 1) * sizeof *p);
    if (!p)
      break;
    fds = p;
    fds[n] = open(*paths, O_RDONLY);
    if (fds[n] < 0)
      break;
    n++;
  }
  for (size_t i = 0; i < n; i++)
    close(fds[i]);
  free(fds);
  return (int)n;
}

int two_in_an_array(const char *a, const char *b) {
  FILE **f = malloc(sizeof *f);
  if (!f)
    return -1;
  f[0] = fopen(a, "r");
  if (!f[0]) {
    free(f);
    return -1;
  }
  FILE **more = realloc(f, 2 * sizeof *f);
  if (!more) {
    fclose(f[0]);
    free(f);
    return -1;
  }
  more[1] = fopen(b, "r");
  if (more[1])
    fclose(more[1]);
  fclose(more[0]);
  free(more);
  return 0;
}

int two_in_an_array_wrong(const char *a, const char *b) {
  FILE **f = malloc(sizeof *f);
  if (!f)
    return -1;
  f[0] = fopen(a, "r");
  if (!f[0]) {
    free(f);
    return -1;
  }
  FILE **more = realloc(f, 2 * sizeof *f);
  if (!more) {
    free(f); // expect: missing-close
    return -1;
  }
  more[1] = fopen(b, "r");
  if (more[1])
    fclose(more[1]);
  fclose(more[0]);
  free(more);
  return 0;
}

// `p = realloc(p, n)` loses the block when it fails, and what the block holds.
int lost_block(const char *a) {
  FILE **f = malloc(sizeof *f);
  if (!f)
    return -1;
  f[0] = fopen(a, "r");
  if (!f[0]) {
    free(f);
    return -1;
  }
  f = realloc(f, 2 * sizeof *f); // expect: missing-close
  if (!f)
    return -1;
  fclose(f[0]);
  free(f);
  return 0;
}
