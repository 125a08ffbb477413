// A hash shares its parts so often that its value, written out, has no end.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <unistd.h>

#define MIX(h) ((h) ^ ((h) << 5) ^ ((h) >> 3))

static unsigned mixed(unsigned seed) {
  unsigned h = seed;
  h = MIX(h), h = MIX(h), h = MIX(h), h = MIX(h);
  h = MIX(h), h = MIX(h), h = MIX(h), h = MIX(h);
  h = MIX(h), h = MIX(h), h = MIX(h), h = MIX(h);
  h = MIX(h), h = MIX(h), h = MIX(h), h = MIX(h);
  h = MIX(h), h = MIX(h), h = MIX(h), h = MIX(h);
  return h;
}

int checked(const char *name, unsigned seed) {
  unsigned h = mixed(seed);
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  h = MIX(h), h = MIX(h), h = MIX(h), h = MIX(h);
  if (h & 1)
    return 1; // expect: missing-close: 'fd'
  close(fd);
  return 0;
}
