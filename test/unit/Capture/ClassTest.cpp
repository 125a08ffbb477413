//===- ClassTest.cpp - methods, constructors, destructors ------------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(Class, MethodsTakeThis) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  int v;
  int get() const { return v; }
  static int zero();
  int both(int x) { return get() + this->v + x + zero(); }
};
int f(S &s, S *p) {
  return s.get() + p->both(1) + S::zero();
}
)"),
            R"(
bb0:
  %0 = load &s
  %1 = call @S::get(%0)
  %2 = load &p
  %3 = call @S::both(%2, 1)
  %4 = add %1, %3
  %5 = call @S::zero()
  %6 = add %4, %5
  return %6
)");
}

TEST(Class, MethodBodies) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  int v;
  int get() const { return v; }
  void set(int x) { this->v = x; }
};
void f(S s) {
  s.set(1);
}
)",
                       "S::set"),
            R"(
bb0:
  %0 = load &x
  %1 = load &this
  %2 = field %1, "v"
  store %2, %0
  return
)");
}

TEST(Class, VirtualCalls) {
  EXPECT_EQ(loweredCxx(R"(
struct B {
  virtual int v();
  virtual int w();
  virtual ~B();
};
struct D final : B {
  int v() override;
};
int f(B *b, D *d) {
  return b->v() + d->v() + b->B::w();
}
)"),
            R"(
bb0:
  %0 = load &b
  %1 = vcall @B::v(%0)
  %2 = load &d
  %3 = call @D::v(%2)
  %4 = add %1, %3
  %5 = load &b
  %6 = call @B::w(%5)
  %7 = add %4, %6
  return %7
)");
}

TEST(Class, ConstructorsInitialiseBasesAndMembers) {
  EXPECT_EQ(loweredCxx(R"(
struct B {
  B(int);
};
struct M {
  M();
};
struct S : B {
  int a;
  int *p = nullptr;
  M m;
  int &r;
  S(int x, int &y) : B(x), a(x + 1), r(y) { p = &a; }
};
void f() {
  int v = 0;
  S s(1, v);
}
)",
                       "S::S"),
            R"(
bb0:
  %0 = load &x
  %1 = load &this
  call @B::B(%1, %0)
  %2 = load &x
  %3 = add %2, 1
  %4 = load &this
  %5 = field %4, "a"
  store %5, %3
  %6 = load &this
  %7 = field %6, "p"
  store %7, 0
  %8 = load &this
  %9 = field %8, "m"
  call @M::M(%9)
  %10 = load &y
  %11 = load &this
  %12 = field %11, "r"
  store %12, %10
  %13 = load &this
  %14 = field %13, "a"
  %15 = load &this
  %16 = field %15, "p"
  store %16, %14
  return
)");
}

TEST(Class, DelegatingConstructors) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  S(int);
  S() : S(3) {}
};
void f() {
  S s;
}
)",
                       "S::S"),
            R"(
bb0:
  %0 = load &this
  call @S::S(%0, 3)
  return
)");
}

TEST(Class, DestructorsDestroyMembersAndBases) {
  EXPECT_EQ(loweredCxx(R"(
struct B {
  ~B();
};
struct M {
  ~M();
};
void g();
struct S : B {
  M a, b[2];
  ~S() { g(); }
};
void f() {
  S s;
}
)",
                       "S::~S"),
            R"(
bb0:
  call @g()
  %0 = load &this
  %1 = field %0, "b"
  %2 = index %1, 1
  call implicit @M::~M(%2)
  call implicit @M::~M(%1)
  %3 = load &this
  %4 = field %3, "a"
  call implicit @M::~M(%4)
  %5 = load &this
  call implicit @B::~B(%5)
  return
)");
}

TEST(Class, OperatorCalls) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  S &operator+=(int);
  int operator[](int) const;
};
S operator+(const S &, const S &);
bool operator==(const S &, const S &);
int f(S &a, S &b) {
  a += 2;
  return a[1] + (a == b) + (a + b)[0];
}
)"),
            R"(
bb0:
  %0 = load &a
  %1 = call discarded @S::operator+=(%0, 2)
  %2 = load &a
  %3 = call @S::operator[](%2, 1)
  %4 = load &a
  %5 = load &b
  %6 = call @operator==(%4, %5)
  %7 = add %3, %6
  %8 = load &a
  %9 = load &b
  %10 = call @operator+(%8, %9)
  %11 = call @S::operator[](%10, 0)
  %12 = add %7, %11
  return %12
)");
}

TEST(Class, ConversionOperatorsAreCalls) {
  EXPECT_EQ(loweredCxx(R"(
struct H {
  explicit operator bool() const;
  operator int() const;
};
int f(H &h) {
  if (h) return h;
  while (!h) {
  }
  return 0;
}
)"),
            R"(
bb0:
  %0 = load &h
  %1 = call @H::operator bool(%0)
  branch %1, bb1, bb2
bb1:
  %2 = load &h
  %3 = call @H::operator int(%2)
  return %3
bb2:
  %4 = load &h
  %5 = call @H::operator bool(%4)
  %6 = not %5
  branch %6, bb2, bb3
bb3:
  return 0
)");
}

TEST(Class, InheritedConstructors) {
  EXPECT_EQ(loweredCxx(R"(
struct B {
  B(int, int *);
};
struct D : B {
  using B::B;
  int x = 1;
};
void f(int *p) {
  D d(1, p);
}
)"),
            R"(
bb0:
  %0 = load &p
  decl &d
  call @D::D(&d, 1, %0)
  end &d
  return
)");
}

TEST(Class, EarlyReturnsAndLoopsInConstructors) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  int a[4];
  S(int n) : a{} {
    for (int &x : a) {
      if (n == 0) return;
      x = n--;
    }
  }
};
void f() {
  S s(2);
}
)",
                       "S::S"),
            R"(
bb0:
  %0 = load &this
  %1 = field %0, "a"
  zero %1
  %2 = load &this
  %3 = field %2, "a"
  decl &__range1
  store &__range1, %3
  %4 = load &__range1
  %5 = index %4, 4
  decl &__end1
  store &__end1, %5
  %6 = load &__range1
  decl &__begin1
  store &__begin1, %6
  jump bb1
bb1:
  %7 = load &__begin1
  %8 = load &__end1
  %9 = ne unsigned %7, %8
  branch %9, bb2, bb5
bb2:
  %10 = load &__begin1
  decl &x
  store &x, %10
  %11 = load &n
  %12 = eq %11, 0
  branch %12, bb3, bb4
bb3:
  end &x
  end &__end1
  end &__begin1
  end &__range1
  return
bb4:
  %13 = load &n
  %14 = sub %13, 1
  store &n, %14
  %15 = load &x
  store %15, %13
  end &x
  %16 = load &__begin1
  %17 = index %16, 1
  store &__begin1, %17
  jump bb1
bb5:
  end &__end1
  end &__begin1
  end &__range1
  return
)");
}

TEST(Class, UnionsAndAnonymousMembers) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  int kind;
  union {
    int i;
    char *s;
  };
  S(int x) : kind(1), i(x) {}
};
int f() {
  S v(3);
  return v.kind == 1 ? v.i : *v.s;
}
)"),
            R"(
bb0:
  decl &v
  call @S::S(&v, 3)
  %0 = field &v, "kind"
  %1 = load %0
  %2 = eq %1, 1
  branch %2, bb1, bb2
bb1:
  %3 = field &v, "i"
  %4 = load %3
  %5 = copy %4
  jump bb3
bb2:
  %6 = field &v, "i"
  %7 = load %6
  %8 = load %7
  %5 = copy %8
  jump bb3
bb3:
  end &v
  return %5
)");
}
