// Descriptors that are closed by number, whoever holds them.
// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

// Also what was lost by name before.
void range(const char *path) {
  open(path, O_RDONLY);
  int fd = open(path, O_RDONLY);
  close_range(3, ~0U, 0);
}

void range_in_child(const char *path, char **argv) {
  int fd = open(path, O_RDONLY);
  if (fd < 0 || fork() != 0)
    return; // expect: missing-close: 'fd'
  close_range(3, ~0U, 0);
  execv(path, argv);
}

// What a child closes stays open in its parent.
static int spawn(char **argv) {
  int pid = fork();
  if (pid == 0) {
    close_range(3, ~0U, 0);
    execv(argv[0], argv);
    _exit(127);
  }
  return pid;
}

int spawned(const char *path, char **argv) {
  int fd = open(path, O_RDONLY);
  return fd < 0 ? -1 : spawn(argv); // expect: missing-close: 'fd'
}

void range_before(const char *path) {
  close_range(3, ~0U, 0);
  open(path, O_RDONLY); // expect: missing-close
}

void only_at_exec(const char *path) {
  open(path, O_RDONLY); // expect: missing-close
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

// A loop over all numbers.
static void close_all(int first) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  for (int fd = first; fd < (int)limit.rlim_cur; fd++)
    close(fd);
}

int counted(const char *path) {
  int fd = open(path, O_RDONLY);
  close_all(3);
  return 0;
}

int counted_here(const char *path, int max) {
  int fd = open(path, O_RDONLY);
  for (int n = 0; n < max; n++)
    close(n);
  return 0;
}

int one_by_one(const char *path) {
  int fd = open(path, O_RDONLY);
  close(0);
  close(1);
  close(2);
  return 0; // expect: missing-close: 'fd'
}

// Over those that there are.
static void close_listed(void) {
  DIR *dir = opendir("/proc/self/fd");
  struct dirent *entry;
  if (!dir)
    return;
  while ((entry = readdir(dir)) != NULL) {
    int fd = atoi(entry->d_name);
    if (fd > 2 && fd != dirfd(dir))
      close(fd);
  }
  closedir(dir);
}

int listed(const char *path) {
  int fd = open(path, O_RDONLY);
  close_listed();
  return 0;
}

// A loop over the descriptors that one has is none over all of them.
static void close_some(const int *fds, int n) {
  for (int i = 0; i < n; i++)
    close(fds[i]);
}

int others_closed(const char *path, const int *fds, int n) {
  int fd = open(path, O_RDONLY);
  close_some(fds, n);
  return 0; // expect: missing-close: 'fd'
}
