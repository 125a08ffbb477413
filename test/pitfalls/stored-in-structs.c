// A handle that is stored in a member, in a structure returned by value, or in one behind
// a parameter is somebody else's from then on. Tools that forget this report the store.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct source {
  const char *name;
  FILE *f;
  int fd;
};

struct config {
  int verbose;
  struct source source;
};

void progress(struct config *c); // in another file

struct source by_value(const char *name) {
  struct source s = {name, fopen(name, "r"), -1};
  return s;
}

int by_value_used(const char *name) {
  struct source s = by_value(name);
  if (!s.f)
    return -1;
  int c = getc(s.f);
  fclose(s.f);
  return c;
}

int by_value_dropped(const char *name) {
  struct source s = by_value(name);
  if (!s.f)
    return -1;
  return getc(s.f); // expect: missing-close
}

int into_parameter(struct source *s, const char *name) {
  s->fd = open(name, O_RDONLY);
  if (s->fd < 0)
    return -1;
  s->name = name;
  return 0;
}

// The structure behind the parameter was not given the descriptor.
int into_copy(struct source *s, const char *name) {
  struct source copy = *s;
  copy.fd = open(name, O_RDONLY);
  if (copy.fd < 0)
    return -1;
  s->name = name;
  return 0; // expect: missing-close
}

// Another function is called with the structure afterwards.
int then_called(struct config *c, const char *name) {
  if (into_parameter(&c->source, name) < 0)
    return -1;
  progress(c);
  return c->verbose;
}

static int header(const struct source *s) {
  char b;
  return read(s->fd, &b, 1) == 1 ? b : -1;
}

static void source_close(struct source *s) {
  close(s->fd);
  s->fd = -1;
}

int local_struct(const char *name) {
  struct source s;
  if (into_parameter(&s, name) < 0)
    return -1;
  int h = header(&s);
  source_close(&s);
  return h;
}

int local_struct_wrong(const char *name) {
  struct source s;
  if (into_parameter(&s, name) < 0)
    return -1;
  int h = header(&s);
  if (h < 0)
    return -1; // expect: missing-close
  source_close(&s);
  return h;
}

// A field reached through a parameter that is merely used is nobody's loss here.
long size_of(struct config *c) {
  FILE *f = c->source.f;
  if (fseek(f, 0, SEEK_END))
    return -1;
  long n = ftell(f);
  f = NULL;
  return n;
}

// The member is overwritten with what this function opened, twice.
int reopened_wrong(struct config *c, const char *a, const char *b) {
  c->source.f = fopen(a, "r");
  if (!c->source.f)
    return -1;
  c->source.f = fopen(b, "r"); // expect: missing-close
  return c->source.f ? 0 : -1;
}

int reopened(struct config *c, const char *a, const char *b) {
  c->source.f = fopen(a, "r");
  if (!c->source.f)
    return -1;
  fclose(c->source.f);
  c->source.f = fopen(b, "r");
  return c->source.f ? 0 : -1;
}
