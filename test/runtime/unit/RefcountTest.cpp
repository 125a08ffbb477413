// The rows A9 to A13: reference counts, and weak references.
#include "handrail/refcount.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

using namespace handrail;

namespace {

int alive = 0;

struct counted {
  explicit counted(int v = 0) : value(v) { ++alive; }
  counted(const counted &) = delete;
  ~counted() { --alive; }
  int value;
};

struct first {
  virtual ~first() = default;
  long padding = 1;
};
struct second {
  virtual ~second() = default;
  virtual int id() const { return 0; }
  int tag = 2;
};
struct both : first, second {
  int id() const override { return 3; }
};

} // namespace

TEST(Refcount, A9_OneAllocationWithTheHeaderInFront) {
  arc<counted> a = make_arc<counted>(5);
  EXPECT_EQ(a->value, 5);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.get()) % 16, 0u);
  EXPECT_EQ(static_cast<void *>(detail::arc_access::block(a) + 1), a.get());
  a.reset();
  EXPECT_EQ(alive, 0);
}

TEST(Refcount, A9_OverAlignedTypes) {
  struct alignas(256) big {
    char bytes[300];
  };
  struct alignas(32) middle {
    char bytes[1];
  };
  for (int i = 0; i < 20; ++i) {
    arc<big> b = make_arc<big>();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.get()) % 256, 0u);
    arc<middle> m = make_arc<middle>();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(m.get()) % 32, 0u);
    arc<big> again = arc<big>::from_raw(std::move(b).into_raw());
    EXPECT_EQ(again.use_count(), 1u);
  }
}

TEST(Refcount, A9_TailAndSizeOverflow) {
  auto a = make_arc_with_tail<counted>(1000, 3);
  ASSERT_TRUE(a);
  std::fill_n(tail_of(*a), 1000, std::byte(1));
  EXPECT_EQ((*a)->value, 3);
  EXPECT_EQ(make_arc_with_tail<counted>(SIZE_MAX - 10).error().code, errc::out_of_memory);
  EXPECT_EQ(make_arc_with_tail<counted>(PTRDIFF_MAX).error().code, errc::out_of_memory);
}

namespace {
/// Counts what it gives and takes, in a place that its copies share.
template <class T> struct counting_allocator {
  using value_type = T;
  long *bytes;
  explicit counting_allocator(long *b) : bytes(b) {}
  template <class U> counting_allocator(const counting_allocator<U> &o) : bytes(o.bytes) {}
  T *allocate(std::size_t n) {
    *bytes += static_cast<long>(n * sizeof(T));
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T *p, std::size_t n) {
    *bytes -= static_cast<long>(n * sizeof(T));
    std::allocator<T>().deallocate(p, n);
  }
};
} // namespace

TEST(Refcount, A9_MemoryOfAnAllocator) {
  struct alignas(128) big {
    char bytes[200];
  };
  struct throws {
    throws() { throw 1; }
  };
  long bytes = 0;
  const counting_allocator<int> from(&bytes);
  {
    arc<counted> a = allocate_arc<counted>(from, 7);
    EXPECT_GT(bytes, 0);
    EXPECT_EQ(a->value, 7);
    EXPECT_TRUE(a.get_mut());
    weak<counted> w = a;
    arc<big> b = allocate_arc<big>(from);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.get()) % 128, 0u);
    arc<counted> raw = arc<counted>::from_raw(std::move(a).into_raw());
    raw.reset();
    EXPECT_FALSE(w.lock());
    EXPECT_THROW(allocate_arc<throws>(from), int);
  }
  EXPECT_EQ(bytes, 0);
  EXPECT_EQ(alive, 0);
}

TEST(Refcount, A9_ABaseThatDoesNotStandFirstIsNotGivenAway) {
  struct one {
    int a = 1;
  };
  struct two {
    int b = 2;
  };
  struct all : one, two {};
  arc<two> t = make_arc<all>();
  EXPECT_EQ(std::move(t).into_raw(), nullptr);
  EXPECT_EQ(t->b, 2);
  arc<one> o = make_arc<all>();
  arc<one> back = arc<one>::from_raw(std::move(o).into_raw());
  EXPECT_EQ(back.use_count(), 1u);
}

TEST(Refcount, A9_AConstructorThatThrowsLeavesNothing) {
  struct throws {
    throws() { throw 1; }
  };
  EXPECT_THROW(make_arc<throws>(), int);
}

TEST(Refcount, A9_BasesShareTheCount) {
  arc<both> b = make_arc<both>();
  arc<second> s = b;
  EXPECT_NE(static_cast<void *>(s.get()), static_cast<void *>(b.get()));
  EXPECT_EQ(s->tag, 2);
  b = nullptr;
  EXPECT_EQ(s->id(), 3);
  EXPECT_EQ(s.use_count(), 1u);
  arc<const second> c = std::move(s);
  EXPECT_FALSE(s);
  EXPECT_EQ(c->id(), 3);
}

TEST(Refcount, A10_CountsFromManyThreads) {
  {
    arc<counted> a = make_arc<counted>(1);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([a] {
        for (int i = 0; i < 20000; ++i) {
          arc<counted> copy = a;
          arc<counted> other = std::move(copy);
          ASSERT_EQ(other->value, 1);
        }
      });
    for (std::thread &t : threads)
      t.join();
    EXPECT_EQ(a.use_count(), 1u);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Refcount, A10_TheLastOfManyThreadsDestroys) {
  for (int round = 0; round < 200; ++round) {
    arc<counted> a = make_arc<counted>(round);
    std::thread other([b = a]() mutable {
      b.reset();
      std::this_thread::yield();
    });
    a.reset();
    other.join();
    ASSERT_EQ(alive, 0);
  }
}

TEST(RefcountDeathTest, A11_OverflowAborts) {
  arc<counted> a = make_arc<counted>();
  auto &count = detail::arc_access::block(a)->count;
  const auto before = count.load();
  EXPECT_DEATH(
      {
        count.store(detail::header::live + detail::header::max_count + 1);
        arc<counted> b = a;
      },
      "reference count overflow");
  count.store(before);
  const arc<counted> near = a; // far from the limit all is well
  EXPECT_EQ(a.use_count(), 2u);
}

TEST(RefcountDeathTest, A11_TheLastRetainsAreNamed) {
  EXPECT_DEATH(
      {
        ledger::set_level(3);
        arc<counted> a = make_arc<counted>();
        auto &count = detail::arc_access::block(a)->count;
        arc<counted> b = a;
        count.fetch_add(detail::header::max_count);
        arc<counted> c = a;
      },
      "reference count overflow.*retained at .*retained at ");
  EXPECT_DEATH(
      {
        ledger::set_level(3);
        counted *raw = make_arc<counted>().into_raw();
        arc<counted>::release_raw(raw);
        arc<counted>::retain_raw(raw);
      },
      "an object that is gone");
}

TEST(Refcount, A12_TheHistoryTellsWhoReleased) {
  const int level = ledger::level();
  ledger::set_level(3);
  const auto earlier = ledger::history(); // perhaps of a block at the same address
  counted *raw = make_arc<counted>().into_raw();
  arc<counted>::retain_raw(raw);
  EXPECT_EQ(arc<counted>::from_raw(raw).use_count(), 2u); // and one release
  const auto id = reinterpret_cast<std::uintptr_t>(raw) - sizeof(detail::header);
  arc<counted>::release_raw(raw);
  arc<counted>::release_raw(raw);
  auto others = std::ranges::count(earlier, id, &ledger::event::id);
  std::string kinds;
  for (const ledger::event &e : ledger::history())
    if (e.id == id && others-- <= 0)
      kinds += e.kind == ledger::event_kind::retained       ? '+'
               : e.kind == ledger::event_kind::released     ? '-'
               : e.kind == ledger::event_kind::over_release ? '!'
                                                            : '?';
  EXPECT_EQ(kinds, "+--!");
  ledger::set_level(level);
}

TEST(Refcount, A12_OverReleaseIsReportedAndIgnored) {
  const int level = ledger::level();
  ledger::set_level(3); // keeps freed blocks
  const auto before = ledger::count(ledger::event_kind::over_release);
  counted *raw = make_arc<counted>().into_raw();
  arc<counted>::retain_raw(raw);
  arc<counted>::release_raw(raw);
  EXPECT_EQ(alive, 1);
  arc<counted>::release_raw(raw);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(ledger::count(ledger::event_kind::over_release), before);
  arc<counted>::release_raw(raw);
  arc<counted>::release_raw(raw);
  EXPECT_EQ(ledger::count(ledger::event_kind::over_release), before + 2);
  EXPECT_EQ(alive, 0);
  ledger::set_level(level);
}

TEST(Refcount, A13_WeakDoesNotKeep) {
  arc<counted> a = make_arc<counted>(4);
  weak<counted> w = a, copy = w, empty;
  EXPECT_FALSE(empty.lock());
  EXPECT_EQ(a.use_count(), 1u);
  EXPECT_EQ(w.lock()->value, 4);
  EXPECT_EQ(copy.lock(), a);
  a.reset();
  EXPECT_EQ(alive, 0);
  EXPECT_TRUE(w.expired());
  EXPECT_FALSE(copy.lock());
  // The slot may be used again; old references do not see the new object.
  std::vector<arc<counted>> others;
  std::vector<weak<counted>> weaks;
  for (int i = 0; i < 100; ++i)
    weaks.emplace_back(others.emplace_back(make_arc<counted>(i)));
  EXPECT_TRUE(w.expired());
  EXPECT_EQ(weaks[7].lock()->value, 7);
}

TEST(Refcount, A13_LockRacesWithTheLastRelease) {
  for (int round = 0; round < 500; ++round) {
    arc<counted> a = make_arc<counted>(round);
    weak<counted> w = a;
    std::thread other([w, round] {
      for (int i = 0; i < 5; ++i)
        if (arc<counted> mine = w.lock()) {
          ASSERT_EQ(mine->value, round);
        }
    });
    if (round % 2)
      std::this_thread::yield();
    a.reset();
    other.join();
    ASSERT_TRUE(w.expired());
    ASSERT_EQ(alive, 0);
  }
}

TEST(Refcount, A4_GetMutOnlyIfUnshared) {
  arc<counted> a = make_arc<counted>(1);
  ASSERT_TRUE(a.get_mut());
  arc<counted> b = a;
  EXPECT_EQ(a.get_mut(), nullptr);
  b.reset();
  EXPECT_TRUE(a.get_mut());
  weak<counted> w = a;
  EXPECT_EQ(a.get_mut(), nullptr); // lock() may come at any time
  EXPECT_TRUE(w.lock());
}
