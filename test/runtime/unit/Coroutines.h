// What the tests of coroutines share.
#pragma once

#include "handrail/async_scope.h"

#include <string>

namespace handrail::test {

inline task<int> answer() { co_return 42; }

/// Never continues.
struct never {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

/// Starts a task without waiting for it.
struct started {
  std::coroutine_handle<> coroutine;
  explicit started(task<void> t) {
    detail::root r = detail::store_result(std::move(t), 0, error);
    coroutine = r.coroutine;
    detail::resume_nested(coroutine);
  }
  ~started() { coroutine.destroy(); }
  static inline std::exception_ptr error;
};

struct tracer {
  std::string log;
  auto release(char name) {
    return [this, name](int &, const exit_case &how) { log += {'-', name, "cfx"[how.kind()]}; };
  }
  auto release_on(char name, executor_ref executor) {
    return [this, name, executor](int &, const exit_case &how) -> task<> {
      const char k = "cfx"[how.kind()];
      co_await on(executor);
      log += {'-', name, k};
    };
  }
};

} // namespace handrail::test
