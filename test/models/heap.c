// The heap is off unless asked for: without the switch nothing is found.
// RUN: %check_handrail %s --models +heap
// RUN: %check_handrail %s --expect=off
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int leak(size_t n) {
  char *p = malloc(n);
  if (!p)
    return -1;
  memset(p, 1, n);
  if (p[n / 2] == 2)
    return 1; // expect: missing-close: 'p'
  free(p);
  return 0;
}

void twice(void) {
  char *p = strdup("x");
  free(p);
  free(p); // expect: double-close: 'p'
}

int leak_asprintf(int n) {
  char *text;
  if (asprintf(&text, "%d", n) < 0)
    return -1;
  return text[0]; // expect: missing-close: 'text'
}

int ok_asprintf(int n) {
  char *text;
  if (asprintf(&text, "%d", n) < 0)
    return -1;
  n = text[0];
  free(text);
  return n;
}

int leak_when_realloc_fails(size_t n) {
  char *p = malloc(n);
  if (!p)
    return -1;
  char *q = realloc(p, 2 * n);
  if (!q)
    return -1; // expect: missing-close: 'p'
  free(q);
  return 0;
}

int ok_realloc(size_t n) {
  char *p = malloc(n);
  if (!p)
    return -1;
  char *q = realloc(p, 2 * n);
  if (!q) {
    free(p);
    return -1;
  }
  free(q);
  return 0;
}

void ok_getline(FILE *f) {
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, f) > 0)
    puts(line);
  free(line);
}

int leak_getline(FILE *f) {
  char *line = NULL;
  size_t room = 0;
  if (getline(&line, &room, f) < 0) {
    free(line);
    return -1;
  }
  return line[0]; // expect: missing-close: 'line'
}

int ok_realpath_into_a_buffer(const char *path) {
  char buffer[PATH_MAX];
  return realpath(path, buffer) ? buffer[0] : -1;
}

char *ok_strcpy_returns_its_argument(const char *text) {
  char *copy = malloc(strlen(text) + 1);
  return copy ? strcpy(copy, text) : NULL;
}

int ok_aligned(void) {
  void *p;
  if (posix_memalign(&p, 64, 64) != 0)
    return -1;
  free(p);
  return 0;
}
