// What the test programs of all frameworks do, by the name of the test.
#pragma once

#include "handrail/handle_table.h"
#include "handrail/testing.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

struct connection {
  std::string peer;
  std::string resource_name() const { return peer; }
};

inline handrail::table &connections() {
  static auto *const t = new handrail::table({.name = "connections"});
  return *t;
}
inline auto open_connection(const char *peer) { return *connections().insert(connection{peer}); }

inline void is_clean() {
  const auto h = open_connection("clean");
  const int fd = ::open("/dev/null", O_RDONLY);
  ::close(fd);
  (void)connections().close(h);
}
inline void leaks_a_handle() { (void)open_connection("left behind"); }
inline void leaks_a_descriptor() { (void)::open("/dev/zero", O_RDONLY); }
inline void makes_something_once() {
  static const auto cache = open_connection("cache");
  (void)cache;
}
inline void makes_a_descriptor_once() {
  static const int random = ::open("/dev/urandom", O_RDONLY);
  (void)random;
}
/// Also where a second run does not tell.
inline void says_that_it_is_made_once() {
  static const auto &pool = HR_STATIC_INIT(*new auto(open_connection("pool")));
  static const int fd = HR_STATIC_INIT(::open("/dev/full", O_RDONLY));
  (void)pool, (void)fd;
}
inline void leaks_in_threads() {
  handrail::test::thread first([] { (void)open_connection("first thread"); });
  std::thread second([test = handrail::test::current()] {
    const handrail::test::inherit mine(test);
    (void)open_connection("second thread");
  });
  handrail::test::thread clean(is_clean);
  first.join();
  second.join();
  clean.join();
}
/// Closed by somebody who needs a moment.
inline void is_closed_soon() {
  std::thread([h = open_connection("soon")] {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    (void)connections().close(h);
  }).detach();
}
