// The condition under which a handle is opened is the one under which it is closed,
// or, in the wrong code, is not.
// RUN: %check_handrail %s
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int run(int (*callback)(void *)); // in another file; calls back

static int feed(void *data) {
  (void)data;
  return 0;
}

// A flag of this file, which only set_redirect() writes.
static int redirect;

void set_redirect(int value) { redirect = value; }

static void begin(int *saved) {
  if (redirect)
    *saved = dup(2);
}

static void end(int saved) {
  if (redirect && saved >= 0) {
    dup2(saved, 2);
    close(saved);
  }
}

// Nothing says that run() writes the flag.
int flag_unchanged(void) {
  int saved = -1;
  begin(&saved);
  int result = run(feed);
  end(saved);
  return result;
}

// Not closed when run() fails.
int flag_unchanged_wrong(void) {
  int saved = -1;
  begin(&saved);
  int result = run(feed);
  if (result == 0)
    end(saved);
  return result; // expect: missing-close
}

// The flag does not say any more what it said.
int flag_cleared(void) {
  int saved = -1;
  begin(&saved);
  int result = run(feed);
  set_redirect(0);
  end(saved);
  return result; // expect: missing-close
}

// The first character behind a global pointer decides.
struct {
  char *log;
} server;

static int open_log(void) {
  return server.log[0] == '\0' ? 1 : open(server.log, O_APPEND | O_WRONLY);
}

static void close_log(int fd) {
  if (server.log[0] != '\0')
    close(fd);
}

static void close_log_wrong(int fd) {
  if (server.log[0] == '\0')
    close(fd);
}

// What is written in between is somewhere else.
int byte_unchanged(unsigned long *memory, int n) {
  int fd = open_log(), bad = 0;
  if (fd == -1)
    return 0;
  for (int i = 0; i < n; i++) {
    unsigned long old = memory[i];
    memory[i] = ~old;
    if (memory[i] != ~old)
      bad++;
    memory[i] = old;
    if (write(fd, ".", 1) == -1)
      bad++;
  }
  close_log(fd);
  return bad;
}

// Closes what is not its own, and only that.
int byte_unchanged_wrong(void) {
  int fd = open_log();
  if (fd == -1)
    return 0;
  int bad = write(fd, ".", 1) == -1;
  close_log_wrong(fd);
  return bad; // expect: missing-close
}

// Some bits of an argument decide.
static char *get(int fd, size_t n, unsigned mode) {
  if ((mode & S_IFMT) == S_IFLNK)
    return malloc(n);
  char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
  if (p == MAP_FAILED)
    exit(1);
  return p;
}

static void put(char *p, size_t n, unsigned mode) {
  if ((mode & S_IFMT) == S_IFLNK)
    free(p);
  else
    munmap(p, n);
}

static void put_wrong(char *p, size_t n, unsigned mode) {
  if ((mode & S_IFMT) == S_IFLNK)
    munmap(p, n);
  else
    free(p);
}

// Mapped and unmapped for the same modes.
int same_bits(int fd, size_t n, unsigned mode) {
  char *p = get(fd, n, mode);
  int first = p ? p[0] : -1;
  put(p, n, mode);
  return first;
}

// Unmapped for the modes that were not mapped.
int same_bits_wrong(int fd, size_t n, unsigned mode) {
  char *p = get(fd, n, mode);
  int first = p ? p[0] : -1;
  put_wrong(p, n, mode);
  return first; // expect: missing-close
}

// A mapping is released for other bits than those it depends on.
int other_bits(int fd, size_t n, unsigned mode) {
  char *p = get(fd, n, mode);
  int first = p ? p[0] : -1;
  if (mode & S_IRUSR)
    put(p, n, mode);
  return first; // expect: missing-close
}

// An iterator closes what its own field holds; only the buffer beside it is written.
struct buffer {
  char *text;
  size_t size;
};

struct iterator {
  struct buffer path;
  size_t length;
  DIR *dir;
};

int append(struct buffer *b, const char *text, size_t n); // in another file

static int iterator_init(struct iterator *i, const char *path) {
  memset(i, 0, sizeof *i);
  if (append(&i->path, path, strlen(path)) < 0)
    return -1;
  if ((i->dir = opendir(i->path.text)) == NULL)
    return -1;
  i->length = i->path.size;
  return 0;
}

static int iterator_next(struct iterator *i) {
  struct dirent *entry = readdir(i->dir);
  if (!entry)
    return 1;
  i->path.size = i->length;
  i->path.text[i->path.size] = '\0';
  return append(&i->path, entry->d_name, strlen(entry->d_name));
}

static void iterator_free(struct iterator *i) {
  if (i->dir) {
    closedir(i->dir);
    i->dir = NULL;
  }
}

// The field still holds what opendir returned.
int closed_by_field(const char *path) {
  struct iterator i = {{0}};
  int status = iterator_init(&i, path);
  if (status < 0)
    return status;
  while ((status = iterator_next(&i)) == 0)
    ;
  iterator_free(&i);
  return status;
}

// One way out passes by the closer.
int closed_by_field_wrong(const char *path) {
  struct iterator i = {{0}};
  int status = iterator_init(&i, path);
  if (status < 0)
    return status;
  while ((status = iterator_next(&i)) == 0)
    ;
  if (status < 0)
    return status; // expect: missing-close
  iterator_free(&i);
  return 0;
}

// The second call sees that the field is empty.
int closed_twice(const char *path) {
  struct iterator i = {{0}};
  if (iterator_init(&i, path) < 0)
    return -1;
  int status = iterator_next(&i);
  iterator_free(&i);
  iterator_free(&i);
  return status;
}

// Closed without emptying the field.
int closed_twice_wrong(const char *path) {
  struct iterator i = {{0}};
  if (iterator_init(&i, path) < 0)
    return -1;
  int status = iterator_next(&i);
  closedir(i.dir);
  iterator_free(&i); // expect: double-close
  return status;
}
