// Helpers that store a handle where no summary can tell: it is somebody's, not lost.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct slot {
  int fd;
};
struct slot *find_slot(int key); // in another file

static void fill_slot(int key, int fd) {
  struct slot *slot = find_slot(key);
  slot->fd = fd;
}

void in_memory_that_a_lookup_returned(int key) {
  int fd = dup(0);
  if (fd == -1)
    return;
  fill_slot(key, fd);
}

static void look_at_slot(int key, int fd) {
  struct slot *slot = find_slot(key);
  slot->fd = fd > 100;
}

void only_compared(int key) {
  int fd = dup(0);
  if (fd == -1)
    return;
  look_at_slot(key, fd);
} // expect: missing-close: 'fd'

struct node {
  struct node *next;
  int fd;
};
static struct node *buckets[64];

static void insert(unsigned key, int fd) {
  struct node *n = calloc(1, sizeof *n);
  if (!n)
    abort();
  n->fd = fd;
  n->next = buckets[key % 64];
  buckets[key % 64] = n;
}

void in_a_hash_table(unsigned key) {
  int fd = dup(0);
  if (fd == -1)
    return;
  insert(key, fd);
}

static void insert_and_forget(int fd) {
  struct node *n = calloc(1, sizeof *n);
  if (!n)
    abort();
  n->fd = fd;
  free(n);
}

void in_a_node_that_is_freed(void) {
  int fd = dup(0);
  if (fd == -1)
    return;
  insert_and_forget(fd);
} // expect: missing-close: 'fd'

struct writer {
  struct node *first;
};
struct stream {
  struct writer *writer;
};
struct session {
  struct stream *stream;
};
struct peer {
  struct session *session;
};

static void enqueue(struct peer *p, int fd) {
  struct node *n = calloc(1, sizeof *n);
  if (!n)
    abort();
  n->fd = fd;
  n->next = p->session->stream->writer->first;
  p->session->stream->writer->first = n;
}

void many_pointers_away(struct peer *p) {
  int fd = dup(0);
  if (fd == -1)
    return;
  enqueue(p, fd);
}

struct message {
  struct message *next;
  void *data;
  int fd;
};
struct queue {
  struct message **last; // the `next` of the last message
};

static struct message *create(size_t size) {
  struct message *m;
  if (size == 0) {
    m = calloc(1, sizeof *m);
  } else {
    if (!(m = calloc(1, sizeof *m)))
      return NULL;
    if (!(m->data = malloc(size)))
      return NULL;
  }
  return m;
}

static int send_fd(struct queue *q, int fd, size_t size) {
  struct message *m = create(size);
  if (!m)
    abort();
  m->fd = fd;
  m->next = NULL;
  *q->last = m;
  q->last = &m->next;
  return 0;
}

void in_one_of_two_allocations(struct queue *q, size_t size) {
  int fd = dup(0);
  if (fd == -1)
    return;
  send_fd(q, fd, size);
}

struct line {
  FILE *f;
};
struct line *new_line(void); // in another file

// Stored and used: the use takes nothing back.
static int attach(FILE *f) {
  struct line *l = new_line();
  l->f = f;
  return fgetc(f) == EOF ? -1 : 0;
}

int attached(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  if (attach(f) != 0) {
    fclose(f);
    return -1;
  }
  return 0;
}

static int only_reads(FILE *f) { return fgetc(f) == EOF ? -1 : 0; }

int read_and_forgotten(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  if (only_reads(f) != 0) {
    fclose(f);
    return -1;
  }
  return 0; // expect: missing-close: 'f'
}
