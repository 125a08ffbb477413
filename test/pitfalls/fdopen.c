// A descriptor belongs to the stream only if making the stream succeeded. Tools let
// fdopen take it in any case and miss the leak, or never and report every stream.
// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

FILE *made(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  FILE *f = fdopen(fd, "r");
  if (!f)
    close(fd);
  return f;
}

FILE *made_wrong(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  return fdopen(fd, "r"); // expect: missing-close
}

FILE *made_in_place(const char *path) {
  return fdopen(open(path, O_RDONLY), "r"); // expect: missing-close
}

// errno is saved over the close.
DIR *listed(int dir, const char *name) {
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
  if (fd < 0)
    return NULL;
  DIR *d = fdopendir(fd);
  if (!d) {
    int saved = errno;
    close(fd);
    errno = saved;
    return NULL;
  }
  return d;
}

DIR *listed_wrong(int dir, const char *name) {
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
  if (fd < 0)
    return NULL;
  DIR *d = fdopendir(fd);
  if (!d)
    return NULL; // expect: missing-close
  return d;
}

// One error path for both, closing whatever there is.
int counted(const char *path) {
  int lines = -1, c, fd = -1;
  FILE *f = NULL;
  if ((fd = open(path, O_RDONLY)) < 0)
    goto out;
  if ((f = fdopen(fd, "r")) == NULL)
    goto out;
  fd = -1;
  lines = 0;
  while ((c = getc(f)) != EOF)
    lines += c == '\n';
out:
  if (f)
    fclose(f);
  if (fd >= 0)
    close(fd);
  return lines;
}

// The number is still there when the stream has been closed with it.
int counted_wrong(const char *path) {
  int lines = -1, c, fd = -1;
  FILE *f = NULL;
  if ((fd = open(path, O_RDONLY)) < 0)
    goto out;
  if ((f = fdopen(fd, "r")) == NULL)
    goto out;
  lines = 0;
  while ((c = getc(f)) != EOF)
    lines += c == '\n';
out:
  if (f)
    fclose(f);
  if (fd >= 0)
    close(fd); // expect: double-close
  return lines;
}

// The other way round: the number is closed, and the stream still has it.
int closed_below(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  FILE *f = fdopen(fd, "r");
  if (!f) {
    close(fd);
    return -1;
  }
  int c = getc(f);
  close(fd); // expect: mismatched-close
  return c;  // expect: missing-close: 'f'
}

// A copy for the stream leaves the original to the function.
int copied(int fd) {
  int copy = dup(fd);
  if (copy < 0)
    return -1;
  FILE *f = fdopen(copy, "w");
  if (!f) {
    close(copy);
    return -1;
  }
  fputs("ready\n", f);
  return fclose(f);
}

int copied_wrong(const char *path) {
  int fd = open(path, O_WRONLY);
  if (fd < 0)
    return -1;
  int copy = dup(fd);
  FILE *f = copy < 0 ? NULL : fdopen(copy, "w");
  if (!f) {
    close(fd);
    return -1; // expect: missing-close: 'copy'
  }
  fputs("ready\n", f);
  fclose(f);
  close(fd);
  return 0;
}

// Closed together with what a callee made of it.
static int entries(int fd) {
  DIR *d = fdopendir(fd);
  if (!d) {
    close(fd);
    return -1;
  }
  int n = 0;
  while (readdir(d))
    ++n;
  closedir(d);
  return n;
}

int entries_of(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY);
  return fd < 0 ? -1 : entries(fd);
}

int entries_of_wrong(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY);
  if (fd < 0)
    return -1;
  int n = entries(fd);
  close(fd); // expect: double-close
  return n;
}

// Not closed with it, but when it could not be made.
static int read_first(int fd, int *c) {
  FILE *f = fdopen(fd, "r");
  if (!f)
    return -1;
  *c = fgetc(f);
  fclose(f);
  return 0;
}

int first_of(const char *path) {
  int c = EOF, fd = open(path, O_RDONLY);
  if (fd < 0)
    return EOF;
  if (read_first(fd, &c) < 0)
    close(fd);
  return c;
}

int first_of_wrong(const char *path) {
  int c = EOF, fd = open(path, O_RDONLY);
  if (fd < 0)
    return EOF;
  if (read_first(fd, &c) < 0)
    return EOF; // expect: missing-close
  close(fd);    // expect: double-close
  return c;
}
