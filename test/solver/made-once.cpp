// What a global variable lacks is made where it is first asked for. That this fails is
// no matter of the calls that come later.
// RUN: %check_handrail %s -- -std=c++17
#include <fcntl.h>
#include <memory>
#include <unistd.h>

struct Logger {
  void open(const char *name);
  void log(const char *text);
};
struct Failed {};
Logger *open_logger();
bool is_valid();

static Logger *plain;
Logger *instance() {
  if (!plain) {
    Logger *made = open_logger();
    if (!made)
      throw Failed();
    plain = made;
  }
  return plain;
}

static std::shared_ptr<Logger> shared;
static const char *log_name;
const std::shared_ptr<Logger> &shared_instance() {
  if (!shared) {
    auto made = std::make_shared<Logger>();
    if (!log_name)
      throw Failed();
    made->open(log_name);
    shared.swap(made);
  }
  return shared;
}

void check() {
  if (!is_valid())
    throw Failed();
}

static int open_files(const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  instance()->log("opened");
  shared_instance()->log("opened");
  close(fd);
  return 0;
}

static int open_and_check(const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0)
    return -1;
  check(); // expect: missing-close: when an exception leaves
  close(fd);
  return 0;
}

int all(const char *name) {
  try {
    return open_files(name) + open_and_check(name);
  } catch (const Failed &) {
    return -1;
  }
}
