// Handles that are opened once and kept in globals and statics, some closed at exit.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

static FILE *log_file;
static int devices[4] = {-1, -1, -1, -1};

static void close_log(void) {
  if (log_file)
    fclose(log_file);
  log_file = NULL;
}

int log_init(const char *path) {
  if (log_file)
    return 0;
  log_file = fopen(path, "a");
  if (!log_file)
    return -1;
  atexit(close_log);
  return 0;
}

// The old one is not closed before it is replaced.
int log_rotate_wrong(const char *path) {
  log_file = fopen(path, "a");
  if (!log_file)
    return -1;
  fputs("rotated\n", log_file);
  log_file = fopen(path, "a"); // expect: missing-close
  return log_file ? 0 : -1;
}

int log_rotate(const char *path) {
  FILE *f = fopen(path, "a");
  if (!f)
    return -1;
  if (log_file)
    fclose(log_file);
  log_file = f;
  return 0;
}

int random_bytes(void *out, size_t n) {
  static int fd = -1;
  if (fd < 0)
    fd = open("/dev/urandom", O_RDONLY);
  if (fd < 0)
    return -1;
  return read(fd, out, n) == (ssize_t)n ? 0 : -1;
}

int random_bytes_wrong(void *out, size_t n) {
  int fd = -1;
  if (fd < 0)
    fd = open("/dev/urandom", O_RDONLY);
  if (fd < 0)
    return -1;
  return read(fd, out, n) == (ssize_t)n ? 0 : -1; // expect: missing-close
}

int device(int n) {
  if (devices[n] < 0) {
    char name[32];
    snprintf(name, sizeof name, "/dev/ttyS%d", n);
    devices[n] = open(name, O_RDWR);
  }
  return devices[n];
}

int device_reset(int n) {
  int fd = open("/dev/null", O_RDWR);
  if (fd < 0)
    return -1;
  if (devices[n] >= 0)
    close(devices[n]);
  devices[n] = fd;
  return 0;
}

int device_reset_wrong(int n) {
  int fd = open("/dev/null", O_RDWR);
  if (fd < 0)
    return -1;
  if (devices[n] >= 0)
    close(devices[n]);
  devices[n] = -1;
  return 0; // expect: missing-close
}

// A descriptor that a function hands out, and that stays its own.
static int shared_fd(void) {
  static int fd = -1;
  if (fd == -1)
    fd = open("/dev/null", O_WRONLY);
  return fd;
}

int uses_shared(void) {
  int fd = shared_fd();
  if (fd < 0)
    return -1;
  return (int)write(fd, "x", 1);
}

// Opened again by a callee that opens it itself, and by one that has its own callee
// open it, which most do only when there is need: there we do not look.
struct journal {
  int fd;
};

static void journal_open(struct journal *j, const char *path) { j->fd = open(path, O_WRONLY); }

static int open_for_writing(const char *path) { return open(path, O_WRONLY); }

static void journal_reopen(struct journal *j, const char *path) { j->fd = open_for_writing(path); }

void journal_twice_wrong(const char *path) {
  struct journal j;
  journal_open(&j, path);
  journal_open(&j, path); // expect: missing-close
  close(j.fd);
}

// FIXME: it is as wrong.
void journal_reopened(const char *path) {
  struct journal j;
  journal_open(&j, path);
  journal_reopen(&j, path);
  close(j.fd);
}
