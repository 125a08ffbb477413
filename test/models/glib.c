// RUN: %check_handrail %s
// RUN: %check_handrail %s --models=+heap --expect=heap
typedef struct GError GError;
typedef struct GDir GDir;
typedef struct GIOChannel GIOChannel;
typedef struct GMappedFile GMappedFile;
typedef struct GString GString;
typedef struct GMutex { void *p; } GMutex;
typedef struct GCond { void *p; } GCond;
int g_file_open_tmp(const char *pattern, char **name, GError **error);
int g_unix_open_pipe(int *fds, int flags, GError **error);
int g_spawn_async_with_pipes(const char *dir, char **argv, char **env, int flags, void (*setup)(void *), void *data,
                             int *pid, int *in, int *out, int *err, GError **error);
int g_close(int fd, GError **error);
GDir *g_dir_open(const char *path, unsigned flags, GError **error);
const char *g_dir_read_name(GDir *d);
void g_dir_close(GDir *d);
GIOChannel *g_io_channel_new_file(const char *path, const char *mode, GError **error);
GIOChannel *g_io_channel_ref(GIOChannel *c);
int g_io_channel_flush(GIOChannel *c, GError **error);
void g_io_channel_unref(GIOChannel *c);
GMappedFile *g_mapped_file_new(const char *path, int writable, GError **error);
unsigned long g_mapped_file_get_length(GMappedFile *f);
void g_mapped_file_unref(GMappedFile *f);
void g_mutex_lock(GMutex *m);
void g_mutex_unlock(GMutex *m);
void g_cond_wait(GCond *c, GMutex *m);
char *g_strdup_printf(const char *format, ...);
void g_free(void *p);
void *g_malloc0(unsigned long n);
void *g_object_new(unsigned long type, const char *first, ...);
void *g_object_ref(void *o);
void g_object_unref(void *o);
void g_clear_object(void **o);
GString *g_string_new(const char *text);
char *g_string_free(GString *s, int with_text);
int close(int fd);

int lost_dir(const char *path) {
  GDir *d = g_dir_open(path, 0, 0);
  if (!d)
    return -1;
  // heap@+1: missing-close: directory 'd'
  return g_dir_read_name(d) != 0; // expect: missing-close: directory 'd'
}

int right_dir(const char *path) {
  int n = 0;
  GDir *d = g_dir_open(path, 0, 0);
  if (!d)
    return -1;
  while (g_dir_read_name(d))
    n++;
  g_dir_close(d);
  return n;
}

int lost_temporary(GError **error) {
  char *name;
  int fd = g_file_open_tmp("xXXXXXX", &name, error);
  if (fd < 0)
    return -1;
  g_free(name);
  // heap@+1: missing-close: file descriptor 'fd'
  return 0; // expect: missing-close: file descriptor 'fd'
}

int lost_name(GError **error) {
  char *name;
  int fd = g_file_open_tmp("xXXXXXX", &name, error);
  if (fd < 0)
    return -1;
  return close(fd); // heap: missing-close: memory 'name'
}

int right_temporary(void) {
  int fd = g_file_open_tmp("xXXXXXX", 0, 0);
  return fd < 0 ? -1 : g_close(fd, 0);
}

int lost_pipe_end(void) {
  int fds[2];
  if (!g_unix_open_pipe(fds, 0, 0))
    return -1;
  g_close(fds[0], 0);
  // heap@+1: missing-close
  return 0; // expect: missing-close
}

// Only the end that was asked for is there.
int right_spawned(char **argv) {
  int out;
  if (!g_spawn_async_with_pipes(0, argv, 0, 0, 0, 0, 0, 0, &out, 0, 0))
    return -1;
  return close(out);
}

int lost_channel(const char *path) {
  GIOChannel *c = g_io_channel_new_file(path, "w", 0);
  if (!c)
    return -1;
  // heap@+1: missing-close: channel 'c'
  return g_io_channel_flush(c, 0); // expect: missing-close: channel 'c'
}

int right_channel(const char *path) {
  GIOChannel *c = g_io_channel_new_file(path, "w", 0);
  if (!c)
    return -1;
  g_io_channel_ref(c);
  g_io_channel_unref(c);
  int status = g_io_channel_flush(c, 0);
  g_io_channel_unref(c);
  return status;
}

unsigned long lost_mapping(const char *path) {
  GMappedFile *f = g_mapped_file_new(path, 0, 0);
  if (!f)
    return 0;
  // heap@+1: missing-close: mapped file 'f'
  return g_mapped_file_get_length(f); // expect: missing-close: mapped file 'f'
}

int forgotten_lock(GMutex *m, int *n) {
  g_mutex_lock(m);
  if (*n > 5)
    // heap@+1: missing-close
    return 0; // expect: missing-close
  ++*n;
  g_mutex_unlock(m);
  return 0;
}

void right_lock(GMutex *m, GCond *c, int *n) {
  g_mutex_lock(m);
  while (*n == 0)
    g_cond_wait(c, m);
  --*n;
  g_mutex_unlock(m);
}

int lost_memory(int n) {
  char *text = g_strdup_printf("%d", n);
  if (n > 5)
    return 0; // heap: missing-close: memory 'text'
  g_free(text);
  return 1;
}

int lost_object(void) {
  void *o = g_object_new(80, 0);
  return o != 0; // heap: missing-close: object 'o'
}

void right_object(void) {
  void *o = g_object_new(80, 0), *other = g_object_ref(o);
  g_object_unref(o);
  g_object_unref(other);
  void *cleared = g_object_new(80, 0);
  g_clear_object(&cleared);
  g_clear_object(&cleared);
}

char *right_string(void) {
  GString *s = g_string_new("a");
  return g_string_free(s, 0);
}

int lost_segment(void) {
  GString *s = g_string_new("a");
  char *text = g_string_free(s, 0);
  return text != 0; // heap: missing-close: memory 'text'
}

struct state {
  int fd;
};

// A block of memory is fresh: what is stored in it is lost with it.
int lost_in_memory(const char *path, GError **error) {
  struct state *s = g_malloc0(sizeof *s);
  s->fd = g_file_open_tmp(path, 0, error);
  if (s->fd < 0) {
    g_free(s);
    return -1;
  }
  g_free(s); // expect: missing-close
  return 0; // heap: missing-close
}
