// How classes that own handles are written: copies, swaps, traits, pools, members.
// RUN: %check_handrail %s -- -std=c++20
#include <array>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

// Placement new.
class File {
public:
  explicit File(const char *path) : f_(fopen(path, "r")) {}
  ~File() {
    if (f_)
      fclose(f_);
  }
  File(const File &) = delete;
  FILE *get() const { return f_; }

private:
  FILE *f_;
};

void placed(const char *path) {
  alignas(File) unsigned char room[sizeof(File)];
  File *f = new (room) File(path);
  if (f->get())
    fgetc(f->get());
  f->~File();
}

void placed_and_forgotten(const char *path) {
  alignas(File) unsigned char room[sizeof(File)];
  File *f = new (room) File(path);
  if (f->get())
    fgetc(f->get());
} // expect: missing-close

// Copies of an owner without a copy constructor of its own.
class Copied { // expect: unreleased-member
public:
  explicit Copied(int fd) : fd_(fd) {}
  ~Copied() {
    if (fd_ >= 0)
      close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

void copied(const char *path) {
  Copied a(open(path, O_RDONLY));
  if (a.get() < 0)
    return;
  Copied b = a;
} // expect: double-close

void by_value(Copied c) {}

void copied_argument(const char *path) {
  Copied a(open(path, O_RDONLY));
  if (a.get() < 0)
    return;
  by_value(a);
} // expect: double-close

// Copies that duplicate.
class Dup {
public:
  explicit Dup(int fd) : fd_(fd) {}
  Dup(const Dup &o) : fd_(dup(o.fd_)) {}
  Dup &operator=(const Dup &o) {
    if (this != &o) {
      if (fd_ >= 0)
        close(fd_);
      fd_ = dup(o.fd_);
    }
    return *this;
  }
  ~Dup() {
    if (fd_ >= 0)
      close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

void duplicated(const char *path) {
  Dup a(open(path, O_RDONLY));
  Dup b = a;
  b = a;
}

// Copy and swap.
class Swapped {
public:
  explicit Swapped(int fd = -1) : fd_(fd) {}
  Swapped(Swapped &&o) noexcept : Swapped() { swap(*this, o); }
  Swapped &operator=(Swapped o) noexcept {
    swap(*this, o);
    return *this;
  }
  ~Swapped() {
    if (fd_ != -1)
      close(fd_);
  }
  friend void swap(Swapped &a, Swapped &b) noexcept {
    using std::swap;
    swap(a.fd_, b.fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

void swapped(const char *p, const char *q) {
  Swapped a(open(p, O_RDONLY));
  Swapped b(open(q, O_RDONLY));
  a = std::move(b);
  char c;
  (void)!read(a.get(), &c, 1);
}

// Default member initialisers, member arrays, aggregates.
struct Both {
  int in = -1, out = -1;
  ~Both() {
    if (in >= 0)
      close(in);
    if (out >= 0)
      close(out);
  }
};

bool both(const char *a, const char *b) {
  Both x;
  x.in = open(a, O_RDONLY);
  if (x.in < 0)
    return false;
  x.out = open(b, O_WRONLY);
  return x.out >= 0;
}

// Containers of raw handles drained by a destructor.
class Pool {
public:
  void add(const char *path) {
    int fd = open(path, O_RDONLY);
    if (fd >= 0)
      fds_.push_back(fd);
  }
  ~Pool() {
    for (int fd : fds_)
      close(fd);
  }

private:
  std::vector<int> fds_;
};

void pool(const char *path) {
  Pool p;
  p.add(path);
  p.add(path);
}

class Registry {
public:
  FILE *get(const std::string &name) {
    auto it = files_.find(name);
    if (it != files_.end())
      return it->second;
    FILE *f = fopen(name.c_str(), "r");
    if (f)
      files_[name] = f;
    return f;
  }
  void emplace(const std::string &name) {
    if (FILE *f = fopen(name.c_str(), "r"))
      files_.emplace(name, f);
  }

private:
  std::map<std::string, FILE *> files_;
};

int first(Registry &r) {
  FILE *f = r.get("a");
  r.emplace("b");
  return f ? fgetc(f) : -1;
}

// Templates at their instances.
template <typename H, int (*Close)(H)> class Basic {
public:
  explicit Basic(H h) : h_(h) {}
  Basic(Basic &&o) : h_(o.h_), owned_(std::exchange(o.owned_, false)) {}
  ~Basic() {
    if (owned_)
      Close(h_);
  }
  H get() const { return h_; }

private:
  H h_;
  bool owned_ = true;
};

void basic(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  Basic<FILE *, fclose> b(f);
  Basic<FILE *, fclose> c(std::move(b));
  fgetc(c.get());
}

void basic_wrong(const char *path) {
  FILE *f = popen(path, "r");
  if (!f)
    return;
  Basic<FILE *, fclose> b(f);
  fgetc(b.get());
} // expect: mismatched-close

// Traits.
struct FdTraits {
  using Type = int;
  static constexpr Type Invalid = -1;
  static void Close(Type fd) { close(fd); }
};
template <typename T> class Unique {
public:
  Unique() = default;
  explicit Unique(typename T::Type v) : v_(v) {}
  Unique(Unique &&o) : v_(o.release()) {}
  Unique &operator=(Unique &&o) {
    reset(o.release());
    return *this;
  }
  ~Unique() { reset(); }
  void reset(typename T::Type v = T::Invalid) {
    if (v_ != T::Invalid)
      T::Close(v_);
    v_ = v;
  }
  typename T::Type release() {
    auto v = v_;
    v_ = T::Invalid;
    return v;
  }
  typename T::Type *out() {
    reset();
    return &v_;
  }
  typename T::Type get() const { return v_; }

private:
  typename T::Type v_ = T::Invalid;
};

bool traits(const char *path) {
  Unique<FdTraits> a(open(path, O_RDONLY));
  Unique<FdTraits> b;
  b = std::move(a);
  return b.get() >= 0;
}

int pipe_into(Unique<FdTraits> &in, Unique<FdTraits> &out) {
  int p[2];
  if (pipe(p) < 0)
    return -1;
  in.reset(p[0]);
  out.reset(p[1]);
  return 0;
}

void pipes() {
  Unique<FdTraits> in, out;
  if (pipe_into(in, out) < 0)
    return;
  char c = 0;
  (void)!write(out.get(), &c, 1);
}

// fdopen through owners.
FILE *stream(const char *path) {
  Unique<FdTraits> fd(open(path, O_RDONLY));
  if (fd.get() < 0)
    return nullptr;
  FILE *f = fdopen(fd.get(), "r");
  if (f)
    fd.release();
  return f;
}

FILE *stream_twice(const char *path) {
  Unique<FdTraits> fd(open(path, O_RDONLY));
  if (fd.get() < 0)
    return nullptr;
  return fdopen(fd.get(), "r"); // expect: mismatched-close
}

// Member functions as cleanup.
class Session {
public:
  bool start(const char *path) {
    fd_ = open(path, O_RDWR);
    if (fd_ < 0)
      return false;
    if (lseek(fd_, 0, SEEK_END) < 0) {
      stop();
      return false;
    }
    return true;
  }
  void stop() {
    if (fd_ >= 0)
      close(std::exchange(fd_, -1));
  }
  ~Session() { stop(); }

private:
  int fd_ = -1;
};

void session(const char *path) {
  Session s;
  if (s.start(path))
    s.stop();
}

// References kept in structs.
struct Ref {
  FILE *&f;
  ~Ref() {
    if (f)
      fclose(f);
  }
};
void by_reference(const char *path) {
  FILE *f = fopen(path, "r");
  Ref r{f};
  if (f)
    fgetc(f);
}
void returned_lambda_user() {
  auto open_one = [](const char *p) { return fopen(p, "r"); };
  FILE *f = open_one("x");
  if (!f)
    return;
  fgetc(f);
} // expect: missing-close

std::array<int, 2> pair_of(const char *a) { return {open(a, O_RDONLY), -1}; }
void array_result(const char *a) {
  auto [x, y] = pair_of(a);
  if (x >= 0)
    close(x);
}
struct Result {
  int fd;
  int error;
};
Result open_result(const char *a) {
  int fd = open(a, O_RDONLY);
  return {fd, fd < 0 ? 1 : 0};
}
int result_ok(const char *a) {
  auto r = open_result(a);
  if (r.error)
    return -1;
  close(r.fd);
  return 0;
}
int result_lost(const char *a) {
  auto [fd, error] = open_result(a);
  if (fd < 0)
    return -1;
  if (error == 0)
    return 1; // expect: missing-close
  close(fd);
  return 0;
}
