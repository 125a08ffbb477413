// The ledger: levels, sites, events, and lists of what is open.
#include "handrail/handle_table.h"
#include "handrail/managed.h"
#include "handrail/resource.h"
#include "handrail/unique.h"

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

TEST(Ledger, ACloseIsKeptWithHowTheWorkEnded) {
  level_guard history(3);
  table t, other;
  using kind = ledger::event_kind;
  const auto last = [&](handle h) {
    auto events = ledger::history();
    std::erase_if(events, [&](const ledger::event &e) {
      return e.id != static_cast<std::uint64_t>(h) || e.kind == kind::stale_use;
    });
    return std::pair(events.back().kind, int{events.back().exit});
  };
  const auto open = [&] { return *t.insert(widget{"w"}); };
  handle done = open(), bad = open(), stopped = open(), taken = open(), moved = open();
  EXPECT_TRUE(t.close(done));
  EXPECT_TRUE(t.close(bad, failed{}));
  EXPECT_TRUE(t.close(stopped, cancelled{}));
  EXPECT_TRUE(t.take<widget>(taken));
  EXPECT_TRUE(t.transfer(moved, other));
  EXPECT_EQ(last(done), std::pair(kind::closed, 0));
  EXPECT_EQ(last(bad), std::pair(kind::closed, 1));
  EXPECT_EQ(last(stopped), std::pair(kind::closed, 2));
  EXPECT_EQ(last(taken).first, kind::taken);
  EXPECT_EQ(last(moved).first, kind::taken);
  // And with the handle, for whoever uses it afterwards.
  EXPECT_EQ(t.get<widget>(done).error().ended, 0);
  EXPECT_EQ(t.get<widget>(bad).error().ended, 1);
  EXPECT_EQ(t.get<widget>(stopped).error().ended, 2);
  EXPECT_NE(t.get<widget>(stopped).error().message().find(" after a cancellation"),
            std::string::npos);
  EXPECT_NE(t.get<widget>(taken).error().message().find("taken at "), std::string::npos);
}

namespace {
std::string text_report() {
  std::FILE *out = std::tmpfile();
  ledger::report(fileno(out));
  std::rewind(out);
  std::string text(100000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), out));
  std::fclose(out);
  return text;
}
} // namespace

TEST(Ledger, TheReportSaysHowOthersOfASiteWereClosed) {
  table t({.name = "exits"});
  const auto open = [&] { return *t.insert(widget{"w"}); };
  for (int i = 0; i < 7; ++i) {
    auto h = open();
    if (i < 3)
      EXPECT_TRUE(t.close(h, failed{}));
    else if (i < 5)
      EXPECT_TRUE(t.close(h, cancelled{}));
    else if (i < 6)
      EXPECT_TRUE(t.close(h));
  }
  auto all = ledger::live();
  const ledger::leak *l = find(all, "exits");
  ASSERT_TRUE(l);
  EXPECT_EQ(l->count, 1u);
  EXPECT_EQ(l->failed, 3u);
  EXPECT_EQ(l->cancelled, 2u);
  EXPECT_EQ(l->completed, 0u); // at level 2 only: the usual case costs nothing
  EXPECT_NE(text_report().find(", of others 3 failed, 2 cancelled"), std::string::npos);
  level_guard stacks(2);
  table u({.name = "more exits"});
  for (int i = 0; i < 3; ++i) {
    auto h = *u.insert(widget{"w"});
    if (i < 2)
      EXPECT_TRUE(u.close(h));
  }
  all = ledger::live();
  ASSERT_TRUE(find(all, "more exits"));
  EXPECT_EQ(find(all, "more exits")->completed, 2u);
}

namespace {
struct thing_traits {
  static constexpr std::string_view name = "raw thing";
  static constexpr int invalid() noexcept { return 0; }
  static int close(int) noexcept { return 0; }
};
} // namespace

TEST(Ledger, OwnersOfRawHandlesTellTheirEndToo) {
  level_guard history(3);
  using kind = ledger::event_kind;
  const auto ends = [](std::string_view name) {
    std::string kinds;
    for (const ledger::event &e : ledger::history())
      if (e.type && e.type->name == name && (e.kind == kind::closed || e.kind == kind::taken))
        kinds += e.kind == kind::taken ? 't' : "cfx"[e.exit];
    return kinds;
  };
  using owner = unique<int, thing_traits>;
  EXPECT_TRUE(owner(1).close());
  {
    owner dropped(2);
  }
  try {
    owner unwound(3);
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(owner(4).release(), 4);
  EXPECT_EQ(ends("raw thing"), "ccft");
  auto r = make_resource([] { return 1; }, [](int &) {});
  (void)r.allocate().release(failed{});
  {
    auto forgotten = r.allocate();
  }
  EXPECT_EQ(ends("allocated resource"), "fx");
  struct box {
    int value;
  } one{1}, two{2};
  const auto nothing = [](box *) {};
  EXPECT_TRUE(manage(&one, nothing)->close());
  EXPECT_EQ(*manage(&two, nothing)->take(), &two);
  EXPECT_EQ(ends(type_of<box *>.name), "ct");
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
