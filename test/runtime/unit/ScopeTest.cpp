// The rows K1 to K9 and K11 to K14 for scopes without coroutines.
#include "handrail/handle_table.h"
#include "handrail/resource.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>

using namespace handrail;

namespace {

/// Writes names on acquire, and name plus case on release.
struct tracer {
  std::string log;
  std::mutex mutex;
  void add(const std::string &s) {
    std::lock_guard lock(mutex);
    log += s;
  }
  auto acquire(char name) {
    return [this, name] {
      add(std::string(1, name));
      return name;
    };
  }
  auto release() {
    return [this](char &name, const exit_case &how) {
      add(std::string("-") + name + "cfx"[how.kind()]);
    };
  }
  char &install(scope &s, char name) { return s.install(acquire(name), release()); }
  resource<char> value(char name) { return make_resource(acquire(name), release()); }
};

} // namespace

TEST(Scope, K1_AcquireUseRelease) {
  tracer t;
  const char result = with_scope([&](scope &s) {
    char &a = t.install(s, 'a');
    t.add("u");
    return a;
  });
  EXPECT_EQ(result, 'a');
  EXPECT_EQ(t.log, "au-ac");
}

TEST(Scope, K2_ReleasesAreToldHowTheWorkEnded) {
  tracer t;
  EXPECT_THROW(with_scope([&](scope &s) {
                 t.install(s, 'a');
                 throw 1;
               }),
               int);
  EXPECT_THROW(with_scope([&](scope &s) {
                 t.install(s, 'b');
                 throw cancelled_error();
               }),
               cancelled_error);
  auto returned = with_scope([&](scope &s) -> result<int> {
    t.install(s, 'c');
    return errc::not_supported;
  });
  EXPECT_FALSE(returned);
  (void)with_scope([&](scope &s) -> result<int> {
    t.install(s, 'd');
    return errc::cancelled;
  });
  EXPECT_EQ(t.log, "a-afb-bxc-cfd-dx");
  std::exception_ptr seen;
  EXPECT_THROW(with_scope([&](scope &s) {
                 s.on_release([&](const exit_case &how) { seen = how.get_failed()->exception; });
                 throw 7;
               }),
               int);
  EXPECT_THROW(std::rethrow_exception(seen), int);
}

TEST(Scope, K3_ReverseOrderOnEveryWayOut) {
  for (int how = 0; how < 3; ++how) {
    tracer t;
    try {
      with_scope([&](scope &s) {
        for (char c : {'a', 'b', 'c'})
          t.install(s, c);
        if (how == 1)
          throw 1;
        if (how == 2)
          throw cancelled_error();
      });
    } catch (...) {
    }
    const char k = "cfx"[how];
    EXPECT_EQ(t.log, std::string("abc-c") + k + "-b" + k + "-a" + k);
  }
}

TEST(Scope, K4_AStopDuringAcquireIsDeliveredAfterIt) {
  tracer t;
  std::stop_source stop;
  bool used = false;
  EXPECT_THROW(with_scope(
                   [&](scope &s) {
                     s.install(
                         [&] {
                           t.add("a");
                           stop.request_stop();
                           t.add("A"); // goes on to its end
                           return 'a';
                         },
                         t.release());
                     used = true;
                   },
                   stop.get_token()),
               cancelled_error);
  EXPECT_FALSE(used);
  EXPECT_EQ(t.log, "aA-ax");
  // One that wants to see the stop may.
  EXPECT_THROW(with_scope(
                   [&](scope &s) {
                     s.install(
                         [&](std::stop_token token) -> int {
                           EXPECT_FALSE(token.stop_requested());
                           throw cancelled_error();
                         },
                         [](int &) { FAIL(); });
                   },
                   std::stop_source().get_token()),
               cancelled_error);
}

TEST(Scope, K5_AnAcquireThatFailsIsNotReleased) {
  tracer t;
  EXPECT_THROW(with_scope([&](scope &s) {
                 t.install(s, 'a');
                 s.install(
                     [&]() -> char {
                       t.add("!");
                       throw 1;
                     },
                     t.release());
               }),
               int);
  EXPECT_EQ(t.log, "a!-af");
  EXPECT_THROW(with_scope([&](scope &s) {
                 s.install([]() -> result<char> { return errc::acquire_failed; }, t.release());
               }),
               failure);
  EXPECT_EQ(t.log, "a!-af");
}

TEST(Scope, K5_AHandleOpenedInAFailedAcquireIsSeen) {
  table files;
  const auto before = ledger::count(ledger::event_kind::acquired_then_failed);
  EXPECT_THROW(with_scope([&](scope &s) {
                 s.install(
                     [&]() -> int {
                       (void)*files.insert(42);
                       throw 1; // after the handle exists
                     },
                     [](int &) {});
               }),
               int);
  EXPECT_EQ(ledger::count(ledger::event_kind::acquired_then_failed), before + 1);
}

TEST(Scope, K6_AResourceIsAValueThatIsUsedAnew) {
  tracer t;
  const resource<char> a = t.value('a');
  EXPECT_EQ(t.log, "");
  EXPECT_EQ(a.use([](char &c) { return c; }), 'a');
  EXPECT_EQ(a.use([](char &c) { return c; }), 'a');
  EXPECT_EQ(t.log, "a-aca-ac");
}

TEST(Scope, K6_MapThenZip) {
  tracer t;
  auto mapped = t.value('a').map([](char &c) { return std::string(3, c); });
  EXPECT_EQ(mapped.use([](std::string &s) { return s; }), "aaa");
  auto chained = t.value('b').then([&](char &) { return t.value('c'); });
  EXPECT_EQ(chained.use([](char &c) { return c; }), 'c');
  auto both = t.value('d').zip(t.value('e'));
  EXPECT_EQ(both.use([](std::pair<char &, char &> &p) { return std::string{p.first, p.second}; }),
            "de");
  EXPECT_EQ(t.log, "a-acbc-cc-bcde-ec-dc");
}

TEST(Scope, K7_HelpersAndRegisteringAfterTheEnd) {
  struct closes {
    std::string *log;
    void close() { *log += "closed"; }
  };
  std::string log;
  with_scope([&](scope &s) { s.closeable(closes{&log}); });
  EXPECT_EQ(log, "closed");
  tracer t;
  scope s;
  EXPECT_TRUE(s.close(completed{}).ok());
  try {
    t.install(s, 'a');
    FAIL();
  } catch (const failure &f) {
    EXPECT_EQ(f.error().code, errc::scope_ended);
  }
  EXPECT_EQ(t.log, ""); // not even acquired
  bool released = false;
  EXPECT_THROW(s.on_release([&] { released = true; }), failure);
  EXPECT_TRUE(released); // at once
  scope ends_during;
  EXPECT_THROW(ends_during.install(
                   [&] {
                     (void)ends_during.close(completed{});
                     return 'b';
                   },
                   t.release()),
               failure);
  EXPECT_EQ(t.log, "-bx");
}

TEST(Scope, K8_AllReleasesRunAndTheFirstErrorWins) {
  std::string log;
  const auto fails = [&](int n) {
    return [&log, n] {
      log += std::to_string(n);
      throw n;
    };
  };
  try {
    with_scope([&](scope &s) {
      s.on_release(fails(1));
      s.on_release([&] { log += "ok"; });
      s.on_release(fails(2));
    });
    FAIL();
  } catch (const scope_error &e) {
    EXPECT_THROW(
        {
          try {
            std::rethrow_exception(e.primary());
          } catch (int n) {
            EXPECT_EQ(n, 2);
            throw;
          }
        },
        int);
    EXPECT_EQ(e.suppressed().size(), 1u);
  }
  EXPECT_EQ(log, "2ok1");
}

TEST(Scope, K8_TheCauseIsNestedInTheError) {
  try {
    with_scope([](scope &s) { s.on_release([] { throw std::runtime_error("disk"); }); });
    FAIL();
  } catch (const scope_error &e) {
    EXPECT_STREQ(e.what(), "release failed: disk");
    EXPECT_THROW(std::rethrow_if_nested(e), std::runtime_error);
  }
}

TEST(Scope, K8_TheBodysErrorGoesFirst) {
  try {
    with_scope([&](scope &s) {
      s.on_release([] { throw 2; });
      s.on_release([] { throw 3; });
      throw 'b';
    });
    FAIL();
  } catch (char c) {
    EXPECT_EQ(c, 'b');
    EXPECT_EQ(last_suppressed().size(), 2u);
  }
  // A failed release does not hide under a cancellation.
  try {
    with_scope([&](scope &s) {
      s.on_release([] { throw 2; });
      throw cancelled_error();
    });
    FAIL();
  } catch (const scope_error &e) {
    EXPECT_EQ(e.suppressed().size(), 1u);
  }
  auto out = try_scope([](scope &s) -> result<int> {
    s.on_release([]() -> result<void> { return errc::release_failed; });
    return errc::not_supported;
  });
  EXPECT_EQ(out.value->error().code, errc::not_supported);
  EXPECT_EQ(out.suppressed.size(), 1u);
}

TEST(Scope, K9_ReleasesRunAtMostOnce) {
  tracer t;
  scope s;
  t.install(s, 'a');
  s.on_release([&] {
    EXPECT_TRUE(s.close(cancelled{}).ok()); // from inside: nothing to do
    throw 1;
  });
  EXPECT_FALSE(s.close(failed{}).ok());
  const scope_outcome again = s.close(completed{});
  EXPECT_FALSE(again.ok()); // the first one's
  EXPECT_TRUE(again.how.is_failed());
  EXPECT_EQ(t.log, "a-af");
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> runs{0};
    scope raced;
    raced.on_release([&] { ++runs; });
    std::thread other([&] { (void)raced.close(completed{}); });
    (void)raced.close(completed{});
    EXPECT_EQ(runs, 1);
    other.join();
  }
}

TEST(Scope, K11_ParZipReleasesInArgumentOrder) {
  for (int round = 0; round < 20; ++round) {
    tracer t;
    auto slow = [&](char name, int ms) {
      return make_resource(
          [name, ms] {
            std::this_thread::sleep_for(std::chrono::milliseconds(ms));
            return name;
          },
          t.release());
    };
    with_scope([&](scope &s) {
      auto [a, b, c] = s.par_zip(slow('a', round % 3), slow('b', (round + 1) % 3), slow('c', 0));
      EXPECT_EQ(std::string({a, b, c}), "abc");
    });
    EXPECT_EQ(t.log, "-cc-bc-ac");
  }
}

TEST(Scope, K11_OneFailureCancelsTheOthers) {
  tracer t;
  std::atomic<bool> acquired{false};
  auto ok = make_resource(
      [&] {
        acquired = true;
        return 'a';
      },
      t.release());
  auto bad = make_resource(
      [&]() -> char {
        while (!acquired)
          std::this_thread::yield();
        throw std::runtime_error("no");
      },
      t.release());
  auto waits = make_resource(
      [&](std::stop_token stop) -> char {
        while (!stop.stop_requested())
          std::this_thread::yield();
        throw cancelled_error();
      },
      t.release());
  EXPECT_THROW(with_scope([&](scope &s) { (void)s.par_zip(waits, ok, bad); }), std::runtime_error);
  EXPECT_EQ(t.log, "-ax");
}

TEST(Scope, K12_BracketAndAllocate) {
  tracer t;
  EXPECT_EQ(bracket_case(t.acquire('a'), [](char &c) { return c; }, t.release()), 'a');
  EXPECT_EQ(t.log, "a-ac");
  const std::size_t open = ledger::live_count();
  {
    auto a = t.value('b').allocate();
    EXPECT_EQ(*a, 'b');
    EXPECT_EQ(ledger::live_count(), open + 1);
    EXPECT_TRUE(a.release().ok());
    EXPECT_TRUE(a.release().ok());
  }
  EXPECT_EQ(t.log, "a-acb-bc");
  const auto before = ledger::count(ledger::event_kind::never_closed);
  {
    auto forgotten = t.value('c').allocate();
  }
  EXPECT_EQ(ledger::count(ledger::event_kind::never_closed), before + 1);
  EXPECT_EQ(t.log, "a-acb-bcc-cx");
  EXPECT_EQ(ledger::live_count(), open);
}

#if !defined(__SANITIZE_THREAD__)
TEST(Scope, K13_AForcedUnwindPassesAndReleases) {
  static std::atomic<int> released;
  static std::atomic<bool> ready;
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void *) -> void * {
        with_scope([](scope &s) {
          s.on_release([](const exit_case &how) {
            EXPECT_TRUE(how.is_cancelled());
            pthread_testcancel(); // off in here
            ++released;
          });
          ready = true;
          while (true) {
            std::this_thread::yield();
            pthread_testcancel();
          }
        });
        return nullptr;
      },
      nullptr);
  while (!ready)
    std::this_thread::yield();
  pthread_cancel(thread);
  void *value;
  pthread_join(thread, &value);
  EXPECT_EQ(value, PTHREAD_CANCELED);
  EXPECT_EQ(released, 1);
}

TEST(Scope, K13_AForcedUnwindReleasesInReverseThroughAllScopes) {
  static tracer t;
  static std::atomic<bool> ready;
  t.log.clear();
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void *) -> void * {
        with_scope([](scope &outer) {
          t.install(outer, 'a');
          try {
            with_scope([](scope &s) {
              (void)s.par_zip(t.value('b'), t.value('c'));
              t.install(s, 'd');
              auto kept = t.value('e').allocate();
              t.log.clear();
              ready = true;
              while (true) {
                std::this_thread::yield();
                pthread_testcancel();
              }
            });
          } catch (const std::exception &) {
            ADD_FAILURE() << "a forced unwind is no exception";
          }
          ADD_FAILURE() << "it went on";
        });
        return nullptr;
      },
      nullptr);
  while (!ready)
    std::this_thread::yield();
  pthread_cancel(thread);
  void *value;
  pthread_join(thread, &value);
  EXPECT_EQ(value, PTHREAD_CANCELED);
  EXPECT_EQ(t.log, "-ex-dx-cx-bx-ax");
}
#endif

TEST(Scope, K14_ChildrenEndBeforeAnythingIsReleased) {
  tracer t;
  with_scope([&](scope &s) {
    char &a = t.install(s, 'a');
    s.spawn([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      t.add(std::string("child-") + a);
    });
  });
  EXPECT_EQ(t.log, "achild-a-ac");
  EXPECT_THROW(with_scope([&](scope &s) {
                 t.install(s, 'b');
                 s.spawn([](std::stop_token stop) {
                   while (!stop.stop_requested())
                     std::this_thread::yield();
                 });
                 s.spawn([] { throw std::runtime_error("child"); });
               }),
               std::runtime_error);
  EXPECT_EQ(t.log, "achild-a-acb-bf");
}

TEST(Scope, K14_NothingIsSpawnedAfterTheEnd) {
  std::atomic<bool> ran{false};
  scope s;
  (void)s.close(completed{});
  EXPECT_THROW(s.spawn([&] { ran = true; }), failure);
  EXPECT_FALSE(ran);
}

TEST(Scope, K1_AMoveThatThrowsIsBeforeTheAcquire) {
  struct release {
    int moves_left;
    explicit release(int n) : moves_left(n) {}
    release(const release &) = default;
    release(release &&o) : moves_left(o.moves_left - 1) {
      if (moves_left < 0)
        throw std::runtime_error("move");
    }
    void operator()(int &) const {}
  };
  for (int moves = 0; moves < 4; ++moves) {
    int acquired = 0, released = 0;
    try {
      with_scope([&](scope &s) {
        s.on_release([&] { released = acquired; });
        s.install([&] { return ++acquired; }, release(moves));
      });
    } catch (const std::runtime_error &) {
      EXPECT_EQ(acquired, 0) << moves;
    }
  }
}

// Random trees of scopes that acquire, fail, are cancelled and fail to release:
// everything acquired is released once, in reverse order, and nothing else.
TEST(Scope, K3_RandomTrees) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    std::vector<int> held;
    int next = 0, acquired = 0, released = 0;
    std::stop_source stop;
    std::function<void(scope &, int)> body = [&](scope &s, int depth) {
      for (unsigned i = 0, n = random() % 5; i < n; ++i) {
        switch (random() % 8) {
        case 0:
          if (random() % 3 == 0)
            throw 1;
          break;
        case 1:
          if (random() % 4 == 0)
            throw cancelled_error();
          break;
        case 2:
          if (random() % 6 == 0)
            stop.request_stop();
          break;
        case 3:
          if (depth < 4)
            (void)try_scope([&](scope &inner) { body(inner, depth + 1); }, s.stop_token());
          break;
        default:
          s.install(
              [&] {
                if (random() % 6 == 0)
                  throw 2;
                ++acquired;
                held.push_back(next);
                return next++;
              },
              [&](int &id) {
                ++released;
                ASSERT_FALSE(held.empty());
                EXPECT_EQ(held.back(), id) << "seed " << seed;
                held.pop_back();
                if (random() % 5 == 0)
                  throw 3;
              });
        }
      }
    };
    (void)try_scope([&](scope &s) { body(s, 0); }, stop.get_token());
    ASSERT_TRUE(held.empty()) << "seed " << seed;
    ASSERT_EQ(acquired, released);
  }
}
