// A callback that an object stores and that holds the object.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <functional>
#include <memory>
#include <unistd.h>

class Fd {
public:
  explicit Fd(const char *path) : fd(open(path, O_RDONLY)) {}
  Fd(const Fd &) = delete;
  ~Fd() {
    if (fd >= 0)
      close(fd);
  }
  int fd;
};

struct Connection {
  explicit Connection(const char *path) : fd(path) {}
  std::function<void()> done;
  Fd fd;
};

void weakly(const char *path) {
  auto c = std::make_shared<Connection>(path);
  std::weak_ptr<Connection> weak = c;
  c->done = [weak] {
    if (auto strong = weak.lock())
      strong->done = nullptr;
  };
}

// FIXME: the object and its callback hold each other, and nobody ends either.
void strongly(const char *path) {
  auto c = std::make_shared<Connection>(path);
  c->done = [c] { c->done = nullptr; };
}
