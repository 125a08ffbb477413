// The rows D1 to D9: a table of resources behind ids.
#include "TableFixtures.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

using namespace table_fixtures;

TEST(HandleTable, D1_ZeroIsNeverAHandle) {
  table t;
  EXPECT_EQ(t.get<plain>(handle::none).error().code, errc::invalid_handle);
  for (int i = 0; i < 100; ++i)
    EXPECT_NE(raw(*t.insert(plain{i})), handle::none);
}

TEST(HandleTable, D1_EveryLayoutFitsItsSide) {
  for (const auto &[layout, bits] :
       {std::pair(id_layout::js53, 53), std::pair(id_layout::smi31, 31),
        std::pair(id_layout::counter32, 32)}) {
    table t({.layout = layout, .quarantine = 0});
    // Generations go to the highest bits, slots to the lowest.
    for (int i = 0; i < 3000; ++i) {
      auto h = *t.insert(plain{i});
      EXPECT_NE(h.value(), 0u);
      EXPECT_EQ(h.value() >> bits, 0u);
      if (i % 3) {
        EXPECT_TRUE(t.close(h));
      }
    }
  }
}

TEST(HandleTable, D2_IdsAreNeverReused) {
  for (id_layout layout : {id_layout::native64, id_layout::js53, id_layout::counter32}) {
    table t({.layout = layout, .quarantine = 0});
    std::map<handle, int> seen;
    for (int i = 0; i < 1000; ++i) {
      auto h = *t.insert(plain{i});
      EXPECT_TRUE(seen.emplace(h, i).second);
      EXPECT_TRUE(t.close(h));
    }
  }
}

TEST(HandleTable, D2_ASlotWithoutGenerationsIsRetired) {
  table t({.layout = id_layout::smi31, .capacity = 1, .quarantine = 0});
  int handed_out = 0;
  std::map<handle, int> seen;
  while (auto h = t.insert(plain{1})) {
    ++handed_out;
    EXPECT_LT(h->value(), 1u << 31);
    EXPECT_TRUE(seen.emplace(*h, 0).second);
    EXPECT_TRUE(t.close(*h));
  }
  EXPECT_EQ(handed_out, 1 << 10); // the odd ones of 2^11
  EXPECT_EQ(t.retired(), 1u);
  EXPECT_EQ(t.insert(plain{1}).error().code, errc::ids_exhausted);
  EXPECT_EQ(t.close(seen.rbegin()->first).error().code, errc::stale_handle);
}

TEST(HandleTable, D2_OnExhaustionTheResourceComesBack) {
  file::log log;
  table t({.capacity = 1});
  auto first = *t.insert(plain{});
  file f(log, "kept");
  auto refused = t.insert(std::move(f));
  EXPECT_EQ(refused.error().code, errc::ids_exhausted);
  EXPECT_EQ(f.log_, &log);
  EXPECT_EQ(log.destroyed, 0);
  EXPECT_EQ(log.closed, 0);
  arc<file> shared = make_arc<file>(log);
  EXPECT_FALSE(t.insert(std::move(shared)));
  EXPECT_TRUE(shared);
  EXPECT_TRUE(t.close(first));
  EXPECT_TRUE(t.insert(std::move(shared)));
  EXPECT_FALSE(shared);
}

TEST(HandleTable, D2_TheLastGenerationDoesNotBecomeAnotherTablesTag) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "eight million times";
#elif defined(__has_feature)
  if (__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))
    GTEST_SKIP() << "eight million times";
#endif
  // The highest tag: one more carries out of the word.
  std::optional<table> t;
  do
    t.emplace(table_options{.capacity = 1, .quarantine = 0});
  while ((*t->insert(plain{})).value() >> 56 != 255 && (t.reset(), true));
  table neighbour;
  ASSERT_TRUE(neighbour.insert(plain{}));
  handle first = t->snapshot()[0].id, last = first;
  ASSERT_TRUE(t->close(first));
  long handed_out = 1;
  for (; auto h = t->insert(plain{}); ++handed_out) {
    last = *h;
    (void)t->close(last);
  }
  EXPECT_EQ(handed_out, 1 << 23); // the odd ones of 2^24
  EXPECT_EQ(t->retired(), 1u);
  EXPECT_EQ(t->size(), 0u);
  EXPECT_EQ(static_cast<std::uint64_t>(last) >> 32, 0xffffffffu);
  for (handle gone : {first, last}) {
    EXPECT_EQ(t->get<plain>(gone).error().code, errc::stale_handle);
    EXPECT_EQ(t->close(gone).error().code, errc::stale_handle);
  }
  EXPECT_FALSE(t->contains(handle{0}));
  EXPECT_FALSE(t->contains(handle{std::uint64_t(1) << 32}));
}

TEST(HandleTable, D2_TheCounterNeverReachesItsLimit) {
  table t({.layout = id_layout::counter32, .first_id = 0xfffffffd});
  EXPECT_EQ(t.insert(plain{})->value(), 0xfffffffdu);
  auto last = *t.insert(plain{});
  EXPECT_EQ(last.value(), 0xfffffffeu);
  EXPECT_EQ(t.insert(plain{}).error().code, errc::ids_exhausted);
  EXPECT_TRUE(t.close(last));
  EXPECT_EQ(t.insert(plain{}).error().code, errc::ids_exhausted);
  EXPECT_EQ(t.size(), 1u);
}

TEST(HandleTable, D3_ErrorsAndListingsHaveNames) {
  file::log log;
  table t({.name = "files"});
  auto h = *t.insert(file(log, "a.log"));
  auto other = *t.insert(plain{});
  auto names = t.names();
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0], std::pair(raw(h), std::string("a.log")));
  EXPECT_NE(names[1].second.find("plain"), std::string::npos);
  EXPECT_NE(t.get<file>(raw(other)).error().message().find("plain"), std::string::npos);
  EXPECT_NE(t.snapshot()[0].opened.find("HandleTableTest.cpp:"), std::string::npos);
}

TEST(HandleTable, D3_NamesAreOfTypesWhereObjectsHaveNone) {
  file::log log;
  table t({.name = "mixed"});
  auto unnamed = *t.emplace<file>(log); // an empty name is none
  auto names = t.names();
  ASSERT_EQ(names.size(), 1u);
  EXPECT_EQ(names[0].first, raw(unnamed));
  EXPECT_NE(names[0].second.find("file"), std::string::npos);
  EXPECT_EQ(t.name(), "mixed");
}

TEST(HandleTable, D4_EachWayOutIsTold) {
  for (const exit_case &how :
       {exit_case(completed{}), exit_case(failed{}), exit_case(cancelled{})}) {
    file::log log;
    table t;
    EXPECT_TRUE(t.close(*t.emplace<file>(log), how));
    EXPECT_EQ(log.how, how.kind());
  }
}

TEST(HandleTable, D4_CloseIsOnceAndDestroyIsLast) {
  file::log log;
  table t;
  auto h = *t.insert(file(log));
  log.destroyed = 0;
  auto user = t.get(h);
  ASSERT_TRUE(user);
  EXPECT_TRUE(t.close(h, failed{}));
  EXPECT_EQ(log.closed, 1);
  EXPECT_EQ(log.how, 1);
  EXPECT_EQ(log.destroyed, 0);
  EXPECT_EQ((*user)->read_size(), 7); // the operation in flight goes on
  user = errc::cancelled;
  EXPECT_EQ(log.destroyed, 1);
  EXPECT_EQ(log.closed, 1);
}

TEST(HandleTable, D4_TheTableClosesWhatIsLeft) {
  file::log log;
  ref<file> user;
  {
    table t;
    auto h = *t.emplace<file>(log);
    user = *t.get(h);
  }
  EXPECT_EQ(log.closed, 1);
  EXPECT_EQ(log.destroyed, 0); // a reference may outlive the table
  user = {};
  EXPECT_EQ(log.destroyed, 1);
}

TEST(HandleTable, D4_NothingIsOpenedInATableThatEnds) {
  static table *current;
  static errc code;
  struct opens {
    void close() { code = current->insert(plain{}).error().code; }
  };
  {
    table t;
    current = &t;
    EXPECT_TRUE(t.insert(opens{}));
    EXPECT_TRUE(t.insert(plain{}));
  }
  EXPECT_EQ(code, errc::sealed);
}

TEST(HandleTable, D2_FreeSlotsOfOtherThreadsAreFound) {
  table t({.capacity = 10});
  std::vector<handle> all;
  for (int i = 0; i < 10; ++i)
    all.push_back(*t.insert(plain{i}));
  std::thread([&] {
    for (handle h : all)
      EXPECT_TRUE(t.close(h));
    for (int i = 0; i < 5; ++i)
      EXPECT_TRUE(t.insert(plain{i}));
  }).join();
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(t.insert(plain{i}));
  EXPECT_EQ(t.insert(plain{}).error().code, errc::ids_exhausted);
  EXPECT_EQ(t.size(), 10u);
}

namespace {

template <std::size_t N> struct sized {
  unsigned char bytes[N];
  explicit sized(unsigned char c) { std::fill(std::begin(bytes), std::end(bytes), c); }
  bool is(unsigned char c) const {
    return std::all_of(std::begin(bytes), std::end(bytes), [c](unsigned char b) { return b == c; });
  }
};
struct alignas(64) aligned {
  long value = 0;
};

} // namespace

// A free slot keeps the memory of its last object.
TEST(HandleTable, D4_KeptMemoryIsOfTheRightSizeAndAlignment) {
  table t({.quarantine = 0});
  for (int round = 0; round < 3; ++round) {
    auto small = *t.insert(sized<8>(1));
    auto large = *t.insert(sized<200>(2));
    auto huge = *t.insert(sized<5000>(3));
    auto over = *t.insert(aligned{4});
    EXPECT_TRUE(t.peek(small)->is(1) && t.peek(large)->is(2) && t.peek(huge)->is(3));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(t.peek(over)) % 64, 0u);
    EXPECT_EQ(t.peek(over)->value, 4);
    // In another order each time, so that slots change their types.
    for (handle h : {raw(over), raw(small), raw(huge), raw(large)})
      EXPECT_TRUE(t.close(h));
  }
  EXPECT_EQ(t.size(), 0u);
}

TEST(HandleTable, D4_MemoryIsNotKeptWhileItsObjectHasAnOwner) {
  table t({.quarantine = 0});
  auto h = *t.insert(sized<40>(1));
  arc<sized<40>> owner = (*t.get(h))->is(1) ? (*t.get(h)).share() : nullptr;
  weak<sized<40>> watcher = owner;
  EXPECT_TRUE(t.close(h));
  auto next = *t.insert(sized<40>(2)); // the same slot
  EXPECT_TRUE(owner->is(1));
  EXPECT_TRUE(t.peek(next)->is(2));
  owner = nullptr;
  EXPECT_FALSE(watcher.lock());
  // One with a weak reference, closed by its only owner.
  watcher = (*t.get(next)).share();
  EXPECT_TRUE(t.close(next));
  auto last = *t.insert(sized<40>(3));
  EXPECT_FALSE(watcher.lock());
  auto taken = *t.take(last);
  auto other = *t.insert(sized<40>(4));
  EXPECT_TRUE(taken->is(3) && t.peek(other)->is(4));
  // Objects that come with memory of their own.
  EXPECT_TRUE(t.close(other));
  auto shared = *t.insert(std::move(taken));
  EXPECT_TRUE(t.peek(shared)->is(3));
  EXPECT_TRUE(t.close(shared));
  auto again = *t.insert(sized<40>(5));
  EXPECT_TRUE(t.close(*t.dup(again)));
  EXPECT_TRUE(t.peek(again)->is(5));
}

TEST(HandleTable, D4_AnObjectThatCannotBeMadeLeavesNothing) {
  struct refuses {
    explicit refuses(bool really) {
      if (really)
        throw 1;
    }
  };
  for (id_layout layout : {id_layout::native64, id_layout::counter32}) {
    table t({.layout = layout, .capacity = 4, .quarantine = 0});
    for (int i = 0; i < 100; ++i)
      EXPECT_THROW((void)t.emplace<refuses>(true), int);
    EXPECT_EQ(t.size(), 0u);
    EXPECT_TRUE(t.snapshot().empty());
    EXPECT_TRUE(t.emplace<refuses>(false));
    EXPECT_EQ(t.size(), 1u);
  }
}

TEST(HandleTable, D7_ADestructorMayUseTheTableOrEndIt) {
  struct opens {
    table *where;
    int left;
    opens(table *t, int n) : where(t), left(n) {}
    opens(opens &&o) noexcept : where(std::exchange(o.where, nullptr)), left(o.left) {}
    ~opens() {
      if (where && left)
        EXPECT_TRUE(where->close(*where->emplace<opens>(where, left - 1)));
    }
  };
  table t({.quarantine = 0});
  EXPECT_TRUE(t.close(*t.emplace<opens>(&t, 50)));
  EXPECT_EQ(t.size(), 0u);

  struct ends {
    std::unique_ptr<table> *where;
    explicit ends(std::unique_ptr<table> &t) : where(&t) {}
    ~ends() { where->reset(); }
  };
  auto owned = std::make_unique<table>();
  (void)*owned->insert(plain{1});
  auto h = *owned->emplace<ends>(owned);
  EXPECT_TRUE(owned->close(h));
  EXPECT_FALSE(owned);
}

TEST(HandleTable, D5_TheSameObjectTwiceIsDetected) {
  file::log log;
  table t, other;
  arc<file> f = make_arc<file>(log);
  auto h = *t.insert(f);
  auto again = t.insert(f);
  EXPECT_EQ(again.error().code, errc::already_registered);
  EXPECT_NE(again.error().message().find("opened at"), std::string::npos);
  EXPECT_EQ(other.insert(f).error().code, errc::already_registered);
  auto second = *t.insert_again(f);
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(log.closed, 0); // still in the table
  EXPECT_TRUE(t.close(second));
  EXPECT_EQ(log.closed, 1);
  EXPECT_TRUE(t.insert(f)); // and free to be registered again
}

TEST(HandleTable, D6_MissingAndWrongTypeAreTwoErrors) {
  file::log log;
  table t;
  auto h = *t.emplace<file>(log);
  auto wrong = t.get<plain>(raw(h));
  EXPECT_EQ(wrong.error().code, errc::wrong_type);
  EXPECT_NE(wrong.error().message().find("file"), std::string::npos);
  EXPECT_NE(wrong.error().message().find("instead of"), std::string::npos);
  EXPECT_NE(wrong.error().message().find("plain"), std::string::npos);
  EXPECT_TRUE(t.get(h)); // a strong reference, and the entry is unharmed
  EXPECT_EQ((*t.get(h)).share().use_count(), 2u);
}

TEST(HandleTable, D6_MissingSaysWhenItWasClosed) {
  table t;
  auto h = *t.insert(plain{});
  EXPECT_TRUE(t.close(h, failed{}));
  const error e = t.get<file>(raw(h)).error(); // missing goes before wrong type
  EXPECT_EQ(e.code, errc::stale_handle);
  EXPECT_EQ(e.want, &type_of<file>);
  EXPECT_EQ(e.have, &type_of<plain>);
  EXPECT_NE(e.opened, 0u);
  EXPECT_NE(e.closed, 0u);
  EXPECT_EQ(e.ended, exit_case(failed{}).kind());
  EXPECT_NE(e.message().find(" after a failure"), std::string::npos) << e.message();
  auto never = *t.insert(plain{});
  const handle next{never.value() + 2 * (std::uint64_t(1) << 32)};
  EXPECT_EQ(t.get<plain>(next).error().code, errc::invalid_handle); // not handed out yet
}

TEST(HandleTable, D7_CloseRunsTheHookUnlocked) {
  static table *current;
  static handle self;
  struct reentrant {
    void close() {
      EXPECT_EQ(current->close(self).error().code, errc::stale_handle);
      EXPECT_TRUE(current->insert(plain{}));
      EXPECT_EQ(current->size(), 1u);
    }
  };
  table t;
  current = &t;
  auto h = *t.insert(reentrant{});
  self = h;
  EXPECT_TRUE(t.close(h));
}

TEST(HandleTable, D7_DoubleCloseTellsBothSites) {
  table t;
  auto h = *t.insert(plain{});
  EXPECT_TRUE(t.close(h));
  const auto before = ledger::count(ledger::event_kind::stale_use);
  const error e = t.close(h).error();
  EXPECT_EQ(e.code, errc::stale_handle);
  const std::string text = e.message();
  EXPECT_NE(text.find("opened at"), std::string::npos) << text;
  EXPECT_NE(text.find("closed at"), std::string::npos) << text;
  EXPECT_NE(text.find("plain"), std::string::npos) << text;
  EXPECT_EQ(ledger::count(ledger::event_kind::stale_use), before + 1);
}

TEST(HandleTable, D7_TheStorySurvivesReuseOfTheSlot) {
  table t({.quarantine = 0});
  auto h = *t.insert(plain{});
  EXPECT_TRUE(t.close(h));
  auto next = *t.insert(file::log{});
  EXPECT_EQ(next.value() & 0xffffffff, h.value() & 0xffffffff); // the same slot
  const error e = t.get(h).error();
  EXPECT_EQ(e.code, errc::stale_handle);
  EXPECT_NE(e.message().find("plain"), std::string::npos) << e.message();
  EXPECT_NE(e.message().find("closed at"), std::string::npos) << e.message();
}

TEST(HandleTable, D7_AHookThatFailsIsReportedAndTheEntryGone) {
  struct throws {
    void close() { throw std::runtime_error("disk full"); }
  };
  struct returns {
    result<void> close() { return error{.code = errc::release_failed, .os_error = 28}; }
  };
  table t;
  const auto before = ledger::count(ledger::event_kind::release_failed);
  EXPECT_EQ(t.close(*t.insert(throws{})).error().code, errc::release_failed);
  EXPECT_EQ(t.close(*t.insert(returns{})).error().os_error, 28);
  EXPECT_EQ(ledger::count(ledger::event_kind::release_failed), before + 2);
  EXPECT_TRUE(t.empty());
}

TEST(HandleTable, D8_TakeChecksTheTypeFirst) {
  file::log log;
  table t;
  auto h = *t.emplace<file>(log);
  EXPECT_EQ(t.take<plain>(raw(h)).error().code, errc::wrong_type);
  EXPECT_EQ(t.size(), 1u);
  auto taken = t.take(h);
  ASSERT_TRUE(taken);
  EXPECT_EQ(log.closed, 0);
  EXPECT_EQ(t.take(h).error().code, errc::stale_handle);
  EXPECT_TRUE(t.insert(*taken)); // unmanaged again
}

TEST(HandleTable, D8_WhatIsTakenMayHaveOtherUsers) {
  file::log log;
  table t;
  auto h = *t.emplace<file>(log);
  auto user = *t.get(h);
  arc<file> taken = *t.take(h);
  EXPECT_EQ(user.get(), taken.get());
  EXPECT_TRUE(t.empty());
  taken.reset();
  EXPECT_EQ(log.destroyed, 0); // the user has it
  user = {};
  EXPECT_EQ(log.destroyed, 1);
  EXPECT_EQ(log.closed, 0);
  const std::string text = t.get(h).error().message();
  EXPECT_NE(text.find("taken at"), std::string::npos) << text;
  EXPECT_EQ(text.find("closed at"), std::string::npos) << text;
}

TEST(HandleTable, D8_TakeUniqueOnlyWithoutOthers) {
  table t;
  auto h = *t.insert(plain{42});
  {
    auto user = *t.get(h);
    EXPECT_EQ(t.take_unique(h).error().code, errc::busy);
    EXPECT_EQ(t.take_unique<int>(raw(h)).error().code, errc::wrong_type);
  }
  {
    auto owner = (*t.get(h)).share();
    EXPECT_EQ(t.take_unique(h).error().code, errc::shared);
  }
  EXPECT_EQ(t.take_unique<int>(raw(h)).error().code, errc::wrong_type);
  EXPECT_EQ(t.take_unique(h)->value, 42);
  EXPECT_EQ(t.take_unique(h).error().code, errc::stale_handle);
  EXPECT_TRUE(t.empty());
}

TEST(HandleTable, D9_AnyBitPatternIsAnErrorAtWorst) {
  std::mt19937_64 random(1);
  for (id_layout layout :
       {id_layout::native64, id_layout::js53, id_layout::smi31, id_layout::counter32}) {
    table t({.layout = layout}), other({.layout = layout});
    auto h = *t.insert(plain{1});
    for (int i = 0; i < 100000; ++i) {
      // Near misses of the real handle as well as noise.
      const std::uint64_t bits =
          i % 2 ? random() : h.value() ^ (std::uint64_t(1) << (random() % 64));
      if (bits == h.value())
        continue;
      const handle wrong{bits};
      EXPECT_FALSE(t.get<plain>(wrong));
      EXPECT_FALSE(t.contains(wrong));
      EXPECT_EQ(t.peek<plain>(wrong), nullptr);
      if (i % 16 == 0) {
        EXPECT_FALSE(t.close(wrong));
        EXPECT_FALSE(t.take<plain>(wrong));
        EXPECT_FALSE(t.take_unique<plain>(wrong));
        EXPECT_FALSE(t.dup(wrong));
        EXPECT_FALSE(t.transfer(wrong, other));
        EXPECT_FALSE(t.stop_token(wrong));
        EXPECT_FALSE(t.replace(typed_handle<plain>{wrong}, plain{}));
        EXPECT_FALSE(t.get_any(wrong));
      }
    }
    EXPECT_EQ(t.size(), 1u);
  }
}

TEST(HandleTable, D9_AnotherTablesHandleIsRecognised) {
  table a, b;
  auto h = *a.insert(plain{});
  EXPECT_EQ(b.get(h).error().code, errc::wrong_table);
  EXPECT_EQ(b.close(h).error().code, errc::wrong_table);
}
