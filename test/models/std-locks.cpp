// Mutexes of the C++ standard library, by hand and behind guards.
// RUN: %check_handrail %s -- -std=c++20
// RUN: %check_tidy %s -- -std=c++20
#include <condition_variable>
#include <mutex>
#include <shared_mutex>

struct Counter {
  std::mutex mutex;
  mutable std::shared_mutex readers;
  std::condition_variable changed;
  int value = 0;

  int by_hand(int limit) {
    mutex.lock();
    if (value >= limit)
      return -1; // expect: missing-close
    int result = ++value;
    mutex.unlock();
    return result;
  }

  int by_hand_right(int limit) {
    mutex.lock();
    if (value >= limit) {
      mutex.unlock();
      return -1;
    }
    int result = ++value;
    mutex.unlock();
    return result;
  }

  int tried(int limit) {
    if (!mutex.try_lock())
      return -1;
    int result = value < limit ? ++value : -1;
    mutex.unlock();
    return result;
  }

  int shared_by_hand(int limit) const {
    readers.lock_shared();
    if (value >= limit)
      return -1; // expect: missing-close
    int result = value;
    readers.unlock_shared();
    return result;
  }

  int guard(int limit) {
    std::lock_guard<std::mutex> lock(mutex);
    if (value >= limit)
      return -1;
    return ++value;
  }

  int scoped(Counter &other, int limit) {
    std::scoped_lock lock(mutex, other.mutex);
    if (value >= limit)
      return -1;
    return ++value;
  }

  int unique(int limit) {
    std::unique_lock lock(mutex);
    if (value >= limit)
      return -1;
    int result = ++value;
    lock.unlock();
    if (result == 7)
      lock.lock();
    return result;
  }

  int waits(int limit) {
    std::unique_lock<std::mutex> lock(mutex);
    while (value < limit)
      changed.wait(lock);
    changed.wait(lock, [&] { return value > 0; });
    return value;
  }

  int deferred(bool yes) {
    std::unique_lock<std::mutex> lock(mutex, std::defer_lock);
    if (yes)
      lock.lock();
    return value;
  }

  int adopted(int limit) {
    mutex.lock();
    std::lock_guard<std::mutex> lock(mutex, std::adopt_lock);
    if (value >= limit)
      return -1;
    return ++value;
  }

  // The guard does not give back what it was told to leave alone.
  int let_go(int limit) {
    std::unique_lock<std::mutex> lock(mutex);
    if (value >= limit) {
      lock.release();
      return -1; // expect: missing-close
    }
    return ++value;
  }

  int let_go_right(int limit) {
    std::unique_lock<std::mutex> lock(mutex);
    if (value >= limit) {
      lock.release()->unlock();
      return -1;
    }
    return ++value;
  }

  int reads() const {
    std::shared_lock lock(readers);
    return value;
  }

  std::unique_lock<std::mutex> locked() { return std::unique_lock<std::mutex>(mutex); }

  int through_method() {
    auto lock = locked();
    return ++value;
  }
};

int all(Counter &c, Counter &d) {
  return c.by_hand(1) + c.by_hand_right(1) + c.tried(1) + c.shared_by_hand(1) + c.guard(1) +
         c.scoped(d, 1) + c.unique(1) + c.waits(1) + c.deferred(true) + c.adopted(1) + c.let_go(1) +
         c.let_go_right(1) +          c.reads() + c.through_method();
}
