// Intrusive lists: the link lies inside the object, and the object is found from the link.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

struct list {
  struct list *next, *prev;
};

#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))

struct client {
  int id;
  struct list link;
  int fd;
};

static struct list clients = {&clients, &clients};

static inline void list_add(struct list *head, struct list *node) {
  node->next = head->next;
  node->prev = head;
  head->next->prev = node;
  head->next = node;
}

static inline void list_del(struct list *node) {
  node->next->prev = node->prev;
  node->prev->next = node->next;
}

int connect_client(const char *path) {
  struct client *c = calloc(1, sizeof *c);
  if (!c)
    return -1;
  c->fd = open(path, O_RDWR);
  if (c->fd < 0) {
    free(c);
    return -1;
  }
  list_add(&clients, &c->link);
  return 0;
}

// The links of the object are set, those of the list are not.
int connect_client_wrong(const char *path) {
  struct client *c = calloc(1, sizeof *c);
  if (!c)
    return -1;
  c->fd = open(path, O_RDWR);
  if (c->fd < 0) {
    free(c);
    return -1;
  }
  c->link.next = clients.next;
  c->link.prev = &clients;
  return 0; // expect: missing-close
}

void disconnect(struct list *node) {
  struct client *c = container_of(node, struct client, link);
  list_del(node);
  close(c->fd);
  free(c);
}

void disconnect_all(void) {
  while (clients.next != &clients) {
    struct client *c = container_of(clients.next, struct client, link);
    list_del(&c->link);
    close(c->fd);
    free(c);
  }
}

// A caller's list.
int add_to(struct list *head, const char *path) {
  struct client *c = malloc(sizeof *c);
  if (!c)
    return -1;
  if ((c->fd = open(path, O_RDWR)) < 0) {
    free(c);
    return -1;
  }
  list_add(head, &c->link);
  return 0;
}

int add_and_remove_wrong(struct list *head, const char *path) {
  struct client *c = malloc(sizeof *c);
  if (!c)
    return -1;
  if ((c->fd = open(path, O_RDWR)) < 0) {
    free(c);
    return -1;
  }
  list_add(head, &c->link);
  if (lseek(c->fd, 0, SEEK_END) < 0) {
    list_del(&c->link);
    free(c); // expect: missing-close
    return -1;
  }
  return 0;
}

int add_and_remove(struct list *head, const char *path) {
  struct client *c = malloc(sizeof *c);
  if (!c)
    return -1;
  if ((c->fd = open(path, O_RDWR)) < 0) {
    free(c);
    return -1;
  }
  list_add(head, &c->link);
  if (lseek(c->fd, 0, SEEK_END) < 0) {
    list_del(&c->link);
    close(c->fd);
    free(c);
    return -1;
  }
  return 0;
}

// Found again from the link.
int found_again(const char *path) {
  struct client *c = calloc(1, sizeof *c);
  if (!c)
    return -1;
  c->fd = open(path, O_RDWR);
  struct list *link = &c->link;
  struct client *same = container_of(link, struct client, link);
  if (same->fd >= 0)
    close(same->fd);
  free(same);
  return 0;
}

int found_again_wrong(const char *path) {
  struct client *c = calloc(1, sizeof *c);
  if (!c)
    return -1;
  c->fd = open(path, O_RDWR);
  if (c->fd < 0) {
    free(c);
    return -1;
  }
  struct list *link = &c->link;
  struct client *same = container_of(link, struct client, link);
  close(same->fd);
  close(c->fd); // expect: double-close
  free(same);
  return 0;
}

// The macros of the C library.
struct task {
  TAILQ_ENTRY(task) entry;
  LIST_ENTRY(task) other;
  STAILQ_ENTRY(task) third;
  int fd;
};

static TAILQ_HEAD(, task) tasks = TAILQ_HEAD_INITIALIZER(tasks);
static LIST_HEAD(, task) others = LIST_HEAD_INITIALIZER(others);
static STAILQ_HEAD(, task) thirds = STAILQ_HEAD_INITIALIZER(thirds);

static struct task *task_new(const char *path) {
  struct task *t = calloc(1, sizeof *t);
  if (!t)
    return NULL;
  t->fd = open(path, O_RDONLY);
  if (t->fd < 0) {
    free(t);
    return NULL;
  }
  return t;
}

int at_tail(const char *path) {
  struct task *t = task_new(path);
  if (!t)
    return -1;
  TAILQ_INSERT_TAIL(&tasks, t, entry);
  return 0;
}

int at_head(const char *path) {
  struct task *t = task_new(path);
  if (!t)
    return -1;
  TAILQ_INSERT_HEAD(&tasks, t, entry);
  return 0;
}

int in_list(const char *path) {
  struct task *t = task_new(path);
  if (!t)
    return -1;
  LIST_INSERT_HEAD(&others, t, other);
  return 0;
}

int in_queue(const char *path) {
  struct task *t = task_new(path);
  if (!t)
    return -1;
  STAILQ_INSERT_TAIL(&thirds, t, third);
  return 0;
}

int in_no_list(const char *path) {
  struct task *t = task_new(path);
  if (!t)
    return -1;
  if (TAILQ_EMPTY(&tasks))
    return 0; // expect: missing-close
  TAILQ_INSERT_TAIL(&tasks, t, entry);
  return 0;
}

void drain_tasks(void) {
  struct task *t;
  while ((t = TAILQ_FIRST(&tasks)) != NULL) {
    TAILQ_REMOVE(&tasks, t, entry);
    close(t->fd);
    free(t);
  }
}

void drain_others(void) {
  struct task *t, *next;
  for (t = LIST_FIRST(&others); t; t = next) {
    next = LIST_NEXT(t, other);
    LIST_REMOVE(t, other);
    close(t->fd);
    free(t);
  }
}
