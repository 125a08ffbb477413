// Objects that run something at the end of their scope.
// RUN: %check_handrail %s -- -std=c++20
#include <fcntl.h>
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
  return fd; // FIXME: a closed descriptor is returned
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
  return fgets(buffer, 16, f) != nullptr; // FIXME: which function the object runs is not known to it
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
