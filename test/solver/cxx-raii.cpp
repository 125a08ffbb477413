// Classes whose destructor releases what they hold: automatic, temporary, member,
// base and deleted objects.
// RUN: %check_handrail %s -- -std=c++20
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <utility>

class Fd {
public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(const char *path, int flags) : Fd(open(path, flags)) {}
  Fd(const Fd &) = delete;
  Fd &operator=(const Fd &) = delete;
  Fd(Fd &&other) noexcept : fd_(other.release()) {}
  Fd &operator=(Fd &&other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1) {
    if (fd_ >= 0)
      close(fd_);
    fd_ = fd;
  }

private:
  int fd_;
};

// Never released.
class Leaky {
public:
  explicit Leaky(const char *path) : fd_(open(path, O_RDONLY)) {} // expect: unreleased-member
  int get() const { return fd_; }

private:
  int fd_;
};

bool automatic(const char *path, char *buffer) {
  Fd fd(open(path, O_RDONLY));
  if (!fd)
    return false;
  if (read(fd.get(), buffer, 16) < 0)
    return false;
  return true;
}

bool not_automatic(const char *path, char *buffer) {
  Leaky fd(path);
  return read(fd.get(), buffer, 16) > 0; // expect: missing-close
}

bool delegating(const char *path, char *buffer) {
  Fd fd(path, O_RDONLY);
  return fd.valid() && read(fd.get(), buffer, 16) > 0;
}

// The owner gives the descriptor back, and nobody closes it.
bool released(const char *path, char *buffer) {
  Fd fd(open(path, O_RDONLY));
  int raw = fd.release();
  if (raw < 0)
    return false;
  return read(raw, buffer, 16) > 0; // expect: missing-close
}

bool released_and_closed(const char *path, char *buffer) {
  Fd fd(open(path, O_RDONLY));
  int raw = fd.release();
  if (raw < 0)
    return false;
  bool ok = read(raw, buffer, 16) > 0;
  close(raw);
  return ok;
}

bool manual_close(const char *path) {
  Fd fd(open(path, O_RDONLY));
  if (!fd)
    return false;
  close(fd.get());
  return true; // expect: double-close
}

int raw_of_temporary(const char *path, char *buffer) {
  int raw = Fd(path, O_RDONLY).get();
  if (raw < 0)
    return -1;
  return (int)read(raw, buffer, 16); // expect: use-after-close
}

int whole_expression(const char *path, char *buffer) {
  return (int)read(Fd(path, O_RDONLY).get(), buffer, 16);
}

Fd make(const char *path) {
  Fd fd(open(path, O_RDONLY));
  if (!fd)
    return Fd();
  return fd;
}

bool elided(const char *path, char *buffer) {
  Fd fd = make(path);
  return read(fd.get(), buffer, 16) > 0;
}

bool moved(const char *path, char *buffer) {
  Fd first = make(path);
  Fd second = std::move(first);
  Fd third;
  third = std::move(second);
  return third && read(third.get(), buffer, 16) > 0;
}

bool use_after_move(const char *path, char *buffer) {
  Fd first(open(path, O_RDONLY));
  if (!first)
    return false;
  int raw = first.get();
  {
    Fd second = std::move(first);
  }
  return read(raw, buffer, 16) > 0; // expect: use-after-close
}

void sink(Fd fd) {}

bool sunk(const char *path, char *buffer) {
  Fd fd(open(path, O_RDONLY));
  if (!fd)
    return false;
  int raw = fd.get();
  sink(std::move(fd));
  return read(raw, buffer, 16) > 0; // expect: use-after-close
}

void only_sunk(const char *path) {
  Fd fd(open(path, O_RDONLY));
  sink(std::move(fd));
}

// A member and a base are destroyed with the object.
struct Connection {
  Fd socket;
  int port = 0;
};

struct Named : Connection {
  const char *name = nullptr;
};

void member(const char *path) {
  Connection c{Fd(open(path, O_RDWR)), 80};
  c.port = 81;
}

void base(const char *path) {
  Named n;
  n.socket = Fd(open(path, O_RDWR));
  n.name = path;
}

void on_heap(const char *path) {
  Connection *c = new Connection;
  c->socket = Fd(path, O_RDWR);
  delete c;
}

void not_deleted(const char *path) {
  Connection *c = new Connection;
  c->socket.reset(open(path, O_RDWR));
  if (c->socket.get() > 100)
    return; // expect: missing-close
  delete c;
}

struct Plain {
  int fd;
};

void deleted_without_destructor(const char *path) {
  Plain *p = new Plain;
  p->fd = open(path, O_RDWR);
  delete p; // expect: missing-close
}

void deleted_after_close(const char *path) {
  Plain *p = new Plain;
  p->fd = open(path, O_RDWR);
  if (p->fd >= 0)
    close(p->fd);
  delete p;
}

class VirtualOwner {
public:
  virtual ~VirtualOwner() {}
};

class FileOwner : public VirtualOwner {
public:
  explicit FileOwner(const char *path) : file_(fopen(path, "r")) {}
  ~FileOwner() override {
    if (file_)
      fclose(file_);
  }

private:
  FILE *file_;
};

void through_base(const char *path) {
  VirtualOwner *owner = new FileOwner(path);
  delete owner;
}

void array_of_owners(const char *a, const char *b) {
  Fd fds[2] = {Fd(a, O_RDONLY), Fd(b, O_RDONLY)};
  if (!fds[0] || !fds[1])
    return;
  char c;
  (void)!read(fds[0].get(), &c, 1);
}

void conditional_temporary(const char *a, bool yes) {
  Fd fd = yes ? Fd(a, O_RDONLY) : Fd();
  char c;
  (void)!read(fd.get(), &c, 1);
}

void loop(const char *const *paths, int n) {
  for (int i = 0; i < n; ++i) {
    Fd fd(paths[i], O_RDONLY);
    if (!fd)
      continue;
    if (fd.get() > 100)
      break;
  }
}

// A constructor that is inherited runs once.
class Opened {
public:
  explicit Opened(Fd &&fd) : fd_(std::move(fd)) {}
  int get() const { return fd_.get(); }

private:
  Fd fd_;
};

class Logged : public Opened {
public:
  using Opened::Opened;
};

int inherited_constructor(const char *path) {
  Fd fd(path, O_RDONLY);
  if (!fd)
    return -1;
  Logged log(std::move(fd));
  return log.get() > 3;
}

int inherited_and_manual(const char *path) {
  Fd fd(path, O_RDONLY);
  if (!fd)
    return -1;
  Logged log(std::move(fd));
  close(log.get());
  return 0; // expect: double-close
}

// A default initialiser of a member runs once.
struct Initialised {
  Fd out{dup(1)};
  int fd = dup(2);
  ~Initialised() {
    if (fd >= 0)
      close(fd);
  }
};

int initialised() {
  Initialised both;
  return both.out.get() + both.fd;
}

struct HalfInitialised {
  Fd out{dup(1)};
  int fd = dup(2); // expect: unreleased-member
};

int half_initialised() {
  HalfInitialised both;
  return both.out.get() > 0; // expect: missing-close
}

struct Constructed {
  Fd out{dup(1)};
  int error;
  explicit Constructed(int error) : error(error) {}
};

int constructed() { return Constructed(3).error; }
