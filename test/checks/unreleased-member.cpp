// RUN: %check_handrail %s -- -std=c++17
// RUN: %check_tidy %s -- -std=c++17
extern "C" int open(const char *name, int flags, ...);
extern "C" int close(int fd);
extern "C" int pipe(int *fds);
struct FILE;
extern "C" FILE *fdopen(int fd, const char *mode);
extern "C" int fclose(FILE *f);
void log(int fd);
extern "C" void unknown(int fd);

struct no_destructor {
  no_destructor() : fd(open("a", 0)) {} // expect: unreleased-member: member 'fd' of 'no_destructor' keeps a file descriptor that no destructor releases
  int fd;
};

struct other_destructor {
  explicit other_destructor(const char *name) {
    fd = open(name, 0); // expect: unreleased-member: that 'other_destructor::~other_destructor' does not release
  }
  ~other_destructor() { count = 0; }
  int fd, count;
};

static int open_log() { return open("log", 1); }
struct through_function {
  through_function() : log_fd(open_log()) {} // expect: unreleased-member: 'log_fd'
  int log_fd;
};

struct released {
  released() : fd(open("a", 0)) {}
  released(const released &) = delete;
  ~released() { shut(); }
  void shut() {
    if (fd >= 0)
      close(fd);
    fd = -1;
  }
  int fd;
};

// The destructor of a member does it.
struct member_releases {
  released inner;
};

// Who calls close() has asked for that.
struct closed_by_hand {
  closed_by_hand() : fd(open("a", 0)) {}
  void close_it() { close(fd); }
  int fd;
};

struct of_another_file {
  of_another_file() : fd(open("a", 0)) {}
  ~of_another_file();
  int fd;
};

struct given_away {
  given_away() : fd(open("a", 0)) { unknown(fd); }
  int fd;
};

struct becomes_stream {
  becomes_stream() : fd(open("a", 0)), stream(fdopen(fd, "r")) {}
  becomes_stream(const becomes_stream &) = delete;
  ~becomes_stream() { fclose(stream); }
  int fd;
  FILE *stream;
};

// Filled later, by a method: no constructor promises anything.
struct opened_later {
  void start() { fd = open("a", 0); }
  int fd = -1;
};

struct closed_at_once {
  closed_at_once() {
    fd = open("a", 0);
    close(fd);
  }
  int fd;
};

// Copies ----------------------------------------------------------------

struct copied { // expect: unreleased-member: 'copied' has the compiler's copy constructor, and its destructor releases file descriptor 'fd': two copies release one
  explicit copied(int fd) : fd(fd) {}
  ~copied() { close(fd); } // note: released here
  int fd;
};
void look(copied port);
void make_copy(const copied &port) {
  look(port); // note: copied here
}

// Nobody does: possible only.
struct not_copied_yet {
  explicit not_copied_yet(int fd) : fd(fd) {}
  ~not_copied_yet() { close(fd); }
  int fd;
};

struct copies_itself {
  explicit copies_itself(int fd) : fd(fd) {}
  copies_itself(const copies_itself &other);
  ~copies_itself() { close(fd); }
  int fd;
};
void look(copies_itself port);
void make_copy(const copies_itself &port) { look(port); }

struct moved_only {
  explicit moved_only(int fd) : fd(fd) {}
  moved_only(moved_only &&other) : fd(other.fd) { other.fd = -1; }
  ~moved_only() {
    if (fd >= 0)
      close(fd);
  }
  int fd;
};

// FIXME: both ends of a pipe are owned, and one is not released.
struct array_member {
  array_member() { pipe(fds); }
  ~array_member() { close(fds[0]); }
  int fds[2];
};
