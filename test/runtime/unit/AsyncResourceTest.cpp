// Row K11 for coroutines: what is acquired in parallel.
#include "Coroutines.h"
#include "handrail/async_resource.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>

using namespace handrail;
using namespace handrail::test;

namespace {

/// A resource that takes \p steps turns of \p loop to be acquired.
async_resource<int> after_turns(tracer &t, char name, int steps, executor_ref loop) {
  return make_async_resource(
      [steps, loop, name]() -> task<int> {
        for (int i = 0; i < steps; ++i)
          co_await on(loop);
        co_return name;
      },
      t.release(name));
}

} // namespace

TEST(AsyncResource, K11_ParZipReleasesInArgumentOrder) {
  for (int round = 0; round < 27; ++round) {
    tracer t;
    run_loop loop;
    std::string seen;
    auto body = [&](async_scope &s) -> task<> {
      auto [a, b, c] = co_await s.par_zip(after_turns(t, 'a', round % 3, loop),
                                          after_turns(t, 'b', round / 3 % 3, loop),
                                          after_turns(t, 'c', round / 9, loop));
      seen = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
    };
    started s(with_async_scope(body));
    while (loop.poll())
      ;
    EXPECT_EQ(seen, "abc");
    EXPECT_EQ(t.log, "-cc-bc-ac") << round;
  }
}

TEST(AsyncResource, K11_AllAcquiresAreStartedBeforeOneIsWaitedFor) {
  run_loop loop;
  int waiting = 0, most = 0;
  auto counted = make_async_resource(
      [&]() -> task<int> {
        most = std::max(most, ++waiting);
        co_await on(loop);
        --waiting;
        co_return 0;
      },
      [](int &) {});
  auto body = [&](async_scope &s) -> task<> {
    (void)co_await s.par_zip(counted, counted, counted, counted, counted, counted, counted, counted,
                             counted, counted);
  };
  started s(with_async_scope(body));
  while (loop.poll())
    ;
  EXPECT_EQ(most, 10);
  auto none = [](async_scope &s) -> task<> { EXPECT_EQ(co_await s.par_zip(), std::tuple<>()); };
  sync_wait(with_async_scope(none));
}

TEST(AsyncResource, K11_OneFailureCancelsTheOthers) {
  tracer t;
  thread_pool pool(2);
  std::atomic<bool> acquired{false};
  auto ok = make_async_resource(
      [&]() -> task<int> {
        co_await on(pool);
        acquired = true;
        co_return 1;
      },
      t.release('b'));
  auto bad = make_async_resource(
      [&]() -> task<int> {
        while (!acquired)
          co_await on(pool);
        throw std::runtime_error("no");
      },
      t.release('c'));
  auto waits = make_async_resource(
      [&](std::stop_token stop) -> task<int> {
        while (!stop.stop_requested())
          co_await on(pool);
        throw cancelled_error();
      },
      t.release('a'));
  bool after = false;
  auto body = [&](async_scope &s) -> task<> {
    try {
      (void)co_await s.par_zip(waits, ok, bad);
    } catch (const std::runtime_error &) {
      after = t.log == "-bx"; // all of it is over when the failure comes out
      throw;
    }
  };
  EXPECT_THROW(sync_wait(with_async_scope(body)), std::runtime_error);
  EXPECT_TRUE(after);
  EXPECT_EQ(t.log, "-bx");
}

TEST(AsyncResource, K11_AStopOfTheScopeReachesEveryBranch) {
  tracer t;
  run_loop loop;
  std::stop_source stop;
  auto waits = make_async_resource(
      [&](std::stop_token seen) -> task<int> {
        while (!seen.stop_requested())
          co_await on(loop);
        throw cancelled_error();
      },
      t.release('a'));
  auto does_not_look = make_async_resource(
      [&]() -> task<int> {
        co_await on(loop);
        stop.request_stop();
        co_await cancellation_point(); // does nothing here
        co_return 1;
      },
      t.release('b'));
  bool went_on = false;
  auto body = [&](async_scope &s) -> task<> {
    (void)co_await s.par_zip(waits, does_not_look, waits);
    went_on = true;
  };
  started::error = nullptr;
  started s(with_async_scope(body).with_stop(stop.get_token()));
  while (loop.poll())
    ;
  ASSERT_TRUE(started::error);
  EXPECT_THROW(std::rethrow_exception(started::error), cancelled_error);
  EXPECT_FALSE(went_on);
  EXPECT_EQ(t.log, "-bx"); // acquired, and then told
}

TEST(AsyncResource, K11_ReleasesThatFailAreKept) {
  auto failing = [](int n) {
    return make_async_resource(answer, [n](int &) -> task<> {
      co_await answer();
      throw n;
    });
  };
  auto body = [&](async_scope &s) -> task<> { (void)co_await s.par_zip(failing(1), failing(2)); };
  try {
    sync_wait(with_async_scope(body));
    FAIL();
  } catch (const scope_error &e) {
    try {
      std::rethrow_exception(e.primary());
    } catch (int first) {
      EXPECT_EQ(first, 2); // the last argument is released first
    }
    EXPECT_EQ(e.suppressed().size(), 1u);
  }
}

TEST(AsyncResource, K11_AFrameDestroyedInTheMiddleReleasesWhatWasAcquired) {
  tracer t;
  run_loop loop;
  const auto before = ledger::count(ledger::event_kind::never_closed);
  auto stuck = make_async_resource(
      []() -> task<int> {
        co_await never();
        co_return 1;
      },
      t.release('x'));
  auto body = [&](async_scope &s) -> task<> {
    (void)co_await s.par_zip(after_turns(t, 'a', 0, loop), stuck, after_turns(t, 'c', 0, loop));
  };
  {
    started s(with_async_scope(body));
  }
  EXPECT_EQ(t.log, "-cx-ax");
  EXPECT_EQ(ledger::count(ledger::event_kind::never_closed), before);
}

TEST(AsyncResource, K11_NothingIsAcquiredAfterTheEnd) {
  tracer t;
  auto body = [&]() -> task<> {
    async_scope s;
    EXPECT_EQ(co_await s.bind(after_turns(t, 'a', 0, {})), 'a');
    (void)co_await s.close(completed{});
    bool refused = false;
    try {
      (void)co_await s.par_zip(after_turns(t, 'b', 0, {}));
    } catch (const failure &f) {
      refused = f.error().code == errc::scope_ended;
    }
    EXPECT_TRUE(refused);
  };
  sync_wait(body());
  EXPECT_EQ(t.log, "-ac");
}

TEST(AsyncResource, K11_RandomBranches) {
  thread_pool pool(3);
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mutex mutex;
    std::mt19937 random(seed);
    const auto chance = [&](unsigned n) {
      std::lock_guard lock(mutex);
      return random() % n == 0;
    };
    std::atomic<int> open{0};
    std::vector<int> released; ///< ids of this par_zip, and of resources inside it
    auto make = [&](int id) {
      return async_resource<int>([&, id](async_scope &s) -> task<int &> {
        return [](auto &out, auto &chance, auto &open, auto &mutex, auto &pool, int id,
                  async_scope &s) -> task<int &> {
          int *last = nullptr;
          for (int part = 0; part < 2; ++part)
            last = &co_await s.install(
                [&]() -> task<int> {
                  while (chance(2))
                    co_await on(pool);
                  if (chance(9))
                    throw 2;
                  if (chance(9))
                    throw cancelled_error();
                  ++open;
                  co_return id * 2 + part;
                },
                [&](int &value) -> task<> {
                  if (chance(3))
                    co_await on(pool);
                  --open;
                  std::lock_guard lock(mutex);
                  out.push_back(value);
                });
          co_return *last;
        }(released, chance, open, mutex, pool, id, s);
      });
    };
    auto body = [&](async_scope &s) -> task<> {
      auto [a, b, c] = co_await s.par_zip(make(0), make(1), make(2));
      EXPECT_EQ(a + b + c, 1 + 3 + 5);
      EXPECT_EQ(open, 6);
    };
    try {
      sync_wait(with_async_scope(body));
    } catch (...) {
    }
    ASSERT_EQ(open, 0) << "seed " << seed;
    ASSERT_TRUE(std::ranges::is_sorted(released, std::greater<>())) << "seed " << seed;
  }
}
