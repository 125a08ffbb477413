// Publishing by atomic exchange or compare-and-swap is a store. Tools that take it for an
// unknown operation report the published handle as lost.
// RUN: %check_handrail %s -- -std=c11
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static _Atomic(FILE *) shared;
static atomic_int cached = -1;
static int plain = -1;

void publish(const char *name) {
  FILE *f = fopen(name, "a");
  if (!f)
    return;
  FILE *old = atomic_exchange(&shared, f);
  if (old)
    fclose(old);
}

// The stream goes nowhere.
void publish_wrong(const char *name) {
  FILE *f = fopen(name, "a");
  if (!f)
    return;
  if (!atomic_load(&shared))
    return; // expect: missing-close
  fclose(f);
}

// Whoever was first keeps its descriptor in the variable.
int once(const char *name) {
  int expected = -1, fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  if (!atomic_compare_exchange_strong(&cached, &expected, fd)) {
    close(fd);
    return expected;
  }
  return fd;
}

// The other's descriptor is used, and ours stays open.
int once_wrong(const char *name) {
  int expected = -1, fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  if (!atomic_compare_exchange_strong(&cached, &expected, fd))
    return 1; // expect: missing-close
  return 0;
}

int once_builtin(const char *name) {
  int expected = -1, fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  if (!__atomic_compare_exchange_n(&plain, &expected, fd, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    close(fd);
    fd = expected;
  }
  return fd;
}

int once_sync(const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  if (__sync_bool_compare_and_swap(&plain, -1, fd))
    return 0;
  close(fd);
  return 0;
}

int once_sync_wrong(const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  if (__sync_bool_compare_and_swap(&plain, -1, fd))
    return 0;
  return 0; // expect: missing-close
}

// Closed after it was published.
int published_and_closed(const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  atomic_store(&cached, fd);
  close(fd);
  close(atomic_load(&cached)); // expect: double-close
  return 0;
}
