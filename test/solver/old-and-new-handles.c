// What a new handle cannot be: one of those that were there before, or an invalid one.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *input(const char *name) {
  if (strcmp(name, "-"))
    return fopen(name, "r");
  return stdin;
}

// What was opened is not stdin.
int not_stdin(const char *name) {
  char line[80];
  FILE *f = input(name);
  if (!f)
    return -1;
  while (fgets(line, sizeof line, f))
    ;
  if (f != stdin)
    fclose(f);
  return 0;
}

// Only stdin is closed.
int only_stdin(const char *name) {
  char line[80];
  FILE *f = input(name);
  if (!f)
    return -1;
  while (fgets(line, sizeof line, f))
    ;
  if (f == stdin)
    fclose(f);
  return 0; // expect: missing-close
}

struct probe {
  int fd;
};

unsigned probe_number(struct probe *p); // in another file; may write *p

// What the unknown call left in p->fd is older than what open returns.
int not_the_old_one(struct probe *p, const char *path, struct stat *st) {
  int fd, result;
  if (!probe_number(p))
    return -1;
  if (!path)
    fd = p->fd;
  else if ((fd = open(path, O_RDONLY)) < 0)
    return -1;
  result = fstat(fd, st);
  if (fd != p->fd)
    close(fd);
  return result;
}

// Only the old one is closed.
int the_new_one(struct probe *p, const char *path, struct stat *st) {
  int fd, result;
  if (!probe_number(p))
    return -1;
  if (!path)
    fd = p->fd;
  else if ((fd = open(path, O_RDONLY)) < 0)
    return -1;
  result = fstat(fd, st);
  if (fd == p->fd)
    close(fd);
  return result; // expect: missing-close
}

// Both conditions hold for the new one.
int the_new_one_twice(struct probe *p, const char *path, struct stat *st) {
  int fd, result;
  if (!probe_number(p))
    return -1;
  if (!path)
    fd = p->fd;
  else if ((fd = open(path, O_RDONLY)) < 0)
    return -1;
  result = fstat(fd, st);
  if (path)
    close(fd);
  if (fd != p->fd)
    close(fd); // expect: double-close
  return result;
}

// No mapping is NULL.
static char *view(int fd, size_t n) {
  if (n == 0)
    return NULL;
  char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
  if (p == MAP_FAILED)
    exit(1);
  return p;
}

// Nothing was mapped where the result is NULL.
int null_is_no_mapping(int fd, size_t n) {
  char *p = view(fd, n);
  if (!p)
    return -1;
  int first = p[0];
  munmap(p, n);
  return first;
}

// The early return has a mapping.
int mapping_kept(int fd, size_t n) {
  char *p = view(fd, n);
  if (!p)
    return -1;
  if (p[0] == '#')
    return -1; // expect: missing-close
  int first = p[0];
  munmap(p, n);
  return first;
}

// A glob that fails frees nothing, and what it left may be freed again.
void each_pattern(const char **names) {
  glob_t found;
  for (; *names; names++) {
    if (glob(*names, 0, NULL, &found) != 0) {
      globfree(&found);
      continue;
    }
    globfree(&found);
  }
}

void each_pattern_wrong(const char **names) {
  glob_t found;
  for (; *names; names++) {
    if (glob(*names, 0, NULL, &found) != 0)
      continue;
    globfree(&found);
    globfree(&found); // expect: double-close
  }
}

// What was accessed through a pointer was not null, whatever is asked afterwards.
struct connection {
  int fd;
};

static void hang_up(struct connection *c) {
  if (c && c->fd != -1) {
    close(c->fd);
    c->fd = -1;
  }
}

int dial(struct connection *c, const char **paths) {
  for (; *paths; paths++) {
    int fd = open(*paths, O_RDWR);
    if (fd == -1)
      continue;
    c->fd = fd;
    if (write(fd, "", 1) == 1)
      return 0;
    hang_up(c);
  }
  return -1;
}

int dial_wrong(struct connection *c, const char **paths) {
  for (; *paths; paths++) {
    int fd = open(*paths, O_RDWR);
    if (fd == -1)
      continue;
    c->fd = fd; // expect: missing-close
    if (write(fd, "", 1) == 1)
      return 0;
  }
  return -1;
}

int another_descriptor(void); // in another file

// The copy was opened before the original was closed, so they differ.
int compared_after_close(int in_place, char *to) {
  int original = another_descriptor(), fd = original;
  if (!in_place) {
    fd = another_descriptor();
    close(original);
  }
  if (fd != original)
    read(fd, to, 1);
  return close(fd);
}

int closed_twice_in_place(int fd) {
  int original = fd;
  close(original);
  return close(fd); // expect: double-close
}

// What was open while its equal was closed was closed with it.
int put_in_place(const char *path, int place) {
  int fd = open(path, O_RDWR);
  if (fd < 0)
    return -1;
  close(place);
  if (fd != place) {
    dup2(fd, place);
    close(fd);
  }
  return 0;
}

int put_in_place_wrong(const char *path, int place) {
  int fd = open(path, O_RDWR);
  if (fd < 0)
    return -1;
  close(place);
  if (fd != place)
    dup2(fd, place);
  return 0; // expect: missing-close
}

// Opened after the other was closed, it may have got the number.
int put_in_place_late_wrong(const char *path, int place) {
  close(place);
  int fd = open(path, O_RDWR);
  if (fd < 0)
    return -1;
  if (fd != place)
    return 0; // expect: missing-close
  close(fd);
  return 0;
}

// Two that were open at the same time are two numbers, also when one is closed by now.
int two_at_once(const char *a, const char *b) {
  int from = open(a, O_RDONLY);
  if (from < 0)
    return -1;
  int to = open(b, O_RDWR);
  if (to < 0) {
    close(from);
    return -1;
  }
  char c = 0;
  close(from);
  if (to != from)
    unlink(a);
  write(to, &c, 1);
  return close(to);
}

int one_after_the_other(const char *a, const char *b) {
  int from = open(a, O_RDONLY);
  if (from < 0)
    return -1;
  close(from);
  int to = open(b, O_RDWR);
  if (to < 0)
    return -1;
  if (to == from)
    return 0; // expect: missing-close
  return close(to);
}
