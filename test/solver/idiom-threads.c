// A handle goes to a thread: by value in the pointer, or in an object.
// RUN: %check_handrail %s
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct job {
  int fd;
  int kind;
};

static void *serve(void *data) {
  struct job *j = data;
  close(j->fd);
  free(j);
  return NULL;
}

static void *serve_number(void *data) {
  close((int)(intptr_t)data);
  return NULL;
}

int start(int listener) {
  pthread_t thread;
  struct job *j = malloc(sizeof *j);
  if (!j)
    return -1;
  j->fd = accept(listener, NULL, NULL);
  if (j->fd < 0) {
    free(j);
    return -1;
  }
  if (pthread_create(&thread, NULL, serve, j) != 0) {
    close(j->fd);
    free(j);
    return -1;
  }
  pthread_detach(thread);
  return 0;
}

// Without a thread nobody closes it.
int start_wrong(int listener) {
  pthread_t thread;
  struct job *j = malloc(sizeof *j);
  if (!j)
    return -1;
  j->fd = accept(listener, NULL, NULL);
  if (j->fd < 0) {
    free(j);
    return -1;
  }
  if (pthread_create(&thread, NULL, serve, j) != 0) {
    free(j); // expect: missing-close
    return -1;
  }
  pthread_detach(thread);
  return 0;
}

int start_number(int listener) {
  pthread_t thread;
  int fd = accept(listener, NULL, NULL);
  if (fd < 0)
    return -1;
  if (pthread_create(&thread, NULL, serve_number, (void *)(intptr_t)fd)) {
    close(fd);
    return -1;
  }
  return pthread_detach(thread);
}

int start_number_wrong(int listener) {
  pthread_t thread;
  int fd = accept(listener, NULL, NULL);
  if (fd < 0)
    return -1;
  if (pthread_create(&thread, NULL, serve_number, (void *)(intptr_t)fd))
    return -1; // expect: missing-close
  return pthread_detach(thread);
}

// The thread is waited for, and the object lies on the stack.
int wait_for_it(int listener) {
  pthread_t thread;
  struct job j = {accept(listener, NULL, NULL), 1};
  if (j.fd < 0)
    return -1;
  if (pthread_create(&thread, NULL, serve, &j)) {
    close(j.fd);
    return -1;
  }
  pthread_join(thread, NULL);
  return 0;
}

static pthread_key_t key;

int per_thread(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (pthread_setspecific(key, (void *)(intptr_t)fd) != 0) {
    close(fd);
    return -1;
  }
  return 0;
}

// Whether the thread keeps it is hardly ever asked.
struct ends {
  int fd[2];
};

static struct ends *ends_of_thread(void) {
  struct ends *e = pthread_getspecific(key);
  if (!e) {
    e = malloc(sizeof *e);
    if (!e)
      return NULL;
    if (pipe(e->fd) < 0) {
      free(e);
      return NULL;
    }
    pthread_setspecific(key, e);
  }
  return e;
}

int uses_ends_of_thread(char *buffer) {
  struct ends *e = ends_of_thread();
  return e && read(e->fd[0], buffer, 1) == 1;
}
