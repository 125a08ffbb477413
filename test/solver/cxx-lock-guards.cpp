// Guards of POSIX locks that a project writes itself.
// RUN: %check_handrail %s -- -std=c++20
#include <pthread.h>

class Lock {
public:
  explicit Lock(pthread_mutex_t &m) : m_(m) { pthread_mutex_lock(&m_); }
  ~Lock() { pthread_mutex_unlock(&m_); }
  Lock(const Lock &) = delete;

private:
  pthread_mutex_t &m_;
};

struct Counter {
  pthread_mutex_t mutex;
  int value = 0;

  int next(int limit) {
    Lock lock(mutex);
    if (value >= limit)
      return -1;
    return ++value;
  }

  int next_by_hand(int limit) {
    pthread_mutex_lock(&mutex);
    if (value >= limit)
      return -1; // expect: missing-close
    int result = ++value;
    pthread_mutex_unlock(&mutex);
    return result;
  }
};

int use(Counter &c) { return c.next(1) + c.next_by_hand(1); }
