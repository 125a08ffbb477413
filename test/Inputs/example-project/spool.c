// A folder of numbered segments; the newest is being written.
#include "logship.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { segment_size = 1 << 20 };

static int open_segment(int dir, int number) {
  char name[32];
  snprintf(name, sizeof name, "%08d.log", number);
  return openat(dir, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

static int write_all(int fd, const char *data, size_t length) {
  while (length) {
    ssize_t written = write(fd, data, length);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return -1;
    data += written;
    length -= (size_t)written;
  }
  return 0;
}

// Ends a segment: its trailer, then its way to the disk.
static int finish_segment(int fd, const char *trailer) {
  if (write_all(fd, trailer, strlen(trailer)) < 0 || fsync(fd) < 0) {
    close(fd);
    return -1;
  }
  return close(fd);
}

int spool_open(struct spool *spool, const char *path) {
  spool->segment = -1;
  spool->number = 0;
  spool->used = 0;
  spool->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (spool->dir < 0)
    return -1;
  spool->segment = open_segment(spool->dir, spool->number);
  if (spool->segment < 0) {
    close(spool->dir);
    spool->dir = -1;
    return -1;
  }
  return 0;
}

int spool_append(struct spool *spool, const char *line, size_t length) {
  if (spool->used + length > segment_size && spool_rotate(spool, "-- full --\n") < 0)
    return -1;
  spool->used += length;
  return write_all(spool->segment, line, length);
}

int spool_rotate(struct spool *spool, const char *trailer) {
  if (finish_segment(spool->segment, trailer) < 0) {
    close(spool->segment);
    spool->segment = -1;
    return -1;
  }
  spool->used = 0;
  spool->segment = open_segment(spool->dir, ++spool->number);
  return spool->segment < 0 ? -1 : 0;
}

void spool_close(struct spool *spool) {
  if (spool->segment >= 0)
    close(spool->segment);
  if (spool->dir >= 0)
    close(spool->dir);
  spool->segment = spool->dir = -1;
}
