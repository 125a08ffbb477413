//===- ScopeTest.cpp - lifetimes, cleanup functions, destructors -----------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(Scope, LifetimesEndOnEveryWayOut) {
  EXPECT_EQ(lowered(R"(
int g(int *);
int f(int n) {
  int a;
  while (n--) {
    int b;
    if (g(&b)) break;
    if (g(&a)) continue;
    if (n) return 1;
    {
      int c;
      g(&c);
    }
  }
  return 0;
}
)"),
            R"(
bb0:
  decl &a
  jump bb1
bb1:
  %0 = load &n
  %1 = sub %0, 1
  store &n, %1
  branch %0, bb2, bb9
bb2:
  decl &b
  %2 = call @g(&b)
  branch %2, bb3, bb4
bb3:
  end &b
  jump bb9
bb4:
  %3 = call @g(&a)
  branch %3, bb5, bb6
bb5:
  end &b
  jump bb1
bb6:
  %4 = load &n
  branch %4, bb7, bb8
bb7:
  end &b
  end &a
  return 1
bb8:
  decl &c
  %5 = call discarded @g(&c)
  end &c
  end &b
  jump bb1
bb9:
  end &a
  return 0
)");
}

TEST(Scope, CleanupFunctionsRunOnEveryReturn) {
  EXPECT_EQ(lowered(R"(
void closep(int *);
int open_it(void);
int f(int c) {
  __attribute__((cleanup(closep))) int fd = open_it();
  if (c) return 1;
  return fd;
}
)"),
            R"(
bb0:
  %0 = call @open_it()
  decl &fd
  store &fd, %0
  %1 = load &c
  branch %1, bb1, bb2
bb1:
  call implicit @closep(&fd)
  end &fd
  return 1
bb2:
  %2 = load &fd
  call implicit @closep(&fd)
  end &fd
  return %2
)");
}

TEST(Scope, GotoOutOfAScope) {
  EXPECT_EQ(lowered(R"(
int g(int *);
int f(void) {
  {
    int a;
    if (g(&a)) goto out;
  }
  return 0;
out:
  return 1;
}
)"),
            R"(
bb0:
  decl &a
  %0 = call @g(&a)
  branch %0, bb1, bb2
bb1:
  end &a
  return 1
bb2:
  end &a
  return 0
)");
}

TEST(Scope, ReturnValuesAreReadBeforeTheScopeEnds) {
  EXPECT_EQ(lowered(R"(
int f(void) {
  int a = 3;
  return a;
}
)"),
            R"(
bb0:
  decl &a
  store &a, 3
  %0 = load &a
  end &a
  return %0
)");
}

TEST(Scope, DestructorsRunInReverse) {
  EXPECT_EQ(loweredCxx(R"(
struct T {
  ~T();
};
int g();
int f(bool c) {
  T a;
  {
    T b;
    if (c) return g();
  }
  T d;
  return 0;
}
)"),
            R"(
bb0:
  decl &a
  decl &b
  %0 = load &c
  branch %0, bb1, bb2
bb1:
  %1 = call @g()
  call implicit @T::~T(&b)
  end &b
  call implicit @T::~T(&a)
  end &a
  return %1
bb2:
  call implicit @T::~T(&b)
  end &b
  decl &d
  call implicit @T::~T(&d)
  end &d
  call implicit @T::~T(&a)
  end &a
  return 0
)");
}

TEST(Scope, TemporariesDieAtTheEndOfTheExpression) {
  EXPECT_EQ(loweredCxx(R"(
struct T {
  T(int);
  ~T();
  int v;
};
int g(const T &);
int f() {
  int a = g(T(1)) + T(2).v;
  const T &kept = T(3);
  return a + kept.v;
}
)"),
            R"(
bb0:
  decl &0
  call @T::T(&0, 1)
  %0 = call @g(&0)
  decl &1
  call @T::T(&1, 2)
  %1 = field &1, "v"
  %2 = load %1
  %3 = add %0, %2
  decl &a
  store &a, %3
  call implicit @T::~T(&1)
  end &1
  call implicit @T::~T(&0)
  end &0
  decl &3
  call @T::T(&3, 3)
  decl &kept
  store &kept, &3
  %4 = load &a
  %5 = load &kept
  %6 = field %5, "v"
  %7 = load %6
  %8 = add %4, %7
  %9 = load &kept
  call implicit @T::~T(%9)
  end &kept
  end &a
  return %8
)");
}

TEST(Scope, ConditionalTemporaries) {
  EXPECT_EQ(loweredCxx(R"(
struct T {
  T(int);
  ~T();
  int v;
};
int f(bool c) {
  return c && T(2).v;
}
)"),
            R"(
bb0:
  %0 = copy 0
  %1 = load &c
  branch %1, bb1, bb2
bb1:
  decl &1
  call @T::T(&1, 2)
  %0 = copy 1
  %2 = field &1, "v"
  %3 = load %2
  %4 = ne %3, 0
  %5 = copy %4
  jump bb3
bb2:
  %5 = copy 0
  branch %0, bb3, bb4
bb3:
  call implicit @T::~T(&1)
  end &1
  %0 = copy 0
  jump bb4
bb4:
  return %5
)");
}

TEST(Scope, LoopsEnterAndLeaveTheirScopesEachTurn) {
  EXPECT_EQ(lowered(R"(
int open_it(int);
void close_it(int);
void f(int n) {
  for (int i = 0; i < n; i++) {
    int h = open_it(i);
    if (h < 0) continue;
    close_it(h);
  }
}
)"),
            R"(
bb0:
  decl &i
  store &i, 0
  jump bb1
bb1:
  %0 = load &i
  %1 = load &n
  %2 = lt %0, %1
  branch %2, bb2, bb6
bb2:
  %3 = load &i
  %4 = call @open_it(%3)
  decl &h
  store &h, %4
  %5 = load &h
  %6 = lt %5, 0
  branch %6, bb3, bb4
bb3:
  end &h
  jump bb5
bb4:
  %7 = load &h
  call @close_it(%7)
  end &h
  jump bb5
bb5:
  %8 = load &i
  %9 = add %8, 1
  store &i, %9
  jump bb1
bb6:
  end &i
  return
)");
}

TEST(Scope, RecordsOutliveTheScopeTheyCameFrom) {
  EXPECT_EQ(lowered(R"(
struct s {
  int fd;
};
struct s make(void);
struct s f(int c) {
  struct s a = {c};
  if (c) return a;
  struct s b = ({
    struct s t = make();
    t;
  });
  return c ? b : make();
}
)"),
            R"(
bb0:
  %0 = load &c
  decl &a
  %1 = field &a, "fd"
  store %1, %0
  %2 = load &c
  branch %2, bb1, bb2
bb1:
  decl &2
  copymem &2, &a
  end &a
  return &2
bb2:
  %3 = call @make()
  decl &t
  copymem &t, %3
  decl &4
  copymem &4, &t
  end &t
  decl &b
  copymem &b, &4
  %4 = load &c
  branch %4, bb3, bb4
bb3:
  %5 = copy &b
  jump bb5
bb4:
  %6 = call @make()
  %5 = copy %6
  jump bb5
bb5:
  decl &6
  copymem &6, %5
  end &b
  end &a
  return &6
)");
}
