// Where a handle is lost is where the report stands, not the next statement that happens
// to look at it, nor the end of the function.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int overwritten(const char *a, const char *b) {
  int fd = open(a, O_RDONLY); // note: opened here
  if (fd < 0)
    return -1;
  fd = open(b, O_RDONLY); // expect: missing-close: overwritten here
  puts("opened");
  if (fd >= 0)
    close(fd);
  return 0;
}

int overwritten_after_close(const char *a, const char *b) {
  int fd = open(a, O_RDONLY);
  if (fd < 0)
    return -1;
  close(fd);
  fd = open(b, O_RDONLY);
  puts("opened");
  if (fd >= 0)
    close(fd);
  return 0;
}

int end_of_scope(const char *name, int n) {
  if (n) {
    FILE *f = fopen(name, "r");
    if (f)
      n = getc(f);
  } // expect: missing-close
  puts(name);
  return n;
}

int end_of_scope_closed(const char *name, int n) {
  if (n) {
    FILE *f = fopen(name, "r");
    if (f) {
      n = getc(f);
      fclose(f);
    }
  }
  puts(name);
  return n;
}

int early_return(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  if (getc(f) == '#')
    return 0; // expect: missing-close
  fclose(f);
  return 1;
}
