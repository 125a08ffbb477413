// A callee that throws ends the scopes of its callers; only one whose body throws
// is believed to.
// RUN: %check_handrail %s -- -std=c++20
#include <cstdio>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

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

void check(bool ok) {
  if (!ok)
    throw std::runtime_error("failed");
}

void never_throws(bool ok);

int thrown_here(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    throw std::runtime_error("open");
  if (read(fd, buffer, 16) < 0)
    throw std::runtime_error("read"); // expect: missing-close
  close(fd);
  return 0;
}

int closed_before_throw(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    throw std::runtime_error("open");
  if (read(fd, buffer, 16) < 0) {
    close(fd);
    throw std::runtime_error("read");
  }
  close(fd);
  return 0;
}

int owner_thrown_over(const char *path, char *buffer) {
  Fd fd(open(path, O_RDONLY));
  if (read(fd.get(), buffer, 16) < 0)
    throw std::runtime_error("read");
  return 0;
}

int thrown_by_callee(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  check(read(fd, buffer, 16) > 0); // expect: missing-close
  close(fd);
  return 0;
}

int unknown_callee(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  never_throws(read(fd, buffer, 16) > 0);
  close(fd);
  return 0;
}

int owner_and_callee(const char *path, char *buffer) {
  Fd fd(open(path, O_RDONLY));
  check(fd.get() >= 0);
  check(read(fd.get(), buffer, 16) > 0);
  return 0;
}

int caught(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  try {
    check(read(fd, buffer, 16) > 0);
  } catch (const std::exception &) {
    close(fd);
    return -1;
  }
  close(fd);
  return 0;
}

int caught_and_rethrown(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  try {
    check(read(fd, buffer, 16) > 0);
  } catch (...) {
    close(fd);
    throw;
  }
  close(fd);
  return 0;
}

int forgotten_in_handler(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  try {
    check(read(fd, buffer, 16) > 0);
  } catch (const std::exception &e) {
    fputs(e.what(), stderr);
    return -1; // expect: missing-close
  }
  close(fd);
  return 0;
}

// Opened inside the block that is left.
int opened_in_try(const char *path, char *buffer) {
  try {
    int fd = open(path, O_RDONLY);
    check(fd >= 0);
    close(fd);
  } catch (...) {
    return -1;
  }
  return 0;
}

int lost_in_try(const char *path, char *buffer) {
  try {
    int fd = open(path, O_RDONLY);
    if (fd < 0)
      return -1;
    check(read(fd, buffer, 16) > 0); // expect: missing-close
    close(fd);
  } catch (...) {
    return -1;
  }
  return 0;
}

void quiet(bool ok) noexcept { check(ok); }

int no_exception_leaves(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  quiet(read(fd, buffer, 16) > 0);
  close(fd);
  return 0;
}

// Closed twice on the way out.
int closed_by_both(const char *path, char *buffer) {
  Fd fd(open(path, O_RDONLY));
  if (fd.get() < 0)
    return -1;
  try {
    check(read(fd.get(), buffer, 16) > 0);
  } catch (...) {
    close(fd.get());
    return -1; // expect: double-close
  }
  return 0;
}

// A constructor that throws: members are destroyed, the object is not.
class Connection {
public:
  explicit Connection(const char *path) : fd_(open(path, O_RDWR)) {
    if (fd_ < 0)
      throw std::runtime_error("open");
    char c;
    if (read(fd_, &c, 1) != 1)
      throw std::runtime_error("read");
  }
  ~Connection() { close(fd_); }

private:
  int fd_;
};

class SafeConnection {
public:
  explicit SafeConnection(const char *path) : fd_(open(path, O_RDWR)) {
    char c;
    if (read(fd_.get(), &c, 1) != 1)
      throw std::runtime_error("read");
  }

private:
  Fd fd_;
};

void connect(const char *path) {
  Connection c(path); // expect: missing-close
}

void connect_on_heap(const char *path) {
  delete new Connection(path); // expect: missing-close
}

void connect_safely(const char *path) { SafeConnection c(path); }

// What is alive as a temporary is destroyed, too.
int sum(const Fd &a, int b);
int checked(int x) {
  check(x > 0);
  return x;
}
int temporaries(const char *path, int x) { return sum(Fd(open(path, O_RDONLY)), checked(x)); }

struct Checked {
  explicit Checked(int fd) : fd(fd) { check(fd >= 0); }
  int fd;
};

void loop(const char *const *paths, int n) {
  for (int i = 0; i < n; ++i) {
    Fd fd(open(paths[i], O_RDONLY));
    Checked c(fd.get());
    check(c.fd > 0);
  }
}

FILE *open_or_throw(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    throw std::runtime_error("open");
  return f;
}

int two_files(const char *a, const char *b) {
  FILE *f = open_or_throw(a);
  FILE *g = open_or_throw(b); // expect: missing-close
  fclose(g);
  fclose(f);
  return 0;
}

int one_file(const char *a) {
  FILE *f = open_or_throw(a);
  int c = fgetc(f);
  fclose(f);
  return c;
}

// Which handler takes what is thrown, its class says.
struct IoError {};
struct ReadError : IoError {};
struct ParseError {};

int other_class(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  try {
    if (read(fd, buffer, 16) < 0)
      throw ParseError(); // expect: missing-close
  } catch (const IoError &) {
    close(fd);
    return -1;
  }
  close(fd);
  return 0;
}

int base_class(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  try {
    if (read(fd, buffer, 16) < 0)
      throw ReadError();
  } catch (const ParseError &) {
    return -2;
  } catch (const IoError &) {
    close(fd);
    return -1;
  }
  close(fd);
  return 0;
}

int outer_handler(const char *path, char *buffer) {
  try {
    Fd fd(open(path, O_RDONLY));
    try {
      if (read(fd.get(), buffer, 16) < 0)
        throw ParseError();
    } catch (const IoError &) {
      return close(fd.get());
    }
  } catch (const ParseError &) {
    return -1;
  }
  return 0;
}
