// A program whose reports reports.py reads: what it does, its argument says.
#include "handrail/handrail.h"
#include "handrail/runtime.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace handrail;
using namespace std::chrono_literals;

namespace {

struct connection {
  std::string peer;
  std::string resource_name() const { return peer; }
};

table &connections() {
  static table *const t = new table({.name = "connections"}); // never ended
  return *t;
}

__attribute__((noinline)) handle accept_one(const char *peer) {
  return *connections().insert(connection{peer});
}

void leaks() {
  for (int i = 0; i < 3; ++i)
    (void)accept_one("h\xe9"
                     "l\"lo\n");
  const handle closed = accept_one("b");
  (void)connections().close(closed, failed{});
  for (int i = 0; i < 2; ++i)
    (void)connections().get<connection>(closed);
  (void)connections().close(closed);
  guard unlucky([] { throw std::runtime_error("disk full"); });
}

/// Opens and closes until it is killed.
void busy() {
  std::puts("ready");
  std::fflush(stdout);
  for (std::vector<handle> open;;) {
    open.push_back(accept_one("x"));
    if (open.size() > 100) {
      for (const handle h : open)
        (void)connections().close(h);
      open.clear();
    }
  }
}

void grows() {
  for (int i = 0; i < 40; ++i) {
    (void)accept_one("g");
    std::this_thread::sleep_for(10ms);
  }
}

void waits() {
  leaks();
  std::puts("ready");
  std::fflush(stdout);
  for (char c; ::read(0, &c, 1) == 1;) {
  }
}

/// Somebody waits for ever.
struct never {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

void closes_for_ever() {
  static auto shut = []() -> task<> { co_await never{}; };
  static auto forgets = [](int how) -> task<> {
    if (how == 0) {
      async_guard closing(shut);
      co_await closing.close();
    } else {
      co_await with_async_scope([](async_scope &s) -> task<> {
        s.on_release([](const exit_case &) -> task<> { co_await never{}; });
        co_return;
      });
    }
  };
  static std::exception_ptr error;
  for (int how = 0; how < 2; ++how)
    detail::resume_nested(detail::store_result(forgets(how), 0, error).coroutine);
}

/// The child has reports of its own.
int forks() {
  (void)accept_one("parent");
  const pid_t child = fork();
  if (child == 0) {
    (void)accept_one("child");
    std::this_thread::sleep_for(100ms);
    return 0;
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

} // namespace

int main(int argc, char **argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "leaks")
    leaks();
  else if (what == "busy")
    busy();
  else if (what == "grows")
    grows();
  else if (what == "waits")
    waits();
  else if (what == "closing")
    closes_for_ever();
  else if (what == "forks")
    return forks();
  else
    return 2;
  return 0;
}
