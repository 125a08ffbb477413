// Objects that the standard library makes and holds: make_unique, optional, pair,
// tuple.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <memory>
#include <optional>
#include <stdio.h>
#include <string>
#include <tuple>
#include <unistd.h>
#include <utility>

struct Log {
  explicit Log(const char *path) : file(fopen(path, "a")) {}
  Log(const std::string &path, const char *mode) : file(fopen(path.c_str(), mode)) {}
  ~Log() {
    if (file)
      fclose(file);
  }
  FILE *file;
};

struct NoOwner {
  explicit NoOwner(const char *path) : file(fopen(path, "a")) {} // expect: unreleased-member
  FILE *file;
};

struct Defaulted {
  int fd = -1;
  ~Defaulted() {
    if (fd >= 0)
      close(fd);
  }
};

class Fd {
public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd &operator=(Fd &&other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0)
      close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

void made(const char *path) {
  auto log = std::make_unique<Log>(path);
  if (log->file)
    fputs("begin", log->file);
}

void made_by_conversion(const char *path) {
  auto log = std::make_unique<Log>(path, "w");
  if (log->file)
    fputs("begin", log->file);
}

struct Either {
  explicit Either(const std::string &path) : file(fopen(path.c_str(), "r")) {} // expect: unreleased-member
  explicit Either(const char *path) : file(fopen(path, "r")) {}
  FILE *file;
};

void made_by_the_better_one(const char *path) {
  auto either = std::make_unique<Either>(path);
  if (either->file)
    fgetc(either->file);
} // expect: missing-close

void made_without_owner(const char *path) {
  auto log = std::make_unique<NoOwner>(path);
  if (log->file)
    fputs("begin", log->file);
} // expect: missing-close

void closed_by_hand(const char *path) {
  auto log = std::make_unique<Log>(path);
  if (log->file)
    fclose(log->file);
} // expect: double-close

void made_empty(const char *path) {
  auto holder = std::make_unique<Defaulted>();
  holder->fd = open(path, O_RDONLY);
}

void made_of_another(int fd) {
  Fd copy(dup(fd));
  auto owner = std::make_unique<Fd>(std::move(copy));
}

void optional(const char *path) {
  std::optional<Fd> fd;
  fd.emplace(open(path, O_RDONLY));
  fd = Fd(open(path, O_WRONLY));
  fd.reset();
}

void stale_optional(const char *path) {
  std::optional<Fd> fd;
  fd.emplace(open(path, O_RDONLY));
  int raw = fd->get();
  if (raw < 0)
    return;
  fd.reset();
  char c;
  (void)!read(raw, &c, 1); // expect: use-after-close
}

std::pair<Fd, Fd> make_pipe() {
  int p[2];
  if (pipe(p) != 0)
    return {Fd(), Fd()};
  return {Fd(p[0]), Fd(p[1])};
}

void bindings(char c) {
  auto [in, out] = make_pipe();
  if (in.get() < 0)
    return;
  (void)!write(out.get(), &c, 1);
}

void half_owned(char c) {
  int p[2];
  if (pipe(p) != 0)
    return;
  auto both = std::make_pair(Fd(p[0]), p[1]);
  (void)!write(both.second, &c, 1);
} // expect: missing-close

std::pair<int, int> open_pair(const char *path) { return {open(path, O_RDONLY), 1}; }

int pair_closed(const char *path) {
  auto [fd, size] = open_pair(path);
  if (fd < 0)
    return -1;
  close(fd);
  return size;
}

int pair_lost(const char *path) {
  auto [fd, size] = open_pair(path);
  if (fd < 0)
    return -1;
  if (size > 4)
    close(fd);
  return size; // expect: missing-close
}

std::tuple<int, FILE *> open_tuple(const char *path) {
  FILE *f = fopen(path, "r");
  return {f ? 0 : -1, f};
}

int tuple_closed(const char *path) {
  auto result = open_tuple(path);
  if (std::get<0>(result) < 0)
    return -1;
  fclose(std::get<1>(result));
  return 0;
}

int tuple_lost(const char *path) {
  auto result = open_tuple(path);
  if (std::get<int>(result) < 0)
    return -1;
  return fgetc(std::get<FILE *>(result)); // expect: missing-close
}

// A whole object is taken out, and another one put there.
int exchanged(const char *path) {
  Fd fd(open(path, O_RDONLY));
  Fd old = std::exchange(fd, Fd(open(path, O_WRONLY)));
  return old.get() + fd.get();
}

int exchanged_and_stale(const char *path) {
  Fd fd(open(path, O_RDONLY));
  int raw = fd.get();
  if (raw < 0)
    return -1;
  std::exchange(fd, Fd());
  char c;
  return (int)read(raw, &c, 1); // expect: use-after-close
}

// An object of which one member is open is deleted by its owner.
class Both {
public:
  ~Both() {
    if (write_ >= 0)
      close(write_);
    if (read_ >= 0)
      close(read_);
  }
  bool init(const char *path) {
    read_ = open(path, O_RDONLY);
    if (read_ < 0)
      return false;
    write_ = open(path, O_WRONLY);
    return write_ >= 0;
  }

private:
  int read_ = -1, write_ = -1;
};

std::unique_ptr<Both> create(const char *path) {
  auto both = std::unique_ptr<Both>(new Both);
  if (!both->init(path))
    both.reset();
  return both;
}
