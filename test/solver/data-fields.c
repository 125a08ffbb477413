// Handles in fields: nested structures, unions, arrays of structures, copies.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct end {
  int fd;
  const char *name;
};

struct link {
  struct end in, out;
};

struct machine {
  struct link links[4];
  struct {
    FILE *log;
  } debug;
  union {
    int fd;
    void *opaque;
  } u;
};

static int end_open(struct end *e, const char *path, int flags) {
  e->fd = open(path, flags);
  e->name = path;
  return e->fd < 0 ? -1 : 0;
}

static void end_close(struct end *e) {
  if (e->fd >= 0)
    close(e->fd);
  e->fd = -1;
}

int nested(const char *in, const char *out) {
  struct link l = {{-1, NULL}, {-1, NULL}};
  int result = -1;
  if (end_open(&l.in, in, O_RDONLY) == 0 && end_open(&l.out, out, O_WRONLY) == 0)
    result = 0;
  end_close(&l.in);
  end_close(&l.out);
  return result;
}

int nested_wrong(const char *in, const char *out) {
  struct link l = {{-1, NULL}, {-1, NULL}};
  if (end_open(&l.in, in, O_RDONLY) < 0)
    return -1;
  if (end_open(&l.out, out, O_WRONLY) < 0)
    return -1; // expect: missing-close: 'l.in.fd'
  end_close(&l.in);
  end_close(&l.out);
  return 0;
}

// The copy has the same handles.
int copied(const char *in) {
  struct end e, f;
  if (end_open(&e, in, O_RDONLY) < 0)
    return -1;
  f = e;
  end_close(&f);
  return 0;
}

int copied_wrong(const char *in) {
  struct end e, f;
  if (end_open(&e, in, O_RDONLY) < 0)
    return -1;
  f = e;
  end_close(&f);
  end_close(&e); // expect: double-close
  return 0;
}

// Into an element that the caller reaches.
int element(struct machine *m, int n, const char *path) {
  struct link l;
  if (end_open(&l.in, path, O_RDONLY) < 0)
    return -1;
  l.out.fd = -1;
  m->links[n] = l;
  return 0;
}

int element_wrong(struct machine *m, int n, const char *path) {
  struct link l;
  if (end_open(&l.in, path, O_RDONLY) < 0)
    return -1;
  l.out.fd = -1;
  m->links[n].out = l.out;
  return 0; // expect: missing-close
}

int by_memcpy(struct machine *m, const char *path) {
  struct end e;
  if (end_open(&e, path, O_RDONLY) < 0)
    return -1;
  memcpy(&m->links[0].in, &e, sizeof e);
  return 0;
}

// Cleared without a look at what was in it.
int cleared_wrong(const char *path) {
  struct end e;
  if (end_open(&e, path, O_RDONLY) < 0)
    return -1;
  memset(&e, 0, sizeof e); // expect: missing-close
  return 0;
}

int anonymous(struct machine *m, const char *path) {
  m->debug.log = fopen(path, "a");
  return m->debug.log ? 0 : -1;
}

int anonymous_wrong(const char *path) {
  struct machine m;
  m.debug.log = fopen(path, "a");
  return m.debug.log ? 0 : -1; // expect: missing-close
}

// The members of a union share their memory.
int in_union(const char *path) {
  struct machine m;
  m.u.opaque = NULL;
  m.u.fd = open(path, O_RDONLY);
  if (m.u.fd < 0)
    return -1;
  close(m.u.fd);
  return 0;
}

int in_union_wrong(const char *path) {
  struct machine m;
  m.u.fd = open(path, O_RDONLY);
  if (m.u.fd < 0)
    return -1;
  m.u.opaque = &m; // expect: missing-close
  return 0;
}

// One handle in two fields is one handle.
struct twice {
  FILE *in, *out;
};

int in_and_out(struct twice *t, const char *path) {
  t->in = t->out = fopen(path, "r+");
  if (!t->in)
    return -1;
  if (getc(t->in) == EOF) {
    fclose(t->in);
    t->in = t->out = NULL;
    return -1;
  }
  return 0;
}

void end_both(struct twice *t) {
  if (t->out && t->out != t->in)
    fclose(t->out);
  if (t->in)
    fclose(t->in);
  t->in = t->out = NULL;
}

int in_and_out_wrong(const char *path) {
  struct twice t;
  t.in = t.out = fopen(path, "r+");
  if (!t.in)
    return -1;
  fclose(t.in);
  fclose(t.out); // expect: double-close
  return 0;
}

// Swapped in.
int swap_in(struct end *e, const char *path) {
  struct end fresh, old;
  if (end_open(&fresh, path, O_RDONLY) < 0)
    return -1;
  old = *e;
  *e = fresh;
  end_close(&old);
  return 0;
}

int swap_in_wrong(struct end *e, const char *path) {
  struct end fresh, old;
  if (end_open(&fresh, path, O_RDONLY) < 0)
    return -1;
  old = *e;
  *e = old;
  end_close(&old);
  return 0; // expect: missing-close
}
