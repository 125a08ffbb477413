// Locks that helpers take and give back, under a flag or around slow work.
// RUN: %check_handrail %s
#include <pthread.h>

int parse(int id); // in another file, like the next two
int inflate(void);
int slow(int x);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

// Only these two write the flag.
int threaded;
void enable(void) { threaded = 1; }
void disable(void) { threaded = 0; }

static inline void lock_if_threaded(void) {
  if (threaded)
    pthread_mutex_lock(&mutex);
}

static inline void unlock_if_threaded(void) {
  if (threaded)
    pthread_mutex_unlock(&mutex);
}

// Both helpers look at the same flag.
int same_flag(int n) {
  int hits = 0;
  for (int i = 0; i < n; i++) {
    lock_if_threaded();
    int object = parse(i);
    unlock_if_threaded();
    if (object)
      hits++;
  }
  return hits;
}

// The flag is set, and one way out passes by the second helper.
int same_flag_early_return(int n) {
  enable();
  for (int i = 0; i < n; i++) {
    lock_if_threaded();
    if (parse(i) < 0)
      return -1; // expect: missing-close
    unlock_if_threaded();
  }
  return n;
}

// Taken by hand, and given back only if the flag is set.
int flag_set_meanwhile(int id) {
  pthread_mutex_lock(&mutex);
  int object = parse(id);
  enable();
  unlock_if_threaded();
  return object < 0 ? -1 : 0;
}

// The helper sees a flag that is off.
int flag_cleared_meanwhile(int id) {
  pthread_mutex_lock(&mutex);
  if (parse(id) < 0) {
    pthread_mutex_unlock(&mutex);
    return -1;
  }
  disable();
  unlock_if_threaded();
  return -1; // expect: missing-close
}

// The other way round: held by the caller, but not during the work.
int released_for_a_while(void) {
  unlock_if_threaded();
  int status = inflate();
  lock_if_threaded();
  return status;
}

// What the callee took again is given back.
int released_and_retaken(void) {
  enable();
  lock_if_threaded();
  int status = released_for_a_while();
  unlock_if_threaded();
  return status < 0 ? -1 : 0;
}

// What the callee took again is lost.
int retaken_and_kept(void) {
  enable();
  lock_if_threaded();
  int status = released_for_a_while();
  if (status < 0)
    return -1; // expect: missing-close
  unlock_if_threaded();
  return status;
}

// Called with the lock held; lets others run meanwhile.
static int header(int x) {
  pthread_mutex_unlock(&mutex);
  int status = slow(x);
  pthread_mutex_lock(&mutex);
  return status == 0 ? 0 : -1;
}

// Nothing is held that was not held on entry.
int caller_holds_it(int x) {
  int result = -1;
  if (header(x) != 0)
    goto out;
  result = 0;
out:
  return result;
}

// What is taken here is given back here, whatever the callee did meanwhile.
int holds_it_itself(int x) {
  int result = -1;
  pthread_mutex_lock(&mutex);
  if (header(x) != 0)
    goto out;
  result = 0;
out:
  pthread_mutex_unlock(&mutex);
  return result;
}

// Held again when the callee fails.
int holds_it_and_forgets(int x) {
  pthread_mutex_lock(&mutex);
  if (header(x) != 0)
    return -1; // expect: missing-close
  pthread_mutex_unlock(&mutex);
  return 0;
}

struct pool {
  pthread_mutex_t *lock;
  int count;
};

// What is reported in the helper is not reported again in who calls it.
static int take(struct pool *p) {
  pthread_mutex_lock(&mutex);
  if (parse(p->count) < 0)
    return -1; // expect: missing-close
  p->count--;
  pthread_mutex_unlock(&mutex);
  return 0;
}

int take_twice(struct pool *p) {
  if (take(p) < 0)
    return -1;
  return take(p);
}

void refresh(struct pool *p); // in another file

// The way to the lock leads through memory that a callee may have changed.
int lock_of_pool(struct pool *p) {
  pthread_mutex_lock(p->lock);
  refresh(p);
  int left = p->count;
  pthread_mutex_unlock(p->lock);
  return left;
}

int lock_of_pool_early_return(struct pool *p) {
  pthread_mutex_lock(p->lock);
  if (p->count == 0)
    return -1; // expect: missing-close
  pthread_mutex_unlock(p->lock);
  return 0;
}
