// What a function does far away from its arguments, and why it does so, belong together.
// RUN: %check_handrail %s
#include <stdio.h>
#include <stdlib.h>

struct file { FILE *stream; };
struct part { struct file *file; };
struct book { struct part *part; };
struct shelf { struct book *book; };
struct house { struct shelf *shelf; };

static void close_if_open(struct house *h, FILE *log) {
  FILE *stream = h->shelf->book->part->file->stream;
  if (stream)
    fclose(stream);
  fclose(log);
}

static void close_always(struct house *h, FILE *log) {
  fclose(h->shelf->book->part->file->stream);
  fclose(log);
}

void nothing_to_close(void) {
  struct file file = {NULL};
  struct part part = {&file};
  struct book book = {&part};
  struct shelf shelf = {&book};
  struct house house = {&shelf};
  FILE *log = fopen("log", "w");
  if (log)
    close_if_open(&house, log);
}

void closes_nothing(void) {
  struct file file = {NULL};
  struct part part = {&file};
  struct book book = {&part};
  struct shelf shelf = {&book};
  struct house house = {&shelf};
  FILE *log = fopen("log", "w");
  if (log)
    close_always(&house, log); // expect: unchecked-handle
}
