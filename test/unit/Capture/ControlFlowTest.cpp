//===- ControlFlowTest.cpp - branches, loops, switches ---------------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(ControlFlow, Loops) {
  EXPECT_EQ(lowered(R"(
int g(int);
void f(int n) {
  for (int i = 0; i < n; i++) {
    if (g(i)) continue;
    if (g(n)) break;
    g(0);
  }
  do {
    n--;
  } while (n > 0);
  while (1)
    if (g(1)) break;
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
  %4 = call @g(%3)
  branch %4, bb5, bb3
bb3:
  %5 = load &n
  %6 = call @g(%5)
  branch %6, bb6, bb4
bb4:
  %7 = call discarded @g(0)
  jump bb5
bb5:
  %8 = load &i
  %9 = add %8, 1
  store &i, %9
  jump bb1
bb6:
  end &i
  jump bb7
bb7:
  %10 = load &n
  %11 = sub %10, 1
  store &n, %11
  %12 = load &n
  %13 = gt %12, 0
  branch %13, bb7, bb8
bb8:
  %14 = call @g(1)
  branch %14, bb9, bb8
bb9:
  return
)");
}

TEST(ControlFlow, SwitchWithRangesAndFallthrough) {
  EXPECT_EQ(lowered(R"(
int g(int);
int f(int c) {
  switch (c) {
  case 'a' ... 'f': c = 1;
  case 3: g(c); break;
  case -1: return 0;
  default: g(9);
  }
  return c;
}
)"),
            R"(
bb0:
  %0 = load &c
  switch %0, [-1 -> bb2, 3 -> bb4, 97..102 -> bb3], default bb1
bb1:
  %1 = call discarded @g(9)
  jump bb5
bb2:
  return 0
bb3:
  store &c, 1
  jump bb4
bb4:
  %2 = load &c
  %3 = call discarded @g(%2)
  jump bb5
bb5:
  %4 = load &c
  return %4
)");
}

TEST(ControlFlow, SwitchWithoutDefaultGoesOn) {
  EXPECT_EQ(lowered(R"(
int f(int c) {
  switch (c) {
  case 1: c = 2;
  }
  return c;
}
)"),
            R"(
bb0:
  %0 = load &c
  switch %0, [1 -> bb1], default bb2
bb1:
  store &c, 2
  jump bb2
bb2:
  %1 = load &c
  return %1
)");
}

TEST(ControlFlow, SwitchOverAllEnumerators) {
  EXPECT_EQ(lowered(R"(
enum e { A, B };
int f(enum e v) {
  switch (v) {
  case A: return 1;
  case B: return 2;
  }
}
)"),
            R"(
bb0:
  %0 = load &v
  switch %0, [0 -> bb2, 1 -> bb3], default bb1
bb1:
  unreachable
bb2:
  return 1
bb3:
  return 2
)");
}

TEST(ControlFlow, GotoCleanup) {
  EXPECT_EQ(lowered(R"(
int acquire(void);
void release(int);
int work(int);
int f(void) {
  int rc = -1;
  int h = acquire();
  if (h < 0) goto out;
  if (work(h)) goto free;
  rc = 0;
free:
  release(h);
out:
  return rc;
}
)"),
            R"(
bb0:
  decl &rc
  store &rc, -1
  %0 = call @acquire()
  decl &h
  store &h, %0
  %1 = load &h
  %2 = lt %1, 0
  branch %2, bb4, bb1
bb1:
  %3 = load &h
  %4 = call @work(%3)
  branch %4, bb3, bb2
bb2:
  store &rc, 0
  jump bb3
bb3:
  %5 = load &h
  call @release(%5)
  jump bb4
bb4:
  %6 = load &rc
  end &h
  end &rc
  return %6
)");
}

TEST(ControlFlow, ComputedGoto) {
  EXPECT_EQ(lowered(R"(
int f(int op) {
  static void *labels[] = {&&add, &&sub};
  goto *labels[op];
add:
  return 1;
sub:
  return 2;
}
)"),
            R"(
bb0:
  %0 = load &op
  %1 = index @f::labels, %0
  %2 = load %1
  switch undef, [0 -> bb2], default bb1
bb1:
  return 2
bb2:
  return 1
)");
}

TEST(ControlFlow, ShortCircuitConditions) {
  EXPECT_EQ(lowered(R"(
int g(void);
int f(int a, int b, int c) {
  if ((a && b) || !c) return g();
  return 0;
}
)"),
            R"(
bb0:
  %0 = load &a
  branch %0, bb1, bb2
bb1:
  %1 = load &b
  branch %1, bb3, bb2
bb2:
  %2 = load &c
  %3 = not %2
  branch %3, bb3, bb4
bb3:
  %4 = call @g()
  return %4
bb4:
  return 0
)");
}

TEST(ControlFlow, NegatedShortCircuit) {
  EXPECT_EQ(lowered(R"(
int f(int a, int b) {
  if (!(a && b > 2)) return 1;
  return 0;
}
)"),
            R"(
bb0:
  %0 = load &a
  branch %0, bb1, bb3
bb1:
  %1 = load &b
  %2 = gt %1, 2
  %3 = not %2
  branch %3, bb3, bb2
bb2:
  return 0
bb3:
  return 1
)");
}

TEST(ControlFlow, TernaryInACondition) {
  EXPECT_EQ(lowered(R"(
int f(int a, int b) {
  if (a ? b > 1 : 0) return 1;
  return 0;
}
)"),
            R"(
bb0:
  %0 = load &a
  branch %0, bb1, bb3
bb1:
  %1 = load &b
  %2 = gt %1, 1
  branch %2, bb2, bb3
bb2:
  return 1
bb3:
  return 0
)");
}

TEST(ControlFlow, ShortCircuitValues) {
  EXPECT_EQ(lowered(R"(
int f(int a, int b) {
  int x = a && b > 2, y = a || b;
  return x + y;
}
)"),
            R"(
bb0:
  %0 = load &a
  branch %0, bb1, bb2
bb1:
  %1 = load &b
  %2 = gt %1, 2
  %3 = copy %2
  jump bb3
bb2:
  %3 = copy 0
  jump bb3
bb3:
  decl &x
  store &x, %3
  %4 = load &a
  branch %4, bb4, bb5
bb4:
  %5 = copy 1
  jump bb6
bb5:
  %6 = load &b
  %7 = ne %6, 0
  %5 = copy %7
  jump bb6
bb6:
  decl &y
  store &y, %5
  %8 = load &x
  %9 = load &y
  %10 = add %8, %9
  end &y
  end &x
  return %10
)");
}

TEST(ControlFlow, DeadCodeByConstantsIsLeftOut) {
  EXPECT_EQ(lowered(R"(
int g(void);
int f(int a) {
  if (sizeof(int) == 8) g();
  while (0) g();
  do {
    a++;
  } while (0);
  if (1) return a;
  return g();
}
)"),
            R"(
bb0:
  %0 = load &a
  %1 = add %0, 1
  store &a, %1
  %2 = load &a
  return %2
)");
}

TEST(ControlFlow, FallingOffTheEnd) {
  EXPECT_EQ(lowered(R"(
void f(int *p) {
  if (p) *p = 1;
}
)"),
            R"(
bb0:
  %0 = load &p
  branch %0, bb1, bb2
bb1:
  %1 = load &p
  store %1, 1
  jump bb2
bb2:
  return
)");
}

TEST(ControlFlow, AsmGoto) {
  EXPECT_EQ(lowered(R"(
int f(int a) {
  asm goto("" : : "r"(a) : : err);
  return 0;
err:
  return 1;
}
)"),
            R"(
bb0:
  %0 = load &a
  escape %0
  switch undef, [0 -> bb2], default bb1
bb1:
  return 0
bb2:
  return 1
)");
}

TEST(ControlFlow, ConditionsOnStoredTruth) {
  EXPECT_EQ(lowered(R"(
int g(void);
int f(int a) {
  int ok = a > 0 && g();
  if (!ok) return 1;
  return 0;
}
)"),
            R"(
bb0:
  %0 = load &a
  %1 = gt %0, 0
  branch %1, bb1, bb2
bb1:
  %2 = call @g()
  %3 = ne %2, 0
  %4 = copy %3
  jump bb3
bb2:
  %4 = copy 0
  jump bb3
bb3:
  decl &ok
  store &ok, %4
  %5 = load &ok
  %6 = not %5
  branch %6, bb4, bb5
bb4:
  end &ok
  return 1
bb5:
  end &ok
  return 0
)");
}

TEST(ControlFlow, BreakOutOfNestedLoops) {
  EXPECT_EQ(lowered(R"(
int g(int, int);
int f(int n) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      if (g(i, j)) goto found;
    }
  return 0;
found:
  return 1;
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
  branch %2, bb2, bb8
bb2:
  decl &j
  store &j, 0
  jump bb3
bb3:
  %3 = load &j
  %4 = load &n
  %5 = lt %3, %4
  branch %5, bb4, bb7
bb4:
  %6 = load &i
  %7 = load &j
  %8 = call @g(%6, %7)
  branch %8, bb5, bb6
bb5:
  end &j
  end &i
  return 1
bb6:
  %9 = load &j
  %10 = add %9, 1
  store &j, %10
  jump bb3
bb7:
  end &j
  %11 = load &i
  %12 = add %11, 1
  store &i, %12
  jump bb1
bb8:
  end &i
  return 0
)");
}
