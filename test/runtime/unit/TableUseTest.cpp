// The rows D10 to D13: using, replacing and listing the entries of a table.
#include "TableFixtures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <thread>
#include <unistd.h>

using namespace table_fixtures;

TEST(HandleTable, D10_MoreUsesThanCells) {
  file::log log;
  table t;
  auto h = *t.emplace<file>(log);
  std::vector<ref<file>> users;
  for (int i = 0; i < 100; ++i)
    users.push_back(*t.get(h));
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(log.closed, 1);
  while (users.size() > 1)
    users.erase(users.begin());
  EXPECT_EQ(log.destroyed, 0);
  users.clear();
  EXPECT_EQ(log.destroyed, 1);
}

namespace {
/// Without a close hook, as most types are.
struct counted {
  explicit counted(int &n) : destroyed(&n) {}
  counted(counted &&other) noexcept : destroyed(std::exchange(other.destroyed, nullptr)) {}
  ~counted() {
    if (destroyed)
      ++*destroyed;
  }
  int *destroyed;
};
} // namespace

TEST(HandleTable, D10_AnObjectWithoutAHookGoesWithItsLastUser) {
  table t;
  for (int round = 0; round < 3; ++round) {
    ledger::set_level(round);
    int destroyed = 0;
    const auto open = [&] { return *t.emplace<counted>(destroyed); };
    EXPECT_TRUE(t.close(open()));
    EXPECT_EQ(destroyed, 1);

    auto h = open();
    {
      auto user = *t.get(h), second = *t.get(h), third = *t.get(h);
      user = {};
      EXPECT_TRUE(t.close(h));
      EXPECT_EQ(t.close(h).error().code, errc::stale_handle);
      EXPECT_EQ(destroyed, 1);
    }
    EXPECT_EQ(destroyed, 2);

    h = open();
    arc<counted> owner = (*t.get(h)).share();
    EXPECT_TRUE(t.close(h));
    EXPECT_EQ(destroyed, 2);
    owner = nullptr;
    EXPECT_EQ(destroyed, 3);

    h = open();
    std::stop_token token = *t.stop_token(h);
    EXPECT_TRUE(t.close(h));
    EXPECT_TRUE(token.stop_requested());
    EXPECT_EQ(destroyed, 4);

    h = open();
    const handle other = *t.dup(raw(h));
    EXPECT_TRUE(t.close(h));
    EXPECT_EQ(destroyed, 4);
    EXPECT_TRUE(t.close(other));
    EXPECT_EQ(destroyed, 5);
    EXPECT_EQ(t.size(), 0u);
  }
  ledger::set_level(1);
}

TEST(HandleTable, D6_ARefusedLookUpKeepsNothing) {
  table t;
  int destroyed = 0;
  auto h = *t.emplace<counted>(destroyed);
  auto user = *t.get(h), second = *t.get(h); // the next one is in no hurry
  EXPECT_EQ(t.get<plain>(raw(h)).error().code, errc::wrong_type);
  user = {};
  second = {};
  EXPECT_EQ(t.get<plain>(raw(h)).error().code, errc::wrong_type);
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(t.get(h).error().code, errc::stale_handle);
}

TEST(HandleTable, D10_AUseMayEndOnAnotherThread) {
  for (int round = 0; round < 200; ++round) {
    file::log log;
    table t;
    auto h = *t.emplace<file>(log);
    auto user = *t.get(h); // the table is biased to this thread
    std::thread other([u = std::move(user)]() mutable {
      std::this_thread::yield();
      u = {};
    });
    if (round % 2) {
      EXPECT_TRUE(t.close(h));
    } else {
      std::thread([&] { EXPECT_TRUE(t.close(h)); }).join();
    }
    other.join();
    ASSERT_EQ(log.closed, 1);
    ASSERT_EQ(log.destroyed, 1);
  }
}

TEST(HandleTable, D10_CloseRequestsTheStopOfTheEntry) {
  table t;
  auto h = *t.insert(plain{});
  std::stop_token token = *t.stop_token(h);
  std::stop_token second = *t.stop_token(h);
  bool called = false;
  std::stop_callback callback(token, [&] { called = true; });
  auto user = *t.get(h);
  EXPECT_TRUE(t.close(h));
  EXPECT_TRUE(called);
  EXPECT_TRUE(second.stop_requested());
  EXPECT_EQ(user->value, 0);
  // The next object of the slot has a stop of its own.
  user = {};
  auto next = *t.insert(plain{});
  EXPECT_FALSE(t.stop_token(next)->stop_requested());
}

TEST(HandleTable, D10_ATableThatEndsStopsItsEntries) {
  std::stop_token token;
  {
    table t;
    token = *t.stop_token(*t.insert(plain{}));
    EXPECT_FALSE(token.stop_requested());
  }
  EXPECT_TRUE(token.stop_requested());
}

TEST(HandleTable, D10_AReferenceMovesAndKeepsTheObjectOnce) {
  file::log log;
  table t;
  auto h = *t.emplace<file>(log);
  ref<file> a = *t.get(h), b = std::move(a);
  EXPECT_FALSE(a);
  EXPECT_FALSE(a.share());
  a = std::move(b);
  EXPECT_TRUE(a);
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(log.destroyed, 0);
  a = {};
  EXPECT_EQ(log.destroyed, 1);
}

TEST(HandleTable, D11_CapabilitiesAreOptional) {
  file::log log;
  table t;
  auto h = *t.emplace<file>(log);
  auto other = *t.insert(plain{});
  EXPECT_EQ((*t.query<readable>(h))->read_size(), 7);
  EXPECT_EQ(t.query<readable>(other).error().code, errc::not_supported);
  EXPECT_EQ(t.query<plain>(h).error().code, errc::not_supported);
}

TEST(HandleTable, D12_ReplaceGivesTheOldOneBack) {
  file::log a, b;
  table t;
  auto h = *t.emplace<file>(a);
  {
    auto user = *t.get(h);
    EXPECT_EQ(t.replace(h, file(b)).error().code, errc::busy);
  }
  auto old = t.replace(h, file(b));
  ASSERT_TRUE(old);
  EXPECT_EQ(a.closed, 0);
  EXPECT_EQ((*old)->log_, &a);
  EXPECT_EQ((*t.get(h))->log_, &b);
  EXPECT_EQ(t.replace(typed_handle<file>{*t.insert(plain{})}, file(b)).error().code,
            errc::wrong_type);
  EXPECT_TRUE(t.insert(*old)); // has no entry any more
}

TEST(HandleTable, D12_ReplaceNeedsTheEntry) {
  table t;
  auto h = *t.insert(plain{1});
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(t.replace(h, plain{2}).error().code, errc::stale_handle);
  EXPECT_EQ(t.replace(typed_handle<plain>{}, plain{2}).error().code, errc::invalid_handle);
  EXPECT_TRUE(t.empty());
}

TEST(HandleTable, D12_ObjectsOfUnknownTypeComeBack) {
  file::log log;
  table t, other;
  any_arc any = *t.take_any(*t.emplace<file>(log));
  const handle h = *other.insert_any(any);
  EXPECT_EQ(other.insert_any(any).error().code, errc::already_registered);
  EXPECT_EQ(other.insert_any(any_arc()).error().code, errc::invalid_argument);
  EXPECT_TRUE(other.get<file>(h));
  any = {};
  EXPECT_TRUE(other.close(h));
  EXPECT_EQ(log.closed, 1);
  EXPECT_EQ(log.destroyed, 1);
}

TEST(HandleTable, D12_TheDescriptorBehindAnObjectIsChecked) {
  struct socket {
    int number;
    int native_handle() const { return number; }
  };
  table t;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  auto h = *t.insert(socket{ends[0]});
  EXPECT_EQ(*t.native_handle(h), ends[0]);
  EXPECT_EQ(t.native_handle(*t.insert(plain{})).error().code, errc::not_supported);
  ::close(ends[0]); // behind the table's back
  const error gone = t.native_handle(h).error();
  EXPECT_EQ(gone.code, errc::stale_handle);
  EXPECT_EQ(gone.os_error, EBADF);
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(t.native_handle(h).error().os_error, 0);
  ::close(ends[1]);
}

TEST(HandleTable, D12_EveryLiveEntryIsVisited) {
  table t;
  std::vector<handle> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(*t.insert(plain{i}));
  int sum = 0, seen = 0;
  t.for_each_live([&](handle h, const any_arc &object) {
    ++seen;
    sum += object.as<plain>()->value;
    if (h == all[0]) {
      EXPECT_TRUE(t.close(all[1])); // not visited any more, or just now
    }
  });
  EXPECT_EQ(seen, 99);
  EXPECT_EQ(sum, 4950 - 1);
}

TEST(HandleTable, D12_DupClosesWithTheLastHandle) {
  file::log log;
  table t;
  auto h = *t.emplace<file>(log);
  auto d = *t.dup(h);
  EXPECT_NE(h, d);
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(log.closed, 0);
  EXPECT_TRUE(t.get(d));
  EXPECT_TRUE(t.close(d));
  EXPECT_EQ(log.closed, 1);
  EXPECT_EQ(log.destroyed, 1);
}

TEST(HandleTable, D12_TransferMovesTheEntry) {
  file::log log;
  table a, b({.capacity = 1});
  auto h = *a.emplace<file>(log);
  handle moved = *a.transfer(h, b);
  EXPECT_EQ(a.get(h).error().code, errc::stale_handle);
  EXPECT_TRUE(b.get<file>(moved));
  EXPECT_EQ(log.closed, 0);
  auto stays = *a.insert(plain{});
  EXPECT_EQ(a.transfer(stays, b).error().code, errc::ids_exhausted);
  EXPECT_TRUE(a.get(stays));
  EXPECT_TRUE(b.close(moved));
  EXPECT_EQ(log.closed, 1);
}

TEST(HandleTable, D12_AnyTypeAndListings) {
  file::log log;
  table t;
  EXPECT_TRUE(t.empty());
  auto h = *t.emplace<file>(log);
  auto any = *t.get_any(h);
  EXPECT_EQ(any.type(), &type_of<file>);
  EXPECT_TRUE(any.as<file>());
  EXPECT_FALSE(any.as<plain>());
  auto taken = *t.take_any(h);
  EXPECT_EQ(log.closed, 0);
  EXPECT_FALSE(t.contains(h));
  EXPECT_EQ(t.size(), 0u);
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(t.insert(plain{i}));
  auto all = t.snapshot();
  EXPECT_EQ(all.size(), 200u);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &entry_info::id));
}

namespace {
struct at_level {
  int before = ledger::level();
  explicit at_level(int level) { ledger::set_level(level); }
  ~at_level() { ledger::set_level(before); }
};
} // namespace

TEST(HandleTable, D12_SnapshotHasAgesAndStacksFromLevel2On) {
  for (id_layout layout : {id_layout::native64, id_layout::counter32}) {
    table t({.layout = layout, .quarantine = 0});
    {
      const at_level one(1);
      (void)*t.insert(plain{});
      EXPECT_FALSE(t.snapshot()[0].age);
      EXPECT_EQ(t.snapshot()[0].stack, "");
    }
    const at_level two(2);
    auto old = *t.insert(plain{1});
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) // beyond the first chunk
      (void)*t.insert(plain{2});
    const auto all = t.snapshot();
    const auto most = std::chrono::steady_clock::now() - begin + std::chrono::milliseconds(60);
    ASSERT_EQ(all.size(), 102u);
    EXPECT_FALSE(all[0].age) << "opened at level 1";
    ASSERT_TRUE(all[1].age);
    EXPECT_GE(*all[1].age, std::chrono::milliseconds(80));
    EXPECT_LT(*all[1].age, std::chrono::minutes(10));
    for (std::size_t i = 2; i < all.size(); ++i) {
      ASSERT_TRUE(all[i].age);
      EXPECT_LE(*all[i].age, most);
    }
    EXPECT_GT(std::ranges::count(all[1].stack, '\n'), 1);
    // Another entry of the same slot has no part in it.
    EXPECT_TRUE(t.close(old));
    const at_level one(1);
    auto next = *t.insert(plain{3});
    for (const entry_info &e : t.snapshot())
      if (e.id == raw(next)) {
        EXPECT_FALSE(e.age);
        EXPECT_EQ(e.stack, "");
      }
  }
}

TEST(HandleTable, D12_SnapshotWhileOthersOpenAndClose) {
  const at_level two(2);
  table t({.quarantine = 0});
  auto stays = *t.insert(plain{});
  std::atomic<bool> stop{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i)
    others.emplace_back([&] {
      while (!stop)
        (void)t.close(*t.insert(plain{}));
    });
  for (int i = 0; i < 200; ++i)
    for (const entry_info &e : t.snapshot()) {
      ASSERT_TRUE(e.age);
      ASSERT_LT(*e.age, std::chrono::minutes(10));
      ASSERT_FALSE(e.stack.empty());
    }
  stop = true;
  for (std::thread &o : others)
    o.join();
  EXPECT_EQ(t.snapshot()[0].id, raw(stays));
}

TEST(HandleTable, D13_PeekIsForHotPaths) {
  table t;
  auto h = *t.insert(plain{5});
  EXPECT_EQ(t.peek(h)->value, 5);
  EXPECT_EQ(t.peek<int>(raw(h)), nullptr);
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(t.peek(h), nullptr);
}

TEST(HandleTable, WithGivesTheResultOrTheError) {
  table t;
  auto h = *t.insert(plain{5});
  EXPECT_EQ(*t.with(h, [](plain &p) { return p.value + 1; }), 6);
  EXPECT_TRUE(t.with(h, [](plain &p) { p.value = 9; }));
  EXPECT_EQ(t.peek(h)->value, 9);
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(t.with(h, [](plain &) { FAIL(); }).error().code, errc::stale_handle);
}

// The table against a simple model, over a million random operations.
TEST(HandleTable, BehavesAsAMapOfIds) {
  for (id_layout layout :
       {id_layout::native64, id_layout::js53, id_layout::smi31, id_layout::counter32}) {
    std::mt19937 random(7);
    table t({.layout = layout, .capacity = 5000});
    std::vector<std::pair<typed_handle<plain>, int>> open;
    std::vector<typed_handle<plain>> dead;
    const auto any = [&](auto &v) -> auto & { return v[random() % v.size()]; };
    const int operations = layout == id_layout::native64 ? 1000000 : 250000;
    for (int i = 0; i < operations; ++i) {
      switch (random() % 8) {
      case 0:
      case 1:
        if (auto h = t.insert(plain{i}))
          open.emplace_back(*h, i);
        else
          ASSERT_EQ(h.error().code, errc::ids_exhausted);
        break;
      case 2:
      case 3:
        if (open.empty())
          break;
        std::swap(any(open), open.back());
        if (random() % 2)
          ASSERT_TRUE(t.close(open.back().first));
        else
          ASSERT_EQ(t.take_unique(open.back().first)->value, open.back().second);
        dead.push_back(open.back().first);
        open.pop_back();
        break;
      case 4:
        if (!dead.empty()) {
          ASSERT_FALSE(t.close(any(dead)));
        }
        break;
      default:
        if (!open.empty()) {
          auto &[h, value] = any(open);
          ASSERT_EQ((*t.get(h))->value, value);
        }
        if (!dead.empty()) {
          ASSERT_EQ(t.peek(any(dead)), nullptr);
        }
      }
      ASSERT_EQ(t.size(), open.size());
    }
  }
}
