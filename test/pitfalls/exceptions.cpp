// Owners are no leaks because something might throw: the C library does not, `noexcept`
// ends the path. A callee that does throw is followed.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

class Fd {
public:
  explicit Fd(const char *path) : fd_(open(path, O_RDONLY)) {
    if (fd_ < 0)
      throw std::runtime_error("open");
  }
  Fd(const Fd &) = delete;
  ~Fd() { close(fd_); }
  int get() const { return fd_; }

private:
  int fd_;
};

long size_of(const char *path) {
  Fd fd(path);
  return lseek(fd.get(), 0, SEEK_END);
}

long raw_size_of(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  long size = lseek(fd, 0, SEEK_END);
  close(fd);
  return size;
}

void check(long n) {
  if (n < 0)
    throw std::runtime_error("seek");
}

void check_or_die(long n) noexcept { check(n); }

long checked(const char *path) {
  Fd fd(path);
  long size = lseek(fd.get(), 0, SEEK_END);
  check(size);
  return size;
}

long raw_or_dead(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  long size = lseek(fd, 0, SEEK_END);
  check_or_die(size);
  close(fd);
  return size;
}

long raw_and_checked(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  long size = lseek(fd, 0, SEEK_END);
  check(size); // expect: missing-close
  close(fd);
  return size;
}
