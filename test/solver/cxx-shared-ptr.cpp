// std::shared_ptr: the only owner deletes what it has; what was copied is out of sight.
// RUN: %check_handrail %s -- -std=c++17
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <vector>

struct File {
  explicit File(const char *name) : fd(open(name, O_RDONLY)) {}
  ~File() {
    if (fd >= 0)
      close(fd);
  }
  int fd;
};
struct Raw {
  explicit Raw(const char *name) : fd(open(name, O_RDONLY)) {} // expect: unreleased-member
  int fd;
};

// A deleter ------------------------------------------------------------------

int with_function(const char *name) {
  std::shared_ptr<FILE> f(fopen(name, "r"), fclose);
  return f ? fgetc(f.get()) : -1;
}

int with_lambda(const char *name) {
  std::shared_ptr<FILE> f(fopen(name, "r"), [](FILE *p) {
    if (p)
      fclose(p);
  });
  return f ? fgetc(f.get()) : -1;
}

int closed_by_hand_as_well(const char *name) {
  std::shared_ptr<FILE> f(fopen(name, "r"), fclose);
  if (!f)
    return -1;
  int c = fgetc(f.get());
  fclose(f.get());
  return c; // expect: double-close
}

int used_after_reset(const char *name) {
  std::shared_ptr<FILE> f(fopen(name, "r"), fclose);
  FILE *raw = f.get();
  if (!raw)
    return -1;
  f.reset();
  return fgetc(raw); // expect: use-after-close
}

int used_before_reset(const char *name) {
  std::shared_ptr<FILE> f(fopen(name, "r"), fclose);
  FILE *raw = f.get();
  if (!raw)
    return -1;
  int c = fgetc(raw);
  f.reset();
  return c;
}

int replaced(const char *a, const char *b) {
  std::shared_ptr<FILE> f(fopen(a, "r"), fclose);
  f.reset(fopen(b, "r"), fclose);
  f = nullptr;
  return 0;
}

// FIXME: nobody closes it; what runs when there is no deleter is in the same summary.
int does_nothing(const char *name) {
  std::shared_ptr<FILE> f(fopen(name, "r"), [](FILE *) {});
  return f ? fgetc(f.get()) : -1;
}

// delete ---------------------------------------------------------------------

bool made(const char *name) {
  auto f = std::make_shared<File>(name);
  return f->fd >= 0;
}

// FIXME: the descriptor is lost with the object.
bool made_without_destructor(const char *name) {
  auto r = std::make_shared<Raw>(name);
  return r->fd >= 0;
}

bool taken(const char *name) {
  std::shared_ptr<File> f(new File(name));
  return f->fd >= 0;
}

bool from_unique(const char *name) {
  std::shared_ptr<File> f = std::make_unique<File>(name);
  return f->fd >= 0;
}

// The destructor is that of the class that was given, or of the object.
struct Base {
  int kind = 0;
};
struct Derived : Base {
  explicit Derived(const char *name) : file(name) {}
  File file;
};
struct VirtualBase {
  virtual ~VirtualBase() {}
};
struct VirtualDerived : VirtualBase {
  explicit VirtualDerived(const char *name) : file(name) {}
  File file;
};

int of_the_class_given(const char *name) {
  std::shared_ptr<Base> b(new Derived(name));
  return b->kind;
}
std::shared_ptr<VirtualBase> of_the_object(const char *name) {
  std::shared_ptr<VirtualBase> b = std::make_shared<VirtualDerived>(name);
  b.reset();
  return b;
}

// Several owners ----------------------------------------------------------------

std::vector<std::shared_ptr<Raw>> all;
std::shared_ptr<Raw> last;

void copied(const char *name) {
  auto r = std::make_shared<Raw>(name);
  std::shared_ptr<Raw> other = r;
}

void stored(const char *name) {
  auto r = std::make_shared<Raw>(name);
  last = r;
}

void pushed(const char *name) {
  auto r = std::make_shared<Raw>(name);
  all.push_back(r);
}

void pushed_on(const char *name) {
  auto r = std::make_shared<Raw>(name);
  all.push_back(std::move(r));
}

int copy_outlives(const char *name) {
  auto f = std::make_shared<File>(name);
  int fd = f->fd;
  {
    std::shared_ptr<File> copy = f;
  }
  char c;
  return fd < 0 ? -1 : (int)read(fd, &c, 1);
}

int outlives_through_weak(const char *name) {
  auto f = std::make_shared<File>(name);
  std::weak_ptr<File> w = f;
  int fd = f->fd;
  auto other = w.lock();
  f.reset();
  char c;
  return fd < 0 ? -1 : (int)read(fd, &c, 1);
}

struct Session : std::enable_shared_from_this<Session> {
  explicit Session(const char *name) : file(name) {}
  void start();
  File file;
};
int hands_out_owners(const char *name) {
  auto s = std::make_shared<Session>(name);
  s->start();
  int fd = s->file.fd;
  s.reset();
  char c;
  return fd < 0 ? -1 : (int)read(fd, &c, 1);
}

// Moved -------------------------------------------------------------------------

void consume(std::shared_ptr<Raw> r) { close(r->fd); }
void moved_on(const char *name) {
  auto r = std::make_shared<Raw>(name);
  if (r->fd >= 0)
    consume(std::move(r));
}

class Holder {
public:
  explicit Holder(std::shared_ptr<File> f) : file(std::move(f)) {}
  int fd() const { return file->fd; }

private:
  std::shared_ptr<File> file;
};
bool held(const char *name) {
  Holder h(std::make_shared<File>(name));
  return h.fd() >= 0;
}
int used_after_holder(const char *name) {
  int fd;
  {
    Holder h(std::make_shared<File>(name));
    fd = h.fd();
  }
  char c;
  return fd < 0 ? -1 : (int)read(fd, &c, 1); // expect: use-after-close
}
