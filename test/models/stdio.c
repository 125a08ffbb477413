// RUN: %check_handrail %s
// RUN: %check_handrail %s -- -D_FILE_OFFSET_BITS=64
// RUN: %check_handrail %s -- -O2 -D_FORTIFY_SOURCE=2
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int leak(const char *path) {
  char line[80];
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  if (!fgets(line, sizeof line, f))
    return -1; // expect: missing-close: 'f'
  fclose(f);
  return line[0];
}

int ok(const char *path) {
  char line[80];
  FILE *f = fopen(path, "r");
  int result = -1;
  if (f == NULL)
    goto out;
  if (fgets(line, sizeof line, f))
    result = line[0];
out:
  if (f)
    fclose(f);
  return result;
}

void unchecked(const char *path) {
  FILE *f = fopen(path, "w");
  fprintf(f, "x"); // expect: unchecked-handle: 'f'
  fclose(f);
}

void twice(FILE *log) {
  FILE *f = tmpfile();
  if (!f)
    return;
  fclose(f);
  fputs("closed", log);
  fclose(f); // expect: double-close: 'f'
}

int after(void) {
  FILE *f = tmpfile();
  if (!f)
    return -1;
  fclose(f);
  return ferror(f); // expect: use-after-close: 'f'
}

int leak_when_fdopen_fails(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  FILE *f = fdopen(fd, "r");
  if (!f)
    return -1; // expect: missing-close: 'fd'
  fclose(f);
  return 0;
}

int ok_fdopen(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  FILE *f = fdopen(fd, "r");
  if (!f) {
    close(fd);
    return -1;
  }
  fclose(f);
  return 0;
}

int ok_fileno_is_borrowed(void) {
  FILE *f = tmpfile();
  if (!f)
    return -1;
  int fd = fileno(f);
  if (ftruncate(fd, 0) < 0)
    perror("ftruncate");
  return fclose(f);
}

int ok_freopen(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  if (!freopen(path, "w", f))
    return -1;
  return fclose(f);
}

void ok_freopen_of_a_standard_stream(void) {
  if (!freopen("/dev/null", "w", stdout))
    exit(1);
}

int wrong_end(const char *command) {
  FILE *p = popen(command, "r");
  if (!p)
    return -1;
  return fclose(p); // expect: mismatched-close: 'p'
}

int ok_popen(const char *command) {
  char line[80];
  FILE *p = popen(command, "r");
  if (!p)
    return -1;
  while (fgets(line, sizeof line, p))
    puts(line);
  return pclose(p);
}

int leak_popen(const char *command) {
  FILE *p = popen(command, "w");
  if (!p)
    return -1;
  fputs("x", p);
  return 0; // expect: missing-close: 'p'
}

int ok_flush_all(void) { return fflush(NULL); }
