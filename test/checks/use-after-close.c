// RUN: %check_handrail %s
// RUN: %check_tidy %s
typedef struct FILE FILE;
typedef unsigned long size_t;
int open(const char *path, int flags, ...);
int close(int fd);
long write(int fd, const void *data, size_t size);
FILE *fopen(const char *path, const char *mode);
int fclose(FILE *f);
int getc(FILE *f);
int ferror(FILE *f);

int asks_too_late(const char *path) {
  FILE *f = fopen(path, "r"); // note: opened here by 'fopen'
  if (!f)
    return -1;
  int c = getc(f);
  fclose(f); // note: closed here by 'fclose'
  return ferror(f) ? -1 : c; // expect: use-after-close: 'f' opened by 'fopen' is used by 'ferror' after it was closed
}

int asks_in_time(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  int c = getc(f);
  if (ferror(f))
    c = -1;
  fclose(f);
  return c;
}

void one_branch(const char *path, int quick) {
  int fd = open(path, 1);
  if (fd < 0)
    return;
  if (quick)
    close(fd);
  write(fd, "x", 1); // expect: use-after-close
  if (!quick)
    close(fd);
}

void one_branch_right(const char *path, int quick) {
  int fd = open(path, 1);
  if (fd < 0)
    return;
  if (quick) {
    close(fd);
    return;
  }
  write(fd, "x", 1);
  close(fd);
}

static void say(FILE *f) { getc(f); }

void in_helper(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  fclose(f);
  say(f); // expect: use-after-close
}

void reopened(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  fclose(f);
  f = fopen(path, "r");
  if (!f)
    return;
  getc(f);
  fclose(f);
}

// The number of a closed descriptor may be compared and printed.
int compared(const char *path) {
  int fd = open(path, 0);
  if (fd < 0)
    return -1;
  close(fd);
  return fd == 3;
}
