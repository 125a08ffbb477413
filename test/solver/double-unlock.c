// A lock that may be recursive: what was taken here once is given back once.
// RUN: %check_handrail %s
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count;

void twice(void) {
  pthread_mutex_lock(&lock);
  ++count;
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&lock); // expect: double-close: lock 'lock'
}

int on_one_path(int n) {
  pthread_mutex_lock(&lock);
  if (n < 0)
    pthread_mutex_unlock(&lock);
  count += n;
  pthread_mutex_unlock(&lock); // expect: double-close: lock 'lock'
  return count;
}

void in_turn(int n) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < n; i++) {
    pthread_mutex_unlock(&lock);
    pthread_mutex_lock(&lock);
  }
  pthread_mutex_unlock(&lock);
}

static void inner(pthread_mutex_t *recursive) {
  pthread_mutex_lock(recursive);
  ++count;
  pthread_mutex_unlock(recursive);
}

void nested(pthread_mutex_t *recursive) {
  pthread_mutex_lock(recursive);
  pthread_mutex_lock(recursive);
  ++count;
  pthread_mutex_unlock(recursive);
  pthread_mutex_unlock(recursive);
}

void nested_in_a_callee(pthread_mutex_t *recursive) {
  pthread_mutex_lock(recursive);
  inner(recursive);
  pthread_mutex_unlock(recursive);
}

// Taken by whom it may concern, and as often.
void given_back_twice(pthread_mutex_t *recursive) {
  pthread_mutex_unlock(recursive);
  pthread_mutex_unlock(recursive);
}
