// Programs that bring a sanitizer's runtime, which has functions of libc of its own.
//
// REQUIRES: sanitizer-runtimes
// RUN: %clang -g -fsanitize=address %s -o %t -pthread && %check_run --status=3 %s --kinds=file -- %t
// RUN: %clang -g -fsanitize=thread %s -o %t -pthread && %check_run --status=3 %s --kinds=file -- %t
// RUN: %clang -g -fsanitize=undefined %s -o %t -pthread && %check_run --status=3 %s --kinds=file -- %t
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *other(void *p) {
  char byte;
  int fd = open("/etc/passwd", O_RDONLY); // leak: file
  read(fd, &byte, 1);
  close(open("/etc/passwd", O_RDONLY));
  return p;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, other, NULL);
  pthread_join(t, NULL);
  FILE *f = fopen("/etc/passwd", "r");
  free(malloc((size_t)fgetc(f)));
  fclose(f);
  return 3;
}
