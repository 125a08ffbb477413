// A callee that puts NULL in the place of a stream for reasons of its own has closed it
// then. What the caller finds there afterwards it does not know.
// RUN: %check_handrail %s
#include <stdio.h>

struct options {
  FILE *file;
  int close_file, level;
};
void work(struct options *o); // may set close_file

static void finish(struct options *o) {
  work(o);
  if (o->close_file) {
    fclose(o->file);
    o->file = NULL;
  }
}

void uses_it_afterwards(void) {
  struct options o = {0};
  o.file = fopen("p", "w");
  if (!o.file)
    return;
  finish(&o);
  fclose(o.file);
}

static void finish_always(struct options *o) {
  work(o);
  fclose(o->file);
  o->file = NULL;
}

void uses_what_is_gone(void) {
  struct options o = {0};
  o.file = fopen("p", "w");
  if (!o.file)
    return;
  finish_always(&o);
  fclose(o.file); // expect: unchecked-handle
}
