// The second of several things cannot be had, and what was built before is left as it is.
// Hardly any tool reports the first half.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct pair {
  int in, out;
};

int pair_open(struct pair *p, const char *in, const char *out) {
  p->in = open(in, O_RDONLY);
  if (p->in < 0)
    return -1;
  p->out = open(out, O_WRONLY);
  if (p->out < 0) {
    close(p->in);
    return -1;
  }
  return 0;
}

// Whoever calls this has no reason to close anything when it fails.
static int pair_open_wrong(struct pair *p, const char *in, const char *out) {
  p->in = open(in, O_RDONLY);
  if (p->in < 0)
    return -1;
  p->out = open(out, O_WRONLY);
  return p->out < 0 ? -1 : 0;
}

int use_pair(const char *in, const char *out) {
  struct pair p;
  if (pair_open(&p, in, out) < 0)
    return -1;
  close(p.in);
  close(p.out);
  return 0;
}

int use_pair_wrong(const char *in, const char *out) {
  struct pair p;
  if (pair_open_wrong(&p, in, out) < 0)
    return -1; // expect: missing-close
  close(p.in);
  close(p.out);
  return 0;
}

struct channel {
  char *name;
  int fd;
};

// The constructor frees the object, but not what is in it.
struct channel *channel_new_wrong(const char *path, int speed) {
  struct channel *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->fd = open(path, O_RDWR);
  if (c->fd < 0)
    goto fail;
  if (lseek(c->fd, speed, SEEK_SET) < 0)
    goto fail;
  return c;
fail:
  free(c); // expect: missing-close
  return NULL;
}

struct channel *channel_new(const char *path, int speed) {
  struct channel *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->fd = open(path, O_RDWR);
  if (c->fd < 0)
    goto fail;
  if (lseek(c->fd, speed, SEEK_SET) < 0)
    goto fail_open;
  return c;
fail_open:
  close(c->fd);
fail:
  free(c);
  return NULL;
}

// An array of streams, each opened in turn.
int open_all(FILE **out, const char **names, int n) {
  for (int i = 0; i < n; i++) {
    out[i] = fopen(names[i], "r");
    if (!out[i]) {
      while (i-- > 0)
        fclose(out[i]);
      return -1;
    }
  }
  return 0;
}

int both(const char *a, const char *b) {
  FILE *f[2];
  f[0] = fopen(a, "r");
  if (!f[0])
    return -1;
  f[1] = fopen(b, "r");
  if (!f[1]) {
    fclose(f[0]);
    return -1;
  }
  fclose(f[0]);
  fclose(f[1]);
  return 0;
}

int both_wrong(const char *a, const char *b) {
  FILE *f[2];
  f[0] = fopen(a, "r");
  if (!f[0])
    return -1;
  f[1] = fopen(b, "r");
  if (!f[1])
    return -1; // expect: missing-close
  fclose(f[0]);
  fclose(f[1]);
  return 0;
}

int array_wrong(const char **names) {
  FILE *f[4];
  for (int i = 0; i < 4; i++) {
    f[i] = fopen(names[i], "r");
    if (!f[i])
      return -1; // expect: missing-close
  }
  for (int i = 0; i < 4; i++)
    fclose(f[i]);
  return 0;
}

int array_right(const char **names) {
  FILE *f[4];
  for (int i = 0; i < 4; i++) {
    f[i] = fopen(names[i], "r");
    if (!f[i]) {
      for (int k = 0; k < i; k++)
        fclose(f[k]);
      return -1;
    }
  }
  for (int i = 0; i < 4; i++)
    fclose(f[i]);
  return 0;
}
