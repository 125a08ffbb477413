// Correct code in which owners, exceptions and the standard library meet. The wrong
// twins are in the other files about C++.
// RUN: %check_handrail %s -- -std=c++20
#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

struct Closer {
  void operator()(FILE *f) const { fclose(f); }
};
using File = std::unique_ptr<FILE, Closer>;

// pimpl
class Impl;
class Widget {
public:
  Widget();
  ~Widget();
  Widget(Widget &&) noexcept;

private:
  std::unique_ptr<Impl> impl_;
};
class Impl {
public:
  explicit Impl(const char *p) : fd(open(p, O_RDONLY)) {}
  ~Impl() {
    if (fd >= 0)
      close(fd);
  }
  int fd;
};
Widget::Widget() : impl_(new Impl("x")) {}
Widget::~Widget() = default;
Widget::Widget(Widget &&) noexcept = default;
void widget() {
  Widget w;
  Widget v = std::move(w);
}
void raw_impl() {
  std::unique_ptr<Impl> p(new Impl("a"));
  if (p->fd > 5)
    return;
  p.reset(new Impl("b"));
}
void impl_array() {
  std::unique_ptr<Impl[]> p;
  std::unique_ptr<char[]> b(new char[10]);
  b[0] = 'x';
}

// globals
static File g_log;
static std::mutex g_mutex;
static FILE *g_raw;
void init_log(const char *p) {
  std::lock_guard<std::mutex> l(g_mutex);
  g_log.reset(fopen(p, "a"));
  if (g_log)
    fputs("x", g_log.get());
}
void init_raw(const char *p) {
  if (!g_raw)
    g_raw = fopen(p, "a");
}
FILE *log_stream() { return g_log ? g_log.get() : stderr; }

// project mutex
class Mutex {
public:
  void lock() { pthread_mutex_lock(&m_); }
  void unlock() { pthread_mutex_unlock(&m_); }

private:
  pthread_mutex_t m_ = PTHREAD_MUTEX_INITIALIZER;
};
struct Shared {
  Mutex m;
  int v = 0;
  int get() {
    std::lock_guard<Mutex> l(m);
    if (v < 0)
      return -1;
    return v;
  }
  int get2() {
    std::unique_lock<Mutex> l(m);
    if (v < 0)
      return -1;
    l.unlock();
    return v;
  }
};
int shared(Shared &s) { return s.get() + s.get2(); }

// threads
void in_thread(const char *p) {
  int fd = open(p, O_RDONLY);
  if (fd < 0)
    return;
  std::thread t([fd] { close(fd); });
  t.detach();
}
int async(const char *p) {
  File f(fopen(p, "r"));
  auto r = std::async(std::launch::async, [f = std::move(f)] { return f ? fgetc(f.get()) : -1; });
  return r.get();
}
// init capture moved owner
auto keeper(const char *p) {
  File f(fopen(p, "r"));
  return [f = std::move(f)]() mutable { return f ? fgetc(f.get()) : -1; };
}
int use_keeper(const char *p) {
  auto k = keeper(p);
  return k();
}

// atomics
std::atomic<int> g_fd{-1};
int shared_fd(const char *p) {
  int fd = g_fd.load();
  if (fd >= 0)
    return fd;
  fd = open(p, O_RDONLY);
  int expected = -1;
  if (!g_fd.compare_exchange_strong(expected, fd)) {
    close(fd);
    return expected;
  }
  return fd;
}
void set_fd(const char *p) {
  int old = g_fd.exchange(open(p, O_RDONLY));
  if (old >= 0)
    close(old);
}

// maps of owners
class Cache {
public:
  FILE *get(const std::string &k) {
    auto it = m_.find(k);
    if (it == m_.end())
      it = m_.emplace(k, File(fopen(k.c_str(), "r"))).first;
    return it->second.get();
  }
  void put(const std::string &k) { m_[k] = File(fopen(k.c_str(), "r")); }

private:
  std::map<std::string, File> m_;
};
int cache(Cache &c) {
  c.put("a");
  FILE *f = c.get("a");
  return f ? fgetc(f) : 0;
}

// throwing helpers, error results
[[noreturn]] void fail(const std::string &what) { throw std::runtime_error(what); }
int must_open(const char *p) {
  int fd = open(p, O_RDONLY);
  if (fd < 0)
    fail("open");
  return fd;
}
int must(const char *p) {
  int fd = must_open(p);
  char c;
  if (read(fd, &c, 1) != 1) {
    close(fd);
    fail("read");
  }
  close(fd);
  return c;
}
struct Scoped {
  int fd;
  explicit Scoped(const char *p) : fd(must_open(p)) {}
  ~Scoped() { close(fd); }
};
int two(const char *a, const char *b) {
  Scoped x(a), y(b);
  return x.fd + y.fd;
}
struct Holder {
  Scoped a, b;
  Holder(const char *p, const char *q) : a(p), b(q) {
    if (a.fd == b.fd)
      fail("same");
  }
};
void holder() {
  Holder h("a", "b");
  std::unique_ptr<Holder> p(new Holder("c", "d"));
}
struct Base {
  virtual ~Base() {}
  virtual int go() = 0;
};
struct Derived : Base {
  File f;
  explicit Derived(const char *p) : f(fopen(p, "r")) {
    if (!f)
      fail("x");
  }
  int go() override { return fgetc(f.get()); }
};
int poly(const char *p) {
  std::unique_ptr<Base> b(new Derived(p));
  return b->go();
}
std::unique_ptr<Base> factory(const char *p) {
  auto d = std::unique_ptr<Derived>(new Derived(p));
  d->go();
  return d;
}
std::unique_ptr<Base> factory2(const char *p) { return std::make_unique<Derived>(p); }
bool parse(const char *p, std::string *out) {
  FILE *f = fopen(p, "r");
  if (!f)
    return false;
  try {
    char b[10];
    while (fgets(b, sizeof b, f))
      out->append(b);
    if (out->empty())
      fail("empty");
  } catch (const std::exception &e) {
    fclose(f);
    throw;
  } catch (...) {
    fclose(f);
    return false;
  }
  fclose(f);
  return true;
}
// early return value owner in optional/pair
std::optional<File> opt(const char *p) {
  File f(fopen(p, "r"));
  if (!f)
    return {};
  return f;
}
int opts(const char *p) {
  auto f = opt(p);
  if (!f)
    return -1;
  int c = fgetc(f->get());
  f.reset();
  return c;
}
std::pair<File, int> pr(const char *p) {
  File f(fopen(p, "r"));
  return {std::move(f), 1};
}
int prs(const char *p) {
  auto [f, n] = pr(p);
  return f ? fgetc(f.get()) : n;
}
struct Agg {
  File f;
  std::string s;
};
Agg agg(const char *p) { return {File(fopen(p, "r")), "x"}; }
int aggs(const char *p) {
  Agg a = agg(p);
  Agg b = std::move(a);
  return b.f ? fgetc(b.f.get()) : 0;
}
std::vector<Agg> many(const char *p) {
  std::vector<Agg> v;
  v.push_back(agg(p));
  Agg a = agg(p);
  v.push_back(std::move(a));
  return v;
}
void swap_files(const char *p) {
  File a(fopen(p, "r")), b;
  std::swap(a, b);
  a.swap(b);
  if (a)
    fgetc(a.get());
}
struct Lazy {
  FILE *f = nullptr;
  FILE *get() {
    if (!f)
      f = fopen("x", "r");
    return f;
  }
  ~Lazy() {
    if (f)
      fclose(f);
  }
};
int lazy() {
  Lazy l;
  FILE *f = l.get();
  return f ? fgetc(f) : 0;
}
struct StaticCloser {
  static void close(FILE *f) { fclose(f); }
};
void static_deleter(const char *p) {
  std::unique_ptr<FILE, void (*)(FILE *)> f(fopen(p, "r"), &StaticCloser::close);
  if (f)
    fgetc(f.get());
}
void lambda_fp(const char *p) {
  std::unique_ptr<FILE, void (*)(FILE *)> f(fopen(p, "r"), [](FILE *x) {
    if (x)
      fclose(x);
  });
  if (f)
    fgetc(f.get());
}
struct FdDel {
  using pointer = int;
  void operator()(int fd) const { close(fd); }
};
struct NF {
  int fd;
  NF(std::nullptr_t = nullptr) : fd(-1) {}
  NF(int f) : fd(f) {}
  explicit operator bool() const { return fd != -1; }
  friend bool operator==(NF a, NF b) { return a.fd == b.fd; }
  friend bool operator!=(NF a, NF b) { return a.fd != b.fd; }
};
struct NFDel {
  using pointer = NF;
  void operator()(NF f) const { close(f.fd); }
};
void nullable(const char *p) {
  std::unique_ptr<int, NFDel> f(NF(open(p, O_RDONLY)));
  if (f) {
    char c;
    (void)!read(f.get().fd, &c, 1);
  }
}
void deleter_with_state(const char *p, std::vector<FILE *> &pool) {
  auto back = [&pool](FILE *f) { pool.push_back(f); };
  std::unique_ptr<FILE, decltype(back)> f(fopen(p, "r"), back);
}
class Conn {
  int fd_ = -1;
  bool own_;

public:
  Conn(int fd, bool own) : fd_(fd), own_(own) {}
  ~Conn() {
    if (own_ && fd_ >= 0)
      close(fd_);
  }
};
void conn(const char *p) {
  int fd = open(p, O_RDONLY);
  Conn a(fd, false);
  Conn b(fd, true);
}
