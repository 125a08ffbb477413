// What a callee links into an object of the caller's stays reachable, in however many
// ways the callee does that.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern unsigned debug_mask, trace_mask;

struct hook {
  struct hook *next;
  void *data;
  const char *name;
};
struct context {
  struct hook *hooks;
};
struct mapping {
  int fd;
};

static int append(struct context *c, void *data, const char *name) {
  struct hook *h = calloc(1, sizeof *h);
  if (!h)
    return -1;
  if (debug_mask & 4)
    fprintf(stderr, "%s\n", name);
  if (trace_mask & 8)
    fprintf(stderr, "traced %s\n", name);
  h->data = data;
  h->name = name;
  h->next = c->hooks;
  c->hooks = h;
  return 0;
}

static int append_mapping(struct context *c, void *data) { return append(c, data, "mapping"); }
static int append_marker(struct context *c, void *data) {
  return append(c, NULL, data ? "mapping" : "none");
}

static struct mapping *map(const char *path) {
  struct mapping *m = calloc(1, sizeof *m);
  if (!m)
    return NULL;
  m->fd = open(path, O_RDONLY);
  if (m->fd < 0) {
    free(m);
    return NULL;
  }
  return m;
}

int one_object_in_all_cases(struct context *c, const char *path) {
  struct mapping *m = map(path);
  if (!m)
    return -1;
  if (append_mapping(c, m) == 0)
    return 0;
  close(m->fd);
  free(m);
  return -1;
}

int another_object(struct context *c, const char *path) {
  struct mapping *m = map(path);
  if (!m)
    return -1;
  if (append_marker(c, m) == 0)
    return 0; // expect: missing-close
  close(m->fd);
  free(m);
  return -1;
}

struct entry {
  struct entry *next;
  const void *key;
  void *data;
  int has_data;
};
struct table {
  struct entry *first;
};

static struct entry *find(struct table *t, const void *key) {
  for (struct entry *e = t->first; e; e = e->next)
    if (e->key == key)
      return e;
  return NULL;
}

static struct entry *find_or_add(struct table *t, const void *key) {
  struct entry *e = find(t, key);
  if (e)
    return e;
  e = calloc(1, sizeof *e);
  if (!e)
    return NULL;
  e->key = key;
  e->next = t->first;
  t->first = e;
  return e;
}

int set_data(struct table *t, const void *key, void *data) {
  struct entry *e = find_or_add(t, key);
  if (!e)
    return -1;
  e->data = data;
  return 0;
}

int mark_data(struct table *t, const void *key, void *data) {
  struct entry *e = find_or_add(t, key);
  if (!e)
    return -1;
  e->has_data = data != NULL;
  return 0;
}

static struct mapping *add_mapping(struct table *t, const void *key) {
  struct mapping *m = calloc(1, sizeof *m);
  if (!m)
    return NULL;
  if (set_data(t, key, m) != 0) {
    free(m);
    return NULL;
  }
  return m;
}

static struct mapping *mark_mapping(struct table *t, const void *key) {
  struct mapping *m = calloc(1, sizeof *m);
  if (!m)
    return NULL;
  if (mark_data(t, key, m) != 0) {
    free(m);
    return NULL;
  }
  return m;
}

int in_an_entry_that_may_be_new(struct table *t, const void *key, const char *path) {
  struct mapping *m = add_mapping(t, key);
  if (!m)
    return -1;
  m->fd = open(path, O_RDONLY);
  return 0;
}

int in_no_entry(struct table *t, const void *key, const char *path) {
  struct mapping *m = mark_mapping(t, key);
  if (!m)
    return -1;
  m->fd = open(path, O_RDONLY);
  return 0; // expect: missing-close
}
