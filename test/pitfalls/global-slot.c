// A descriptor in a global that another function closes and sets to -1. Tools that look at
// one function at a time report the first as a leak, or the second as a double close.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <unistd.h>

static int device = -1;

int device_open(const char *path) {
  if (device != -1)
    return 0;
  device = open(path, O_RDWR);
  return device < 0 ? -1 : 0;
}

void device_close(void) {
  if (device == -1)
    return;
  close(device);
  device = -1;
}

int device_restart(const char *path) {
  device_close();
  device_close();
  return device_open(path);
}

// Opened over what may be open.
static void device_close_wrong(void) {
  if (device == -1)
    return;
  close(device);
}

void twice_wrong(const char *path) {
  device = open(path, O_RDWR);
  if (device < 0)
    return;
  device_close_wrong();
  device_close_wrong(); // expect: double-close
}

void lost(const char *path) {
  device = open(path, O_RDWR);
  if (device < 0)
    return;
  device = -1; // expect: missing-close
}
