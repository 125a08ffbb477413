// Handles in memory that others reach: nodes of a list, elements of an array, objects
// that are registered somewhere.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
  struct node *next, *previous;
  FILE *f;
};

static struct node *head, *tail; // of a list that is not empty

static struct node *make(const char *name) {
  struct node *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->f = fopen(name, "a");
  if (!p->f) {
    free(p);
    return NULL;
  }
  return p;
}

static int push(const char *name) {
  struct node *p = make(name);
  if (!p)
    return -1;
  p->next = head;
  head = p;
  return 0;
}

static int push_wrong(const char *name) {
  struct node *p = make(name);
  if (!p)
    return -1;
  p->next = head->next;
  head = p;
  return 0;
}

// The node before is still linked.
void pushed(const char **names) {
  while (*names)
    push(*names++);
}

// The node before is left out.
void pushed_wrong(const char **names) {
  while (*names)
    push_wrong(*names++); // expect: missing-close
}

// Linked first, opened afterwards.
static int append(const char *name) {
  struct node *p = calloc(1, sizeof *p);
  if (!p)
    return -1;
  tail->next = p;
  p->previous = tail;
  tail = p;
  p->f = fopen(name, "a");
  return p->f ? 0 : -1;
}

static int append_wrong(const char *name) {
  struct node *p = calloc(1, sizeof *p);
  if (!p)
    return -1;
  tail = p;
  p->f = fopen(name, "a");
  return p->f ? 0 : -1;
}

// 'tail->f' is another stream after the second call.
int appended(const char *a, const char *b) {
  if (append(a) != 0)
    return -1;
  return append(b);
}

// The node before is not linked.
int appended_wrong(const char *a, const char *b) {
  if (append_wrong(a) != 0)
    return -1;
  return append_wrong(b); // expect: missing-close
}

// The same without a callee.
int tail_moves(const char *a, const char *b) {
  struct node *p = calloc(1, sizeof *p);
  if (!p)
    return -1;
  tail->f = fopen(a, "a");
  tail->next = p;
  tail = p;
  tail->f = fopen(b, "a");
  return 0;
}

// 'tail' is still the node that has the first stream.
int tail_moves_too_late(const char *a, const char *b) {
  struct node *p = calloc(1, sizeof *p);
  if (!p)
    return -1;
  tail->f = fopen(a, "a");
  tail->next = p;
  tail->f = fopen(b, "a"); // expect: missing-close
  tail = p;
  return 0;
}

static struct node *unlink_node(struct node *p) {
  struct node *next = p->next, *previous = p->previous;
  if (previous)
    previous->next = next;
  else
    head = next;
  if (next)
    next->previous = previous;
  else
    tail = previous;
  free(p);
  return next;
}

// Each turn closes the stream of another node.
void closed_by_walk(void) {
  for (struct node *p = head; p; p = unlink_node(p))
    if (p->f)
      fclose(p->f);
}

// The last node is closed a second time.
void closed_by_walk_wrong(void) {
  for (struct node *p = head; p; p = unlink_node(p)) {
    if (p->f)
      fclose(p->f);
    if (!p->next && p->f)
      fclose(p->f); // expect: double-close
  }
}

// The object was handed to unknown code before it came back to us.
struct connection {
  int fd;
};

int registry_add(void *owner, struct connection *c); // in another file; keeps c

static struct connection *shared(void *owner) {
  struct connection *c = calloc(1, sizeof *c);
  if (c && registry_add(owner, c) != 0) {
    free(c);
    c = NULL;
  }
  return c;
}

static struct connection *unshared(void) {
  return calloc(1, sizeof(struct connection));
}

// The owner closes what is stored later.
int owner_has_it(void *owner, const char *path) {
  struct connection *c = shared(owner);
  if (!c)
    return -1;
  c->fd = open(path, O_RDONLY);
  return c->fd < 0 ? -1 : 0;
}

// Nobody was told of the object.
int nobody_has_it(const char *path) {
  struct connection *c = unshared();
  if (!c)
    return -1;
  c->fd = open(path, O_RDONLY);
  return c->fd < 0 ? -1 : 0; // expect: missing-close
}

// Two reasons for NULL, neither of which holds at the call.
struct log {
  FILE *stream;
};

struct logs {
  struct log *list;
  size_t n;
};

static void *grow(void *p, size_t n, size_t size) {
  void *bigger = realloc(p, n * size);
  if (!bigger && size && n)
    exit(1);
  return bigger;
}

static void add(struct logs *l, FILE *stream) {
  l->list = grow(l->list, l->n + 1, sizeof *l->list);
  l->list[l->n].stream = stream;
  l->n++;
}

static void count(struct logs *l, FILE *stream) {
  l->list = grow(l->list, l->n + 1, sizeof *l->list);
  l->list[l->n].stream = NULL;
  l->n += stream != NULL;
}

// The element is reachable for the caller.
int element_written(struct logs *l, const char *name) {
  FILE *stream = fopen(name, "r");
  if (!stream)
    return -1;
  add(l, stream);
  return 0;
}

// The stream was only counted.
int element_not_written(struct logs *l, const char *name) {
  FILE *stream = fopen(name, "r");
  if (!stream)
    return -1;
  count(l, stream);
  return 0; // expect: missing-close
}

// An entry that some lookup returned: whoever has the table has the stream.
struct entry {
  FILE *stream;
};
struct entry *find_entry(const char *name); // in another file

struct job {
  FILE *stream;
};

static int open_into_table(struct job *j, const char *name) {
  j->stream = fopen(name, "r");
  if (!j->stream)
    return -1;
  find_entry(name)->stream = j->stream;
  return 0;
}

static int open_into_job(struct job *j, const char *name) {
  j->stream = fopen(name, "r");
  return j->stream ? 0 : -1;
}

int table_has_it(const char *name) {
  struct job j;
  return open_into_table(&j, name);
}

int only_the_job_had_it(const char *name) {
  struct job j;
  return open_into_job(&j, name); // expect: missing-close
}
