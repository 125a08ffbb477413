// Coroutines: what is alive ends at co_return, and handles live over suspension.
// RUN: %check_handrail %s -- -std=c++20
#include <coroutine>
#include <fcntl.h>
#include <unistd.h>

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

struct Ready {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) {}
  int await_resume() { return 1; }
};

struct Later {
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  int await_resume();
};

class Fd {
public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd &) = delete;
  ~Fd() {
    if (fd_ >= 0)
      close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

Task guarded(const char *path) {
  Fd fd(open(path, O_RDONLY));
  if (co_await Ready{} < 0)
    co_return;
  char c;
  (void)!read(fd.get(), &c, 1);
}

Task closed(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    co_return;
  co_await Ready{};
  close(fd);
}

Task lost(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    co_return;
  int n = co_await Later{};
  if (n == 2)
    co_return; // expect: missing-close
  close(fd);
}

Task twice(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    co_return;
  close(fd);
  co_await Ready{};
  close(fd); // expect: double-close
}
