// Handles over time, and closes that take some.
#include "Coroutines.h"
#include "handrail/guard.h"
#include "handrail/handle_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

using namespace handrail;
using namespace std::chrono_literals;

namespace {

struct grown {};

/// All from one site.
handle open_grown(table &t) { return *t.insert(grown{}); }

std::uint32_t site_of_grown(table &t) {
  const handle h = open_grown(t);
  (void)t.close(h);
  return t.get<grown>(h).error().opened;
}

ledger::growth growth_of(std::uint32_t site) {
  for (ledger::growth &g : ledger::growing())
    if (g.number == site)
      return g;
  return {};
}

} // namespace

TEST(Growth, ALineThroughTheSamples) {
  table t;
  const std::uint32_t site = site_of_grown(t);
  std::vector<handle> open;
  for (int i = 0; i < 12; ++i) {
    for (int k = 0; k < 10; ++k)
      open.push_back(open_grown(t));
    ledger::sample_growth();
    std::this_thread::sleep_for(10ms);
  }
  ledger::growth g = growth_of(site);
  EXPECT_EQ(g.open, 120u);
  EXPECT_GE(g.samples.size(), 10u);
  EXPECT_GT(g.per_minute, 1000); // ten in ten milliseconds would be 60,000
  EXPECT_GT(g.fit, 0.8);
  EXPECT_NE(g.site.find("GrowthTest.cpp"), std::string::npos);
  const double before = g.per_minute;
  for (const handle h : open)
    (void)t.close(h);
  ledger::sample_growth();
  g = growth_of(site);
  EXPECT_EQ(g.open, 0u);
  EXPECT_LT(g.per_minute, before);
}

TEST(Growth, SamplesStayFew) {
  table t;
  const std::uint32_t site = site_of_grown(t);
  for (int i = 0; i < 1000; ++i) {
    (void)open_grown(t);
    if (i % 10 == 0)
      std::this_thread::sleep_for(1ms);
    ledger::sample_growth();
  }
  const ledger::growth g = growth_of(site);
  EXPECT_EQ(g.open, 1000u);
  EXPECT_LE(g.samples.size(), 65u);
  EXPECT_GE(g.samples.size(), 8u);
  EXPECT_TRUE(std::ranges::is_sorted(g.samples));
}

namespace {
std::atomic<int> passed{0};
void count_site(const ledger::growth &g) {
  if (g.site.find("GrowthTest.cpp") == std::string::npos)
    return;
  EXPECT_GT(g.open, 20u);
  (void)ledger::live_count(); // no lock is held
  (void)ledger::growing();
  ++passed;
}
/// Also what the ledger's own thread is about to say.
int calls_soon() {
  ledger::sample_growth();
  std::this_thread::sleep_for(250ms);
  return passed;
}
} // namespace

TEST(Growth, AThresholdIsToldOnceUntilItFallsToHalf) {
  table t;
  std::vector<handle> open;
  const auto resize = [&](std::size_t n) {
    for (; open.size() < n;)
      open.push_back(open_grown(t));
    for (; open.size() > n; open.pop_back())
      (void)t.close(open.back());
  };
  ledger::set_threshold(20, count_site);
  resize(20);
  EXPECT_EQ(calls_soon(), 0);
  resize(21);
  EXPECT_EQ(calls_soon(), 1);
  resize(15);
  EXPECT_EQ(calls_soon(), 1);
  resize(30);
  EXPECT_EQ(calls_soon(), 1); // it was not below half
  resize(9);
  EXPECT_EQ(calls_soon(), 1);
  resize(40);
  std::this_thread::sleep_for(300ms); // nobody but the ledger's thread looks
  EXPECT_EQ(passed, 2);
  ledger::set_threshold(20, nullptr);
}

namespace {
task<> wait_for_ever() { co_await handrail::test::never{}; }
std::uint64_t unfinished() { return ledger::count(ledger::event_kind::close_unfinished); }
bool closing_is_listed() {
  return std::ranges::any_of(ledger::live(), [](const ledger::leak &l) {
    return l.closes && l.closing.find("GrowthTest.cpp") != std::string::npos;
  });
}
} // namespace

TEST(Closing, IsNeitherOpenNorClosed) {
  const auto before = unfinished();
  {
    handrail::test::started s([]() -> task<> {
      async_guard closing(wait_for_ever);
      co_await closing.close();
    }());
    EXPECT_TRUE(closing_is_listed());
    EXPECT_EQ(unfinished(), before);
  } // destroyed while it waits
  EXPECT_FALSE(closing_is_listed());
  EXPECT_EQ(unfinished(), before + 1);
}

TEST(Closing, ATaskThatNobodyAwaitsIsUnfinished) {
  const auto before = unfinished();
  {
    async_guard closing(wait_for_ever);
    (void)closing.close();
  }
  EXPECT_EQ(unfinished(), before + 1);
}

TEST(Closing, EndsAsItsTaskDoes) {
  const auto before = unfinished();
  const auto close_with = [](auto close) {
    return sync_wait([](auto c) -> task<int> {
      async_guard closing(std::move(c));
      co_return co_await closing.close();
    }(std::move(close)));
  };
  EXPECT_EQ(close_with([]() -> task<int> { co_return 4; }), 4);
  EXPECT_THROW(close_with([]() -> task<int> {
                 throw 1;
                 co_return 0;
               }),
               int);
  EXPECT_EQ(unfinished(), before);
}

TEST(Closing, AReleaseThatIsGivenUpIsUnfinished) {
  const auto before = unfinished();
  {
    handrail::test::started s([]() -> task<> {
      co_await with_async_scope([](async_scope &scope) -> task<> {
        scope.on_release(wait_for_ever);
        co_return;
      });
    }());
    EXPECT_TRUE(std::ranges::any_of(ledger::live(), [](const ledger::leak &l) {
      return l.closes && l.type == "async release";
    }));
  }
  EXPECT_GT(unfinished(), before);
}
