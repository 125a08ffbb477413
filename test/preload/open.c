// The functions that open files, under the names that a program calls them by. Each is
// called twice, and the second descriptor is closed.
//
// RUN: %clang -g %s -o %t && %check_run %s -- %t %t.tmp
// RUN: %clang -g -O2 -D_FORTIFY_SOURCE=2 -D_FILE_OFFSET_BITS=64 %s -o %t
// RUN: %check_run %s -- %t %t.tmp
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __x86_64__
int __open_2(const char *, int);
int __open64_2(const char *, int);
int __openat_2(int, const char *, int);
int __openat64_2(int, const char *, int);
#endif

static char name[4096];
static const char *folder;
static char *fresh(const char *end) {
  snprintf(name, sizeof name, "%s%s", folder, end);
  return name;
}
static int checked(int fd) {
  if (fd < 3)
    abort();
  return fd;
}

int main(int argc, char **argv) {
  const char *path = "/etc/passwd";
  volatile int flags = O_RDONLY; // not known to the compiler: the name with a 2
  folder = argc > 1 ? argv[1] : "/tmp/handrail";
  checked(open(path, O_RDONLY)); // leak: file
  close(checked(open(path, O_RDONLY)));
  checked(open(path, flags)); // leak: file
  close(checked(open(path, flags)));
  checked(open64(path, O_RDONLY)); // leak: file
  close(checked(open64(path, O_RDONLY)));
  checked(openat(AT_FDCWD, path, flags)); // leak: file
  close(checked(openat(AT_FDCWD, path, flags)));
  checked(openat64(AT_FDCWD, path, O_RDONLY)); // leak: file
  close(checked(openat64(AT_FDCWD, path, O_RDONLY)));
  checked(__open_2(path, flags)); // leak: file
  close(checked(__open_2(path, flags)));
  checked(__open64_2(path, flags)); // leak: file
  close(checked(__open64_2(path, flags)));
  checked(__openat_2(AT_FDCWD, path, flags)); // leak: file
  close(checked(__openat_2(AT_FDCWD, path, flags)));
  checked(__openat64_2(AT_FDCWD, path, flags)); // leak: file
  close(checked(__openat64_2(AT_FDCWD, path, flags)));
  checked(open("/", O_RDONLY | O_DIRECTORY)); // leak: dir-fd
  close(checked(open("/", O_RDONLY | O_DIRECTORY)));
  checked(open(fresh("1"), O_RDWR | O_CREAT, 0600)); // leak: file
  unlink(name);
  close(checked(open(fresh("2"), O_RDWR | O_CREAT, 0600)));
  unlink(name);
  int unnamed = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  if (unnamed >= 0) // some file systems cannot
    close(unnamed);
  checked(creat(fresh("3"), 0600)); // leak: file
  close(checked(creat(name, 0600)));
  checked(creat64(name, 0600)); // leak: file
  close(checked(creat64(name, 0600)));
  unlink(name);

  checked(mkstemp(fresh("XXXXXX"))); // leak: file
  unlink(name);
  close(checked(mkstemp(fresh("XXXXXX"))));
  unlink(name);
  checked(mkstemp64(fresh("XXXXXX"))); // leak: file
  unlink(name);
  checked(mkostemp(fresh("XXXXXX"), O_CLOEXEC)); // leak: file
  unlink(name);
  close(checked(mkostemp(fresh("XXXXXX"), O_CLOEXEC)));
  unlink(name);
  checked(mkostemp64(fresh("XXXXXX"), O_CLOEXEC)); // leak: file
  unlink(name);
  checked(mkstemps(fresh("XXXXXX.c"), 2)); // leak: file
  unlink(name);
  close(checked(mkstemps(fresh("XXXXXX.c"), 2)));
  unlink(name);
  checked(mkstemps64(fresh("XXXXXX.c"), 2)); // leak: file
  unlink(name);
  checked(mkostemps(fresh("XXXXXX.c"), 2, 0)); // leak: file
  unlink(name);
  close(checked(mkostemps(fresh("XXXXXX.c"), 2, 0)));
  unlink(name);
  checked(mkostemps64(fresh("XXXXXX.c"), 2, 0)); // leak: file
  unlink(name);

  // What fails makes nothing, and a number that never was one is nobody's.
  if (open("/nowhere/at/all", O_RDONLY) != -1 || close(-1) != -1 || close(500) != -1)
    abort();
  return 0;
}
