// Error codes, assertion macros, and one way out with a status variable.
// RUN: %check_handrail %s
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int check(int fd); // in another file, like the next
void note(const char *format, ...);

#define FAIL(code)                                                                                 \
  do {                                                                                             \
    status = (code);                                                                               \
    goto fail;                                                                                     \
  } while (0)

#define REQUIRE(condition, result)                                                                 \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      note("%s failed", #condition);                                                               \
      return result;                                                                               \
    }                                                                                              \
  } while (0)

#define MUST(condition) ((condition) ? (void)0 : abort())

int status_variable(const char *path, int *out) {
  struct stat st;
  int status = 0, fd = open(path, O_RDONLY);
  if (fd < 0)
    FAIL(-errno);
  if (fstat(fd, &st) < 0)
    FAIL(-errno);
  if (st.st_size == 0)
    FAIL(-EINVAL);
  *out = fd;
  return 0;
fail:
  if (fd >= 0)
    close(fd);
  return status;
}

int status_variable_wrong(const char *path, int *out) {
  struct stat st;
  int status = 0, fd = open(path, O_RDONLY);
  if (fd < 0)
    FAIL(-errno);
  if (fstat(fd, &st) < 0)
    FAIL(-errno);
  *out = fd;
  return 0;
fail:
  return status; // expect: missing-close
}

// Closed on failure alone, and success is what the status says.
int closed_unless_zero(const char *path, int *out) {
  int status, fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  status = check(fd);
  if (status == 0)
    *out = fd;
  if (status)
    close(fd);
  return status;
}

int closed_unless_zero_wrong(const char *path, int *out) {
  int status, fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  status = check(fd);
  if (status == 0)
    *out = fd;
  if (status < 0)
    close(fd);
  return status; // expect: missing-close
}

// The error path is shared by success.
int shared_way_out(const char *path) {
  int status = -1;
  FILE *f = fopen(path, "r");
  if (!f)
    goto out;
  if (getc(f) != '#')
    goto out;
  status = 0;
out:
  if (f)
    fclose(f);
  return status;
}

int shared_way_out_wrong(const char *path) {
  int status = -1;
  FILE *f = fopen(path, "r");
  if (!f)
    goto out;
  if (getc(f) != '#')
    goto out;
  status = 0;
out:
  if (f && status == 0)
    fclose(f);
  return status; // expect: missing-close
}

// A macro that returns.
int required(const char *path) {
  int fd = open(path, O_RDONLY);
  REQUIRE(fd >= 0, -1);
  int n = check(fd);
  close(fd);
  REQUIRE(n > 0, -1);
  return n;
}

int required_wrong(const char *path) {
  int fd = open(path, O_RDONLY);
  REQUIRE(fd >= 0, -1);
  REQUIRE(lseek(fd, 0, SEEK_END) > 0, -1); // expect: missing-close
  close(fd);
  return 0;
}

// Assertions end the process.
int asserted(const char *path) {
  FILE *f = fopen(path, "r");
  assert(f);
  int c = getc(f);
  MUST(c != EOF);
  fclose(f);
  return c;
}

int asserted_wrong(const char *path) {
  FILE *f = fopen(path, "r");
  assert(path);
  int c = getc(f); // expect: unchecked-handle
  fclose(f);
  return c;
}

// Positive error numbers, and zero for success.
static int open_code(const char *path, FILE **out) {
  *out = fopen(path, "r");
  if (*out == NULL)
    return errno ? errno : EIO;
  return 0;
}

int code_checked(const char *path) {
  FILE *f;
  int e = open_code(path, &f);
  if (e)
    return e;
  fclose(f);
  return 0;
}

int code_checked_wrong(const char *path) {
  FILE *f;
  int e = open_code(path, &f);
  if (e)
    return e;
  if (getc(f) == EOF)
    return EIO; // expect: missing-close
  fclose(f);
  return 0;
}

// Errors pile up in one variable.
int piled_up(const char *a, const char *b) {
  int err = 0, x = -1, y = -1;
  if ((x = open(a, O_RDONLY)) < 0)
    err |= 1;
  if (!err && (y = open(b, O_RDONLY)) < 0)
    err |= 2;
  if (!err)
    err = check(x) | check(y);
  if (y >= 0)
    close(y);
  if (x >= 0)
    close(x);
  return err;
}

// A chain of conditions.
int chain(const char *a, const char *b) {
  int x, y;
  if ((x = open(a, O_RDONLY)) < 0 || (y = open(b, O_RDONLY)) < 0) {
    if (x >= 0)
      close(x);
    return -1;
  }
  close(x);
  close(y);
  return 0;
}

int chain_wrong(const char *a, const char *b) {
  int x, y;
  if ((x = open(a, O_RDONLY)) < 0 || (y = open(b, O_RDONLY)) < 0)
    return -1; // expect: missing-close
  close(x);
  close(y);
  return 0;
}
