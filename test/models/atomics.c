// Handles in atomic objects: C11, and the compiler's __atomic and __sync operations.
// RUN: %check_handrail %s -- -std=c11
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct slot {
  _Atomic(FILE *) stream;
  atomic_int fd;
  int plain;
};

void stored(struct slot *s, const char *path) {
  FILE *f = fopen(path, "r");
  if (f)
    atomic_store_explicit(&s->stream, f, memory_order_release);
}

void assigned(struct slot *s, const char *path) {
  FILE *f = fopen(path, "r");
  if (f)
    s->stream = f;
}

int exchanged(struct slot *s, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  int old = atomic_exchange(&s->fd, fd);
  if (old >= 0)
    close(old);
  return 0;
}

int exchanged_local_wrong(const char *path) {
  atomic_int slot = -1;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  int old = atomic_exchange(&slot, fd);
  if (old >= 0)
    close(old);
  return 0; // expect: missing-close
}

// Taken out: whoever exchanged has it.
int taken_out(const char *path) {
  atomic_int slot = -1;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  atomic_store(&slot, fd);
  int mine = atomic_exchange(&slot, -1);
  if (mine >= 0)
    close(mine);
  mine = atomic_exchange(&slot, -1);
  if (mine >= 0)
    close(mine);
  return 0;
}

void close_slot(struct slot *s) {
  int fd = __atomic_exchange_n(&s->plain, -1, __ATOMIC_ACQ_REL);
  if (fd >= 0)
    close(fd);
}

// The slot still has the number.
int close_slot_wrong(struct slot *s, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  __atomic_store_n(&s->plain, fd, __ATOMIC_RELEASE);
  close(fd);
  close_slot(s); // expect: double-close
  return 0;
}

int first_wins(struct slot *s, const char *path) {
  FILE *expected = NULL, *f = fopen(path, "r");
  if (!f)
    return -1;
  if (!atomic_compare_exchange_strong(&s->stream, &expected, f))
    fclose(f);
  return 0;
}

int first_wins_wrong(struct slot *s, const char *path) {
  FILE *expected = NULL, *f = fopen(path, "r");
  if (!f)
    return -1;
  if (atomic_compare_exchange_strong(&s->stream, &expected, f))
    return 0;
  return -1; // expect: missing-close
}

// Closed though the exchange succeeded.
int first_wins_twice(struct slot *s, const char *path) {
  FILE *expected = NULL, *f = fopen(path, "r");
  if (!f)
    return -1;
  if (atomic_compare_exchange_strong(&s->stream, &expected, f))
    fclose(f);
  fclose(f); // expect: double-close
  return 0;
}

int weak_in_a_loop(struct slot *s, const char *path) {
  FILE *f = fopen(path, "r"), *old;
  if (!f)
    return -1;
  old = atomic_load(&s->stream);
  while (!atomic_compare_exchange_weak(&s->stream, &old, f))
    ;
  if (old)
    fclose(old);
  return 0;
}

int value_swap(struct slot *s, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (__sync_val_compare_and_swap(&s->plain, -1, fd) != -1) {
    close(fd);
    return -1;
  }
  return 0;
}

int value_swap_wrong(struct slot *s, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (__sync_val_compare_and_swap(&s->plain, -1, fd) != -1)
    return -1; // expect: missing-close
  return 0;
}

int test_and_set(struct slot *s, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  int old = __sync_lock_test_and_set(&s->plain, fd);
  if (old >= 0)
    close(old);
  return 0;
}

// A lock-free list.
struct node {
  struct node *next;
  int fd;
};
static _Atomic(struct node *) top;

int push(const char *path) {
  struct node *n = malloc(sizeof *n);
  if (!n)
    return -1;
  n->fd = open(path, O_RDONLY);
  if (n->fd < 0) {
    free(n);
    return -1;
  }
  n->next = atomic_load(&top);
  while (!atomic_compare_exchange_weak(&top, &n->next, n))
    ;
  return 0;
}

// A flag guards the closing.
static atomic_flag closing = ATOMIC_FLAG_INIT;

int closed_once(int fd) {
  if (!atomic_flag_test_and_set(&closing))
    return close(fd);
  return 0;
}
