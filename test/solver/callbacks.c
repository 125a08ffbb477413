// RUN: %check_handrail %s
// A handle that goes to a callback as its data is the callback's to keep, if it does.
#define _GNU_SOURCE
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

static int compare_and_log(const void *a, const void *b, void *data) {
  fprintf(data, "compare\n");
  return *(const int *)a - *(const int *)b;
}

int sort_and_forget(int *numbers, size_t count, const char *log) {
  FILE *f = fopen(log, "w");
  if (!f)
    return -1;
  qsort_r(numbers, count, sizeof *numbers, compare_and_log, f);
  return 0; // expect: missing-close: 'f'
}

int sort_and_close(int *numbers, size_t count, const char *log) {
  FILE *f = fopen(log, "w");
  if (!f)
    return -1;
  qsort_r(numbers, count, sizeof *numbers, compare_and_log, f);
  return fclose(f);
}

static FILE *saved;
static void visit_and_save(const void *node, VISIT order, void *data) {
  if (order == leaf)
    saved = data;
  (void)node;
}

int walk_and_save(const void *tree, const char *log) {
  FILE *f = fopen(log, "w");
  if (!f)
    return -1;
  twalk_r(tree, visit_and_save, f);
  return 0;
}

static void visit_and_close(const void *node, VISIT order, void *data) {
  if (order == leaf)
    fclose(data);
  (void)node;
}

int walk_and_close(const void *tree, const char *log) {
  FILE *f = fopen(log, "w");
  if (!f)
    return -1;
  twalk_r(tree, visit_and_close, f);
  return 0;
}

int walk_with_any(const void *tree, const char *log, void (*visit)(const void *, VISIT, void *)) {
  FILE *f = fopen(log, "w");
  if (!f)
    return -1;
  twalk_r(tree, visit, f);
  return 0;
}
