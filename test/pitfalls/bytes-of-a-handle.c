// The bytes of a handle, or of what holds it, go through a pipe or a queue: the other end
// has it. Tools report it as lost since no pointer to it is left.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job {
  int fd;
};

int queue[2];

int send_number(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (write(queue[1], &fd, sizeof fd) != sizeof fd) {
    close(fd);
    return -1;
  }
  return 0;
}

int send_pointer(const char *path) {
  struct job *j = malloc(sizeof *j);
  if (!j)
    return -1;
  j->fd = open(path, O_RDONLY);
  if (j->fd < 0) {
    free(j);
    return -1;
  }
  if (write(queue[1], &j, sizeof j) != sizeof j) {
    close(j->fd);
    free(j);
    return -1;
  }
  return 0;
}

// What was sent is something else.
int send_text(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (write(queue[1], path, strlen(path)) < 0) {
    close(fd);
    return -1;
  }
  return 0; // expect: missing-close
}

void serialize(char *out, const char *path) {
  int fd = open(path, O_RDONLY);
  memcpy(out, &fd, sizeof fd);
}
