// The null device becomes 0, 1 and 2, and is closed if it is none of them itself. Tools
// that do not know these numbers report a leak where `fd > 2` is false.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

int to_background(void) {
  pid_t pid = fork();
  if (pid < 0)
    return -1;
  if (pid > 0)
    _exit(0);
  if (setsid() < 0)
    return -1;
  int fd = open("/dev/null", O_RDWR);
  if (fd < 0)
    return -1;
  dup2(fd, STDIN_FILENO);
  dup2(fd, STDOUT_FILENO);
  dup2(fd, STDERR_FILENO);
  if (fd > 2)
    close(fd);
  return 0;
}

int with_names(void) {
  int fd = open("/dev/null", O_RDWR);
  if (fd == -1)
    return -1;
  if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0) {
    if (fd > STDERR_FILENO)
      close(fd);
    return -1;
  }
  if (fd != STDIN_FILENO && fd != STDOUT_FILENO && fd != STDERR_FILENO)
    close(fd);
  return 0;
}

// Left open whatever its number is.
int to_background_wrong(void) {
  int fd = open("/dev/null", O_RDWR);
  if (fd < 0)
    return -1;
  dup2(fd, STDIN_FILENO);
  dup2(fd, STDOUT_FILENO);
  dup2(fd, STDERR_FILENO);
  return 0; // expect: missing-close
}

// Not closed if one of the copies fails.
int copies_fail(void) {
  int fd = open("/dev/null", O_RDWR);
  if (fd < 0)
    return -1;
  if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
    return -1; // expect: missing-close
  if (fd > 2)
    close(fd);
  return 0;
}

// Opened until the number is above the standard ones.
int sanitize(void) {
  int fd;
  do
    fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= 2);
  if (fd < 0)
    return -1;
  close(fd);
  return 0;
}
