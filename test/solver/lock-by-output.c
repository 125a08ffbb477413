// A lock that is held on one way out of a function, and told so to the caller through a
// pointer; and one that is forgotten.
// RUN: %check_handrail %s
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
struct entry {
  int key;
};
struct entry *look_up(int key);

struct answer {
  int found;
  const char *error;
};

// Who finds something gives the lock back when it has been read.
void find(int key, struct answer *out) {
  pthread_mutex_lock(&lock);
  struct entry *e = look_up(key);
  out->found = e != 0;
  if (!out->found)
    pthread_mutex_unlock(&lock);
}

void find_or_say_why(int key, struct answer *out) {
  out->error = 0;
  pthread_mutex_lock(&lock);
  if (key < 0) {
    out->error = "no such key";
    pthread_mutex_unlock(&lock);
    return;
  }
  look_up(key);
}

void forgets(int key, struct answer *out) {
  pthread_mutex_lock(&lock);
  struct entry *e = look_up(key);
  out->found = 1;
  if (!e)
    return; // expect: missing-close
  pthread_mutex_unlock(&lock);
}

void forgets_when_it_fails(int key, int *status) {
  pthread_mutex_lock(&lock);
  *status = -1;
  if (!look_up(key))
    return; // expect: missing-close
  *status = 0;
  pthread_mutex_unlock(&lock);
}
