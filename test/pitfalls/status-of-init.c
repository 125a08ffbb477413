// An init function tells by its result whether the handle is open. Tools that join its
// paths lose what the result means, and report the failure path.
// RUN: %check_handrail %s
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum status { OK, NO_FILE, TOO_SMALL };

struct reader {
  int fd;
  long size;
};

static enum status reader_init(struct reader *r, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return NO_FILE;
  long size = lseek(fd, 0, SEEK_END);
  if (size < 16) {
    close(fd);
    return TOO_SMALL;
  }
  r->fd = fd;
  r->size = size;
  return OK;
}

long zero_is_open(const char *path) {
  struct reader r;
  enum status s = reader_init(&r, path);
  if (s != OK)
    return -s;
  close(r.fd);
  return r.size;
}

long zero_is_open_switch(const char *path) {
  struct reader r;
  switch (reader_init(&r, path)) {
  case OK:
    break;
  case NO_FILE:
  case TOO_SMALL:
  default:
    return -1;
  }
  close(r.fd);
  return r.size;
}

long zero_is_open_wrong(const char *path) {
  struct reader r;
  enum status s = reader_init(&r, path);
  if (s == NO_FILE || s == TOO_SMALL)
    return -s;
  return r.size; // expect: missing-close
}

// Negative error numbers.
static int get_stream(const char *path, FILE **out) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -errno;
  *out = f;
  return 0;
}

int first(const char *path) {
  FILE *f;
  int r = get_stream(path, &f);
  if (r < 0)
    return r;
  r = getc(f);
  fclose(f);
  return r;
}

int first_wrong(const char *path) {
  FILE *f;
  int r = get_stream(path, &f);
  if (r < 0)
    return r;
  return getc(f); // expect: missing-close
}

// True means open.
static int try_open(const char *path, int *fd) {
  *fd = open(path, O_RDONLY);
  return *fd >= 0;
}

int true_is_open(const char *path) {
  int fd;
  if (!try_open(path, &fd))
    return -1;
  close(fd);
  return 0;
}

int true_is_open_wrong(const char *path) {
  int fd;
  if (!try_open(path, &fd))
    return -1;
  return 0; // expect: missing-close
}
