// What a caller learns from a callee: what it returns, and when.
// RUN: %check_handrail %s
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void die(const char *why) __attribute__((noreturn));

// An allocator that never returns NULL when it is not asked to be gentle.
static int over_limit(size_t n, int gentle) {
  if (n > 1u << 30) {
    if (gentle)
      return -1;
    die("limit");
  }
  return 0;
}

static void *allocate(size_t n, int gentle) {
  if (over_limit(n, gentle))
    return NULL;
  void *p = malloc(n);
  if (!p) {
    if (gentle)
      return NULL;
    die("out of memory");
  }
  return p;
}

struct patterns {
  regex_t *key, *value;
};

// The return at '!p.value' is never taken.
int never_null(const char *a, const char *b) {
  struct patterns p = {NULL, NULL};
  int result = 0;
  p.key = allocate(sizeof *p.key, 0);
  if (regcomp(p.key, a, 0)) {
    free(p.key);
    return -1;
  }
  p.value = allocate(sizeof *p.value, 0);
  if (!p.value)
    return -1;
  if (regcomp(p.value, b, 0)) {
    free(p.value);
    p.value = NULL;
    result = -1;
  }
  if (p.key) {
    regfree(p.key);
    free(p.key);
  }
  if (p.value) {
    regfree(p.value);
    free(p.value);
  }
  return result;
}

// This one is.
int null_when_gentle(const char *a, const char *b) {
  struct patterns p = {NULL, NULL};
  p.key = allocate(sizeof *p.key, 0);
  if (regcomp(p.key, a, 0)) {
    free(p.key);
    return -1;
  }
  p.value = allocate(sizeof *p.value, 1);
  if (!p.value)
    return -1; // expect: missing-close
  int result = regcomp(p.value, b, 0);
  if (result == 0)
    regfree(p.value);
  free(p.value);
  regfree(p.key);
  free(p.key);
  return result;
}

// A wrapper that returns a descriptor or does not return.
static int open_or_die(const char *path, int flags, ...) {
  int mode = 0;
  if (flags & O_CREAT) {
    va_list list;
    va_start(list, flags);
    mode = va_arg(list, int);
    va_end(list);
  }
  for (;;) {
    int fd = open(path, flags, mode);
    if (fd >= 0)
      return fd;
    if (errno == EINTR)
      continue;
    die(flags & O_WRONLY ? "cannot write" : "cannot read");
  }
}

// After the call, 'out' is not negative.
int wrapper_dies(const char *path) {
  int saved = dup(1), out = -1, result = 0;
  if (saved < 0) {
    result = -1;
    goto done;
  }
  out = open_or_die(path, O_CREAT | O_WRONLY, 0666);
  if (dup2(out, 1) < 0)
    result = -1;
done:
  if (out >= 0) {
    dup2(saved, 1);
    close(saved);
    close(out);
  }
  return result;
}

static int open_or_fail(const char *path) {
  return open(path, O_CREAT | O_WRONLY, 0666);
}

// Here it may be, with 'saved' open.
int wrapper_fails(const char *path) {
  int saved = dup(1), out = -1, result = 0;
  if (saved < 0) {
    result = -1;
    goto done;
  }
  out = open_or_fail(path);
  if (dup2(out, 1) < 0)
    result = -1;
done:
  if (out >= 0) {
    dup2(saved, 1);
    close(saved);
    close(out);
  }
  return result; // expect: missing-close
}

// The stream stays open exactly when the result is not NULL, in any round.
char *lookup(const char *line); // in another file; may return NULL

static char *next_item(FILE **from) {
  char line[80], *item;
  if (!*from && !(*from = fopen("/proc/devices", "r")))
    return NULL;
  while (fgets(line, sizeof line, *from)) {
    item = lookup(line);
    if (item)
      return item;
  }
  fclose(*from);
  *from = NULL;
  return NULL;
}

// The loop ends with the stream closed.
void all_items(void) {
  FILE *from = NULL;
  for (char *item; (item = next_item(&from));)
    free(item);
}

// This one may end earlier.
void items_up_to_a_comment(void) {
  FILE *from = NULL;
  for (char *item; (item = next_item(&from));) {
    int stop = item[0] == '#';
    free(item);
    if (stop)
      return; // expect: missing-close
  }
}

// A failure is never 0, whatever errno says.
struct device {
  int fd;
  struct stat status;
};

static int adopt(struct device *d, int fd) {
  errno = 0;
  if (fstat(fd, &d->status) != 0) {
    d->fd = -1;
    return errno ? -errno : -EINVAL;
  }
  d->fd = fd;
  return 0;
}

// The device has the descriptor exactly when the result is 0.
int closed_on_failure(struct device *d, const char *path) {
  int result, fd = open(path, O_RDONLY);
  if (fd < 0)
    return -errno;
  if ((result = adopt(d, fd)))
    close(fd);
  return result;
}

// One failure is told as success.
static int adopt_leniently(struct device *d, int fd) {
  errno = 0;
  if (fstat(fd, &d->status) != 0) {
    d->fd = -1;
    return errno == EOVERFLOW ? 0 : -EINVAL;
  }
  d->fd = fd;
  return 0;
}

// Result 0, and nobody has the descriptor.
int not_closed_on_failure(struct device *d, const char *path) {
  int result, fd = open(path, O_RDONLY);
  if (fd < 0)
    return -errno;
  if ((result = adopt_leniently(d, fd)))
    close(fd);
  return result; // expect: missing-close
}

// The case that opens is not the one the caller asks for.
struct operations {
  int (*open)(const char *path);
};

static int open_with(const struct operations *o, const char *path) {
  if (o && o->open)
    return o->open(path);
  return open(path, O_RDONLY);
}

// The call is never the 'open' of the library.
int custom_only(const struct operations *o, const char *path) {
  if (o && o->open) {
    int fd = open_with(o, path);
    return fd < 0 ? -1 : 0;
  }
  return -1;
}

// Here it always is.
int standard_only(const char *path) {
  int fd = open_with(NULL, path);
  return fd < 0 ? -1 : 0; // expect: missing-close
}

// Checks of arguments that come before everything else are not why a callee with
// many other ways to return fails.
struct table {
  const char *name;
  FILE *stream;
};
int search(struct table *t, const char *key); // in another file
const char *table_name(const char *path);

static int finish(struct table *t) {
  if (!t->name)
    return -1;
  if (search(t, "end") < 0) {
    fclose(t->stream);
    return -1;
  }
  fclose(t->stream);
  return 0;
}

int opens_and_finishes(const char *path) {
  struct table t = {.name = table_name(path)};
  t.stream = fopen(path, "r");
  if (!t.stream)
    return -1;
  return finish(&t);
}

int opens_and_forgets(const char *path) {
  struct table t = {.name = path};
  t.stream = fopen(path, "r");
  if (!t.stream)
    return -1;
  return t.name ? 0 : -1; // expect: missing-close
}
