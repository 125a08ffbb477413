// The rows G1 to G7: guards, and owners of raw handles.
#include "handrail/guard.h"
#include "handrail/testing.h"
#include "handrail/unique.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <string>

using namespace handrail;

TEST(Guard, G1_DropsAtTheEndAndOnUnwinding) {
  test::witness::counter dropped{0};
  {
    test::witness w(dropped);
  }
  EXPECT_EQ(dropped, 1);
  try {
    test::witness w(dropped);
    test::witness moved(std::move(w));
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(dropped, 2);
}

TEST(Guard, G1_WhatWasLeakedIsCounted) {
  const int before = test::witness::alive();
  test::witness::counter dropped{0};
  auto *leaked = new test::witness(dropped);
  {
    test::witness w(dropped);
    test::witness moved(std::move(w));
    EXPECT_EQ(test::witness::alive(), before + 2);
  }
  EXPECT_EQ(test::witness::alive(), before + 1);
  EXPECT_EQ(dropped, 1);
  delete leaked;
  EXPECT_EQ(test::witness::alive(), before);
}

TEST(Guard, G2_RunsOnceAndNeedsNoAllocation) {
  int runs = 0;
  {
    guard g([&] { ++runs; });
    EXPECT_EQ(runs, 0);
  }
  EXPECT_EQ(runs, 1);
  [[maybe_unused]] static int count;
  auto stateless = [] { ++count; };
  static_assert(sizeof(guard<decltype(stateless)>) == 1);
  struct three {
    char c[3];
    void operator()() {}
  };
  static_assert(sizeof(guard<three>) == 4);
  EXPECT_THROW(
      {
        guard g([&] { ++runs; });
        throw 1;
      },
      int);
  {
    handrail::on_exit g([&] { ++runs; });
  }
  EXPECT_EQ(runs, 3);
}

TEST(Guard, G2_WhatItThrowsStaysInside) {
  const auto before = ledger::count(ledger::event_kind::release_failed);
  {
    guard g([] { throw 1; });
  }
  EXPECT_EQ(ledger::count(ledger::event_kind::release_failed), before + 1);
  try {
    guard g([] { throw 1; });
    throw 2;
  } catch (int e) {
    EXPECT_EQ(e, 2);
  }
}

TEST(GuardDeathTest, G2_OrEndsTheProgramByPolicy) {
  EXPECT_DEATH(
      {
        set_release_policy(release_policy::terminate);
        guard g([] { throw 1; });
      },
      "");
}

TEST(Guard, G3_DisarmGivesTheFunctionBack) {
  int runs = 0;
  {
    guard g([&] { ++runs; });
    auto f = g.disarm();
    (void)g.disarm(); // harmless
    guard moved(std::move(g));
    EXPECT_EQ(runs, 0);
    f();
  }
  EXPECT_EQ(runs, 1);
  {
    guard g([&] { ++runs; });
    guard moved(std::move(g));
  }
  EXPECT_EQ(runs, 2);
}

TEST(Guard, G3_AfterAMoveThereIsNothingToDisarm) {
  int runs = 0;
  {
    guard g([&] { ++runs; });
    guard moved(std::move(g));
    (void)g.disarm();
    EXPECT_EQ(runs, 0);
  }
  EXPECT_EQ(runs, 1); // the one that it was moved to
  {
    guard first([&] { ++runs; });
    guard again(first.disarm()); // armed anew is a new guard
  }
  EXPECT_EQ(runs, 2);
  {
    on_success g([&] { ++runs; });
    on_success moved(std::move(g));
  }
  EXPECT_EQ(runs, 3);
}

TEST(Guard, G4_FailureAndSuccess) {
  std::string trace;
  {
    on_failure f([&] { trace += 'f'; });
    on_success s([&] { trace += 's'; });
  }
  EXPECT_EQ(trace, "s");
  try {
    on_failure f([&] { trace += 'f'; });
    on_success s([&] { trace += 's'; });
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(trace, "sf");
  // Inside a destructor that runs while unwinding, one's own scope succeeds.
  struct during {
    std::string &trace;
    ~during() {
      on_failure f([&] { trace += 'F'; });
      on_success s([&] { trace += 'S'; });
    }
  };
  try {
    during d{trace};
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(trace, "sfS");
  {
    on_failure(on_failure([&] { trace += 'x'; })).disarm();
  }
  EXPECT_EQ(trace, "sfS");
}

TEST(Guard, G5_AnAsyncGuardThatNobodyClosedIsReported) {
  int closes = 0;
  const auto before = ledger::count(ledger::event_kind::never_closed);
  {
    async_guard g([&] { return ++closes; });
    EXPECT_EQ(g.close(), 1);
  }
  EXPECT_EQ(ledger::count(ledger::event_kind::never_closed), before);
  static std::uint32_t site;
  auto handler = ledger::set_handler([](const ledger::event &e) { site = e.opened; });
  bool fallback = false;
  {
    async_guard g([&] { return ++closes; }, [&] { fallback = true; });
  }
  ledger::set_handler(handler);
  EXPECT_EQ(closes, 1);
  EXPECT_TRUE(fallback);
  EXPECT_EQ(ledger::count(ledger::event_kind::never_closed), before + 1);
  EXPECT_NE(ledger::site_text(site).find("GuardTest.cpp"), std::string::npos);
}

TEST(Guard, G6_AFailedFlushIsReturnedOrReported) {
  if (access("/dev/full", W_OK) != 0)
    GTEST_SKIP() << "no /dev/full";
  auto full = [] {
    unique_file f(std::fopen("/dev/full", "w"));
    std::fputs("does not fit", f.get());
    return f;
  };
  unique_file f = full();
  EXPECT_EQ(f.close().error().os_error, ENOSPC);
  EXPECT_FALSE(f);
  EXPECT_TRUE(f.close()); // nothing to close
  static std::uint64_t code;
  auto handler = ledger::set_handler([](const ledger::event &e) { code = e.id; });
  errno = 0;
  {
    unique_file dropped = full();
  }
  EXPECT_EQ(errno, 0);
  ledger::set_handler(handler);
  EXPECT_EQ(code, static_cast<std::uint64_t>(ENOSPC));
}

TEST(Guard, G6_FlushedAlsoWhenUnwinding) {
  char *text = nullptr;
  std::size_t size = 0;
  EXPECT_THROW(
      {
        unique_file f(open_memstream(&text, &size));
        std::fputs("flushed", f.get());
        throw 1;
      },
      int);
  EXPECT_STREQ(text, "flushed");
  std::free(text);
}

TEST(Guard, G7_ProtectRunsFinallyOnBothOutcomes) {
  int runs = 0;
  EXPECT_EQ(protect([] { return 5; }, [&] { ++runs; }), 5);
  EXPECT_THROW(protect([] { throw 1; }, [&] { ++runs; }), int);
  EXPECT_EQ(runs, 2);
  try {
    protect([] {}, [] { throw 7; });
    FAIL();
  } catch (const finally_raised &e) {
    EXPECT_THROW(e.rethrow_nested(), int);
  }
  EXPECT_THROW(protect([] { throw 'b'; }, [] { throw 7; }), char);
}

TEST(Unique, OwnsClosesAndGivesAway) {
  const std::size_t before = ledger::live_count();
  int raw;
  {
    unique_fd a(::open("/dev/null", O_RDONLY));
    ASSERT_TRUE(a);
    EXPECT_EQ(ledger::live_count(), before + 1);
    unique_fd b = std::move(a);
    EXPECT_FALSE(a);
    raw = b.get();
    a = std::move(b);
    unique_fd c(::open("/dev/null", O_RDONLY));
    c.reset(a.release());
    EXPECT_EQ(c.get(), raw);
    EXPECT_EQ(ledger::live_count(), before + 1);
  }
  EXPECT_EQ(ledger::live_count(), before);
  EXPECT_EQ(::fcntl(raw, F_GETFD), -1);
  EXPECT_FALSE(unique_fd(-1));
  EXPECT_FALSE(unique_fd(-7));
  EXPECT_EQ(ledger::live_count(), before);
  unique_fd wrong(1 << 20);
  EXPECT_EQ(wrong.close().error().os_error, EBADF);
}
