// Owners of the standard library, with the library's own headers.
// RUN: %check_handrail %s -- -std=c++20
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

struct FileCloser {
  void operator()(FILE *f) const { std::fclose(f); }
};
using File = std::unique_ptr<FILE, FileCloser>;
using CFile = std::unique_ptr<FILE, decltype(&fclose)>;
using IntFile = std::unique_ptr<FILE, int (*)(FILE *)>;

bool type_deleter(const char *path, char *buffer) {
  File f(fopen(path, "r"));
  if (!f)
    return false;
  return fgets(buffer, 16, f.get()) != nullptr;
}

bool function_deleter(const char *path, char *buffer) {
  CFile f(fopen(path, "r"), &fclose);
  if (f == nullptr)
    return false;
  return fgets(buffer, 16, f.get()) != nullptr;
}

bool pointer_deleter(const char *path, char *buffer) {
  IntFile f(fopen(path, "r"), fclose);
  if (!f)
    return false;
  return fgets(buffer, 16, f.get()) != nullptr;
}

bool lambda_deleter(const char *path, char *buffer) {
  auto closer = [](FILE *f) { fclose(f); };
  std::unique_ptr<FILE, decltype(closer)> f(fopen(path, "r"), closer);
  if (!f)
    return false;
  return fgets(buffer, 16, f.get()) != nullptr;
}

bool released(const char *path, char *buffer) {
  File f(fopen(path, "r"));
  if (!f)
    return false;
  FILE *raw = f.release();
  return fgets(buffer, 16, raw) != nullptr; // expect: missing-close
}

bool released_and_closed(const char *path, char *buffer) {
  File f(fopen(path, "r"));
  if (!f)
    return false;
  FILE *raw = f.release();
  bool ok = fgets(buffer, 16, raw) != nullptr;
  fclose(raw);
  return ok;
}

bool manual_close(const char *path) {
  File f(fopen(path, "r"));
  if (!f)
    return false;
  fclose(f.get());
  return true; // expect: double-close
}

bool closed_by_hand(const char *path) {
  File f(fopen(path, "r"));
  if (!f)
    return false;
  return fclose(f.release()) == 0;
}

bool wrong_deleter(const char *command, char *buffer) {
  CFile f(popen(command, "r"), &fclose);
  if (!f)
    return false;
  return fgets(buffer, 16, f.get()) != nullptr; // expect: mismatched-close
}

bool right_deleter(const char *command, char *buffer) {
  std::unique_ptr<FILE, int (*)(FILE *)> f(popen(command, "r"), &pclose);
  if (!f)
    return false;
  return fgets(buffer, 16, f.get()) != nullptr;
}

bool stale(const char *path, char *buffer) {
  File f(fopen(path, "r"));
  if (!f)
    return false;
  FILE *raw = f.get();
  f.reset();
  return fgets(buffer, 16, raw) != nullptr; // expect: use-after-close
}

File open_file(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return nullptr;
  return File(f);
}

bool returned(const char *path, char *buffer) {
  File f = open_file(path);
  return f && fgets(buffer, 16, f.get());
}

bool moved(const char *path, char *buffer) {
  File first = open_file(path);
  if (!first)
    return false;
  FILE *raw = first.get();
  {
    File second = std::move(first);
  }
  return fgets(buffer, 16, raw) != nullptr; // expect: use-after-close
}

bool moved_and_used(const char *path, char *buffer) {
  File first = open_file(path);
  File second(std::move(first));
  File third;
  third = std::move(second);
  if (!third)
    return false;
  return fgets(buffer, 16, third.get()) != nullptr;
}

void sink(File f) {}

void sunk(const char *path) {
  auto f = open_file(path);
  sink(std::move(f));
}

class Log {
public:
  explicit Log(const char *path) : file_(fopen(path, "a")) {}
  bool ok() const { return file_ != nullptr; }
  void write(const char *text) { fputs(text, file_.get()); }
  void reopen(const char *path) { file_.reset(fopen(path, "a")); }

private:
  File file_;
};

void member(const char *path) {
  Log log(path);
  if (!log.ok())
    return;
  log.write("begin");
  log.reopen(path);
}

void in_heap(const char *path) {
  auto log = std::make_unique<Log>(path);
  if (log->ok())
    log->write("begin");
}

void shared(const char *path) {
  std::shared_ptr<FILE> f(fopen(path, "r"), fclose);
  std::shared_ptr<FILE> g = f;
}

void in_vector(const std::vector<std::string> &paths) {
  std::vector<File> files;
  for (const std::string &path : paths)
    files.push_back(open_file(path.c_str()));
  for (const std::string &path : paths)
    files.emplace_back(fopen(path.c_str(), "r"));
}

void raw_in_vector(std::vector<FILE *> &files, const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return;
  files.push_back(f);
}

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
  int release() { return std::exchange(fd_, -1); }

private:
  int fd_;
};

std::optional<Fd> maybe_open(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return std::nullopt;
  return Fd(fd);
}

std::optional<int> maybe_raw(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return std::nullopt;
  return fd;
}

bool optional(const char *path, char *buffer) {
  auto fd = maybe_open(path);
  if (!fd)
    return false;
  return read(fd->get(), buffer, 16) > 0;
}

bool optional_raw(const char *path, char *buffer) {
  std::optional<int> fd = maybe_raw(path);
  if (!fd)
    return false;
  bool ok = read(*fd, buffer, 16) > 0;
  close(*fd);
  return ok;
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

std::tuple<int, FILE *> raw_tuple(const char *path) {
  FILE *f = fopen(path, "r");
  return {f ? 0 : -1, f};
}

std::variant<std::monostate, Fd> as_variant(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return {};
  return Fd(fd);
}

bool exchanged(const char *path, char *buffer) {
  Fd fd(open(path, O_RDONLY));
  int raw = fd.release();
  if (raw < 0)
    return false;
  return read(raw, buffer, 16) > 0; // expect: missing-close
}

bool moved_fd(const char *path, char *buffer) {
  Fd first(open(path, O_RDONLY));
  if (first.get() < 0)
    return false;
  int raw = first.get();
  {
    Fd second(std::move(first));
  }
  return read(raw, buffer, 16) > 0; // expect: use-after-close
}

bool function_guard(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  struct Guard {
    std::function<void()> f;
    ~Guard() { f(); }
  } guard{[&] { close(fd); }};
  return read(fd, buffer, 16) > 0;
}

bool shared_guard(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  std::shared_ptr<void> guard(nullptr, [&](void *) { close(fd); });
  return read(fd, buffer, 16) > 0;
}

bool pointer_guard(const char *path, char *buffer) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  auto closer = [](int *p) { close(*p); };
  std::unique_ptr<int, decltype(closer)> guard(&fd, closer);
  return read(fd, buffer, 16) > 0;
}

void in_thread_like(std::function<void()> run);

void captured(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  in_thread_like([fd] { close(fd); });
}
