// RUN: %check_handrail %s
// Calls through tables of functions: what is called is what the tables hold.
#include <stdio.h>
#include <stdlib.h>

struct source;
struct source_ops {
  int (*open)(struct source *s, const char *name);
  int (*read)(struct source *s);
  void (*close)(struct source *s);
};
struct source {
  const struct source_ops *ops;
  FILE *file;
};

static int file_open(struct source *s, const char *name) {
  s->file = fopen(name, "r");
  return s->file ? 0 : -1;
}
static int file_read(struct source *s) { return fgetc(s->file); }
static void file_close(struct source *s) { fclose(s->file); }

static const struct source_ops file_ops = {
    .open = file_open,
    .read = file_read,
    .close = file_close,
};

int leaked_by_a_table(const char *name) {
  struct source s = {&file_ops, NULL};
  if (s.ops->open(&s, name) < 0)
    return -1;
  return s.ops->read(&s); // expect: missing-close: 's.file'
}

int closed_by_a_table(const char *name) {
  struct source s = {&file_ops, NULL};
  if (s.ops->open(&s, name) < 0)
    return -1;
  int c = s.ops->read(&s);
  s.ops->close(&s);
  return c;
}

int closed_twice(struct source *s) {
  s->ops->close(s);
  fclose(s->file); // expect: double-close
  return 0;
}

int read_after_close(struct source *s) {
  s->ops->close(s);
  return fgetc(s->file); // expect: use-after-close
}

int right_order(struct source *s) {
  int c = fgetc(s->file);
  s->ops->close(s);
  return c;
}

// A field that has one function in the whole file takes a stream no further.
struct visitor {
  void (*visit)(FILE *f, int c);
};
static void count(FILE *f, int c) {
  if (c == '\n')
    putc('.', f);
}
static struct visitor counter = {count};
struct visitor *current(void) { return &counter; }

int visited_and_lost(const char *name) {
  FILE *f = fopen(name, "w");
  if (!f)
    return -1;
  current()->visit(f, 'a');
  return 0; // expect: missing-close: 'f'
}

int visited_and_closed(const char *name) {
  FILE *f = fopen(name, "w");
  if (!f)
    return -1;
  current()->visit(f, 'a');
  return fclose(f);
}

// What a parameter brings in may be anything.
struct sink {
  void (*put)(FILE *f);
};
static void look(FILE *f) { rewind(f); }
static struct sink looking = {look};
struct sink *sink(void) { return &looking; }
void set_sink(void (*put)(FILE *f)) { sink()->put = put; }

int put_somewhere(const char *name) {
  FILE *f = fopen(name, "w");
  if (!f)
    return -1;
  sink()->put(f);
  return 0;
}

// A constructor puts the table in.
static struct source *source_new(const char *name) {
  struct source *s = malloc(sizeof *s);
  if (!s)
    return NULL;
  s->ops = &file_ops;
  if (s->ops->open(s, name) < 0) {
    free(s);
    return NULL;
  }
  return s;
}

static void source_free(struct source *s) {
  s->ops->close(s);
  free(s);
}

int made_and_lost(const char *name) {
  struct source *s = source_new(name);
  if (!s)
    return -1;
  int c = s->ops->read(s);
  free(s); // expect: missing-close: stream opened by 'source_new'
  return c;
}

int made_and_freed(const char *name) {
  struct source *s = source_new(name);
  if (!s)
    return -1;
  int c = s->ops->read(s);
  source_free(s);
  return c;
}
