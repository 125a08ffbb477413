// An assertion that is a conditional expression without a value, as assert is in strict
// ISO C: the arm that does not return is no way out of the function.
// RUN: %check_handrail %s
// RUN: %check_handrail %s -- -std=c99
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void die(const char *why) __attribute__((noreturn));
#define MUST(e) ((e) ? (void)0 : die(#e))

// Nothing is lost where the program ends.
int copy_name(const char *name, char *to, int from) {
  int fd = dup(from);
  if (fd < 0)
    return -1;
  MUST(strlen(name) < 100);
  strcpy(to, name);
  close(fd);
  return 0;
}

// The way on is still a way.
int copy_name_wrong(const char *name, char *to, int from) {
  int fd = dup(from);
  if (fd < 0)
    return -1;
  MUST(strlen(name) < 100);
  strcpy(to, name);
  return 0; // expect: missing-close
}

// The same with the macro of the library.
int copy_asserted(const char *name, char *to, int from) {
  int fd = dup(from);
  if (fd < 0)
    return -1;
  assert(strlen(name) < 100);
  strcpy(to, name);
  close(fd);
  return 0;
}

// With the macro of the library, and not closed.
int copy_asserted_wrong(const char *name, char *to, int from) {
  int fd = dup(from);
  if (fd < 0)
    return -1;
  assert(strlen(name) < 100);
  strcpy(to, name);
  return 0; // expect: missing-close
}

// The assertion is what checks the stream.
int checked(const char *path) {
  FILE *f = fopen(path, "r");
  MUST(f);
  int c = getc(f);
  fclose(f);
  return c;
}

// The assertion is about something else.
int checked_wrong(const char *path) {
  FILE *f = fopen(path, "r");
  MUST(path);
  int c = getc(f); // expect: unchecked-handle
  fclose(f);
  return c;
}

struct box {
  int fd;
};

// Whenever this one returns, it has stored the descriptor.
static int keep(struct box *b, const char *name, int fd) {
  MUST(b);
  MUST(name);
  b->fd = fd;
  return 0;
}

// A result of 0 means that the box has the descriptor, and there is no other.
int fill(struct box *b, const char *name, int from) {
  MUST(b);
  MUST(name);
  int fd = dup(from);
  return fd < 0 ? -1 : keep(b, name, fd);
}

static int keep_if_named(struct box *b, const char *name, int fd) {
  MUST(b);
  if (!name)
    return -1;
  b->fd = fd;
  return 0;
}

// This callee also returns without storing.
int fill_wrong(struct box *b, const char *name, int from) {
  MUST(b);
  int fd = dup(from);
  return fd < 0 ? -1 : keep_if_named(b, name, fd); // expect: missing-close
}
