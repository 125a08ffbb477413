// An object with a count of its users: dropping one reference is not the end. Tools that
// take every drop for the last report the handles inside as closed twice.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct object {
  int refs;
  int fd;
};

static struct object *ref(struct object *o) {
  o->refs++;
  return o;
}

static void unref(struct object *o) {
  if (!o)
    return;
  if (--o->refs > 0)
    return;
  close(o->fd);
  free(o);
}

static struct object *make(const char *path) {
  struct object *o = malloc(sizeof *o);
  if (!o)
    return NULL;
  o->refs = 1;
  o->fd = open(path, O_RDONLY);
  if (o->fd < 0) {
    free(o);
    return NULL;
  }
  return o;
}

// Two references, each dropped.
int two_users(const char *path) {
  struct object *a = make(path);
  if (!a)
    return -1;
  struct object *b = ref(a);
  unref(a);
  char c;
  int n = (int)read(b->fd, &c, 1);
  unref(b);
  return n;
}

// One that came in, used after one of its users has gone.
int still_used(struct object *o) {
  struct object *mine = ref(o);
  char c;
  unref(mine);
  return (int)read(o->fd, &c, 1);
}

// Nobody drops the only reference.
int one_user_wrong(const char *path) {
  struct object *a = make(path);
  char c;
  if (!a)
    return -1;
  return (int)read(a->fd, &c, 1); // expect: missing-close
}

struct shared {
  atomic_int refs;
  int fd;
};

static void shared_unref(struct shared *s) {
  if (atomic_fetch_sub(&s->refs, 1) == 1) {
    close(s->fd);
    free(s);
  }
}

int dropped_by_two(struct shared *s) {
  shared_unref(s);
  shared_unref(s);
  return 0;
}

static void shared_unref_builtin(struct shared *s, int *count) {
  if (__sync_sub_and_fetch(count, 1) == 0) {
    close(s->fd);
    free(s);
  }
}

void dropped_by_two_builtin(struct shared *s, int *count) {
  shared_unref_builtin(s, count);
  shared_unref_builtin(s, count);
}
