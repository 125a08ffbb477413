// What level 3 remembers, mistakes and their handlers, and sites with stacks.
#include "handrail/guard.h"
#include "handrail/handle_table.h"
#include "handrail/handrail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>

using namespace handrail;

namespace {

class level_guard {
public:
  explicit level_guard(int level) : before_(ledger::level()) { ledger::set_level(level); }
  ~level_guard() { ledger::set_level(before_); }

private:
  int before_;
};

using kind = ledger::event_kind;

std::vector<ledger::event> events_of(const resource_type &type) {
  std::vector<ledger::event> events = ledger::history();
  std::erase_if(events, [&](const ledger::event &e) {
    return e.type != &type || e.kind == kind::retained || e.kind == kind::released;
  });
  return events;
}

} // namespace

TEST(History, IsMergedByTimeAndKnowsTheThread) {
  struct turn {};
  level_guard history(3);
  table t;
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 4; ++i) {
    const auto step = [&] { ids.push_back((*t.insert(turn{})).value()); };
    if (i % 2)
      std::thread(step).join();
    else
      step();
  }
  const auto events = events_of(type_of<turn>);
  ASSERT_EQ(events.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(events[i].id, ids[i]);
    EXPECT_LE(events[0].time, events[i].time);
  }
  EXPECT_EQ(events[0].thread, events[2].thread);
  EXPECT_NE(events[0].thread, events[1].thread);
  EXPECT_NE(events[1].thread, events[3].thread); // also where the ring was taken over
}

TEST(History, TheLastThousandOfAThreadAreThere) {
  struct many {};
  level_guard history(3);
  const auto before = ledger::count(kind::opened);
  table t;
  std::uint64_t last = 0;
  for (int i = 0; i < 3000; ++i) {
    last = (*t.insert(many{})).value();
    (void)t.close(handle{last});
  }
  std::size_t all = 0;
  for (const ledger::event &e : ledger::history())
    all += e.type == &type_of<many>;
  EXPECT_GE(all, 1000u);
  EXPECT_LE(all, 1024u);
  const auto events = events_of(type_of<many>);
  EXPECT_EQ(events.back().id, last);
  EXPECT_EQ(events.back().kind, kind::closed);
  EXPECT_EQ(ledger::count(kind::opened) - before, 3000u); // exact all the same
}

/// Each record is written and read whole, also while it is overwritten.
TEST(History, IsReadWhileItIsWritten) {
  struct racing {};
  level_guard history(3);
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int i = 0; i < 2; ++i)
    writers.emplace_back([&] {
      table t;
      while (!stop)
        (void)t.close(*t.insert(racing{}));
    });
  for (int round = 0; round < 200; ++round) {
    std::map<std::uint64_t, kind> last;
    for (const ledger::event &e : events_of(type_of<racing>)) {
      ASSERT_TRUE(e.kind == kind::opened || e.kind == kind::closed);
      if (auto it = last.find(e.id); it != last.end())
        ASSERT_TRUE(it->second == kind::opened && e.kind == kind::closed);
      last[e.id] = e.kind;
      ASSERT_NE(e.opened, 0u);
    }
  }
  stop = true;
  for (std::thread &t : writers)
    t.join();
}

namespace {
struct mistaken {};
int handled = 0;
/// Calls back into everything that has a lock.
void call_back(const ledger::event &e) {
  ++handled;
  EXPECT_EQ(e.type, &type_of<mistaken>);
  table t;
  const auto h = *t.insert(1);
  (void)ledger::live();
  (void)ledger::history();
  (void)ledger::misuses();
  (void)ledger::growing();
  ledger::sample_growth();
  EXPECT_TRUE(t.close(h));
  (void)hr_test_begin("in a handler");
  hr_test_end();
  (void)detail::named_type("in a handler");
}
} // namespace

TEST(Ledger, HandlersMayCallTheLedger) {
  level_guard history(3);
  table t;
  const auto h = *t.insert(mistaken{});
  EXPECT_TRUE(t.close(h));
  const auto before = ledger::set_handler(call_back);
  EXPECT_FALSE(t.get(h));
  EXPECT_FALSE(t.close(h));
  ledger::set_handler(before);
  EXPECT_EQ(handled, 2);
}

namespace {
struct slow_to_say {
  table *names;
  std::string resource_name() const {
    (void)ledger::live_count();
    return names->size() ? "with" : "without";
  }
};
} // namespace

TEST(Ledger, NamesMayUseTheTableTheyAreIn) {
  table t({.name = "self-describing"});
  (void)*t.insert(slow_to_say{&t});
  bool found = false;
  for (const ledger::leak &l : ledger::live())
    found |= l.owner == "self-describing" && l.name == "with";
  EXPECT_TRUE(found);
}

TEST(Ledger, TheSameMistakeIsCounted) {
  struct repeated {};
  table t;
  const auto h = *t.insert(repeated{});
  EXPECT_TRUE(t.close(h));
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(t.get(h));
  for (int i = 0; i < 2; ++i)
    EXPECT_FALSE(t.close(h));
  std::map<std::string, const ledger::misuse *> mine;
  const auto all = ledger::misuses();
  for (const ledger::misuse &m : all)
    if (m.type == type_of<repeated>.name)
      EXPECT_TRUE(mine.emplace(m.rule, &m).second) << m.rule;
  ASSERT_EQ(mine.size(), 2u);
  const ledger::misuse &use = *mine["stale-use"];
  EXPECT_EQ(use.count, 5u);
  EXPECT_EQ(use.id, h.value());
  EXPECT_NE(use.stack, ""); // also at level 1: mistakes are rare
  ASSERT_EQ(use.places.size(), 2u);
  EXPECT_EQ(use.places[0].first, "closed");
  EXPECT_EQ(use.places[1].first, "opened");
  EXPECT_NE(use.places[1].second.find("HistoryTest.cpp"), std::string::npos);
  EXPECT_EQ(mine["double-close"]->count, 2u);
}

TEST(Ledger, ASwallowedErrorIsKeptWithItsText) {
  struct unflushed {
    void close() { throw std::runtime_error("no space left on the moon"); }
  };
  static std::string seen;
  const auto before = ledger::set_handler([](const ledger::event &e) {
    if (e.text)
      seen = e.text;
  });
  {
    table t;
    (void)*t.insert(unflushed{});
  }
  {
    guard g([] { throw std::logic_error("guarded in vain"); });
  }
  ledger::set_handler(before);
  EXPECT_EQ(seen, "guarded in vain");
  std::set<std::string> texts;
  for (const ledger::misuse &m : ledger::misuses())
    if (m.kind == kind::release_failed)
      texts.insert(m.text);
  EXPECT_TRUE(texts.contains("no space left on the moon"));
  EXPECT_TRUE(texts.contains("guarded in vain"));
}

TEST(Ledger, MoreMistakesThanFitAreCountedTogether) {
  table t;
  std::uint64_t listed = 0;
  for (std::uint32_t line = 1; line < 2000; ++line)
    detail::note(kind::wrong_type, nullptr, 0, detail::intern_site("crowd.cpp", "f", line));
  for (const ledger::misuse &m : ledger::misuses())
    listed += !m.places.empty() && m.places.back().second.starts_with("crowd.cpp");
  EXPECT_GT(listed, 300u);
  EXPECT_LE(listed, 512u);
}

TEST(Ledger, StacksAreSampledPerPlace) {
  level_guard stacks(2);
  struct sampled {};
  table t({.name = "sampled"});
  detail::set_sampling(4);
  for (int i = 0; i < 8; ++i) {
    (void)*t.insert(sampled{});
    (void)*t.insert(1); // does not take the turn of the other
  }
  detail::set_sampling(1);
  std::size_t with = 0, without = 0;
  for (const ledger::leak &l : ledger::live())
    if (l.type == type_of<sampled>.name)
      (l.stack.empty() ? without : with) += l.count;
  EXPECT_EQ(with, 2u);
  EXPECT_EQ(without, 6u);
}

namespace {
__attribute__((noinline)) std::uint64_t open_in(table &t, int depth) {
  if (depth == 0)
    return (*t.insert(1)).value();
  const std::uint64_t h = open_in(t, depth - 1);
  asm volatile("" ::: "memory"); // no tail call
  return h;
}
table *sorted;
int compare(const void *, const void *) {
  (void)open_in(*sorted, 0);
  return 0;
}
} // namespace

TEST(Ledger, AStackGoesThroughCodeWithoutFramePointers) {
  level_guard stacks(2);
  table t({.name = "sorted"});
  sorted = &t;
  int numbers[2] = {2, 1};
  std::qsort(numbers, 2, sizeof *numbers, compare); // the C library has none
  for (const ledger::leak &l : ledger::live())
    if (l.owner == "sorted") {
      const bool whole = l.stack.find("(partial") == std::string::npos;
      EXPECT_EQ(whole, std::count(l.stack.begin(), l.stack.end(), '\n') > 6) << l.stack;
    }
}

namespace {
/// The same calls at the same depth, but for the first.
__attribute__((noinline)) void sort_one_way() {
  int numbers[2] = {2, 1};
  std::qsort(numbers, 2, sizeof *numbers, compare);
  asm volatile("" ::: "memory");
}
__attribute__((noinline)) void sort_other_way() {
  int numbers[2] = {2, 1};
  std::qsort(numbers, 2, sizeof *numbers, compare);
  asm volatile("nop" ::: "memory");
}
} // namespace

TEST(Ledger, WhatIsKnownOfAStackIsNotTakenForAnother) {
  level_guard stacks(3);
  table t({.name = "two ways"});
  sorted = &t;
  for (int i = 0; i < 100; ++i)
    for (const bool one : {true, false, i % 3 == 0})
      one ? sort_one_way() : sort_other_way();
  std::multiset<std::size_t> counts;
  for (const ledger::leak &l : ledger::live())
    if (l.owner == "two ways")
      counts.insert(l.count);
  // A sanitizer's qsort compares from more than one place.
  EXPECT_EQ(counts.count(134), counts.count(166));
  EXPECT_EQ(counts.count(134) + counts.count(166), counts.size());
  EXPECT_GE(counts.size(), 2u);
}
