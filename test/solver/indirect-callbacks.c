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
