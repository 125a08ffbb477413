// Before C++17 the copy of a returned object is an expression, which compilers leave out.
// RUN: %check_handrail %s -- -std=c++14
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <unistd.h>

class Fd {
  int fd;

public:
  explicit Fd(int fd) : fd(fd) {}
  Fd(Fd &&o) : fd(o.fd) { o.fd = -1; }
  ~Fd() {
    if (fd != -1)
      ::close(fd);
  }
  int get() const { return fd; }
};

static Fd make(const char *name) {
  Fd f{open(name, O_RDONLY)};
  return f;
}

int returned(const char *name, char *to) {
  Fd f = make(name);
  return f.get() < 0 ? -1 : static_cast<int>(read(f.get(), to, 8));
}

int one_of_two(const char *a, const char *b, bool first, char *to) {
  Fd f = first ? make(a) : make(b);
  return f.get() < 0 ? -1 : static_cast<int>(read(f.get(), to, 8));
}

int of_the_temporary(const char *name, char *to) {
  int fd = make(name).get();
  return fd < 0 ? -1 : static_cast<int>(read(fd, to, 8)); // expect: use-after-close
}

// Written as a conversion.
class Moved {
public:
  explicit Moved(int fd) : fd_(fd) {}
  Moved(Moved &&other) : fd_(other.fd_) { other.fd_ = -1; }
  ~Moved() {
    if (fd_ >= 0)
      close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

Moved duplicated(int fd) {
  int copy = dup(fd);
  return Moved(copy);
}

bool moved(int fd) {
  Moved m = duplicated(fd);
  return m.get() >= 0;
}

// Members, which are the object that the function returned.
struct HasMembers {
  Fd given;
  Fd defaulted = make("in");
  Fd braced{make("in")};
  long first;
  explicit HasMembers(const char *name, char *to) : given(make(name)), first(0) {
    if (given.get() >= 0)
      first = read(given.get(), to, 1);
    if (defaulted.get() >= 0)
      first = read(defaulted.get(), to, 1);
    if (braced.get() >= 0)
      first = read(braced.get(), to, 1);
  }
};

long members(const char *name, char *to) { return HasMembers(name, to).first; }
