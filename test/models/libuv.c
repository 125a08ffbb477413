// RUN: %check_handrail %s
typedef struct uv_loop_s { void *data; } uv_loop_t;
typedef struct uv_handle_s { void *data; } uv_handle_t;
typedef struct uv_tcp_s { void *data; } uv_tcp_t;
typedef struct uv_timer_s { void *data; } uv_timer_t;
typedef struct uv_fs_s { void *data; } uv_fs_t;
typedef struct uv_lib_s { void *handle; } uv_lib_t;
typedef struct uv_mutex_s { long m; } uv_mutex_t;
int uv_loop_init(uv_loop_t *loop);
int uv_loop_close(uv_loop_t *loop);
int uv_run(uv_loop_t *loop, int mode);
int uv_tcp_init(uv_loop_t *loop, uv_tcp_t *h);
int uv_tcp_bind(uv_tcp_t *h, const void *address, unsigned flags);
int uv_tcp_open(uv_tcp_t *h, int fd);
int uv_timer_init(uv_loop_t *loop, uv_timer_t *h);
int uv_timer_start(uv_timer_t *h, void (*cb)(uv_timer_t *), unsigned long after, unsigned long repeat);
void uv_close(uv_handle_t *h, void (*cb)(uv_handle_t *));
int uv_fs_open(uv_loop_t *loop, uv_fs_t *r, const char *path, int flags, int mode, void (*cb)(uv_fs_t *));
int uv_fs_close(uv_loop_t *loop, uv_fs_t *r, int fd, void (*cb)(uv_fs_t *));
int uv_dlopen(const char *name, uv_lib_t *lib);
int uv_dlsym(uv_lib_t *lib, const char *name, void **p);
void uv_dlclose(uv_lib_t *lib);
void uv_mutex_lock(uv_mutex_t *m);
void uv_mutex_unlock(uv_mutex_t *m);
int socket(int domain, int type, int protocol);
int close(int fd);

// What gives its handle back on one failure has to on the other.
int forgotten(uv_loop_t *loop, uv_tcp_t *h, const void *address, int fd) {
  if (uv_tcp_init(loop, h) != 0)
    return -1;
  if (uv_tcp_bind(h, address, 0) != 0) {
    uv_close((uv_handle_t *)h, 0);
    return -1;
  }
  return 0;
}

void closed_twice(uv_tcp_t *h) {
  uv_close((uv_handle_t *)h, 0);
  uv_close((uv_handle_t *)h, 0); // expect: double-close
}

int started_after_close(uv_timer_t *t) {
  uv_close((uv_handle_t *)t, 0);
  return uv_timer_start(t, 0, 1, 1); // expect: use-after-close
}

int right_again(uv_loop_t *loop, uv_timer_t *t) {
  uv_close((uv_handle_t *)t, 0);
  uv_run(loop, 0);
  uv_timer_init(loop, t);
  return uv_timer_start(t, 0, 1, 1);
}

int lost_when_not_taken(uv_tcp_t *h) {
  int fd = socket(2, 1, 0);
  if (fd < 0)
    return -1;
  return uv_tcp_open(h, fd); // expect: missing-close: 'fd'
}

int right_taken(uv_tcp_t *h) {
  int fd = socket(2, 1, 0);
  if (fd < 0)
    return -1;
  int status = uv_tcp_open(h, fd);
  if (status != 0)
    close(fd);
  return status;
}

int lost_file(uv_loop_t *loop, const char *path) {
  uv_fs_t r;
  int fd = uv_fs_open(loop, &r, path, 0, 0, 0);
  if (fd < 0)
    return fd;
  return 0; // expect: missing-close: 'fd'
}

int right_file(uv_loop_t *loop, const char *path) {
  uv_fs_t r;
  int fd = uv_fs_open(loop, &r, path, 0, 0, 0);
  if (fd < 0)
    return fd;
  return uv_fs_close(loop, &r, fd, 0);
}

// A loop that could not be closed is still one.
int right_loop(void) {
  uv_loop_t loop;
  if (uv_loop_init(&loop) != 0)
    return -1;
  if (uv_loop_close(&loop) != 0) {
    uv_run(&loop, 0);
    return uv_loop_close(&loop);
  }
  return 0;
}

int after_dlclose(uv_lib_t *lib, void **p) {
  uv_dlclose(lib);
  return uv_dlsym(lib, "f", p); // expect: use-after-close
}

int forgotten_lock(uv_mutex_t *m, int *n) {
  uv_mutex_lock(m);
  if (*n > 5)
    return 0; // expect: missing-close
  ++*n;
  uv_mutex_unlock(m);
  return 0;
}
