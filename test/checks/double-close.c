// RUN: %check_handrail %s
// RUN: %check_tidy %s
typedef struct FILE FILE;
int open(const char *path, int flags, ...);
int close(int fd);
FILE *fopen(const char *path, const char *mode);
FILE *fdopen(int fd, const char *mode);
int fclose(FILE *f);
int fputs(const char *text, FILE *f);

int falls_through(const char *path) {
  FILE *f = fopen(path, "w");
  if (!f)
    return -1;
  if (fputs("x", f) < 0)
    fclose(f); // note: closed here by 'fclose'
  return fclose(f); // expect: double-close: 'f' opened by 'fopen' is already closed when 'fclose' is called on it
}

int falls_through_right(const char *path) {
  FILE *f = fopen(path, "w");
  if (!f)
    return -1;
  if (fputs("x", f) < 0) {
    fclose(f);
    return -1;
  }
  return fclose(f);
}

void alias(const char *path) {
  int fd = open(path, 0);
  if (fd < 0)
    return;
  int other = fd;
  close(fd);
  close(other); // expect: double-close
}

void of_parameter(int fd) {
  close(fd);
  close(fd); // expect: double-close
}

void reset_between(const char *a, const char *b) {
  int fd = open(a, 0);
  if (fd < 0)
    return;
  close(fd);
  fd = open(b, 0);
  if (fd >= 0)
    close(fd);
}

static void drop(FILE *f) { fclose(f); }

void in_helper(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  drop(f);
  fclose(f); // expect: double-close
}

void by_flag(const char *path, int early) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  if (early)
    fclose(f);
  if (!early)
    fclose(f);
}

// The stream and its descriptor are one handle.
void stream_and_descriptor(const char *path) {
  int fd = open(path, 0);
  if (fd < 0)
    return;
  FILE *f = fdopen(fd, "r");
  if (!f) {
    close(fd);
    return;
  }
  fclose(f);
  close(fd); // expect: double-close
}

struct peer {
  int fd;
};

void sentinel(struct peer *p) {
  if (p->fd >= 0) {
    close(p->fd);
    p->fd = -1;
  }
  if (p->fd >= 0)
    close(p->fd);
}
