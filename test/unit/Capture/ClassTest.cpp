//===- ClassTest.cpp - objects of class type -------------------------------===//
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

TEST(Class, CopiesAndMoves) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  S();
  S(const S &);
  S(S &&) noexcept;
  S &operator=(const S &);
  ~S();
};
S make();
void take(S);
template <class T> T &&move(T &t) {
  return static_cast<T &&>(t);
}
void f() {
  S a, b = a, c(move(b)), d = make();
  a = d;
  take(a);
  take(make());
}
)"),
            R"(
bb0:
  decl &a
  call @S::S(&a)
  decl &b
  call @S::S(&b, &a)
  %0 = call @move(&b)
  decl &c
  call @S::S(&c, %0)
  %1 = call @make()
  decl &d
  copymem &d, %1
  %2 = call discarded @S::operator=(&a, &d)
  decl &4
  call @S::S(&4, &a)
  call @take(&4)
  call implicit @S::~S(&4)
  end &4
  %3 = call @make()
  call @take(%3)
  call implicit @S::~S(%3)
  call implicit @S::~S(&d)
  end &d
  call implicit @S::~S(&c)
  end &c
  call implicit @S::~S(&b)
  end &b
  call implicit @S::~S(&a)
  end &a
  return
)");
}

TEST(Class, TrivialCopiesCopyMemory) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  int a, b;
};
void take(S);
S f(S s) {
  S t = s;
  take(t);
  return t;
}
)"),
            R"(
bb0:
  decl &t
  copymem &t, &s
  decl &2
  copymem &2, &t
  call @take(&2)
  decl &3
  copymem &3, &t
  end &t
  return &3
)");
}

TEST(Class, NewAndDelete) {
  EXPECT_EQ(loweredCxx(R"(
struct T {
  T(int);
  ~T();
};
void f() {
  T *a = new T(1);
  delete a;
  int *b = new int(2);
  delete b;
  T *c = new T[2]{1, 2};
  delete[] c;
  int *d = new int[3]();
  delete[] d;
}
)"),
            R"(
bb0:
  %0 = new rec T
  call @T::T(%0, 1)
  decl &a
  store &a, %0
  %1 = load &a
  call implicit @T::~T(%1)
  delete %1
  %2 = new i32
  store %2, 2
  decl &b
  store &b, %2
  %3 = load &b
  delete %3
  %4 = new array rec T
  call @T::T(%4, 1)
  %5 = index %4, 1
  call @T::T(%5, 2)
  decl &c
  store &c, %4
  %6 = load &c
  %7 = index %6, undef
  call implicit @T::~T(%7)
  delete array %6
  %8 = new array i32
  zero %8
  decl &d
  store &d, %8
  %9 = load &d
  delete array %9
  end &d
  end &c
  end &b
  end &a
  return
)");
}

TEST(Class, PlacementNewAllocatesNothing) {
  EXPECT_EQ(loweredCxx(R"(
namespace std {
using size_t = decltype(sizeof 0);
}
void *operator new(std::size_t, void *p) noexcept;
struct T {
  T(int);
};
T *f(void *p) {
  return new (p) T(1);
}
)"),
            R"(
bb0:
  %0 = load &p
  call @T::T(%0, 1)
  return %0
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

TEST(Class, AggregatesWithClassMembers) {
  EXPECT_EQ(loweredCxx(R"(
struct T {
  T(int);
  ~T();
};
struct A {
  int n;
  T t;
  int *p;
};
void g(A &);
void f() {
  A a{1, T(2), nullptr};
  A b{.n = 3, .t = 4};
  g(a);
  g(b);
}
)"),
            R"(
bb0:
  decl &a
  %0 = field &a, "n"
  store %0, 1
  %1 = field &a, "t"
  call @T::T(%1, 2)
  %2 = field &a, "p"
  store %2, 0
  decl &b
  zero &b
  %3 = field &b, "n"
  store %3, 3
  %4 = field &b, "t"
  call @T::T(%4, 4)
  call @g(&a)
  call @g(&b)
  call implicit @A::~A(&b)
  end &b
  call implicit @A::~A(&a)
  end &a
  return
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

TEST(Class, ArraysOfClasses) {
  EXPECT_EQ(loweredCxx(R"(
struct T {
  T();
  ~T();
};
void f() {
  T few[2];
  T many[100];
  T *p = new T[3];
}
)"),
            R"(
bb0:
  decl &few
  call @T::T(&few)
  %0 = index &few, 1
  call @T::T(%0)
  decl &many
  %1 = index &many, undef
  call @T::T(%1)
  %2 = new array rec T
  %3 = index %2, undef
  call @T::T(%3)
  decl &p
  store &p, %2
  %4 = index &many, undef
  call implicit @T::~T(%4)
  end &many
  %5 = index &few, 1
  call implicit @T::~T(%5)
  call implicit @T::~T(&few)
  end &few
  end &p
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
