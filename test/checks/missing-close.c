// RUN: %check_handrail %s
// RUN: %check_tidy %s
typedef struct FILE FILE;
typedef unsigned long size_t;
int open(const char *path, int flags, ...);
int close(int fd);
long read(int fd, void *buffer, size_t size);
int dup2(int from, int to);
FILE *fopen(const char *path, const char *mode);
FILE *fdopen(int fd, const char *mode);
int fclose(FILE *f);
int getc(FILE *f);
void *malloc(size_t size);
void free(void *p);
void unknown(int fd);

int error_path(const char *path, char *out) {
  int fd = open(path, 0); // note: file descriptor opened here by 'open'
  if (fd < 0)
    return -1;
  if (read(fd, out, 16) != 16) // note: assuming 'read()' is not 16
    return -1; // expect: missing-close: file descriptor 'fd' opened by 'open' is never closed on this path
  close(fd);
  return 0;
}

int error_path_right(const char *path, char *out) {
  int result = -1;
  int fd = open(path, 0);
  if (fd < 0)
    return -1;
  if (read(fd, out, 16) != 16)
    goto out;
  result = 0;
out:
  close(fd);
  return result;
}

void overwritten(const char *a, const char *b) {
  FILE *f = fopen(a, "r");
  if (!f)
    return;
  f = fopen(b, "r"); // expect: missing-close: 'f' is overwritten here
  if (f)
    fclose(f);
}

void overwritten_right(const char *a, const char *b) {
  FILE *f = fopen(a, "r");
  if (!f)
    f = fopen(b, "r");
  if (f)
    fclose(f);
}

void discarded(const char *path) {
  fopen(path, "w"); // expect: missing-close: result of 'fopen' is discarded
}

int each_turn(const char **paths, int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) {
    FILE *f = fopen(paths[i], "r");
    if (!f)
      continue;
    sum += getc(f);
  } // expect: missing-close
  return sum;
}

int each_turn_right(const char **paths, int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) {
    FILE *f = fopen(paths[i], "r");
    if (!f)
      continue;
    sum += getc(f);
    fclose(f);
  }
  return sum;
}

struct log {
  FILE *stream;
};

void holder_freed(const char *path) {
  struct log *l = malloc(sizeof *l);
  if (!l)
    return;
  l->stream = fopen(path, "a");
  free(l); // expect: missing-close
}

struct log *holder_kept(const char *path) {
  struct log *l = malloc(sizeof *l);
  if (!l)
    return 0;
  l->stream = fopen(path, "a");
  if (!l->stream) {
    free(l);
    return 0;
  }
  return l;
}

// The stream owns the descriptor only when fdopen succeeds.
FILE *half_transfer(const char *path) {
  int fd = open(path, 0);
  if (fd < 0)
    return 0;
  return fdopen(fd, "r"); // expect: missing-close
}

FILE *transfer_right(const char *path) {
  int fd = open(path, 0);
  if (fd < 0)
    return 0;
  FILE *f = fdopen(fd, "r");
  if (!f)
    close(fd);
  return f;
}

// Made by one function of the file, lost by another.
static int acquire(const char *path, int *out) {
  int fd = open(path, 0);
  if (fd < 0)
    return -1;
  *out = fd;
  return 0;
}

int through_wrapper(const char *path, char *buffer) {
  int fd;
  if (acquire(path, &fd) != 0)
    return -1;
  return read(fd, buffer, 1) == 1; // expect: missing-close
}

int through_wrapper_right(const char *path, char *buffer) {
  int fd;
  if (acquire(path, &fd) != 0)
    return -1;
  int ok = read(fd, buffer, 1) == 1;
  close(fd);
  return ok;
}

void standard_streams(void) {
  int fd = open("/dev/null", 2);
  if (fd < 0)
    return;
  dup2(fd, 0);
  dup2(fd, 1);
  if (fd > 2)
    close(fd);
}

// FIXME: limit: a function without a body may keep what it is given.
void kept_by_unknown(const char *path) {
  int fd = open(path, 0);
  if (fd >= 0)
    unknown(fd);
}
