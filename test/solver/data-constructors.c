// Constructor functions that fail half-way, and their destructors.
// RUN: %check_handrail %s
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct store {
  char *name;
  int fd;
  FILE *log;
  DIR *dir;
};

static void store_free(struct store *s) {
  if (!s)
    return;
  if (s->log)
    fclose(s->log);
  if (s->dir)
    closedir(s->dir);
  if (s->fd >= 0)
    close(s->fd);
  free(s->name);
  free(s);
}

// One destructor for every stage.
struct store *with_destructor(const char *path) {
  struct store *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->fd = -1;
  s->name = strdup(path);
  if (!s->name)
    goto fail;
  s->fd = open(path, O_RDWR);
  if (s->fd < 0)
    goto fail;
  s->log = fopen("log", "a");
  if (!s->log)
    goto fail;
  s->dir = opendir(path);
  if (!s->dir)
    goto fail;
  return s;
fail:
  store_free(s);
  return NULL;
}

struct store *without_destructor(const char *path) {
  struct store *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->fd = open(path, O_RDWR);
  if (s->fd < 0) {
    free(s);
    return NULL;
  }
  s->name = strdup(path);
  if (!s->name) {
    free(s); // expect: missing-close
    return NULL;
  }
  return s;
}

// The object was not made here, but the fields were filled here.
int store_init(struct store *s, const char *path) {
  memset(s, 0, sizeof *s);
  s->fd = open(path, O_RDWR);
  if (s->fd < 0)
    return -1;
  s->log = fopen("log", "a");
  if (!s->log) {
    close(s->fd);
    s->fd = -1;
    return -1;
  }
  return 0;
}

static int store_init_wrong(struct store *s, const char *path) {
  memset(s, 0, sizeof *s);
  s->fd = open(path, O_RDWR);
  if (s->fd < 0)
    return -1;
  s->log = fopen("log", "a");
  if (!s->log)
    return -1;
  return 0;
}

struct store *allocated(const char *path) {
  struct store *s = malloc(sizeof *s);
  if (!s)
    return NULL;
  if (store_init(s, path) < 0) {
    free(s);
    return NULL;
  }
  return s;
}

struct store *allocated_wrong(const char *path) {
  struct store *s = malloc(sizeof *s);
  if (!s)
    return NULL;
  if (store_init_wrong(s, path) < 0) {
    free(s); // expect: missing-close
    return NULL;
  }
  return s;
}

// The destructor closes what the field says, and the number was closed before.
struct store *closed_before(const char *path) {
  struct store *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->fd = open(path, O_RDWR);
  if (s->fd < 0) {
    store_free(s);
    return NULL;
  }
  if (lseek(s->fd, 0, SEEK_END) < 0) {
    close(s->fd);
    store_free(s); // expect: double-close
    return NULL;
  }
  return s;
}

struct store *closed_before_and_reset(const char *path) {
  struct store *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->fd = open(path, O_RDWR);
  if (s->fd < 0) {
    store_free(s);
    return NULL;
  }
  if (lseek(s->fd, 0, SEEK_END) < 0) {
    close(s->fd);
    s->fd = -1;
    store_free(s);
    return NULL;
  }
  return s;
}

// Zero is what calloc left there, and store_free would take it for a descriptor: harmless.
void freed_empty(void) { store_free(calloc(1, sizeof(struct store))); }

// The destructor takes the address of the pointer.
static void store_freep(struct store **s) {
  if (*s) {
    store_free(*s);
    *s = NULL;
  }
}

int built_and_freed(const char *path) {
  struct store *s = with_destructor(path);
  if (!s)
    return -1;
  int c = getc(s->log);
  store_freep(&s);
  store_freep(&s);
  return c;
}

int built_and_lost(const char *path) {
  struct store *s = with_destructor(path);
  if (!s)
    return -1;
  return getc(s->log); // expect: missing-close
}

// A tree that frees its children.
struct dir {
  struct dir *child, *sibling;
  int fd;
};

static void dir_free(struct dir *d) {
  while (d) {
    struct dir *next = d->sibling;
    dir_free(d->child);
    close(d->fd);
    free(d);
    d = next;
  }
}

struct dir *dir_open(struct dir *parent, const char *name) {
  struct dir *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  d->fd = openat(parent->fd, name, O_RDONLY);
  if (d->fd < 0) {
    free(d);
    return NULL;
  }
  d->sibling = parent->child;
  parent->child = d;
  return d;
}

struct dir *dir_open_wrong(struct dir *parent, const char *name, int max) {
  struct dir *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  d->fd = openat(parent->fd, name, O_RDONLY);
  if (d->fd < 0 || d->fd > max) {
    free(d); // expect: missing-close
    return NULL;
  }
  d->sibling = parent->child;
  parent->child = d;
  return d;
}

void whole_tree(struct dir *root) { dir_free(root); }
