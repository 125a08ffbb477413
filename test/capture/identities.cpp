// What Clang gives one name, or none, is still told apart.
// RUN: %check_handrail %s -- -std=c++20
#include <fcntl.h>
#include <functional>
#include <unistd.h>

// Two lambdas of one signature in a function that other files have too.
inline int two_lambdas(const char *name) {
  auto opens = [](const char *n) { return open(n, O_RDONLY); };
  auto looks = [](const char *n) { return access(n, R_OK); };
  int seen = looks(name);
  int fd = opens(name);
  if (fd < 0)
    return -1;
  if (seen < 0)
    return -1; // expect: missing-close
  close(fd);
  return 0;
}

struct Commands {
  using Handler = int (*)(const char *);
  void add(const char *name, Handler handler);
  Commands() {
    add("open", [](const char *n) {
      int fd = open(n, O_RDONLY);
      return fd < 0 ? -1 : 0; // expect: missing-close
    });
    add("check", [](const char *n) {
      int fd = open(n, O_RDONLY);
      if (fd >= 0)
        close(fd);
      return 0;
    });
  }
};

int use(const char *name) {
  Commands c;
  return two_lambdas(name);
}

// Instantiations whose arguments are objects.
struct Options {
  bool closes = false;
};
template <typename T, Options options> struct Owner {
  T fd;
  explicit Owner(T fd) : fd(fd) {}
  ~Owner() {
    if (options.closes && fd >= 0)
      close(fd);
  }
};

int owned(const char *name) {
  Owner<int, Options{true}> owner(open(name, O_RDONLY));
  return owner.fd < 0 ? -1 : 0;
}

int looked_at(const char *name) {
  Owner<int, Options{false}> owner(open(name, O_RDONLY));
  return owner.fd < 0 ? -1 : 0; // expect: missing-close
}

// A template that is instantiated by name alone.
template <typename T> int explicitly(T n) {
  int fd = open("/dev/null", O_RDONLY);
  return fd < 0 ? -1 : static_cast<int>(n); // expect: missing-close
}
template int explicitly(int);

// Two lambdas of one signature, each given to a std::function in an inline constructor.
struct Actions {
  void add(const char *name, std::function<int(const char *)> action);
  explicit Actions(int mode) {
    add("looks", [=](const char *n) { return access(n, mode); });
    add("opens", [=](const char *n) { return open(n, mode); });
  }
};

int acted(int mode) {
  Actions actions(mode);
  std::function<int(const char *)> opens = [](const char *n) { return open(n, O_RDONLY); };
  int fd = opens("a");
  if (fd < 0)
    return -1;
  if (mode < 0)
    return -1; // expect: missing-close
  close(fd);
  return 0;
}
