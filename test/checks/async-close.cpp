// RUN: %check_handrail %s -- -std=c++20 -I%runtime_include
// RUN: %check_tidy %s -- -std=c++20 -I%runtime_include
#include <handrail/guard.h>
#include <handrail/task.h>

struct Connection {
  handrail::task<void> shut();
};

void dropped(Connection &c) {
  handrail::async_guard closing([&] { return c.shut(); });
  closing.close(); // expect: async-close: 'handrail::async_guard::close' only starts to close the asynchronous guard, and its result is dropped
}

handrail::task<void> waited_for(Connection &c) {
  handrail::async_guard closing([&] { return c.shut(); });
  co_await closing.close();
}

handrail::task<void> handed_on(Connection &c) {
  handrail::async_guard closing([&] { return c.shut(); });
  return closing.close();
}
