// Of two copies of an object, either may be the one that is destroyed.
// RUN: %check_handrail %s -- -std=c++14
#include <new>
#include <spawn.h>
#include <utility>

template <typename T> class Maybe {
public:
  Maybe() = default;
  Maybe(const T &value) : filled_(true) { new (room_) T(value); }
  T &value() { return *reinterpret_cast<T *>(room_); }
  bool filled() const { return filled_; }

private:
  alignas(T) char room_[sizeof(T)];
  bool filled_ = false;
};

class Spawner {
public:
  Spawner() {
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
      return;
    actions_ = actions;
  }
  ~Spawner() {
    if (actions_.filled())
      posix_spawn_file_actions_destroy(&actions_.value());
  }

private:
  Maybe<posix_spawn_file_actions_t> actions_;
};

bool forgotten(bool really) {
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0)
    return false;
  if (!really)
    return false; // expect: missing-close
  posix_spawn_file_actions_destroy(&actions);
  return true;
}
