// Variables with a cleanup function, and helpers that take the value out of them. Tools
// that do not run cleanup functions report every return behind such a variable.
// RUN: %check_handrail %s -- -std=gnu11
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static inline void closep(int *fd) {
  if (*fd >= 0)
    close(*fd);
}

static inline void fclosep(FILE **f) {
  if (*f)
    fclose(*f);
}

#define auto_close __attribute__((cleanup(closep)))
#define auto_fclose __attribute__((cleanup(fclosep)))

#define TAKE_FD(fd)                                                                                \
  ({                                                                                               \
    int *taken = &(fd);                                                                            \
    int value = *taken;                                                                            \
    *taken = -1;                                                                                   \
    value;                                                                                         \
  })

static inline int steal_fd(int *fd) {
  int value = *fd;
  *fd = -1;
  return value;
}

static inline void *steal_pointer_(void *where) {
  void **p = where, *value = *p;
  *p = NULL;
  return value;
}
#define steal_pointer(p) ((__typeof__(*(p)))steal_pointer_(p))

int verify(int fd); // in another file, like the next
int worth_it(const char *path);

// Many ways out, and the same function runs on each.
int many_returns(const char *path, char *buffer, size_t size) {
  auto_close int fd = -1;
  if (!worth_it(path))
    return 0;
  fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  for (int i = 0; i < 3; i++) {
    ssize_t n = read(fd, buffer, size);
    if (n < 0)
      return -1;
    if (n > 0)
      return (int)n;
  }
  return 0;
}

// The variable is reused, and the first descriptor is not closed by the second's cleanup.
int many_returns_wrong(const char *path, const char *other) {
  auto_close int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (!worth_it(path))
    fd = open(other, O_RDONLY); // expect: missing-close
  return fd < 0 ? -1 : 0;
}

// What is handed to the caller is not closed on the way out.
int taken(const char *path) {
  auto_close int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (lseek(fd, 0, SEEK_END) < 0)
    return -1;
  return TAKE_FD(fd);
}

int stolen(const char *path) {
  auto_close int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (lseek(fd, 0, SEEK_END) < 0)
    return -1;
  return steal_fd(&fd);
}

// Taken out, and nobody closes it.
int stolen_wrong(const char *path) {
  auto_close int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  int mine = steal_fd(&fd);
  if (lseek(mine, 0, SEEK_END) < 0)
    return -1; // expect: missing-close
  return mine;
}

// Closed by hand as well as by the cleanup.
int closed_by_hand(const char *path) {
  auto_close int fd = open(path, O_RDONLY); // expect: double-close: when 'closep' is called
  if (fd < 0)
    return -1;
  close(fd);
  return 0;
}

int closed_by_hand_and_reset(const char *path) {
  auto_close int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  close(fd);
  fd = -1;
  return 0;
}

// A stream takes the descriptor over, and one cleanup takes the other's place.
FILE *stream(const char *path) {
  auto_close int fd = -1;
  auto_fclose FILE *f = NULL;
  fd = open(path, O_RDONLY);
  if (fd < 0)
    return NULL;
  f = fdopen(fd, "r");
  if (!f)
    return NULL;
  fd = -1;
  if (getc(f) == EOF)
    return NULL;
  return steal_pointer(&f);
}

// The descriptor is still in its variable when the stream has it.
int stream_wrong(const char *path) {
  auto_close int fd = open(path, O_RDONLY); // expect: double-close: when 'closep' is called
  if (fd < 0)
    return -1;
  auto_fclose FILE *f = fdopen(fd, "r");
  if (!f)
    return -1;
  return getc(f);
}

// A scope of its own in a loop: closed in each turn, also by continue and break.
int in_a_loop(const char **paths) {
  int n = 0;
  for (; *paths; paths++) {
    auto_close int fd = open(*paths, O_RDONLY);
    if (fd < 0)
      continue;
    if (lseek(fd, 0, SEEK_END) == 0)
      break;
    n++;
  }
  return n;
}

// The variable lives longer than the loop's turns.
int in_a_loop_wrong(const char **paths) {
  auto_close int fd = -1;
  int n = 0;
  for (; *paths; paths++) {
    fd = open(*paths, O_RDONLY); // expect: missing-close
    if (fd >= 0)
      n++;
  }
  return n;
}

// Set through an out-parameter before it is checked.
static int open_into(const char *path, int *out) {
  auto_close int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  *out = TAKE_FD(fd);
  return 0;
}

int through_pointer(const char *path) {
  auto_close int fd = -1;
  if (open_into(path, &fd) < 0)
    return -1;
  return lseek(fd, 0, SEEK_END) == 0;
}

int through_pointer_wrong(const char *path) {
  int fd = -1;
  if (open_into(path, &fd) < 0)
    return -1;
  return lseek(fd, 0, SEEK_END) == 0; // expect: missing-close
}
