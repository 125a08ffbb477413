// The rows E1 to E12: raw resources with a finalizer.
#include "handrail/managed.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

using namespace handrail;

namespace {

struct raw_object {
  int value = 1;
  std::atomic<int> finalized{0};
};

const auto finish = [](raw_object *r) { ++r->finalized; };

template <class... Options> auto make(raw_object &r, Options... options) {
  return *manage(&r, finish, options...);
}

} // namespace

TEST(Managed, E1_OnlyTheWrapperMayBeUsed) {
  raw_object r;
  EXPECT_FALSE(is_managed(&r));
  auto m = make(r);
  EXPECT_TRUE(is_managed(&r));
  EXPECT_EQ(*m.with([](raw_object *p) { return p->value; }), 1);
  EXPECT_TRUE(m.close());
  EXPECT_FALSE(is_managed(&r));
}

TEST(Managed, E2_AFinalizerThatKeepsItsOwnHandleShowsAsOpen) {
  struct node {
    std::optional<managed<raw_object *>> self;
  };
  raw_object r;
  const std::size_t before = ledger::live_count();
  node *n = new node;
  {
    auto m = *manage(&r, [n](raw_object *p) { p->finalized += n != nullptr; });
    n->self = m; // the cycle
  }
  EXPECT_EQ(r.finalized, 0);
  EXPECT_EQ(ledger::live_count(), before + 1);
  delete n;
  EXPECT_EQ(r.finalized, 1);
  EXPECT_EQ(ledger::live_count(), before);
}

TEST(Managed, E2_TheLeakReportNamesTheCycle) {
  struct node {
    int payload[8] = {};
    std::optional<managed<raw_object *>> self;
  };
  const auto cycles = [] {
    int n = 0;
    for (const ledger::leak &l : ledger::live())
      n += l.cycle;
    return n;
  };
  const int level = ledger::level();
  ledger::set_level(2);
  raw_object r, other;
  auto shared = std::make_shared<node>();
  auto innocent = *manage(&other, [](raw_object *p) { ++p->finalized; });
  {
    auto m = *manage(&r, [shared](raw_object *p) { p->finalized += shared != nullptr; });
    EXPECT_EQ(cycles(), 0);
    shared->self = m;
    EXPECT_EQ(cycles(), 1);
  }
  EXPECT_EQ(r.finalized, 0);
  EXPECT_EQ(cycles(), 1);
  std::FILE *out = std::tmpfile();
  ledger::report(fileno(out));
  std::rewind(out);
  std::string text(100000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), out));
  std::fclose(out);
  EXPECT_NE(text.find("kept by its own finalizer"), std::string::npos) << text;
  managed<raw_object *> moved = std::move(*shared->self);
  shared->self.reset();
  EXPECT_EQ(cycles(), 0);
  EXPECT_TRUE(moved.close());
  ledger::set_level(level);
}

TEST(Managed, E3_AMovedOneIsAnError) {
  raw_object r;
  auto m = make(r);
  auto to = std::move(m);
  EXPECT_EQ(m.with([](raw_object *) {}).error().code, errc::invalid_handle);
  EXPECT_EQ(m.close().error().code, errc::invalid_handle);
  EXPECT_EQ(m.take().error().code, errc::invalid_handle);
  m = std::move(to);
  EXPECT_TRUE(m.close());
}

TEST(Managed, E3_WithAfterCloseIsAnErrorWithBothSites) {
  raw_object r;
  auto m = make(r);
  EXPECT_TRUE(m.with([](raw_object *p) { p->value = 2; }));
  EXPECT_TRUE(m.close());
  auto late = m.with([](raw_object *) { FAIL(); });
  EXPECT_EQ(late.error().code, errc::stale_handle);
  EXPECT_NE(late.error().message().find("opened at"), std::string::npos);
  EXPECT_NE(late.error().message().find("closed at"), std::string::npos);
}

TEST(Managed, E4_CloseInsideWithWaitsForItsEnd) {
  raw_object r;
  auto m = make(r);
  EXPECT_TRUE(m.with([&](raw_object *p) {
    EXPECT_TRUE(m.close());
    EXPECT_EQ(m.state(), managed_state::closing);
    EXPECT_EQ(p->finalized, 0);
    EXPECT_FALSE(m.with([](raw_object *) {})); // no new users
  }));
  EXPECT_EQ(r.finalized, 1);
  EXPECT_TRUE(m.has_been_finalized());
}

TEST(Managed, E4_CloseWaitReturnsWhenItIsFinalized) {
  raw_object r;
  auto m = make(r);
  std::atomic<bool> inside{false};
  std::thread user([&] {
    (void)m.with([&](raw_object *p) {
      inside = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      EXPECT_EQ(p->finalized, 0);
    });
  });
  while (!inside)
    std::this_thread::yield();
  EXPECT_TRUE(m.close_wait());
  EXPECT_EQ(r.finalized, 1);
  user.join();
}

TEST(Managed, E4_CloseWaitCanBeStopped) {
  raw_object r;
  auto m = make(r);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(m.with([&](raw_object *) {
    EXPECT_EQ(m.close_wait(stop.get_token()).error().code, errc::cancelled);
  }));
  EXPECT_EQ(r.finalized, 1);
}

TEST(Managed, E5_TakeGivesTheRawObjectBack) {
  raw_object r;
  auto m = make(r);
  EXPECT_TRUE(m.with([&](raw_object *) { EXPECT_EQ(m.take().error().code, errc::busy); }));
  EXPECT_EQ(*m.take(), &r);
  EXPECT_EQ(m.state(), managed_state::taken);
  EXPECT_EQ(m.take().error().code, errc::stale_handle);
  EXPECT_EQ(m.close().error().code, errc::stale_handle);
  EXPECT_EQ(r.finalized, 0);
  EXPECT_TRUE(make(r).close()); // may be registered again
}

TEST(Managed, E6_AtMostOnceUnderRaces) {
  for (int round = 0; round < 500; ++round) {
    raw_object r;
    std::atomic<int> closes{0}, takes{0};
    {
      auto m = make(r);
      std::thread a([&, copy = m] { closes += copy.close().has_value(); });
      std::thread b([&, copy = m] { takes += copy.take().has_value(); });
      std::thread c(
          [&, copy = m] { (void)copy.with([](raw_object *p) { EXPECT_EQ(p->finalized, 0); }); });
      {
        auto gone = std::move(m);
      }
      a.join();
      b.join();
      c.join();
    }
    ASSERT_EQ(closes + takes, 1);
    ASSERT_EQ(r.finalized, closes);
  }
}

TEST(Managed, E7_DropPolicies) {
  raw_object here, later, never, posted;
  {
    auto m = make(here);
  }
  EXPECT_EQ(here.finalized, 1);
  {
    auto m = make(later, manage_options{.on_drop = on_drop::post});
  }
  EXPECT_EQ(later.finalized, 0);
  EXPECT_EQ(collect(), 1u);
  EXPECT_EQ(later.finalized, 1);
  EXPECT_EQ(collect(), 0u);
  const auto before = ledger::count(ledger::event_kind::never_closed);
  {
    auto m = make(never, manage_options{.on_drop = on_drop::report_only});
  }
  EXPECT_EQ(never.finalized, 0);
  EXPECT_EQ(ledger::count(ledger::event_kind::never_closed), before + 1);
  run_loop loop;
  {
    auto m = make(posted, manage_options{.on_drop = on_drop::post, .executor = loop});
  }
  EXPECT_EQ(posted.finalized, 0);
  EXPECT_EQ(loop.poll(), 1u);
  EXPECT_EQ(posted.finalized, 1);
}

TEST(Managed, E8_TwoOwnersOfOneResourceAreDetected) {
  raw_object r;
  auto m = make(r);
  auto second = manage(&r, finish);
  EXPECT_EQ(second.error().code, errc::already_registered);
  EXPECT_NE(second.error().message().find("ManagedTest.cpp"), std::string::npos);
  EXPECT_EQ(r.finalized, 0);
  const fd null{::open("/dev/null", O_RDONLY)};
  auto close_fd = [](fd f) { ::close(f.number); };
  auto d = *manage(null, close_fd);
  EXPECT_EQ(manage(null, close_fd).error().code, errc::already_registered);
  EXPECT_TRUE(d.close());
  EXPECT_EQ(::close(null.number), -1);
}

TEST(Managed, E9_OperationsAreSafeAndTheObjectIsSynchronizedByHand) {
  synchronized<int> sum(0);
  auto m = *manage(&sum, [](synchronized<int> *) {});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([m] {
      for (int i = 0; i < 1000; ++i)
        (void)m.with([](synchronized<int> *s) { s->with([](int &n) { ++n; }); });
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(sum.with([](int &n) { return n; }), 4000);
}

TEST(Managed, E10_CollectRunsWhatWasDeferredAndCountsIt) {
  raw_object used, first, second;
  auto m = make(used);
  {
    auto a = make(first, manage_options{.on_drop = on_drop::post});
    auto b = make(second, manage_options{.on_drop = on_drop::post});
  }
  EXPECT_EQ(first.finalized + second.finalized, 0);
  EXPECT_EQ(collect(), 2u);
  EXPECT_EQ(first.finalized, 1);
  EXPECT_EQ(second.finalized, 1);
  EXPECT_EQ(used.finalized, 0); // only a hint: it is in use
  EXPECT_EQ(collect(), 0u);
}

TEST(Managed, E11_CachesMayBeDropped) {
  raw_object cache, used;
  auto m = make(cache, manage_options{.evictable = true});
  auto u = make(used);
  EXPECT_EQ(collect(), 0u);
  EXPECT_TRUE(m.with([](raw_object *) { EXPECT_EQ(collect(true), 0u); })); // in use
  EXPECT_EQ(cache.finalized, 0);
  EXPECT_EQ(collect(true), 1u);
  EXPECT_TRUE(m.has_been_finalized());
  EXPECT_FALSE(u.has_been_finalized());
  EXPECT_EQ(m.with([](raw_object *) {}).error().code, errc::stale_handle);
}

TEST(Managed, E12_AFinalizerThatThrows) {
  raw_object r;
  const auto before = ledger::count(ledger::event_kind::release_failed);
  const auto throws = [](raw_object *) { throw std::runtime_error("no"); };
  {
    auto m = *manage(&r, throws);
  } // not out of a destructor
  EXPECT_EQ(ledger::count(ledger::event_kind::release_failed), before + 1);
  auto m = *manage(&r, throws);
  EXPECT_EQ(m.close().error().code, errc::release_failed);
  EXPECT_TRUE(m.has_been_finalized());
}
