// What the tests of tables put into them.
#ifndef HANDRAIL_TEST_RUNTIME_UNIT_TABLEFIXTURES_H
#define HANDRAIL_TEST_RUNTIME_UNIT_TABLEFIXTURES_H

#include "handrail/handle_table.h"

namespace table_fixtures {
using namespace handrail;

struct readable {
  virtual ~readable() = default;
  virtual int read_size() const = 0;
};

/// Writes down what happens to it.
struct file : readable {
  struct log {
    int closed = 0, destroyed = 0, how = -1;
  };
  using capabilities = handrail::capabilities<readable>;

  explicit file(log &l, std::string n = {}) : log_(&l), name(std::move(n)) {}
  file(file &&other) noexcept : log_(std::exchange(other.log_, nullptr)), name(other.name) {}
  file &operator=(file &&other) noexcept {
    std::swap(log_, other.log_);
    return *this;
  }
  ~file() override {
    if (log_)
      ++log_->destroyed;
  }
  void close(const exit_case &how) {
    ++log_->closed;
    log_->how = how.kind();
  }
  std::string resource_name() const { return name; }
  int read_size() const override { return 7; }

  log *log_;
  std::string name;
};

struct plain {
  int value = 0;
};

template <class T> handle raw(T h) { return h; }

} // namespace table_fixtures

#endif
