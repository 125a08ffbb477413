// A guard whose members a loop looks at through its methods, which write nothing, still
// knows behind the loop that it holds the lock.
// RUN: %check_handrail %s -- -std=c++17
#include <memory>
#include <mutex>
#include <vector>

struct Handler {
  bool removed;
  int type, signal;
};

template <class T> struct Locked {
  Locked(std::mutex &m, T *v) : lock(m), value(v) {}
  Locked(Locked &&) = default;
  T *operator->() { return value; }
  void forget() { lock.release(); }
  std::unique_lock<std::mutex> lock;
  T *value;
};

template <class T> struct Shared {
  Locked<T> acquire() { return {mutex, &data}; }
  std::mutex mutex;
  T data;
};

static Shared<std::vector<std::shared_ptr<Handler>>> handlers;

static bool once(const Handler &h) {
  switch (h.type) {
  case 1:
    return h.signal > 0;
  case 2:
    return true;
  default:
    return false;
  }
}

void remove_old() {
  auto all = handlers.acquire();
  auto it = all->begin();
  while (it != all->end()) {
    if ((*it)->removed && once(**it))
      it = all->erase(it);
    else
      ++it;
  }
}

void forgotten() {
  auto all = handlers.acquire();
  auto it = all->begin();
  while (it != all->end()) {
    if ((*it)->removed && once(**it)) {
      all.forget();
      return; // expect: missing-close: lock
    }
    ++it;
  }
}
