// The ledger: levels, sites, events, and lists of what is open.
#include "handrail/handle_table.h"
#include "handrail/result.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <thread>

using namespace handrail;

namespace {

struct widget {
  std::string name;
  std::string resource_name() const { return name; }
};

class level_guard {
public:
  explicit level_guard(int level) : before_(ledger::level()) { ledger::set_level(level); }
  ~level_guard() { ledger::set_level(before_); }

private:
  int before_;
};

const ledger::leak *find(const std::vector<ledger::leak> &all, std::string_view owner) {
  for (const ledger::leak &l : all)
    if (l.owner == owner)
      return &l;
  return nullptr;
}

} // namespace

TEST(Ledger, GroupsByTypeAndSite) {
  table t({.name = "widgets"});
  for (int i = 0; i < 3; ++i)
    (void)*t.insert(widget{"w"});
  auto all = ledger::live();
  const ledger::leak *l = find(all, "widgets");
  ASSERT_TRUE(l);
  EXPECT_EQ(l->count, 3u);
  EXPECT_NE(l->type.find("widget"), std::string::npos);
  EXPECT_NE(l->site.find("LedgerTest.cpp"), std::string::npos);
  EXPECT_EQ(l->name, "w");
  std::FILE *out = std::tmpfile();
  EXPECT_GE(ledger::report(fileno(out)), 3u);
  std::rewind(out);
  char text[4096] = {};
  (void)!std::fread(text, 1, sizeof text - 1, out);
  std::fclose(out);
  EXPECT_NE(std::string(text).find("3 x "), std::string::npos) << text;
}

TEST(Ledger, LevelZeroKeepsNothing) {
  level_guard off(0);
  table t({.name = "silent"});
  auto h = *t.insert(widget{"w"});
  EXPECT_TRUE(t.close(h));
  EXPECT_EQ(t.get(h).error().code, errc::stale_handle); // still an error
  EXPECT_EQ(t.get(h).error().opened, 0u);
}

TEST(Ledger, LevelTwoKeepsStacks) {
  level_guard stacks(2);
  table t({.name = "stacks"});
  (void)*t.insert(widget{"w"});
  auto all = ledger::live();
  ASSERT_TRUE(find(all, "stacks"));
  EXPECT_NE(find(all, "stacks")->stack, "");
}

TEST(Ledger, LevelThreeKeepsHistory) {
  EXPECT_TRUE(ledger::history().empty());
  level_guard history(3);
  table t;
  auto h = *t.insert(widget{"w"});
  EXPECT_TRUE(t.close(h));
  auto events = ledger::history();
  std::erase_if(events, [&](const ledger::event &e) { return e.id != h.value(); });
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[events.size() - 2].kind, ledger::event_kind::opened);
  EXPECT_EQ(events.back().kind, ledger::event_kind::closed);
  EXPECT_EQ(events.back().id, h.value());
  EXPECT_EQ(events.back().type, &type_of<widget>);
}

TEST(Ledger, SitesFromManyThreadsAreTheSame) {
  std::uint32_t sites[4] = {};
  std::vector<std::thread> threads;
  for (std::uint32_t &site : sites)
    threads.emplace_back([&site] {
      for (int i = 0; i < 1000; ++i)
        site = detail::intern_site("some.cpp", "f", 12);
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(sites[0], sites[3]);
  EXPECT_EQ(ledger::site_text(sites[0]), "some.cpp:12 in f");
  EXPECT_EQ(ledger::site_text(0), "");
}

TEST(Result, ValueErrorAndChains) {
  result<int> good = 4, bad = errc::busy;
  EXPECT_EQ(*std::move(good).transform([](int n) { return n + 1; }), 5);
  EXPECT_EQ(std::move(bad).and_then([](int n) -> result<int> { return n; }).error().code,
            errc::busy);
  EXPECT_EQ(result<int>(errc::busy).value_or(7), 7);
  EXPECT_EQ(*result<int>(errc::busy).or_else([](const error &) -> result<int> { return 8; }), 8);
  EXPECT_THROW((void)result<int>(errc::busy).value(), failure);
  EXPECT_THROW(result<void>(errc::busy).value(), failure);
  EXPECT_EQ(error{.code = errc::busy}.as_error_code(), errc::busy);
  EXPECT_EQ(error{.code = errc::busy}.as_error_code().message(), "busy");
  EXPECT_STREQ(error_category().name(), "handrail");
}
