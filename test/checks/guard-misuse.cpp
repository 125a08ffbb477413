// RUN: %check_handrail %s -- -std=c++17 -isystem %inputs/std
// RUN: %check_tidy %s -- -std=c++17 -isystem %inputs/std
namespace std {
class mutex {
public:
  void lock();
  void unlock();
};
int uncaught_exceptions() noexcept;
struct ignore_t {
  template <class T> const ignore_t &operator=(const T &) const { return *this; }
};
inline constexpr ignore_t ignore;
} // namespace std

class Locker {
public:
  explicit Locker(std::mutex &m) : mutex(m) { mutex.lock(); }
  ~Locker() { mutex.unlock(); }

private:
  std::mutex &mutex;
};

template <class F> class Guard {
public:
  explicit Guard(F f) : f(f) {}
  Guard(Guard &&other) : f(other.f), armed(other.armed) { other.armed = false; }
  ~Guard() {
    if (armed)
      f();
  }
  void dismiss() noexcept { armed = false; }
  void act_now() {
    armed = false;
    f();
  }

private:
  F f;
  bool armed = true;
};
template <class F> Guard<F> make_guard(F f) { return Guard<F>(f); }

std::mutex lock;
int count;
void log(int);
void reset(int &value) noexcept;
bool prepare();

// Discarded temporaries -------------------------------------------------

void temporary_lock() {
  Locker{lock}; // expect: guard-misuse: guard of type 'Locker' is a temporary
  ++count;
}

void named_lock() {
  Locker held{lock};
  ++count;
}

void temporary_guard() {
  Guard([] { log(0); }); // expect: guard-misuse: 'Guard'
  log(1);
}

void temporary_from_factory() {
  make_guard([] { log(0); }); // expect: guard-misuse
  (void)make_guard([] { log(0); }); // expect: guard-misuse
  log(1);
}

// Something that keeps what it is given, and one that has no room for it.
struct Slot {
  template <class T> void operator=(const T &value) { size = sizeof(value); }
  int size;
};
struct {
  template <class T> void operator=(T &&) {}
} _;

void temporary_thrown_away(Slot &slot) {
  std::ignore = make_guard([] { log(0); }); // expect: guard-misuse: 'Guard'
  _ = make_guard([] { log(1); }); // expect: guard-misuse
  slot = make_guard([] { log(2); });
  log(3);
}

void named_guard() {
  auto last = make_guard([] { log(0); });
  Guard other([] { log(1); });
  log(2);
}

// A reference makes a temporary live on.
void extended_lifetime() {
  const auto &last = make_guard([] { log(0); });
  log(1);
}

// Not a guard: the object is used in the statement, or owns what its destructor ends.
struct Message {
  ~Message() { log(number); }
  Message &operator<<(int more);
  int number = 0;
};
void used_at_once() {
  Message() << 1;
  Message();
}

void consume(const Locker &held);
void lock_for_one_call() { consume(Locker(lock)); }

// Dismissed -------------------------------------------------------------

bool dismissed_when_it_fails(int x) {
  Guard undo([&] { reset(x); });
  if (!prepare()) {
    undo.dismiss(); // expect: guard-misuse: guard 'undo' is dismissed where the function fails, and acts where it succeeds
    return false;
  }
  return true;
}

bool dismissed_when_it_succeeds(int x) {
  Guard undo([&] { reset(x); });
  if (!prepare())
    return false;
  undo.dismiss();
  return true;
}

int negative_is_failure(int x) {
  auto undo = make_guard([&] { reset(x); });
  if (!prepare()) {
    undo.dismiss(); // expect: guard-misuse
    return -1;
  }
  return 0;
}

// What a number means is not known.
int which(int x) {
  auto undo = make_guard([&] { reset(x); });
  if (!prepare()) {
    undo.dismiss();
    return 1;
  }
  return 0;
}

void never_acts(int x) {
  Guard undo([&] { reset(x); });
  reset(x);
  undo.dismiss(); // expect: guard-misuse: guard 'undo' is dismissed on every path
}

// What may throw is what the guard is there for.
void acts_for_exceptions(int x) {
  Guard undo([&] { reset(x); });
  log(x);
  undo.dismiss();
}

void acts_before_its_time(int x) {
  Guard undo([&] { reset(x); });
  reset(x);
  undo.act_now();
}

void acts_on_some_path(int x) {
  Guard undo([&] { reset(x); });
  if (x)
    undo.dismiss();
}

// A guard that acts when there is an exception is no matter of what is returned.
template <class F> class OnFailure {
public:
  explicit OnFailure(F f) : f(f) {}
  ~OnFailure() {
    if (armed && std::uncaught_exceptions() > before)
      f();
  }
  void dismiss() noexcept { armed = false; }

private:
  F f;
  bool armed = true;
  int before = std::uncaught_exceptions();
};
bool dismissed_for_exceptions(int x) {
  OnFailure undo([&] { reset(x); });
  if (!prepare()) {
    undo.dismiss();
    return false;
  }
  return true;
}

// Outlives what it captures ---------------------------------------------

auto returned_with_local() {
  int value = 0;
  return Guard([&] { reset(value); }); // expect: guard-misuse: captures 'value' by reference, which dies before it
}

auto returned_with_parameter(int value) {
  return make_guard([&value] { reset(value); }); // expect: guard-misuse: 'value'
}

auto returned_with_reference(int &value) {
  return make_guard([&value] { reset(value); });
}

auto returned_with_copy(int value) {
  return Guard([value]() mutable { reset(value); });
}

// FIXME: a guard that moves into a variable that was there before.
template <class F> void keep(Guard<F> &&guard);
void moved_on() {
  int value = 0;
  keep(make_guard([&] { reset(value); }));
}
