// A helper that runs what it is given: what one callback opens is not opened by another.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

typedef int action(void *);

static int apply(action *run, void *data) { return run(data); }

static int opens(void *data) {
  int *fd = data;
  *fd = open("a", O_RDONLY);
  return *fd < 0 ? -1 : 0;
}

static int looks(void *data) { return data == NULL; }

int by_address(int *fd) { return apply(opens, fd); }

int only_looks(void) {
  int x;
  return apply(looks, &x);
}

// What a caller passes is what is called, however many others there are.
static void pass_to(int (*f)(int), int fd) { f(fd); }
static int look(int fd) { return fd > 3; }
static int sync_it(int fd) { return fsync(fd); }
static int end_it(int fd) { return close(fd); }
static int sync_data(int fd) { return fdatasync(fd); }
static int rewind_it(int fd) { return lseek(fd, 0, SEEK_SET) < 0; }

void pass_to_some(int fd) {
  pass_to(look, fd);
  pass_to(sync_data, fd);
  pass_to(rewind_it, fd);
}

void applied(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  pass_to(sync_it, fd);
  pass_to(end_it, fd);
}

void applied_twice(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  pass_to(end_it, fd);
  pass_to(end_it, fd); // expect: double-close
}

void applied_and_lost(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  pass_to(sync_it, fd);
} // expect: missing-close
