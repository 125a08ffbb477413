// What is put into a container is the container's, also in a record that is copied.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <map>
#include <unistd.h>
#include <utility>
#include <vector>

struct Conn {
  int fd;
  int peer;
};

void record_copied(std::vector<Conn> &all, const char *path) {
  Conn c{open(path, O_RDONLY), 1};
  if (c.fd < 0)
    return;
  all.push_back(c);
}

void record_not_copied(std::vector<Conn> &all, const char *path) {
  Conn c{open(path, O_RDONLY), 1};
  if (c.fd < 0)
    return;
  if (all.empty())
    return; // expect: missing-close
  all.push_back(c);
}

void temporary(std::vector<Conn> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  all.push_back({fd, 2});
}

void assigned(std::map<int, Conn> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  all[1] = {fd, 2};
}

void pair(std::map<int, int> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  all.insert(std::make_pair(1, fd));
}

void pair_copied(std::map<int, int> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  std::pair<const int, int> entry(1, fd);
  all.insert(entry);
}

void pair_dropped(std::map<int, int> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  std::pair<const int, int> entry(1, fd);
  if (all.count(entry.first))
    return; // expect: missing-close
  all.insert(entry);
}

void nested(std::map<int, Conn> &all, const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  all.insert({1, {fd, 1}});
}

// Raw handles that only a container has go with it. Whoever asks it for its elements may
// have closed them.
#include <cstdio>
#include <list>
#include <memory>

void use_all(const std::vector<int> &fds);
bool ready();

bool early_return(const char *const *paths, int n) {
  std::vector<int> fds;
  for (int i = 0; i < n; ++i) {
    int fd = open(paths[i], O_RDONLY);
    if (fd < 0)
      return false; // expect: missing-close
    fds.push_back(fd);
  }
  for (int fd : fds)
    close(fd);
  return true;
}

bool closed_on_early_return(const char *const *paths, int n) {
  std::vector<int> fds;
  for (int i = 0; i < n; ++i) {
    int fd = open(paths[i], O_RDONLY);
    if (fd < 0) {
      for (int other : fds)
        close(other);
      return false;
    }
    fds.push_back(fd);
  }
  for (int fd : fds)
    close(fd);
  return true;
}

void never_looked_at(const char *path) {
  std::list<FILE *> files;
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  files.push_back(f);
} // expect: missing-close

bool two_files(const char *a, const char *b) {
  std::vector<FILE *> files;
  files.reserve(2);
  FILE *f = fopen(a, "r");
  if (!f)
    return false;
  files.push_back(f);
  FILE *g = fopen(b, "r");
  if (!g)
    return false; // expect: missing-close
  files.emplace_back(g);
  for (FILE *file : files)
    fclose(file);
  return true;
}

std::vector<int> returned(const char *path) {
  std::vector<int> fds;
  int fd = open(path, O_RDONLY);
  if (fd >= 0)
    fds.push_back(fd);
  return fds;
}

void moved(const char *path, std::vector<int> &out) {
  std::vector<int> fds;
  int fd = open(path, O_RDONLY);
  if (fd >= 0)
    fds.push_back(fd);
  out = std::move(fds);
}

void shown(const char *path) {
  std::vector<int> fds;
  int fd = open(path, O_RDONLY);
  if (fd >= 0)
    fds.push_back(fd);
  use_all(fds);
}

void asked(const char *path) {
  std::vector<int> fds;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  fds.push_back(fd);
  if (fds.empty())
    return;
  close(fds[0]);
}

static void close_all(const std::vector<int> &fds) {
  for (int fd : fds)
    close(fd);
}

void closed_by_a_callee(const char *path) {
  std::vector<int> fds;
  int fd = open(path, O_RDONLY);
  if (fd >= 0)
    fds.push_back(fd);
  close_all(fds);
}

struct CloseAll {
  std::vector<int> &fds;
  ~CloseAll() {
    for (int fd : fds)
      close(fd);
  }
};

bool closed_by_a_guard(const char *path) {
  std::vector<int> fds;
  CloseAll guard{fds};
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  fds.push_back(fd);
  return ready();
}

bool closed_by_a_lambda(const char *path) {
  std::vector<int> fds;
  auto close_them = [&] {
    for (int fd : fds)
      close(fd);
  };
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  fds.push_back(fd);
  bool ok = ready();
  close_them();
  return ok;
}

// A member: its object's destructor closes, or nobody does.
class Pool {
public:
  ~Pool() {
    for (int fd : fds_)
      close(fd);
  }
  void add(int fd) { fds_.push_back(fd); }

private:
  std::vector<int> fds_;
};

bool pool(const char *path) {
  Pool all;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  all.add(fd);
  return ready();
}

struct Bag {
  std::vector<int> fds;
};

bool bag(const char *path) {
  Bag all;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  all.fds.push_back(fd);
  return ready(); // expect: missing-close
}

// Owners in containers release what they have.
struct FileCloser {
  void operator()(FILE *f) const { fclose(f); }
};
using File = std::unique_ptr<FILE, FileCloser>;

bool owners(const char *a, const char *b) {
  std::vector<File> files;
  std::map<int, File> by_number;
  File f(fopen(a, "r"));
  if (!f)
    return false;
  files.push_back(std::move(f));
  File g(fopen(b, "r"));
  if (!g)
    return false;
  by_number[1] = std::move(g);
  by_number.emplace(2, File(fopen(b, "r")));
  return ready();
}

class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() {
    if (fd_ >= 0)
      close(fd_);
  }

private:
  int fd_;
};

bool descriptors(const char *const *paths, int n) {
  std::vector<Descriptor> all;
  for (int i = 0; i < n; ++i) {
    int fd = open(paths[i], O_RDONLY);
    if (fd < 0)
      return false;
    all.emplace_back(fd);
  }
  for (int i = 0; i < n; ++i)
    all.push_back(Descriptor(open(paths[i], O_RDONLY)));
  return ready();
}
