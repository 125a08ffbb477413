//===- CallTest.cpp - calls and builtins -----------------------------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(Call, DirectIndirectAndThroughAMember) {
  EXPECT_EQ(lowered(R"(
typedef int fn(int);
struct ops {
  fn *op;
};
int g(int);
int f(struct ops *o, fn *p) {
  fn *q = g;
  return g(1) + (*g)(2) + o->op(3) + p(4) + (&g)(5) + q(6);
}
)"),
            R"(
bb0:
  decl &q
  store &q, @g
  %0 = call @g(1)
  %1 = call @g(2)
  %2 = add %0, %1
  %3 = load &o
  %4 = field %3, "op"
  %5 = load %4
  %6 = call indirect %5(3)
  %7 = add %2, %6
  %8 = load &p
  %9 = call indirect %8(4)
  %10 = add %7, %9
  %11 = call @g(5)
  %12 = add %10, %11
  %13 = load &q
  %14 = call indirect %13(6)
  %15 = add %12, %14
  end &q
  return %15
)");
}

TEST(Call, ResultsThatNobodyUses) {
  EXPECT_EQ(lowered(R"(
int g(void);
void h(void);
int f(int c) {
  g();
  (void)g();
  h();
  c ? g() : 0;
  for (g(); g(); g());
  int x = g();
  return x ? g() : (g(), 1);
}
)"),
            R"(
bb0:
  %0 = call discarded @g()
  %1 = call discarded @g()
  call @h()
  %2 = load &c
  branch %2, bb1, bb2
bb1:
  %3 = call discarded @g()
  jump bb2
bb2:
  %4 = call discarded @g()
  jump bb3
bb3:
  %5 = call @g()
  branch %5, bb4, bb5
bb4:
  %6 = call discarded @g()
  jump bb3
bb5:
  %7 = call @g()
  decl &x
  store &x, %7
  %8 = load &x
  branch %8, bb6, bb7
bb6:
  %9 = call @g()
  %10 = copy %9
  jump bb8
bb7:
  %11 = call discarded @g()
  %10 = copy 1
  jump bb8
bb8:
  end &x
  return %10
)");
}

TEST(Call, NothingFollowsACallThatDoesNotReturn) {
  EXPECT_EQ(lowered(R"(
_Noreturn void die(const char *);
void g(void);
int f(int c) {
  if (c) {
    die("x");
    g();
  }
  return 0;
}
)"),
            R"(
bb0:
  %0 = load &c
  branch %0, bb1, bb2
bb1:
  call noreturn @die("x")
  unreachable
bb2:
  return 0
)");
}

TEST(Call, AnalyzerNoreturnCounts) {
  EXPECT_EQ(lowered(R"(
void fail(void) __attribute__((analyzer_noreturn));
int g(void);
int f(int c) {
  if (c) fail();
  return c;
}
)"),
            R"(
bb0:
  %0 = load &c
  branch %0, bb1, bb2
bb1:
  call noreturn @fail()
  unreachable
bb2:
  %1 = load &c
  return %1
)");
}

TEST(Call, AssertLikeMacros) {
  EXPECT_EQ(lowered(R"(
void __assert_fail(const char *, const char *, int) __attribute__((noreturn));
#define assert(e) ((void)((e) || (__assert_fail(#e, "t.c", __LINE__), 0)))
int f(int *p) {
  assert(p && *p > 0);
  return *p;
}
)"),
            R"(
bb0:
  %0 = load &p
  branch %0, bb1, bb3
bb1:
  %1 = load &p
  %2 = load %1
  %3 = gt %2, 0
  branch %3, bb2, bb3
bb2:
  %4 = load &p
  %5 = load %4
  return %5
bb3:
  call noreturn macro @__assert_fail("p && *p > 0", "t.c", 5)
  unreachable
)");
}

TEST(Call, StrictIsoAssertEndsInItsOwnBlock) {
  EXPECT_EQ(lowered(R"(
void __assert_fail(const char *) __attribute__((noreturn));
#define assert(e) ((e) ? (void)0 : __assert_fail(#e))
int f(int n) {
  assert(n);
  return n;
}
)"),
            R"(
bb0:
  %0 = load macro &n
  branch %0, bb1, bb2
bb1:
  %1 = load &n
  return %1
bb2:
  call noreturn macro @__assert_fail("n")
  unreachable
)");
}

TEST(Call, ExpectIsItsFirstArgument) {
  EXPECT_EQ(lowered(R"(
#define unlikely(x) __builtin_expect(!!(x), 0)
int g(void);
int f(int a, int b) {
  if (unlikely(a < 0 || b)) return g();
  return 0;
}
)"),
            R"(
bb0:
  %0 = load &a
  %1 = lt %0, 0
  branch %1, bb2, bb1
bb1:
  %2 = load &b
  %3 = ne %2, 0
  branch %3, bb2, bb3
bb2:
  %4 = call @g()
  return %4
bb3:
  return 0
)");
}

TEST(Call, UnreachableEndsThePath) {
  EXPECT_EQ(lowered(R"(
int f(int c) {
  switch (c) {
  case 1: return 1;
  default: __builtin_unreachable();
  }
}
)"),
            R"(
bb0:
  %0 = load &c
  switch %0, [1 -> bb2], default bb1
bb1:
  unreachable
bb2:
  return 1
)");
}

TEST(Call, BuiltinsKeepTheirNames) {
  EXPECT_EQ(lowered(R"(
void *f(void *d, const void *s) {
  __builtin_memcpy(d, s, 8);
  char *p = __builtin_alloca(4);
  __builtin_trap();
}
)"),
            R"(
bb0:
  %0 = load &d
  %1 = load &s
  %2 = call discarded @__builtin_memcpy(%0, %1, 8)
  %3 = call @__builtin_alloca(4)
  %4 = cast pointer %3 : ptr<i8
  decl &p
  store &p, %4
  call noreturn @__builtin_trap()
  unreachable
)");
}
