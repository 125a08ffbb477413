// A list copies what it is given to a place that its callers have no name for.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct list {
  size_t count, capacity, size;
  char *items;
};

static struct list *make(size_t size) {
  struct list *l = malloc(sizeof *l);
  if (l) {
    l->size = size;
    l->items = NULL;
    l->count = l->capacity = 0;
  }
  return l;
}

static int grow(struct list *l) {
  if (l->count == l->capacity) {
    char *items = realloc(l->items, (l->capacity + 16) * l->size);
    if (!items)
      return 0;
    l->capacity += 16;
    l->items = items;
  }
  return 1;
}

static char *at(struct list *l, size_t i) { return l->items + i * l->size; }

static int set(struct list *l, void *item, size_t position) {
  if (position >= l->count)
    return 0;
  memcpy(at(l, position), item, l->size);
  return 1;
}

static int add(struct list *l, void *item) {
  if (!grow(l))
    return 0;
  l->count++;
  return set(l, item, l->count - 1);
}

static struct list *patterns, *numbers;

struct entry {
  int flags;
  regex_t pattern;
};

int compiled(const char *text) {
  struct entry e;
  if (!patterns && !(patterns = make(sizeof e)))
    return -1;
  if (regcomp(&e.pattern, text, 0) != 0)
    return -1;
  if (!add(patterns, &e))
    abort();
  return 0;
}

int opened(const char *path) {
  if (!numbers && !(numbers = make(sizeof(int))))
    return -1;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (!add(numbers, &fd))
    abort();
  return 0;
}

// Not there, and not closed.
int forgotten(const char *path) {
  if (!numbers && !(numbers = make(sizeof(int))))
    return -1;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (!add(numbers, &fd))
    return -1; // expect: missing-close
  return 0;
}
