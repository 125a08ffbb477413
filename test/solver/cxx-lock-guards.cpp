// Guards of locks, those that a project writes itself and those of the library.
// RUN: %check_handrail %s -- -std=c++20
#include <cerrno>
#include <mutex>
#include <pthread.h>
#include <unistd.h>

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

// A loop that may change a guard, by the types, on the one way of several that lock.
class Buffer {
public:
  void drain(int fd, int reason) {
    bool done = false;
    if (reason == 1) {
      std::unique_lock<std::mutex> lock(mutex_);
      read_once(fd, lock);
    } else if (shut_) {
      std::unique_lock<std::mutex> lock(mutex_);
      long n;
      do {
        n = read_once(fd, lock);
      } while (n > 0);
      done = true;
    }
    if (done)
      close(fd);
  }

private:
  long read_once(int fd, std::unique_lock<std::mutex> &lock) {
    long n;
    char c;
    do {
      n = read(fd, &c, 1);
    } while (n < 0 && errno == EINTR);
    return n;
  }

  std::mutex mutex_;
  bool shut_ = false;
};

void drain(Buffer &buffer, int fd, int reason) { buffer.drain(fd, reason); }
