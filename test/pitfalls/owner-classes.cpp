// Owners that users write: sentinels, copies, temporaries, guards.
// RUN: %check_handrail %s -- -std=c++17
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

// More values than one stand for "none".
class Tolerant {
public:
  explicit Tolerant(int fd) : fd_(fd) {}
  Tolerant(const Tolerant &) = delete;
  ~Tolerant() {
    if (fd_ != -1 && fd_ != -2)
      close(fd_);
  }
  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }

private:
  int fd_;
};

bool two_sentinels(const char *path) {
  Tolerant t(open(path, O_RDONLY));
  return t.valid();
}

// Copies.
class Copied { // expect: unreleased-member
public:
  explicit Copied(int fd) : fd_(fd) {}
  ~Copied() {
    if (fd_ >= 0)
      close(fd_);
  }
  bool valid() const { return fd_ >= 0; }

private:
  int fd_;
};

bool not_copied(const char *path) {
  Copied a(open(path, O_RDONLY));
  const Copied &b = a;
  return b.valid();
}

void copied(const char *path) {
  Copied a(open(path, O_RDONLY));
  if (!a.valid())
    return;
  Copied b = a;
} // expect: double-close

// Without a destructor.
class NoDestructor {
public:
  explicit NoDestructor(int fd) : fd_(fd) {}
  bool valid() const { return fd_ >= 0; }
  void stop() { close(fd_); }

private:
  int fd_;
};

void stopped(const char *path) {
  NoDestructor n(open(path, O_RDONLY));
  if (n.valid())
    n.stop();
}

void never_stopped(const char *path) {
  NoDestructor n(open(path, O_RDONLY));
  if (!n.valid())
    return;
} // expect: missing-close

// The handle of an owner that is gone at the end of the expression.
Tolerant opened(const char *path) { return Tolerant(open(path, O_RDONLY)); }

char read_at_once(const char *path) {
  char c = 0;
  (void)!read(opened(path).get(), &c, 1);
  return c;
}

char read_later(const char *path) {
  char c = 0;
  int fd = opened(path).get();
  if (fd >= 0)
    (void)!read(fd, &c, 1); // expect: use-after-close
  return c;
}

// A guard that is a temporary on purpose: it does its work at once.
struct Truncated {
  explicit Truncated(const char *path) : fd(open(path, O_WRONLY | O_TRUNC)) {}
  ~Truncated() {
    if (fd >= 0)
      close(fd);
  }
  int fd;
};

void truncated(const char *path) { Truncated{path}; }

// A guard, and the way past it.
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

FILE *kept(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return nullptr;
  Guard guard([f] { fclose(f); });
  if (fgetc(f) != '#')
    return nullptr;
  guard.dismiss();
  return f;
}

FILE *dismissed_too_early(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return nullptr;
  Guard guard([f] { fclose(f); });
  guard.dismiss(); // expect: guard-misuse
  if (fgetc(f) != '#')
    return nullptr; // expect: missing-close
  return f;
}

FILE *not_dismissed(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return nullptr;
  Guard guard([f] { fclose(f); });
  return f; // expect: use-after-close
}

int guard_and_manual(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  Guard guard([f] { fclose(f); });
  int c = fgetc(f);
  fclose(f);
  return c; // expect: double-close
}
