// A callee that does something else when its two objects are one: who passes what seem to
// be two does not mean that.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <unistd.h>

struct place {
  const char *path;
};
struct request {
  int method;
  struct place physical;
};

// In place: the caller gets the descriptor. Otherwise it is closed.
static int copy(const struct place *from, const struct place *to, int *fd) {
  int copied = open(to->path, O_WRONLY);
  if (copied < 0)
    return -1;
  if (from == to) {
    *fd = copied;
    return 0;
  }
  close(copied);
  return 0;
}

int to_another(struct request *r, struct place *to) {
  int fd = 0;
  return copy(&r->physical, to, &fd);
}

// A variable that stands for something is compared with on purpose.
static const struct place nowhere;

static int find(const struct place *p) {
  if (p == &nowhere)
    return 0;
  return 1;
}

int compared_with_a_global(const struct place *p) {
  int fd = open(p->path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (find(p) == 0)
    return -1; // expect: missing-close: 'fd'
  close(fd);
  return 0;
}

int to_itself(struct request *r) {
  int fd = -1;
  if (copy(&r->physical, &r->physical, &fd) < 0)
    return -1;
  close(fd);
  return 0;
}

int to_itself_wrong(struct request *r) {
  int fd = -1;
  if (copy(&r->physical, &r->physical, &fd) < 0)
    return -1;
  return 0; // expect: missing-close: 'fd'
}
