// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <assert.h>
#include <err.h>
#include <error.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int ok_exit(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    err(1, "%s", path);
  if (fgetc(f) != 'x')
    exit(1);
  if (fgetc(f) != 'y')
    errx(1, "no y");
  if (fgetc(f) != 'z')
    error(EXIT_FAILURE, 0, "no z");
  if (fgetc(f) == EOF)
    _exit(2);
  return fclose(f);
}

int error_with_zero_returns(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f) {
    error(0, errno, "%s", path);
    return -1;
  }
  if (fgetc(f) != 'x') {
    error(0, 0, "no x");
    return -1; // expect: missing-close: 'f'
  }
  return fclose(f);
}

void ok_assert(const char *path) {
  FILE *f = fopen(path, "r");
  assert(f);
  fgetc(f);
  fclose(f);
}

int exec_returns_when_it_fails(char **argv) {
  int log = open("log", O_WRONLY);
  if (log < 0)
    return -1;
  execvp(argv[0], argv);
  return -1; // expect: missing-close: 'log'
}

int ok_fork(char **argv) {
  int ends[2];
  if (pipe(ends) < 0)
    return -1;
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    execvp(argv[0], argv);
    _exit(127);
  }
  close(ends[1]);
  close(ends[0]);
  return child;
}

int leak_when_fork_fails(void) {
  int ends[2];
  if (pipe(ends) < 0)
    return -1;
  close(ends[0]);
  pid_t child = fork();
  if (child < 0)
    return -1; // expect: missing-close
  close(ends[1]);
  return child;
}

static jmp_buf back;
void ok_longjmp(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    longjmp(back, 1);
  close(fd);
}
