// The rows K and D10 for coroutines: tasks, scopes whose releases are awaited.
#include "Coroutines.h"
#include "handrail/async_scope.h"
#include "handrail/handle_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>

using namespace handrail;
using namespace handrail::test;

namespace {

task<int> add(int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i)
    sum += co_await answer() == 42;
  co_return sum;
}
task<int> deep(int n) {
  if (n == 0) // GCC 12 awaits in both branches of a conditional expression
    co_return 0;
  co_return 1 + co_await deep(n - 1);
}

} // namespace

TEST(Task, AMillionSynchronousAwaits) {
  EXPECT_EQ(sync_wait(add(1000000)), 1000000);
  EXPECT_EQ(sync_wait(deep(200000)), 200000);
}

TEST(Task, ValuesReferencesAndExceptions) {
  static int place = 1;
  auto reference = []() -> task<int &> { co_return place; };
  EXPECT_EQ(&sync_wait(reference()), &place);
  auto throws = []() -> task<> {
    co_await answer();
    throw 7;
  };
  EXPECT_THROW(sync_wait(throws()), int);
  auto moves = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
  EXPECT_EQ(*sync_wait(moves()), 5);
}

TEST(Task, K10_ContinuesOnAnotherExecutor) {
  thread_pool pool(2);
  auto hops = [&]() -> task<bool> {
    const auto before = std::this_thread::get_id();
    co_await on(pool);
    const auto there = std::this_thread::get_id();
    co_await on(executor_ref());
    co_return before != there;
  };
  for (int i = 0; i < 200; ++i)
    EXPECT_TRUE(sync_wait(hops()));
}

TEST(Task, K4_TheStopTokenComesFromTheAwaiter) {
  std::stop_source stop;
  stop.request_stop();
  auto inner = []() -> task<bool> { co_return (co_await this_stop_token()).stop_requested(); };
  auto outer = [&]() -> task<std::pair<bool, bool>> {
    const bool seen = co_await inner();
    const bool masked = co_await uncancellable(inner());
    co_return std::pair(seen, masked);
  };
  EXPECT_EQ(sync_wait(outer(), stop.get_token()), std::pair(true, false));
  auto point = []() -> task<> { co_await cancellation_point(); };
  EXPECT_NO_THROW(sync_wait(point()));
  EXPECT_THROW(sync_wait(point(), stop.get_token()), cancelled_error);
}

TEST(AsyncMutex, D10_FirstComeFirstServed) {
  async_mutex mutex;
  std::string log;
  run_loop loop;
  auto user = [&](char name) -> task<> {
    auto lock = co_await mutex.lock();
    log += name;
    co_await on(loop);
    log += name;
  };
  {
    started a(user('a')), b(user('b')), c(user('c'));
    while (loop.poll())
      ;
  }
  EXPECT_EQ(log, "aabbcc");
}

TEST(AsyncMutex, D10_AStopEndsTheWait) {
  async_mutex mutex;
  std::stop_source stop;
  auto waits = [&]() -> task<> { auto lock = co_await mutex.lock(stop.get_token()); };
  std::optional<started> waiting;
  started::error = nullptr;
  auto holder = [&]() -> task<> {
    auto lock = co_await mutex.lock();
    waiting.emplace(waits());
    EXPECT_FALSE(started::error);
    stop.request_stop();
  };
  sync_wait(holder());
  EXPECT_THROW(std::rethrow_exception(started::error), cancelled_error);
  EXPECT_THROW(sync_wait(waits()), cancelled_error);
  stop = {};
  EXPECT_NO_THROW(sync_wait(waits()));
}

TEST(AsyncMutex, D10_AFrameDestroyedWhileItWaitsIsForgotten) {
  async_mutex mutex;
  std::string log;
  auto waits = [&]() -> task<> {
    auto lock = co_await mutex.lock();
    log += 'x';
  };
  std::optional<started> first, gone, last;
  auto holder = [&]() -> task<> {
    auto lock = co_await mutex.lock();
    first.emplace(waits());
    gone.emplace(waits());
    last.emplace(waits());
    gone.reset();
  };
  sync_wait(holder());
  EXPECT_EQ(log, "xx");
  sync_wait(waits());
  EXPECT_EQ(log, "xxx");
}

TEST(AsyncMutex, D10_ManyThreads) {
  async_mutex mutex;
  int shared = 0;
  thread_pool pool(3);
  auto user = [&]() -> task<> {
    co_await on(pool);
    for (int i = 0; i < 300; ++i) {
      auto lock = co_await mutex.lock();
      ++shared;
    }
  };
  auto all = [&](async_scope &s) -> task<> {
    for (int i = 0; i < 4; ++i)
      s.spawn(user());
    co_return;
  };
  sync_wait(with_async_scope(all));
  EXPECT_EQ(shared, 1200);
}

TEST(AsyncScope, D10_AReferenceIsHeldOverAWait) {
  table files;
  auto h = *files.insert(std::string("data"));
  run_loop loop;
  std::string seen;
  auto reader = [&]() -> task<> {
    auto file = *files.get(h);
    auto stop = *files.stop_token(h);
    co_await on(loop);
    seen = *file;
    seen += stop.stop_requested() ? " closed" : " open";
  };
  started s(reader());
  EXPECT_TRUE(files.close(h)); // while the operation waits
  EXPECT_EQ(loop.poll(), 1u);
  EXPECT_EQ(seen, "data closed");
}

TEST(AsyncScope, K3_ReleasesInReverseOnEveryWayOut) {
  for (int how = 0; how < 3; ++how) {
    tracer t;
    run_loop loop;
    thread_pool pool(1);
    auto body = [&](async_scope &s) -> task<int> {
      co_await s.install([] { return 1; }, t.release('a'));
      co_await s.install(answer, t.release_on('b', pool));
      int &c = co_await s.install([]() -> task<result<int>> { co_return 3; }, t.release('c'));
      if (how == 1)
        throw 1;
      if (how == 2)
        throw cancelled_error();
      co_return c;
    };
    try {
      EXPECT_EQ(sync_wait(with_async_scope(body)), 3);
    } catch (...) {
      EXPECT_NE(how, 0);
    }
    const char k = "cfx"[how];
    EXPECT_EQ(t.log, (std::string{'-', 'c', k, '-', 'b', k, '-', 'a', k}));
  }
}

TEST(AsyncScope, K4_AcquireAndReleaseDoNotSeeTheStop) {
  std::stop_source stop;
  std::string log;
  auto masked = [&](char name) -> task<int> {
    stop.request_stop();
    co_await cancellation_point(); // does nothing here
    log += name;
    co_return 1;
  };
  auto body = [&](async_scope &s) -> task<> {
    co_await s.install([&] { return masked('a'); },
                       [&](int &, const exit_case &how) -> task<> {
                         EXPECT_TRUE(how.is_cancelled());
                         co_await masked('r');
                       });
    ADD_FAILURE() << "delivered after the acquire";
  };
  EXPECT_THROW(sync_wait(with_async_scope(body), stop.get_token()), cancelled_error);
  EXPECT_EQ(log, "ar");
}

TEST(AsyncScope, K8_OrderOfErrors) {
  auto failing_release = [](int) {
    return [](int &, const exit_case &) -> task<> {
      co_await answer();
      throw 2;
    };
  };
  auto fine = [&](async_scope &s) -> task<> {
    co_await s.install(answer, failing_release(1));
    co_await s.install(answer, failing_release(2));
  };
  try {
    sync_wait(with_async_scope(fine));
    FAIL();
  } catch (const scope_error &e) {
    EXPECT_EQ(e.suppressed().size(), 1u);
  }
  auto bad = [&](async_scope &s) -> task<> {
    co_await s.install(answer, failing_release(1));
    throw 'b';
  };
  EXPECT_THROW(sync_wait(with_async_scope(bad)), char);
  EXPECT_EQ(last_suppressed().size(), 1u);
}

TEST(AsyncScope, K9_ASecondCloseGivesTheFirstOutcome) {
  tracer t;
  auto body = [&]() -> task<> {
    async_scope s;
    co_await s.install(answer, t.release('a'));
    EXPECT_TRUE((co_await s.close(failed{})).how.is_failed());
    EXPECT_TRUE((co_await s.close(completed{})).how.is_failed());
    bool refused = false;
    try {
      co_await s.install(answer, t.release('b'));
    } catch (const failure &f) {
      refused = f.error().code == errc::scope_ended;
    }
    EXPECT_TRUE(refused);
  };
  sync_wait(body());
  EXPECT_EQ(t.log, "-af");
}

TEST(AsyncScope, K10_AFrameDestroyedWhileItWaitsIsCancelled) {
  tracer t;
  run_loop loop;
  const auto before = ledger::count(ledger::event_kind::never_closed);
  auto body = [&](async_scope &s) -> task<> {
    co_await s.install(answer, t.release('a'));
    co_await s.install(answer, t.release_on('b', executor_ref()));
    co_await never();
  };
  {
    started s(with_async_scope(body));
  }
  EXPECT_EQ(t.log, "-bx-ax"); // nothing of it had to wait
  EXPECT_EQ(ledger::count(ledger::event_kind::never_closed), before);
  auto waits = [&](async_scope &s) -> task<> {
    co_await s.install(answer, [](int &) -> task<> { co_await never(); });
    co_await never();
  };
  {
    started s(with_async_scope(waits));
  }
  EXPECT_EQ(ledger::count(ledger::event_kind::never_closed), before + 1);
}

TEST(AsyncScope, G5_AScopeThatNobodyClosedIsReported) {
  tracer t;
  const auto before = ledger::count(ledger::event_kind::never_closed);
  auto body = [&]() -> task<> {
    async_scope s;
    co_await s.install(answer, t.release('a'));
  };
  sync_wait(body());
  EXPECT_EQ(t.log, "-ax");
  EXPECT_EQ(ledger::count(ledger::event_kind::never_closed), before + 1);
}

TEST(AsyncScope, G4_GuardsAreToldAndDoNotAsk) {
  std::string log;
  auto body = [&](async_scope &s) -> task<result<int>> {
    s.on_failure([&] { log += "failure"; });
    s.on_success([&] { log += "success"; });
    co_return errc::not_supported; // no exception anywhere
  };
  EXPECT_FALSE(sync_wait(with_async_scope(body)));
  EXPECT_EQ(log, "failure");
}

TEST(AsyncScope, K14_EndsAfterItsChildren) {
  thread_pool pool(2);
  std::atomic<int> ended{0};
  tracer t;
  auto child = [&]() -> task<> {
    co_await on(pool);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ++ended;
  };
  auto body = [&](async_scope &s) -> task<> {
    co_await s.install(answer, [&](int &) { EXPECT_EQ(ended, 3); });
    for (int i = 0; i < 3; ++i)
      s.spawn(child());
  };
  sync_wait(with_async_scope(body));
  auto fails = [&]() -> task<> {
    co_await on(pool);
    throw std::runtime_error("child");
  };
  auto waits = [&]() -> task<> {
    co_await on(pool);
    while (!(co_await this_stop_token()).stop_requested())
      co_await on(pool);
  };
  auto with_failure = [&](async_scope &s) -> task<> {
    co_await s.install(answer, t.release('a'));
    s.spawn(waits());
    s.spawn(fails());
  };
  EXPECT_THROW(sync_wait(with_async_scope(with_failure)), std::runtime_error);
  EXPECT_EQ(t.log, "-af");
}

TEST(AsyncScope, K14_NothingIsSpawnedAfterTheEnd) {
  bool ran = false;
  auto child = [&]() -> task<> {
    ran = true;
    co_return;
  };
  auto body = [&]() -> task<> {
    async_scope s;
    (void)co_await s.close(completed{});
    EXPECT_THROW(s.spawn(child()), failure);
    (void)co_await s.close(completed{}); // does not wait for it
  };
  sync_wait(body());
  EXPECT_FALSE(ran);
}

TEST(AsyncScope, K3_RandomTrees) {
  thread_pool pool(2);
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    std::vector<int> held;
    int next = 0, acquired = 0, released = 0;
    std::function<task<>(async_scope &, int)> body = [&](async_scope &s, int depth) -> task<> {
      for (unsigned i = 0, n = random() % 5; i < n; ++i) {
        if (random() % 12 == 0)
          throw 1;
        if (random() % 12 == 0)
          throw cancelled_error();
        if (random() % 3 == 0)
          co_await on(pool);
        if (depth < 3 && random() % 3 == 0) {
          try {
            co_await with_async_scope(
                [&](async_scope &inner) -> task<> { return body(inner, depth + 1); });
          } catch (...) {
          }
          continue;
        }
        co_await s.install(
            [&]() -> task<int> {
              if (random() % 4 == 0)
                co_await on(pool);
              if (random() % 6 == 0)
                throw 2;
              ++acquired;
              held.push_back(next);
              co_return next++;
            },
            [&](int &id) -> task<> {
              if (random() % 4 == 0)
                co_await on(pool);
              ++released;
              EXPECT_EQ(held.back(), id) << "seed " << seed;
              held.pop_back();
              if (random() % 5 == 0)
                throw 3;
            });
      }
    };
    try {
      sync_wait(with_async_scope([&](async_scope &s) -> task<> { return body(s, 0); }));
    } catch (...) {
    }
    ASSERT_TRUE(held.empty()) << "seed " << seed;
    ASSERT_EQ(acquired, released);
  }
}
