// A handle that is open when the process ends is closed by that. Tools report every main().
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void usage(void) {
  fputs("usage\n", stderr);
  exit(2);
}

void checked(const char *path, int argc) {
  int fd = open(path, O_RDONLY);
  if (fd < 0 || argc < 2)
    usage();
  if (lseek(fd, 0, SEEK_END) < 0) {
    perror(path);
    exit(1);
  }
  close(fd);
}

// This one returns.
void checked_wrong(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    usage();
  if (lseek(fd, 0, SEEK_END) < 0) {
    perror(path);
    return; // expect: missing-close
  }
  close(fd);
}

// A function of the same program that is called more than once.
static int lines(const char *path) {
  FILE *f = fopen(path, "r");
  int n = 0, c;
  if (!f)
    return -1;
  while ((c = getc(f)) != EOF)
    n += c == '\n';
  return n; // expect: missing-close
}

int main(int argc, char **argv) {
  FILE *log = fopen("log", "a");
  int fd = open(argv[0], O_RDONLY);
  if (!log || fd < 0)
    return 1;
  fprintf(log, "%d\n", lines(argv[argc - 1]));
  return 0;
}
