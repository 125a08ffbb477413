// A handle that goes into a list or a global tree belongs to the container. Tools that
// follow no links report it as lost where it was inserted.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct item {
  struct item *next;
  int fd;
};

static struct item *all;

struct tree {
  struct tree *left, *right;
  int key, fd;
};

static struct tree *root;

int add(const char *path) {
  struct item *i = malloc(sizeof *i);
  if (!i)
    return -1;
  i->fd = open(path, O_RDONLY);
  if (i->fd < 0) {
    free(i);
    return -1;
  }
  i->next = all;
  all = i;
  return 0;
}

// Freed instead of linked when there are too many.
int add_wrong(const char *path, int n) {
  struct item *i = malloc(sizeof *i);
  if (!i)
    return -1;
  i->fd = open(path, O_RDONLY);
  if (i->fd < 0 || n > 10) {
    free(i); // expect: missing-close
    return -1;
  }
  i->next = all;
  all = i;
  return 0;
}

// At the end of the list.
int append(const char *path) {
  struct item *i = calloc(1, sizeof *i), **p = &all;
  if (!i)
    return -1;
  i->fd = open(path, O_RDONLY);
  if (i->fd < 0) {
    free(i);
    return -1;
  }
  while (*p)
    p = &(*p)->next;
  *p = i;
  return 0;
}

// The end was looked for, and then forgotten.
int append_wrong(const char *path) {
  struct item *i = calloc(1, sizeof *i), **p = &all;
  if (!i)
    return -1;
  i->fd = open(path, O_RDONLY);
  if (i->fd < 0) {
    free(i);
    return -1;
  }
  p = &i->next;
  *p = NULL;
  return 0; // expect: missing-close
}

int insert(const char *path, int key) {
  struct tree **p = &root;
  while (*p) {
    if ((*p)->key == key)
      return 0;
    p = key < (*p)->key ? &(*p)->left : &(*p)->right;
  }
  struct tree *t = calloc(1, sizeof *t);
  if (!t)
    return -1;
  t->key = key;
  if ((t->fd = open(path, O_RDONLY)) < 0) {
    free(t);
    return -1;
  }
  *p = t;
  return 1;
}

int insert_wrong(const char *path, int key) {
  struct tree **p = &root;
  struct tree *t = calloc(1, sizeof *t);
  if (!t)
    return -1;
  t->key = key;
  if ((t->fd = open(path, O_RDONLY)) < 0) {
    free(t);
    return -1;
  }
  while (*p) {
    if ((*p)->key == key) {
      free(t); // expect: missing-close
      return 0;
    }
    p = key < (*p)->key ? &(*p)->left : &(*p)->right;
  }
  *p = t;
  return 1;
}

// Drained from the front.
void drain(void) {
  while (all) {
    struct item *next = all->next;
    close(all->fd);
    free(all);
    all = next;
  }
}

// The same node is closed in each turn.
void drain_wrong(void) {
  for (struct item *i = all; i; i = i->next) {
    close(all->fd); // expect: double-close
  }
}

static void destroy(struct tree *t) {
  if (!t)
    return;
  destroy(t->left);
  destroy(t->right);
  close(t->fd);
  free(t);
}

void destroy_all(void) {
  destroy(root);
  root = NULL;
}
