// The examples of the public headers, each in surroundings in which it compiles; what
// they say is checked. header_examples.py writes the included files: NAME.N.inc is the
// N-th example of NAME.h.
#include <handrail/runtime.h>
#include <handrail/testing.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <set>
#include <sstream>
#include <string>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wsubobject-linkage" // of coroutines in included files
#endif

#define CHECK(condition)                                                                           \
  ((condition) ? (void)0                                                                           \
               : (std::printf("%s:%d: %s\n", __FILE__, __LINE__, #condition), std::exit(1)))
#define EXPECT_EQ(a, b) CHECK((a) == (b))

namespace handle_table {
struct log_file {
  explicit log_file(const char *) {}
  void write(const char *text) { written += text; }
  void close() { ++closed; }
  static inline std::string written;
  static inline int closed = 0;
};
void run() {
  std::ostringstream text;
  std::streambuf *before = std::cerr.rdbuf(text.rdbuf());
#include "handle_table.1.inc"
  std::cerr.rdbuf(before);
  CHECK(log_file::written == "hello" && log_file::closed == 1);
  CHECK(text.str().find("stale handle") == 0 && text.str().find("closed at") != std::string::npos);
}
} // namespace handle_table

namespace handle {
struct log_file {
  std::string name;
};
void run() {
  handrail::table files;
  const std::string path = "a.log";
#include "handle.1.inc"
  CHECK(files.empty());
}
} // namespace handle

namespace error {
struct log_file {};
void run() {
  handrail::table files;
  handrail::typed_handle<log_file> h = *files.insert(log_file());
  (void)files.close(h);
  std::ostringstream text;
  std::streambuf *before = std::cerr.rdbuf(text.rdbuf());
#include "error.1.inc"
  std::cerr.rdbuf(before);
  CHECK(text.str().find("log_file, opened at ") != std::string::npos);
}
} // namespace error

namespace result {
int connected = 0;
void connect(int port) { connected = port; }
handrail::result<int> parse(const std::string &text) {
  return text.empty() ? handrail::result<int>(handrail::errc::invalid_argument)
                      : handrail::result<int>(std::stoi(text));
}
handrail::result<void> run(const std::string &text) {
#include "result.1.inc"
  return {};
}
void run() {
  CHECK(run("80") && connected == 80);
  CHECK(run("").error() == handrail::errc::invalid_argument);
}
} // namespace result

namespace resource_type {
struct readable {
  virtual ~readable() = default;
};
} // namespace resource_type
namespace resource_type::shown {
#include "resource_type.1.inc"
} // namespace resource_type::shown
namespace resource_type {
void run() {
  // A declaration; that each member is found is what can be said of it.
  CHECK(handrail::detail::closes_with_case<shown::log_file>);
  CHECK(handrail::detail::has_native<shown::log_file>);
  CHECK(requires { typename shown::log_file::capabilities; });
}
} // namespace resource_type

namespace exit_case {
struct transaction {
  std::string *log;
  void commit() { *log += "commit"; }
  void rollback() { *log += "rollback"; }
};
void run() {
  for (const bool fails : {false, true}) {
    std::string log;
    struct {
      std::string *log;
      transaction begin() { return {log}; }
    } db{&log};
    try {
      handrail::with_scope([&](handrail::scope &scope) {
#include "exit_case.1.inc"
        if (fails)
          throw 1;
      });
    } catch (int) {
    }
    CHECK(log == (fails ? "rollback" : "commit"));
  }
}
} // namespace exit_case

namespace guard {
void run() {
  const char *name = "name";
  for (const bool takes : {false, true}) {
    struct {
      bool takes;
      char *kept = nullptr;
      bool add(char *text) { return takes && (kept = text); }
    } list{takes};
    {
#include "guard.1.inc"
    }
    CHECK(!takes || std::strcmp(list.kept, name) == 0);
    std::free(list.kept);
  }
  int closed = 0;
  struct {
    int &closed;
    handrail::task<> close() {
      ++closed;
      co_return;
    }
  } connection{closed};
  const auto asynchronous = [&]() -> handrail::task<> {
#include "guard.2.inc"
  };
  handrail::sync_wait(asynchronous());
  CHECK(closed == 1);
}
} // namespace guard

namespace unique {
#include "unique.2.inc"
int copy() {
  char buffer[16];
#include "unique.1.inc"
  return 0;
}
void run() {
  CHECK(copy() == ENOENT); // there is no a.txt where the test runs
  handrail::unique<int, socket_traits> s(::dup(2));
  CHECK(s && s.close());
}
} // namespace unique

namespace managed {
struct sqlite {
  int queries = 0, closes = 0;
};
sqlite database;
sqlite *sqlite_open(const char *) { return &database; }
void sqlite_close(sqlite *s) { ++s->closes; }
void query(sqlite *s) { ++s->queries; }
void run() {
#include "managed.1.inc"
  CHECK(database.queries == 1 && database.closes == 1);
}
} // namespace managed

struct log_settings {
  int level;
};
#include "namespace.1.inc"
void run_namespace() {
  handrail::ns other = handrail::ns::create().value();
#include "namespace.2.inc"
  CHECK(&log_level.get(mine) == &log_level.get(other));
}

namespace refcount {
struct image {
  image(int w, int h) : pixels(w * h) {}
  void clear() { pixels = 0; }
  int pixels;
};
void run() {
#include "refcount.1.inc"
  CHECK(b->pixels == 0);
}
} // namespace refcount

namespace scope {
std::string log;
struct transaction {
  void commit() { log += "commit "; }
  void rollback() { log += "rollback "; }
  void execute(const char *) {
    if (log != "")
      throw 1;
  }
};
struct connection {
  transaction begin() { return {}; }
  void close() { log += "closed "; }
};
connection connect(const char *) { return {}; }
void once() {
  const char *url = "db";
#include "scope.1.inc"
}
void run() {
  once();
  try {
    once();
  } catch (int) {
  }
  CHECK(log == "commit closed rollback closed ");
}
} // namespace scope

namespace resource {
std::string log;
struct login {
  int count() { return 3; }
  void logout() { log += "logout "; }
};
struct connection {
  resource::login login() { return {}; }
  void close() { log += "closed"; }
};
connection connect(const std::string &) { return {}; }
void run() {
  const std::string url = "db";
#include "resource.1.inc"
  CHECK(rows == 3 && log == "logout closed");
}
} // namespace resource

namespace executor {
void run() {
  std::atomic<int> runs{0};
  const handrail::job count{[](void *n) noexcept { ++*static_cast<std::atomic<int> *>(n); }, &runs};
  {
#include "executor.1.inc"
    loop.post(count);
    pool.post(count);
    loop.poll();
  }
  CHECK(runs == 2);
}
} // namespace executor

namespace task {
int measure(int) { return 7; }
handrail::thread_pool io_threads(1);
#include "task.1.inc"
void run() {
  CHECK(n == 7);
  handrail::async_mutex mutex;
  const auto locks = [&]() -> handrail::task<> {
    using handrail::this_stop_token;
#include "task.2.inc"
  };
  handrail::sync_wait(locks());
}
} // namespace task

namespace async_scope {
std::string log;
struct connection {
  handrail::task<> shutdown() {
    log += "shutdown";
    co_return;
  }
  handrail::task<int> query() { co_return 5; }
};
connection connect() { return {}; }
handrail::task<> heartbeat(connection &) {
  log += "beat ";
  co_return;
}
#include "async_scope.1.inc"
void run() {
  handrail::thread_pool io(1);
  CHECK(handrail::sync_wait(session(io)) == 5);
  CHECK(log == "beat shutdown");
}
} // namespace async_scope

namespace async_resource {
void run() {
  handrail::thread_pool io(2);
#include "async_resource.1.inc"
  CHECK(sum == 2);
}
} // namespace async_resource

namespace testing {
std::uint32_t served_for = 0;
void serve() { served_for = handrail::test::current(); }
int &make_cache() {
  static int cache = 0;
  CHECK(handrail::test::current() == 0);
  return ++cache;
}
void run() {
#include "testing.1.inc"
  const auto mine = hr_test_begin("example");
#include "testing.2.inc"
  CHECK(mine != 0 && served_for == mine);
  for (int i = 0; i < 2; ++i) {
#include "testing.3.inc"
    CHECK(cache == 1);
  }
  CHECK(handrail::test::current() == mine);
  hr_test_end();
}
} // namespace testing

int main() {
  handle_table::run();
  handle::run();
  error::run();
  result::run();
  resource_type::run();
  exit_case::run();
  guard::run();
  unique::run();
  managed::run();
  run_namespace();
  refcount::run();
  scope::run();
  resource::run();
  executor::run();
  task::run();
  async_scope::run();
  async_resource::run();
  testing::run();
  CHECK(handrail::ledger::live_count() == 0);
}
