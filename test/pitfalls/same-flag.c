// One flag decides over opening and over closing, with library calls in between. Tools
// that let any call change any global see the two tests disagree.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int verbose;             // of the whole program
static int quiet;        // never written
const int keep_logs = 1; // never can be

int global_flag(const char *path) {
  FILE *log = NULL;
  char line[64];
  if (verbose)
    log = fopen(path, "a");
  snprintf(line, sizeof line, "%ld", (long)time(NULL));
  puts(line);
  if (verbose && log)
    fclose(log);
  return (int)strlen(line);
}

// Opened under one flag and closed under two.
int global_flag_wrong(const char *path) {
  FILE *log = NULL;
  if (verbose)
    log = fopen(path, "a");
  puts(path);
  if (verbose && path[0] && log)
    fclose(log);
  return 0; // expect: missing-close
}

int never_written(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (quiet)
    return 0;
  close(fd);
  return 0;
}

int constant(const char *path) {
  int fd = -1;
  if (keep_logs)
    fd = open(path, O_WRONLY);
  if (fd < 0)
    return -1;
  if (keep_logs)
    close(fd);
  return 0;
}

int constant_wrong(const char *path) {
  int fd = -1;
  if (keep_logs)
    fd = open(path, O_WRONLY);
  if (fd < 0)
    return -1;
  if (!keep_logs)
    close(fd);
  return 0; // expect: missing-close
}

// A parameter, tested again after library calls.
int parameter(const char *path, int use_stdin) {
  struct stat st;
  int fd = use_stdin ? 0 : open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (fstat(fd, &st) < 0)
    st.st_size = 0;
  printf("%ld\n", (long)st.st_size);
  if (!use_stdin)
    close(fd);
  return 0;
}

int parameter_wrong(const char *path, int use_stdin) {
  struct stat st;
  int fd = use_stdin ? 0 : open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (fstat(fd, &st) < 0)
    return -1; // expect: missing-close
  if (!use_stdin)
    close(fd);
  return 0;
}
