// What looks wrong and is meant so.
//
// RUN: %clang -g %s -o %t && %check_run %s --kinds=-mapping -- %t
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *path = "/etc/passwd";

/// A daemon closes what it was given, whatever that is.
static void close_all_upwards(void) {
  fopen(path, "r");
  opendir("/");
  open(path, O_RDONLY);
  dup2(0, 20);
  for (int fd = 3; fd < 1024; ++fd)
    close(fd);
}
static void close_all_downwards(void) {
  fopen(path, "r");
  open(path, O_RDONLY);
  for (int fd = 255; fd > 2; --fd)
    close(fd);
}
static void close_all_there_are(void) {
  for (int i = 0; i < 30; ++i)
    open(path, O_RDONLY);
  for (int fd = 3; fd < 40; ++fd)
    if (close(fd) != 0 && errno != EBADF)
      abort();
}
static void close_what_is_listed(void) {
  dup2(0, 40);
  dup2(0, 50);
  DIR *d = opendir("/proc/self/fd");
  for (struct dirent *entry; (entry = readdir(d));) {
    int fd = atoi(entry->d_name);
    if (fd > 2 && fd != dirfd(d))
      close(fd);
  }
  closedir(d);
}

static void replace_standard(void) {
  int saved = dup(1), null = open("/dev/null", O_RDWR);
  dup2(null, 1);
  close(null);
  dup2(saved, 1);
  close(saved);
  // Number 0 is given to whoever opens next.
  close(0);
  if (open("/dev/null", O_RDONLY) != 0)
    abort();
}

static void two_streams_of_a_socket(void) {
  int fd = open("/dev/null", O_RDWR);
  FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
  fclose(in);
  fclose(out);
}

static void closes_and_forgets(void) {
  int fd = open(path, O_RDONLY);
  close(fd);
  fd = -1;
  close(fd);
}

static void standard_ones_at_the_end(void) {
  if (fork() == 0) {
    close(0), close(1), close(2);
    _exit(0);
  }
  wait(NULL);
}

static int from_the_handler;
static void opens(int number) {
  (void)number;
  int fd = open(path, O_RDONLY);
  from_the_handler = dup(fd);
  close(fd);
}
static void signals(void) {
  signal(SIGUSR1, opens);
  for (int i = 0; i < 1000; ++i) {
    raise(SIGUSR1);
    close(from_the_handler);
  }
}

int main(void) {
  close_all_upwards();
  close_all_downwards();
  close_all_there_are();
  close_what_is_listed();
  replace_standard();
  two_streams_of_a_socket();
  closes_and_forgets();
  standard_ones_at_the_end();
  signals();
  return 0;
}
