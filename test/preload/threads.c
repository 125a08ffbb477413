// Threads are joined, detached by somebody, or lost.
//
// RUN: %clang -g %s -o %t -pthread && %check_run %s --kinds=thread,file -- %t
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void *nothing(void *p) { return p; }
static void *detaches_itself(void *p) {
  pthread_detach(pthread_self());
  return p;
}
static void *leaks(void *p) {
  open("/etc/passwd", O_RDONLY); // leak: file
  return p;
}
static void *exits(void *p) {
  close(open("/etc/passwd", O_RDONLY));
  pthread_exit(p);
}
static int pipe_of_nobody[2];
static void *waits(void *p) {
  char byte;
  read(pipe_of_nobody[0], &byte, 1);
  return p;
}
static pthread_t started(void *(*f)(void *), const pthread_attr_t *attributes) {
  pthread_t t;
  if (pthread_create(&t, attributes, f, NULL) != 0) // leak: thread
    abort();
  return t;
}

int main(void) {
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_sec += 30;
  pthread_join(started(nothing, NULL), NULL);
  pthread_join(started(exits, NULL), NULL);
  pthread_timedjoin_np(started(nothing, NULL), NULL, &soon);
  pthread_clockjoin_np(started(nothing, NULL), NULL, CLOCK_REALTIME, &soon);
  pthread_t t = started(nothing, NULL);
  while (pthread_tryjoin_np(t, NULL) != 0)
    usleep(1000);
  pthread_detach(started(nothing, NULL));
  for (int i = 0; i < 200; ++i)
    started(detaches_itself, NULL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  started(nothing, &attributes);
  pthread_attr_destroy(&attributes);

  // A stack of the program's own.
  void *stack = malloc(1 << 20);
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, 1 << 20);
  pthread_join(started(leaks, &attributes), NULL);
  pthread_attr_destroy(&attributes);

  // Cancelled in a call that is hooked.
  pipe(pipe_of_nobody);
  void *result;
  t = started(waits, NULL);
  usleep(10000);
  pthread_cancel(t);
  pthread_join(t, &result);
  if (result != PTHREAD_CANCELED)
    abort();

  started(nothing, NULL);
  usleep(100000);
  return 0;
}
