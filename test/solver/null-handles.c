// Null pointers: no path goes on behind them, and no handle is one.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <unistd.h>

// With a null stream the program ends in fscanf: what is lost behind it is not lost.
long unchecked(const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return 0;
  long n = 0;
  FILE *f = fdopen(fd, "r");
  int count = fscanf(f, "%ld", &n); // expect: unchecked-handle
  fclose(f);
  return count < 1 ? 0 : n;
}

long checked_too_late(const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return 0;
  long n = 0;
  FILE *f = fdopen(fd, "r");
  if (!f)
    return 0; // expect: missing-close: 'fd'
  if (fscanf(f, "%ld", &n) < 1)
    n = 0;
  fclose(f);
  return n;
}

// The failure of iconv_open is -1, and its success is never null.
int converter(const char *from, const char *to) {
  iconv_t cd = iconv_open(to, from);
  if (cd == (iconv_t)-1)
    return -1;
  if (cd)
    iconv_close(cd);
  return 0;
}

int converter_forgotten(const char *from, const char *to, int keep) {
  iconv_t cd = iconv_open(to, from);
  if (cd == (iconv_t)-1)
    return -1;
  if (cd && !keep)
    iconv_close(cd);
  return 0; // expect: missing-close: 'cd'
}
