// What is lost when a coroutine is destroyed while it is suspended is possible only.
// RUN: %check_handrail %s --checks=-*,async-close --min-confidence=possible -- -std=c++20 -I%runtime_include
#include <handrail/guard.h>
#include <handrail/task.h>

extern "C" int open(const char *name, int flags, ...);
extern "C" int close(int fd);
handrail::task<void> wait();

handrail::task<void> held_plainly(const char *name) {
  int fd = open(name, 0); // note: opened here
  if (fd < 0)
    co_return;
  co_await wait(); // expect: async-close: file descriptor 'fd' opened by 'open' is held over a suspension point in a plain variable
  close(fd);
}

handrail::task<void> held_by_a_guard(const char *name) {
  int fd = open(name, 0);
  if (fd < 0)
    co_return;
  handrail::guard closing([&fd] { close(fd); });
  co_await wait();
}

class Descriptor {
public:
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd >= 0)
      close(fd);
  }

private:
  int fd;
};
handrail::task<void> held_by_an_owner(const char *name) {
  Descriptor file(open(name, 0));
  co_await wait();
}

handrail::task<void> closed_before(const char *name) {
  int fd = open(name, 0);
  if (fd >= 0)
    close(fd);
  co_await wait();
}
