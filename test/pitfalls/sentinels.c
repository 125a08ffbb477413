// How a program asks whether a handle is valid, and what it does if it is not: `> -1`,
// `freopen`, `dlopen`, `MAP_FAILED`, cleanup by goto. Each was reported where it was right.
// RUN: %check_handrail %s
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int above_minus_one(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd > -1) {
    close(fd);
    return 0;
  }
  return -1;
}

int bit_not(const char *path) {
  int fd = open(path, O_RDONLY);
  if (!~fd)
    return -1;
  close(fd);
  return 0;
}

int compared_from_the_left(const char *path) {
  int fd;
  if (-1 != (fd = open(path, O_RDONLY))) {
    close(fd);
    return 0;
  }
  return 1;
}

// Nothing was opened on the way out.
int failed(const char *path) {
  FILE *f = fopen(path, "r");
  if (f == NULL) {
    perror(path);
    return -1;
  }
  fclose(f);
  return 0;
}

// Zero is a descriptor, too.
int above_zero(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd > 0) {
    close(fd);
    return 0;
  }
  return -1; // FIXME: missing-close; 0 is nobody's to close, so nothing says that it was opened
}

int above_minus_one_wrong(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd > -1)
    return 0; // expect: missing-close
  return -1;
}

int redirected(const char *path) {
  if (!freopen(path, "w", stdout))
    return -1;
  puts("there");
  return 0;
}

FILE *reopened(FILE *f, const char *path) {
  FILE *g = freopen(path, "r", f);
  if (!g)
    return NULL;
  return g;
}

int reopened_and_closed(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  f = freopen(path, "w", f);
  if (!f)
    return -1;
  fputs("x", f);
  return fclose(f);
}

int reopened_and_lost(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  f = freopen(path, "w", f);
  if (!f)
    return -1;
  return fputs("x", f); // expect: missing-close
}

int library(const char *path) {
  void *lib = dlopen(path, RTLD_NOW);
  if (!lib) {
    fputs(dlerror(), stderr);
    return -1;
  }
  int (*start)(void) = (int (*)(void))dlsym(lib, "start");
  int result = start ? start() : -1;
  dlclose(lib);
  return result;
}

int library_wrong(const char *path) {
  void *lib = dlopen(path, RTLD_NOW);
  if (!lib)
    return -1;
  if (!dlsym(lib, "start"))
    return -1; // expect: missing-close
  dlclose(lib);
  return 0;
}

// NULL before it was mapped, MAP_FAILED if that did not work.
int mapped(int fd, size_t n, int wanted) {
  char *p = NULL;
  int first = -1;
  if (wanted)
    p = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
  if (p && p != MAP_FAILED)
    first = p[0];
  if (p != NULL && p != MAP_FAILED)
    munmap(p, n);
  return first;
}

int mapped_wrong(int fd, size_t n) {
  char *p = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
  if (!p)
    return -1;
  if (p == MAP_FAILED)
    return -1;
  return p[0]; // expect: missing-close
}

int cleaned_by_goto(const char *in, const char *out) {
  int result = -1, to = -1;
  char *buffer = NULL;
  int from = open(in, O_RDONLY);
  if (from < 0)
    goto none;
  to = open(out, O_WRONLY | O_CREAT, 0600);
  if (to < 0)
    goto close_from;
  buffer = malloc(4096);
  if (!buffer)
    goto close_to;
  result = 0;
  free(buffer);
close_to:
  close(to);
close_from:
  close(from);
none:
  return result;
}

int cleaned_by_goto_wrong(const char *in, const char *out) {
  int result = -1, to = -1;
  char *buffer = NULL;
  int from = open(in, O_RDONLY);
  if (from < 0)
    goto none;
  to = open(out, O_WRONLY | O_CREAT, 0600);
  if (to < 0)
    goto close_from;
  buffer = malloc(4096);
  if (!buffer)
    goto close_from;
  result = 0;
  free(buffer);
  close(to);
close_from:
  close(from);
none:
  return result; // expect: missing-close: 'to'
}
