// Objects that run something at the end of their scope.
// RUN: %check_handrail %s -- -std=c++20
#include <fcntl.h>
#include <functional>
#include <stdio.h>
#include <unistd.h>
#include <utility>

template <typename F> class Guard {
public:
  explicit Guard(F f) : f_(std::move(f)) {}
  Guard(const Guard &) = delete;
  ~Guard() {
    if (active_)
      f_();
  }
  void dismiss() { active_ = false; }

private:
  F f_;
  bool active_ = true;
};

template <typename F> Guard<F> make_guard(F f) { return Guard<F>(std::move(f)); }

bool guarded(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  Guard guard([fd] { close(fd); });
  if (read(fd, buffer, 16) < 0)
    return false;
  return buffer[0] != 0;
}

bool guarded_by_reference(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  auto guard = make_guard([&] { close(fd); });
  return read(fd, buffer, 16) > 0;
}

int dismissed(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  Guard guard([&] { close(fd); });
  if (read(fd, buffer, 16) < 0)
    return -1;
  guard.dismiss();
  return fd;
}

int dismissed_too_early(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  Guard guard([&] { close(fd); });
  guard.dismiss(); // expect: guard-misuse
  if (read(fd, buffer, 16) < 0)
    return -1; // expect: missing-close
  return fd;
}

int not_dismissed(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  Guard guard([&] { close(fd); });
  return fd; // expect: use-after-close
}

bool manual_and_guard(const char *path, char *buffer) {
  FILE *f = fopen(path, "r");
  if (!f)
    return false;
  Guard guard([f] { fclose(f); });
  if (!fgets(buffer, 16, f)) {
    fclose(f);
    return false; // expect: double-close
  }
  return true;
}

// A guard of a function pointer and an argument.
template <typename T> class Cleanup {
public:
  Cleanup(T value, int (*f)(T)) : value_(value), f_(f) {}
  ~Cleanup() { f_(value_); }

private:
  T value_;
  int (*f_)(T);
};

bool function_pointer(const char *path, char *buffer) {
  FILE *f = fopen(path, "r");
  if (!f)
    return false;
  Cleanup<FILE *> guard(f, fclose);
  return fgets(buffer, 16, f) != nullptr;
}

bool wrong_function(const char *path, char *buffer) {
  FILE *f = popen(path, "r");
  if (!f)
    return false;
  Cleanup<FILE *> guard(f, fclose);
  return fgets(buffer, 16, f) != nullptr; // expect: mismatched-close
}

// Lambdas that are called.
bool called_lambda(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  auto finish = [&](bool result) {
    close(fd);
    return result;
  };
  if (read(fd, buffer, 16) < 0)
    return finish(false);
  if (buffer[0] == 0)
    return false; // expect: missing-close
  return finish(true);
}

template <typename F> bool with_file(const char *path, F f) {
  FILE *file = fopen(path, "r");
  if (!file)
    return false;
  bool result = f(file);
  fclose(file); // expect: double-close
  return result;
}

bool visits(const char *path, char *buffer) {
  return with_file(path, [&](FILE *f) { return fgets(buffer, 16, f) != nullptr; });
}

bool closes_inside(const char *path, char *buffer) {
  return with_file(path, [&](FILE *f) {
    bool ok = fgets(buffer, 16, f) != nullptr;
    fclose(f);
    return ok;
  });
}

// A lambda that owns what it captured by move.
class Stream {
public:
  explicit Stream(const char *path) : f_(fopen(path, "r")) {}
  Stream(Stream &&other) noexcept : f_(other.f_) { other.f_ = nullptr; }
  ~Stream() {
    if (f_)
      fclose(f_);
  }
  FILE *get() const { return f_; }

private:
  FILE *f_;
};

auto reader(const char *path) {
  Stream s(path);
  return [s = std::move(s)] { return s.get() ? fgetc(s.get()) : -1; };
}

int reads_later(const char *path) {
  auto read = reader(path);
  return read() + read();
}

int stale_in_lambda(const char *path) {
  Stream s(path);
  FILE *raw = s.get();
  if (!raw)
    return -1;
  {
    auto owner = [s = std::move(s)] { return fgetc(s.get()); };
    owner();
  }
  return fgetc(raw); // expect: use-after-close
}

// Callables in std::function.
bool stored_call(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  std::function<void()> finish = [&] { close(fd); };
  bool ok = read(fd, buffer, 16) > 0;
  finish();
  return ok;
}

bool stored_call_too_early(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  std::function<void()> finish = [&] { close(fd); };
  finish();
  return read(fd, buffer, 16) > 0; // expect: use-after-close
}

bool stored_call_skipped(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  std::function<void()> finish = [&] { close(fd); };
  if (read(fd, buffer, 16) < 0)
    return false; // expect: missing-close
  finish();
  return true;
}

struct Deferred {
  std::function<void()> run;
  ~Deferred() {
    if (run)
      run();
  }
};

bool deferred(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  Deferred guard{[&] { close(fd); }};
  return read(fd, buffer, 16) > 0;
}

bool deferred_and_manual(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  Deferred guard{[&] { close(fd); }};
  bool ok = read(fd, buffer, 16) > 0;
  close(fd);
  return ok; // expect: double-close
}

bool deferred_and_dismissed(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  Deferred guard{[&] { close(fd); }};
  guard.run = nullptr;
  return read(fd, buffer, 16) > 0; // expect: missing-close
}

bool deferred_stream(const char *path, char *buffer) {
  FILE *f = fopen(path, "r");
  if (!f)
    return false;
  Deferred guard{[f] { fclose(f); }};
  return fgets(buffer, 16, f) != nullptr;
}

void run(std::function<void(int)> f, int fd) { f(fd); }

void passed_on(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  run([](int n) { close(n); }, fd);
}

void passed_on_and_lost(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  run([](int n) { lseek(n, 0, SEEK_END); }, fd);
} // expect: missing-close

void passed_on_and_closed(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  run([](int n) { close(n); }, fd);
  close(fd); // expect: double-close
}
