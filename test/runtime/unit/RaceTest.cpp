// Threads that get, close, take and share the same handles; for the thread
// sanitizer above all. Counts at the end say that nothing happened twice.
#include "handrail/handle_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

using namespace handrail;

namespace {

struct shared_counts {
  std::atomic<int> closed{0}, destroyed{0}, made{0};
};

struct hookless {
  explicit hookless(shared_counts &c) : counts(&c) { ++c.made; }
  hookless(hookless &&) = delete;
  ~hookless() {
    ++counts->destroyed;
    check = 0;
  }
  shared_counts *counts;
  unsigned check = 0xfeedbeef;
};
struct object : hookless {
  using hookless::hookless;
  void close() { ++counts->closed; }
};

template <class F> void in_threads(int count, F f) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([i, &f] { f(i); });
  for (std::thread &t : threads)
    t.join();
}

template <class T> void one_of_many_closers_wins() {
  table t;
  shared_counts counts;
  for (int round = 0; round < 500; ++round) {
    auto h = *t.emplace<T>(counts);
    std::atomic<int> won{0};
    in_threads(3, [&](int who) {
      std::mt19937 random(static_cast<unsigned>(round * 3 + who));
      if (random() % 2)
        std::this_thread::yield();
      if (auto user = t.get(h); user && random() % 2) {
        EXPECT_EQ((*user)->check, 0xfeedbeef);
      }
      won += who == 0 ? t.take(h).has_value() : t.close(h).has_value();
    });
    ASSERT_EQ(won, 1);
  }
  EXPECT_TRUE(t.empty());
  EXPECT_EQ(counts.destroyed, counts.made);
}

template <class T> void users_keep_the_object() {
  const table_options kinds[] = {{.quarantine = 0},
                                 {.quarantine = 32},
                                 {.layout = id_layout::smi31, .quarantine = 0},
                                 {.layout = id_layout::counter32, .quarantine = 0}};
  for (const table_options &kind : kinds) {
    shared_counts counts;
    {
      table t(kind), other;
      std::vector<std::atomic<std::uint64_t>> handles(16);
      in_threads(4, [&](int who) {
        std::mt19937 random(static_cast<unsigned>(who));
        for (int i = 0; i < 4000; ++i) {
          auto &place = handles[random() % handles.size()];
          const handle h{place.load()};
          switch (random() % 10) {
          case 0:
            if (auto made = t.emplace<T>(counts))
              (void)t.close(handle{place.exchange(made->value())});
            break;
          case 1:
            (void)t.close(h);
            break;
          case 2:
            if (auto taken = t.take<T>(h)) {
              EXPECT_EQ((*taken)->check, 0xfeedbeef);
              if (auto back = t.insert(*std::move(taken)))
                (void)t.close(handle{place.exchange(back->value())});
            }
            break;
          case 3:
            if (auto d = t.dup(h))
              (void)t.close(*d);
            break;
          case 4:
            if (auto moved = t.transfer(h, other))
              (void)other.close(*moved);
            break;
          case 5:
            if (auto token = t.stop_token(h))
              (void)token->stop_requested();
            break;
          case 6:
            if (auto user = t.get<T>(h)) {
              arc<T> owner = (*user).share();
              user = errc::busy;
              EXPECT_EQ(owner->check, 0xfeedbeef);
            }
            break;
          default:
            if (auto user = t.get<T>(h)) {
              EXPECT_EQ((*user)->check, 0xfeedbeef);
              if (random() % 4 == 0)
                std::this_thread::yield();
              EXPECT_EQ((*user)->check, 0xfeedbeef);
            }
          }
        }
      });
      (void)t.snapshot();
    }
    EXPECT_EQ(counts.destroyed, counts.made);
    EXPECT_LE(counts.closed, counts.made * 2);
  }
}

} // namespace

TEST(Race, D7_ExactlyOneOfManyClosersWins) {
  one_of_many_closers_wins<object>();
  one_of_many_closers_wins<hookless>();
}

TEST(Race, D10_UsersKeepTheObjectWhileHandlesComeAndGo) {
  users_keep_the_object<object>();
  users_keep_the_object<hookless>();
}

TEST(Race, D12_WhatEndedThreadsOpenedIsCounted) {
  // A thread has the number of one that has ended, and its free slots.
  table t({.capacity = 100});
  std::size_t open = 0;
  for (int round = 0; round < 20; ++round) {
    in_threads(1, [&](int) {
      handle first = *t.insert(round);
      (void)*t.insert(round);
      EXPECT_TRUE(t.close(first));
    });
    ASSERT_EQ(t.size(), ++open);
  }
  while (t.insert(1))
    ++open;
  EXPECT_EQ(open, 100u); // no slot was lost
}

TEST(Race, D12_ReplaceAgainstUsers) {
  table t;
  auto h = *t.insert(std::string(50, 'a'));
  std::atomic<bool> stop{false};
  in_threads(3, [&](int who) {
    if (who == 0) {
      int replaced = 0;
      for (int i = 0; i < 100000 && replaced < 200; ++i) {
        replaced += t.replace(h, std::string(50, static_cast<char>('a' + i % 26))).has_value();
        std::this_thread::yield();
      }
      stop = true;
      return;
    }
    while (!stop) {
      auto user = t.get(h);
      ASSERT_TRUE(user); // a replaced entry is never missing
      EXPECT_EQ((*user)->front(), (*user)->back());
      user = errc::busy;
      std::this_thread::yield();
    }
  });
  EXPECT_TRUE(t.close(h));
}

TEST(Race, D10_ThreadsTakeOverEachOthersTables) {
  // Each round a table that one thread has for itself gets users and closers from
  // others, who end at any time.
  for (int round = 0; round < 100; ++round) {
    shared_counts counts;
    {
      table t;
      std::vector<typed_handle<object>> handles;
      for (int i = 0; i < 8; ++i)
        handles.push_back(*t.emplace<object>(counts));
      in_threads(3, [&](int who) {
        std::mt19937 random(static_cast<unsigned>(round * 3 + who));
        for (int i = 0; i < 200; ++i) {
          const auto h = handles[random() % handles.size()];
          if (auto user = t.get(h)) {
            EXPECT_EQ((*user)->check, 0xfeedbeef);
            if (random() % 64 == 0)
              std::this_thread::yield();
            EXPECT_EQ((*user)->check, 0xfeedbeef);
          }
          if (random() % 100 == 0)
            (void)t.close(h);
        }
      });
    }
    ASSERT_EQ(counts.closed, 8);
    ASSERT_EQ(counts.destroyed, 8);
  }
}

TEST(Race, D4_ReferencesOutliveTheTable) {
  for (int round = 0; round < 300; ++round) {
    shared_counts counts;
    auto t = std::make_unique<table>();
    std::vector<ref<object>> users;
    for (int i = 0; i < 4; ++i)
      users.push_back(*t->get(*t->emplace<object>(counts)));
    std::thread dropper([&] { users.clear(); });
    t.reset();
    dropper.join();
    ASSERT_EQ(counts.closed, 4);
    ASSERT_EQ(counts.destroyed, 4);
  }
}

TEST(Race, ReportsWhileTheTableIsUsed) {
  table t({.name = "busy"});
  std::atomic<bool> stop{false};
  in_threads(3, [&](int who) {
    if (who == 0) {
      for (int i = 0; i < 50; ++i)
        (void)ledger::live();
      stop = true;
      return;
    }
    while (!stop)
      (void)t.close(*t.insert(42));
  });
}
