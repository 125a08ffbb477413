// Descriptors 0 to 2 are nobody's to close, and a program that closed one of them
// gets it back with the next open.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <unistd.h>

void die(const char *why) __attribute__((noreturn));

void refill(const char *path) {
  close(0);
  open(path, O_RDONLY);
}

// It got one number back; the second descriptor is another.
void refill_once(const char *path) {
  close(0);
  open(path, O_RDONLY);
  open(path, O_RDONLY); // expect: missing-close
}

void refill_of_another_number(const char *path) {
  close(7);
  open(path, O_RDONLY); // expect: missing-close
}

// The result is compared, not discarded.
void outputs(void) {
  close(1);
  close(2);
  if (dup(0) != 1 || dup(0) != 2)
    die("dup");
}

void must_be_first(const char *path) {
  if (open(path, O_RDONLY) != 0)
    die("open");
}

int some_number(const char *path) {
  if (open(path, O_RDONLY) != 7) // expect: missing-close
    return -1;
  return 0;
}

// A program that may have been started without them.
int check_standard(void) {
  int ends[2];
  while (fcntl(0, F_GETFD) == -1 || fcntl(1, F_GETFD) == -1 || fcntl(2, F_GETFD) == -1)
    if (pipe(ends))
      return -1;
  return 0;
}
