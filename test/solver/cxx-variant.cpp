// std::variant: what it has is destroyed with it, or when it gets something else.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>

class File {
public:
  explicit File(const char *name) : fd(open(name, O_RDONLY)) {}
  File(File &&o) : fd(o.fd) { o.fd = -1; }
  File(const File &) = delete;
  File &operator=(File &&o) {
    std::swap(fd, o.fd);
    return *this;
  }
  ~File() {
    if (fd >= 0)
      close(fd);
  }
  int number() const { return fd; }

private:
  int fd;
};

using Source = std::variant<std::monostate, File, std::string>;

bool taken(const char *name) {
  Source s = File(name);
  return std::get<File>(s).number() >= 0;
}

bool replaced(const char *name) {
  Source s(File{name});
  s = std::string("text");
  s.emplace<File>(name);
  s = std::monostate();
  return std::holds_alternative<File>(s);
}

int used_after_replaced(const char *name) {
  Source s = File(name);
  int fd = std::get<File>(s).number();
  if (fd < 0)
    return -1;
  s.emplace<std::string>("text");
  char c;
  return (int)read(fd, &c, 1); // expect: use-after-close
}

int used_before_replaced(const char *name) {
  Source s = File(name);
  int fd = std::get<File>(s).number();
  if (fd < 0)
    return -1;
  char c;
  int n = (int)read(fd, &c, 1);
  s.emplace<std::string>("text");
  return n;
}

bool moved(const char *name) {
  Source s = File(name);
  Source t = std::move(s);
  const File *f = std::get_if<File>(&t);
  return f && f->number() >= 0;
}

bool handed_on(const char *name, Source &out) {
  Source s = File(name);
  bool good = std::get<1>(s).number() >= 0;
  out = std::move(s);
  return good;
}

// A descriptor or the name of one.
using Input = std::variant<int, std::string>;

int by_alternative(const char *name, bool now) {
  Input in = std::string(name);
  if (now)
    in = open(name, O_RDONLY);
  if (!std::holds_alternative<int>(in))
    return 0;
  close(std::get<int>(in));
  return 1;
}

int forgotten(const char *name, bool early) {
  Input in = open(name, O_RDONLY);
  if (early)
    return 0; // expect: missing-close: file descriptor
  if (const int *fd = std::get_if<int>(&in))
    close(*fd);
  return 1;
}

// The assignment loses it; how much of that a callee is sure of shows at the return.
int overwritten(const char *name) {
  Input in = open(name, O_RDONLY);
  in = std::string(name);
  return in.index() == 0; // expect: missing-close: file descriptor
}
