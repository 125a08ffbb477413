// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

int ok_lock(int *counter) {
  if (pthread_mutex_lock(&mutex))
    return -1;
  int value = ++*counter;
  pthread_mutex_unlock(&mutex);
  return value;
}

int ok_trylock(int *counter) {
  if (pthread_mutex_trylock(&mutex) != 0)
    return -1;
  ++*counter;
  return pthread_mutex_unlock(&mutex);
}

void ok_lock_function(void) { pthread_mutex_lock(&mutex); }
void ok_unlock_function(void) { pthread_mutex_unlock(&mutex); }

void ok_readers_count(void) {
  pthread_rwlock_rdlock(&rwlock);
  pthread_rwlock_rdlock(&rwlock);
  pthread_rwlock_unlock(&rwlock);
  pthread_rwlock_unlock(&rwlock);
}

void unlock_twice(pthread_spinlock_t *spin) {
  pthread_spin_lock(spin);
  pthread_spin_unlock(spin);
  pthread_spin_unlock(spin); // expect: double-close
}

int destroyed(void) {
  pthread_mutex_t local;
  if (pthread_mutex_init(&local, NULL))
    return -1;
  if (pthread_mutex_destroy(&local))
    return -1;
  return pthread_mutex_lock(&local); // expect: use-after-close // expect: missing-close
}

int ok_local_mutex_without_destroy(void) {
  pthread_mutex_t local;
  return pthread_mutex_init(&local, NULL);
}

static void *body(void *data) { return data; }

int joined_twice(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, NULL))
    return -1;
  if (pthread_join(thread, NULL))
    return -1;
  return pthread_join(thread, NULL); // expect: double-close: 'thread'
}

int ok_thread_that_detaches_itself(void) {
  pthread_t thread;
  return pthread_create(&thread, NULL, body, NULL);
}

// The thread owns what it is given.
int ok_descriptor_goes_to_the_thread(int fd) {
  pthread_t thread;
  int *box = malloc(sizeof *box);
  if (!box)
    return -1;
  *box = dup(fd);
  if (pthread_create(&thread, NULL, body, box)) {
    close(*box);
    free(box);
    return -1;
  }
  return pthread_detach(thread);
}

int attributes_after_destroy(void) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_destroy(&attributes);
  return pthread_create(&thread, &attributes, body, NULL); // expect: use-after-close
}

int ok_attributes(pthread_mutex_t *m) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if (pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE) != 0) {
    pthread_mutexattr_destroy(&attributes);
    return -1;
  }
  int status = pthread_mutex_init(m, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return status;
}

int barrier_after_destroy(pthread_barrier_t *b) {
  pthread_barrier_destroy(b);
  return pthread_barrier_wait(b); // expect: use-after-close
}

int ok_joined_when_it_has_ended(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, NULL))
    return -1;
  if (pthread_tryjoin_np(thread, NULL) != 0)
    return pthread_join(thread, NULL);
  return 0;
}
