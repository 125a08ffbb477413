// Locks in tables: which one a helper takes or gives back, its callers cannot tell.
// RUN: %check_handrail %s
#include <pthread.h>

unsigned hash(const char *key); // in another file
int work(const char *key);

static pthread_mutex_t locks[64], whole = PTHREAD_MUTEX_INITIALIZER;

static void unlock_key(const char *key) { pthread_mutex_unlock(&locks[hash(key) % 64]); }
static void lock_number(unsigned n) { pthread_mutex_lock(&locks[n % 64]); }
static void unlock_number(unsigned n) { pthread_mutex_unlock(&locks[n % 64]); }

int by_number_and_by_key(const char *key) {
  pthread_mutex_t *lock = &locks[hash(key) % 64];
  pthread_mutex_lock(lock);
  if (work(key) < 0) {
    unlock_key(key);
    return -1;
  }
  pthread_mutex_unlock(lock);
  return 0;
}

int forgotten_on_failure(const char *key) {
  pthread_mutex_t *lock = &locks[hash(key) % 64];
  pthread_mutex_lock(lock);
  if (work(key) < 0)
    return -1; // expect: missing-close
  pthread_mutex_unlock(lock);
  return 0;
}

int by_number(const char *key, unsigned n) {
  lock_number(n);
  if (work(key) < 0)
    return -1; // expect: missing-close
  unlock_number(n);
  return 0;
}

int the_other_lock(const char *key) {
  pthread_mutex_lock(&whole);
  unlock_key(key);
  if (work(key) < 0)
    return -1; // expect: missing-close
  pthread_mutex_unlock(&whole);
  return 0;
}
