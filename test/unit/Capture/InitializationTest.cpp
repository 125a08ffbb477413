//===- InitializationTest.cpp - what objects start with --------------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(Initialization, Scalars) {
  EXPECT_EQ(lowered(R"(
int g(void);
int f(void) {
  int a, b = 1, c = g(), d = {4};
  const char *s = "x";
  a = d;
  return a + b + c + *s;
}
)"),
            R"(
bb0:
  decl &a
  decl &b
  store &b, 1
  %0 = call @g()
  decl &c
  store &c, %0
  decl &d
  store &d, 4
  decl &s
  store &s, "x"
  %1 = load &d
  store &a, %1
  %2 = load &a
  %3 = load &b
  %4 = add %2, %3
  %5 = load &c
  %6 = add %4, %5
  %7 = load &s
  %8 = load %7
  %9 = add %6, %8
  end &s
  end &d
  end &c
  end &b
  end &a
  return %9
)");
}

TEST(Initialization, PartialListsZeroFirst) {
  EXPECT_EQ(lowered(R"(
struct s {
  int fd;
  char *p;
  struct {
    int x, y;
  } in;
};
void g(struct s *, int *);
void f(int v) {
  struct s a = {v}, b = {0}, c = {.p = 0, .in.y = 2}, d = {1, 0, {2, 3}};
  int e[4] = {v}, h[2] = {[1] = v};
  g(&a, e);
  g(&b, h);
  g(&c, e);
  g(&d, e);
}
)"),
            R"(
bb0:
  %0 = load &v
  decl &a
  zero &a
  %1 = field &a, "fd"
  store %1, %0
  decl &b
  zero &b
  decl &c
  zero &c
  %2 = field &c, "in"
  %3 = field %2, "y"
  store %3, 2
  decl &d
  %4 = field &d, "fd"
  store %4, 1
  %5 = field &d, "p"
  store %5, 0
  %6 = field &d, "in"
  %7 = field %6, "x"
  store %7, 2
  %8 = field %6, "y"
  store %8, 3
  %9 = load &v
  decl &e
  zero &e
  store &e, %9
  %10 = load &v
  decl &h
  zero &h
  %11 = index &h, 1
  store %11, %10
  call @g(&a, &e)
  call @g(&b, &h)
  call @g(&c, &e)
  call @g(&d, &e)
  end &h
  end &e
  end &d
  end &c
  end &b
  end &a
  return
)");
}

TEST(Initialization, ArraysOfRecords) {
  EXPECT_EQ(lowered(R"(
struct p {
  int fd;
  short ev;
};
void g(struct p *);
void f(int a, int b) {
  struct p v[2] = {{.fd = a, .ev = 1}, {.fd = b}};
  g(v);
}
)"),
            R"(
bb0:
  %0 = load &a
  %1 = load &b
  decl &v
  %2 = field &v, "fd"
  store %2, %0
  %3 = field &v, "ev"
  store %3, 1
  %4 = index &v, 1
  zero %4
  %5 = field %4, "fd"
  store %5, %1
  call @g(&v)
  end &v
  return
)");
}

TEST(Initialization, StringsAndUnions) {
  EXPECT_EQ(lowered(R"(
union u {
  int i;
  char *p;
};
void g(char *, union u *);
void f(char *q) {
  char s[] = "abc";
  union u v = {.p = q};
  g(s, &v);
}
)"),
            R"(
bb0:
  decl &s
  copymem &s, "abc"
  %0 = load &q
  decl &v
  store &v, %0
  call @g(&s, &v)
  end &v
  end &s
  return
)");
}

TEST(Initialization, CompoundLiterals) {
  EXPECT_EQ(lowered(R"(
struct s {
  int a, b;
};
void g(struct s *, struct s, int *);
void f(int v) {
  g(&(struct s){v}, (struct s){1, 2}, (int[]){3, v});
  struct s t;
  t = (struct s){.b = v};
  g(&t, t, &t.a);
}
)"),
            R"(
bb0:
  %0 = load &v
  decl &1
  zero &1
  %1 = field &1, "a"
  store %1, %0
  decl &2
  %2 = field &2, "a"
  store %2, 1
  %3 = field &2, "b"
  store %3, 2
  %4 = load &v
  decl &3
  store &3, 3
  %5 = index &3, 1
  store %5, %4
  call @g(&1, &2, &3)
  decl &t
  %6 = load &v
  decl &5
  zero &5
  %7 = field &5, "b"
  store %7, %6
  copymem &t, &5
  %8 = field &t, "a"
  call @g(&t, &t, %8)
  end &t
  return
)");
}

TEST(Initialization, InitialisersMayNameTheirVariable) {
  EXPECT_EQ(lowered(R"(
struct list {
  struct list *next;
};
void g(struct list *);
void f(void) {
  struct list l = {&l};
  g(&l);
}
)"),
            R"(
bb0:
  decl &l
  %0 = field &l, "next"
  store %0, &l
  call @g(&l)
  end &l
  return
)");
}

TEST(Initialization, LongTablesAreUnknown) {
  std::string Values;
  for (int I = 0; I < 300; ++I)
    Values += "1,";
  EXPECT_EQ(lowered("int f(int i) { int t[300] = {" + Values + "}; return t[i]; }"), R"(
bb0:
  decl &t
  havoc &t
  %0 = load &i
  %1 = index &t, %0
  %2 = load %1
  end &t
  return %2
)");
}

TEST(Initialization, VariableLengthArrays) {
  EXPECT_EQ(lowered(R"(
int g(int *);
int f(int n) {
  int a[n];
  a[0] = 1;
  return g(a) + (int)sizeof a;
}
)"),
            R"(
bb0:
  decl &a
  store &a, 1
  %0 = call @g(&a)
  %1 = copy undef
  %2 = cast %1 : i32
  %3 = add %0, %2
  end &a
  return %3
)");
}

TEST(Initialization, StaticLocalsAreGlobals) {
  EXPECT_EQ(lowered(R"(
int f(void) {
  static int count = 2;
  static int *p;
  return ++count + (p == 0);
}
)"),
            R"(
bb0:
  %0 = load @f::count
  %1 = add %0, 1
  store @f::count, %1
  %2 = load @f::p
  %3 = eq unsigned %2, 0
  %4 = add %1, %3
  return %4
)");
}
