// RUN: %check_handrail %s --min-confidence=possible -- -std=c++17
extern "C" int close(int fd);

// Nobody copies it, yet.
struct not_copied { // expect: unreleased-member: 'not_copied' has the compiler's copy constructor
  explicit not_copied(int fd) : fd(fd) {}
  ~not_copied() { close(fd); } // note: released here
  int fd;
};

// What is returned is not copied.
not_copied make(int fd) {
  not_copied port(fd);
  return port;
}

struct not_copyable {
  explicit not_copyable(int fd) : fd(fd) {}
  not_copyable(const not_copyable &) = delete;
  ~not_copyable() { close(fd); }
  int fd;
};
