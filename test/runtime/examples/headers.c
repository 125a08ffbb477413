/* The examples of the headers for C, as headers.cpp has those of the others. */
#include <handrail/handrail.h>

#include <stdio.h>
#include <string.h>

typedef struct pool pool;
#include "annotations.1.inc"

static int read_bytes;
static void read_from(FILE *f) {
  char text[8];
  read_bytes += (int)fread(text, 1, sizeof text, f);
}
#include "handrail.1.inc"

int main(void) {
#include "handrail.2.inc"
  return !(read_bytes == 5 && hr_last_error()->code == HR_STALE_HANDLE && hr_leak_check() == 0);
}
