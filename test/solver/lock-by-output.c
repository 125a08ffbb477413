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

// Two ways give the lock back, each with another answer than the one that keeps it.
int read_status(void);
int may_look_up(void);
void find_and_tell_status(int key, struct answer *out) {
  pthread_mutex_lock(&lock);
  if (!may_look_up()) {
    out->found = read_status();
    out->error = "no such key";
    pthread_mutex_unlock(&lock);
    return;
  }
  struct entry *e = look_up(key);
  out->error = 0;
  out->found = e != 0;
  if (!out->found)
    pthread_mutex_unlock(&lock);
}

void tells_status_of_one_way_only(int key, struct answer *out) {
  pthread_mutex_lock(&lock);
  if (!may_look_up()) {
    out->found = read_status();
    out->error = "no such key";
    pthread_mutex_unlock(&lock);
    return;
  }
  struct entry *e = look_up(key);
  out->error = 0;
  out->found = read_status();
  if (e)
    return; // expect: missing-close
  pthread_mutex_unlock(&lock);
}

// Ways that meet again before the function returns.
int kind_of(int key);
void find_by_kind(int key, const char **name, struct answer *out) {
  static const char *nothing;
  pthread_mutex_lock(&lock);
  int kind = kind_of(key);
  if (!name)
    name = &nothing;
  if (kind == 1) {
    out->error = "gone";
    out->found = read_status();
    pthread_mutex_unlock(&lock);
  } else if (kind == 2) {
    out->error = "hidden";
    out->found = read_status();
    pthread_mutex_unlock(&lock);
  } else {
    out->error = 0;
    out->found = look_up(key) != 0;
    if (!out->found)
      pthread_mutex_unlock(&lock);
  }
  read_status();
}
