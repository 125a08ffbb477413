// Checks against overflow are no contradictions.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

int reserve(const char *name, size_t n) {
  int fd = open(name, O_RDWR);
  if (fd < 0)
    return -1;
  if (n > SIZE_MAX / 8)
    return -1; // expect: missing-close
  if (8 > SIZE_MAX / 16) {
    close(fd);
    return -1;
  }
  if (n == 0)
    return -1; // expect: missing-close
  close(fd);
  return 0;
}
