// Intrusive counts: nobody knows which release is the last one.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <unistd.h>

class File {
public:
  explicit File(const char *path) : fd_(open(path, O_RDONLY)) {}
  void retain() { ++count_; }
  void release() {
    if (--count_ == 0)
      delete this;
  }
  int get() const { return fd_; }

private:
  ~File() {
    if (fd_ >= 0)
      close(fd_);
  }
  int fd_;
  unsigned count_ = 1;
};

class Ref {
public:
  explicit Ref(File *f) : f_(f) {}
  Ref(const Ref &other) : f_(other.f_) {
    if (f_)
      f_->retain();
  }
  ~Ref() {
    if (f_)
      f_->release();
  }
  File *operator->() const { return f_; }

private:
  File *f_;
};

int of_two(const char *path) {
  Ref a(new File(path));
  char c = 0;
  {
    Ref b = a;
    (void)!read(b->get(), &c, 1);
  }
  (void)!read(a->get(), &c, 1);
  return c;
}

int of_somebody(Ref a) {
  char c = 0;
  {
    Ref b = a;
    (void)!read(b->get(), &c, 1);
  }
  (void)!read(a->get(), &c, 1);
  return c;
}

int after_the_last(const char *path) {
  File *f = new File(path);
  int fd = f->get();
  if (fd < 0) {
    f->release();
    return -1;
  }
  f->release();
  char c = 0;
  return (int)read(fd, &c, 1); // expect: use-after-close
}
