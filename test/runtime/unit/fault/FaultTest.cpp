// The k-th allocation, acquire, release or initialiser fails, for each k until none
// does: nothing is lost, nothing happens twice, and what failed left things as they
// were. A program of its own, since it replaces operator new.
#include "handrail/runtime.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {

/// Which allocation fails, counted down; 0 and below: none does.
std::atomic<long> countdown{0};
std::atomic<long> allocated{0};

void *allocate(std::size_t size, std::size_t align) {
  if (countdown.load(std::memory_order_relaxed) > 0 && --countdown == 0)
    return nullptr;
  void *p = align > __STDCPP_DEFAULT_NEW_ALIGNMENT__
                ? std::aligned_alloc(align, (size + align - 1) / align * align)
                : std::malloc(size ? size : 1);
  allocated += p != nullptr;
  return p;
}
void deallocate(void *p) noexcept {
  allocated -= p != nullptr;
  std::free(p);
}
void *or_throw(void *p) {
  if (!p)
    throw std::bad_alloc();
  return p;
}

} // namespace

void *operator new(std::size_t n) { return or_throw(allocate(n, 1)); }
void *operator new(std::size_t n, const std::nothrow_t &) noexcept { return allocate(n, 1); }
void *operator new(std::size_t n, std::align_val_t a) {
  return or_throw(allocate(n, static_cast<std::size_t>(a)));
}
void *operator new(std::size_t n, std::align_val_t a, const std::nothrow_t &) noexcept {
  return allocate(n, static_cast<std::size_t>(a));
}
void operator delete(void *p) noexcept { deallocate(p); }
void operator delete(void *p, std::size_t) noexcept { deallocate(p); }
void operator delete(void *p, std::align_val_t) noexcept { deallocate(p); }
void operator delete(void *p, std::size_t, std::align_val_t) noexcept { deallocate(p); }

using namespace handrail;

namespace {

int made = 0, destroyed = 0, closed = 0;

struct object {
  object() { ++made; }
  object(object &&) noexcept { ++made; }
  object &operator=(object &&) = default;
  ~object() { ++destroyed; }
  void close() { ++closed; }
};

/// Runs \p body with the k-th allocation failing, for each k until all succeed. The
/// second run of each k, with everything warm, leaves as many blocks as it found.
template <class F> void with_each_allocation_failing(F body, long at_least) {
  body();
  long k = 1;
  for (bool reached = true; reached; ++k) {
    for (int run = 0; run < 2; ++run) {
      made = destroyed = closed = 0;
      const long before = allocated;
      countdown = k;
      try {
        body();
      } catch (const std::bad_alloc &) {
      } catch (const failure &f) {
        EXPECT_EQ(f.error().code, errc::out_of_memory) << "k " << k;
      } catch (const scope_error &) {
      }
      reached = countdown <= 0;
      countdown = 0;
      ASSERT_EQ(made, destroyed) << "k " << k;
      if (run == 1) {
        ASSERT_EQ(allocated, before) << "k " << k;
      }
    }
    ASSERT_LT(k, 2000);
  }
  EXPECT_GT(k, at_least);
}

} // namespace

TEST(Fault, D5_TablesWithoutMemory) {
  with_each_allocation_failing(
      [] {
        for (id_layout layout : {id_layout::native64, id_layout::counter32}) {
          table t(
              {.name = "a name that is too long to be kept inside of a string", .layout = layout}),
              other;
          std::vector<handle> open;
          open.reserve(100);
          const auto keep = [&](auto made_handle) {
            if (made_handle)
              open.push_back(*made_handle);
            else
              EXPECT_EQ(made_handle.error().code, errc::out_of_memory);
            EXPECT_EQ(t.size(), open.size());
          };
          for (int i = 0; i < 70; ++i)
            keep(t.insert(object()));
          arc<object> shared = make_arc<object>();
          keep(t.insert(shared));
          EXPECT_TRUE(shared);
          if (!open.empty()) {
            keep(t.dup(open.front()));
            try {
              (void)t.stop_token(open.front());
            } catch (const std::bad_alloc &) {
            }
            try {
              (void)t.snapshot();
            } catch (const std::bad_alloc &) {
            }
            auto old = t.replace(typed_handle<object>{open.front()}, object());
            EXPECT_TRUE(old || old.error().code == errc::out_of_memory);
            EXPECT_TRUE(t.get<object>(open.front())); // no pin is left behind either
            auto moved = t.transfer(open.back(), other);
            EXPECT_EQ(t.contains(open.back()), !moved);
            if (moved) {
              open.pop_back();
              EXPECT_TRUE(other.take_any(*moved));
            }
          }
          for (handle h : open)
            EXPECT_TRUE(t.close(h));
          EXPECT_TRUE(t.empty());
        }
      },
      20);
}

TEST(Fault, D2_WhatIsRefusedForWantOfMemoryIsStillTheCallers) {
  table t;
  (void)t.insert(std::string("warm"));
  for (long k = 1; k < 3; ++k) {
    std::string value(100, 'x');
    countdown = k;
    auto h = t.insert(std::move(value));
    const bool failed = countdown <= 0;
    countdown = 0;
    if (failed && !h) {
      EXPECT_EQ(value, std::string(100, 'x'));
    }
  }
}

TEST(Fault, A9_ReferencesWithoutMemory) {
  with_each_allocation_failing(
      [] {
        arc<object> a = make_arc<object>();
        weak<object> w = a;
        EXPECT_TRUE(w.lock());
        auto b = make_arc_with_tail<object>(100);
        EXPECT_TRUE(b || b.error().code == errc::out_of_memory);
        arc<object> c = allocate_arc<object>(std::allocator<object>());
        any_arc any = c;
        EXPECT_TRUE(any.as<object>());
      },
      3);
}

TEST(Fault, A2_NamespacesWithoutMemory) {
  with_each_allocation_failing(
      [] {
        auto n = ns::create();
        EXPECT_TRUE(n || n.error().code == errc::out_of_memory);
      },
      1);
}

TEST(Fault, E8_ManagedWithoutMemory) {
  with_each_allocation_failing(
      [] {
        static int raw;
        int finalized = 0;
        {
          auto m = manage(&raw, [&](int *) { ++finalized; }, {.evictable = true});
          EXPECT_EQ(is_managed(&raw), m.has_value());
          if (!m) {
            EXPECT_EQ(m.error().code, errc::out_of_memory);
            return;
          }
          EXPECT_TRUE(m->with([](int *) {}));
        }
        EXPECT_EQ(finalized, 1);
        EXPECT_FALSE(is_managed(&raw));
        (void)collect();
      },
      2);
  EXPECT_FALSE(ledger::live_count());
}

TEST(Fault, K5_ScopesWithoutMemory) {
  int acquired = 0, released = 0;
  const auto acquire = [&] {
    ++acquired;
    return object();
  };
  const auto release = [&](object &) { ++released; };
  with_each_allocation_failing(
      [&] {
        acquired = released = 0;
        struct check {
          int &acquired, &released;
          ~check() { EXPECT_EQ(acquired, released); }
        } at_end{acquired, released};
        with_scope([&](scope &s) {
          s.install(acquire, release);
          s.spawn([] {});
          s.install(acquire, release);
          const auto r = make_resource(acquire, release);
          s.bind(r.map([](object &) { return 5; }));
          s.own(object());
          auto a = r.allocate();
          EXPECT_TRUE(a.release().ok());
        });
      },
      8);
}

TEST(Fault, K11_ParZipWithoutMemory) {
  std::atomic<int> acquired{0}, released{0};
  const auto r = make_resource([&] { return ++acquired; }, [&](int &) { ++released; });
  with_each_allocation_failing(
      [&] {
        acquired = released = 0;
        try {
          with_scope([&](scope &s) { (void)s.par_zip(r, r, r); });
        } catch (...) {
          EXPECT_EQ(acquired, released);
          throw;
        }
        EXPECT_EQ(acquired, released);
      },
      8);
}

TEST(Fault, K5_AsyncScopesWithoutMemory) {
  int acquired = 0, released = 0;
  const auto acquire = [&]() -> task<object> {
    ++acquired;
    co_return object();
  };
  const auto release = [&](object &) { ++released; };
  const auto child = []() -> task<> { co_return; };
  const auto body = [&](async_scope &s) -> task<> {
    co_await s.install(acquire, release);
    s.spawn(child());
    co_await s.install([&] { return ++acquired, object(); },
                       [&](object &) -> task<> {
                         ++released;
                         co_return;
                       });
  };
  with_each_allocation_failing(
      [&] {
        acquired = released = 0;
        const auto failed = ledger::count(ledger::event_kind::release_failed);
        try {
          sync_wait(with_async_scope(body));
        } catch (...) {
          // A release that is a task needs a frame; without one it has failed.
          const auto now = ledger::count(ledger::event_kind::release_failed);
          EXPECT_EQ(static_cast<std::uint64_t>(acquired - released), now - failed);
          throw;
        }
        EXPECT_EQ(acquired, released);
      },
      8);
}

namespace {

/// Throws when it is called for the k-th time.
struct bomb {
  int left;
  void operator()() {
    if (--left == 0)
      throw std::runtime_error("injected");
  }
};

} // namespace

TEST(Fault, K5_TheKthAcquireFails) {
  for (int k = 1; k <= 5; ++k) {
    bomb b{k};
    std::vector<int> held;
    int released = 0, acquired = 0;
    const auto run = [&] {
      with_scope([&](scope &s) {
        for (int i = 0; i < 4; ++i)
          s.install(
              [&] {
                b();
                ++acquired;
                held.push_back(i);
                return i;
              },
              [&](int &mine) {
                EXPECT_EQ(held.back(), mine);
                held.pop_back();
                ++released;
              });
      });
    };
    if (k <= 4)
      EXPECT_THROW(run(), std::runtime_error);
    else
      EXPECT_NO_THROW(run());
    EXPECT_EQ(acquired, std::min(k - 1, 4));
    EXPECT_EQ(released, acquired);
  }
}

TEST(Fault, K8_TheKthReleaseFails) {
  for (int k = 1; k <= 5; ++k) {
    bomb b{k};
    int runs = 0;
    const auto run = [&] {
      with_scope([&](scope &s) {
        for (int i = 0; i < 4; ++i)
          s.on_release([&] {
            ++runs;
            b();
          });
      });
    };
    if (k <= 4)
      EXPECT_THROW(run(), scope_error);
    else
      EXPECT_NO_THROW(run());
    EXPECT_EQ(runs, 4);
  }
}

namespace {
bomb init_bomb{0};
int instances = 0;
template <int N> struct part {
  part() {
    init_bomb();
    ++instances;
  }
  part(const part &) = delete;
  ~part() { --instances; }
  int value = N;
};
HANDRAIL_RESOURCE(part<1>, fault_one);
HANDRAIL_RESOURCE(part<2>, fault_two);
HANDRAIL_RESOURCE(part<3>, fault_three);
} // namespace

TEST(Fault, A2_TheKthInitialiserFails) {
  for (int k = 1; k <= 4; ++k) {
    init_bomb = {k};
    const int before = instances;
    if (k <= 3) {
      EXPECT_THROW((void)ns::create(), std::runtime_error);
    } else {
      EXPECT_TRUE(ns::create());
    }
    EXPECT_EQ(instances, before);
  }
}

namespace {

void use_memory_again() {
  const long before = allocated;
  {
    table t;
    std::vector<handle> open;
    const auto turn = [&] {
      for (int i = 0; i < 200; ++i)
        open.push_back(*t.emplace<object>());
      for (handle h : open)
        EXPECT_TRUE(t.close(h));
      open.clear();
    };
    for (int i = 0; i < 10; ++i)
      turn();
    countdown = 1000000;
    for (int i = 0; i < 10; ++i)
      turn();
    EXPECT_EQ(countdown.exchange(0), 1000000) << "something was allocated";
  }
  EXPECT_EQ(allocated, before);
}

#if defined(__has_feature)
constexpr bool memory_is_watched = __has_feature(address_sanitizer);
#elif defined(__SANITIZE_ADDRESS__)
constexpr bool memory_is_watched = true;
#else
constexpr bool memory_is_watched = false;
#endif

} // namespace

TEST(Fault, TheMemoryOfClosedObjectsIsUsedAgainAndGivenBack) {
  const char *preloaded = std::getenv("LD_PRELOAD");
  if (memory_is_watched || (preloaded && *preloaded))
    GTEST_SKIP() << "memory is not kept where it is watched";
  use_memory_again();
}
