// A member that owns: unrelated writes, default arguments, methods called in between.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

class Fd {
public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd &operator=(Fd &&other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0)
      close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

class Session {
public:
  explicit Session(Fd fd = Fd(open("/dev/null", O_RDWR))) : fd_(std::move(fd)) {}
  void rename(std::string name) { name_ = std::move(name); }
  bool alive() const { return fd_.get() >= 0; }

private:
  Fd fd_;
  std::string name_;
  int uses_ = 0;
};

bool default_argument() {
  Session s;
  s.rename("first");
  return s.alive();
}

bool handle_for_constructor(const char *path) {
  auto s = std::make_unique<Session>(Fd(open(path, O_RDWR)));
  s->rename("second");
  return s->alive();
}

// A struct that is returned by value, and one that is filled in.
struct Opened {
  int fd;
  int error;
};

Opened open_it(const char *path) {
  Opened o{open(path, O_RDONLY), 0};
  return o;
}

bool fill(const char *path, Opened &o) {
  o.fd = open(path, O_RDONLY);
  return o.fd >= 0;
}

void returned(const char *path) {
  Opened o = open_it(path);
  if (o.fd >= 0)
    close(o.fd);
}

int returned_and_lost(const char *path) {
  Opened o = open_it(path);
  if (o.fd < 0)
    return -1;
  if (o.error)
    close(o.fd);
  return o.error; // expect: missing-close
}

void filled(const char *path) {
  Opened o;
  if (fill(path, o))
    close(o.fd);
}

bool filled_and_lost(const char *path) {
  Opened o;
  return fill(path, o); // expect: missing-close
}

// One element of what is partly built.
class TwoEnds {
public:
  bool start(const char *a, const char *b) {
    in_ = open(a, O_RDONLY);
    if (in_ < 0)
      return false;
    out_ = open(b, O_WRONLY);
    return out_ >= 0;
  }
  void stop() {
    close(in_);
    close(out_);
  }

private:
  int in_ = -1, out_ = -1;
};

bool stopped(const char *a, const char *b) {
  TwoEnds ends;
  if (!ends.start(a, b)) {
    ends.stop();
    return false;
  }
  ends.stop();
  return true;
}

bool half_started(const char *a, const char *b) {
  TwoEnds ends;
  if (!ends.start(a, b))
    return false; // expect: missing-close
  ends.stop();
  return true;
}
