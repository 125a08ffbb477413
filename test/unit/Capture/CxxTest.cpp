//===- CxxTest.cpp - references, templates, casts --------------------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(Cxx, ReferencesArePointers) {
  EXPECT_EQ(loweredCxx(R"(
void g(int &);
int &h();
int f(int &a, const int *p) {
  int &r = a;
  r = 2;
  g(r);
  h() = 3;
  const int &t = 5;
  return a + t + *p;
}
)"),
            R"(
bb0:
  %0 = load &a
  decl &r
  store &r, %0
  %1 = load &r
  store %1, 2
  %2 = load &r
  call @g(%2)
  %3 = call @h()
  store %3, 3
  decl &3
  store &3, 5
  decl &t
  store &t, &3
  %4 = load &a
  %5 = load %4
  %6 = load &t
  %7 = load %6
  %8 = add %5, %7
  %9 = load &p
  %10 = load %9
  %11 = add %8, %10
  end &t
  end &r
  return %11
)");
}

TEST(Cxx, RangeFor) {
  EXPECT_EQ(loweredCxx(R"(
struct It {
  int *p;
  int &operator*();
  It &operator++();
  bool operator!=(const It &) const;
};
struct R {
  It begin();
  It end();
};
int f(R &r, int (&a)[3]) {
  int s = 0;
  for (int x : r) s += x;
  for (int y : a) s += y;
  return s;
}
)"),
            R"(
bb0:
  decl &s
  store &s, 0
  %0 = load &r
  decl &3
  store &3, %0
  %1 = load &3
  %2 = call @R::end(%1)
  decl &4
  copymem &4, %2
  %3 = load &3
  %4 = call @R::begin(%3)
  decl &5
  copymem &5, %4
  jump bb1
bb1:
  %5 = call @It::operator!=(&5, &4)
  branch %5, bb2, bb3
bb2:
  %6 = call @It::operator*(&5)
  %7 = load %6
  decl &x
  store &x, %7
  %8 = load &x
  %9 = load &s
  %10 = add %9, %8
  store &s, %10
  end &x
  %11 = call discarded @It::operator++(&5)
  jump bb1
bb3:
  end &4
  end &5
  end &3
  %12 = load &a
  decl &7
  store &7, %12
  %13 = load &7
  %14 = index %13, 3
  decl &8
  store &8, %14
  %15 = load &7
  decl &9
  store &9, %15
  jump bb4
bb4:
  %16 = load &9
  %17 = load &8
  %18 = ne unsigned %16, %17
  branch %18, bb5, bb6
bb5:
  %19 = load &9
  %20 = load %19
  decl &y
  store &y, %20
  %21 = load &y
  %22 = load &s
  %23 = add %22, %21
  store &s, %23
  end &y
  %24 = load &9
  %25 = index %24, 1
  store &9, %25
  jump bb4
bb6:
  end &8
  end &9
  end &7
  %26 = load &s
  end &s
  return %26
)");
}

TEST(Cxx, StructuredBindings) {
  EXPECT_EQ(loweredCxx(R"(
struct P {
  int a;
  char *b;
};
P make();
int f() {
  auto [x, y] = make();
  auto &[u, v] = *new P;
  u = 1;
  return x + *y + *v;
}
)"),
            R"(
bb0:
  %0 = call @make()
  decl &0
  copymem &0, %0
  %1 = new rec P
  decl &1
  store &1, %1
  %2 = load &1
  %3 = field %2, "a"
  store %3, 1
  %4 = field &0, "a"
  %5 = load %4
  %6 = field &0, "b"
  %7 = load %6
  %8 = load %7
  %9 = add %5, %8
  %10 = load &1
  %11 = field %10, "b"
  %12 = load %11
  %13 = load %12
  %14 = add %9, %13
  end &1
  end &0
  return %14
)");
}

TEST(Cxx, Casts) {
  EXPECT_EQ(loweredCxx(R"(
struct B {
  virtual ~B();
  int b;
};
struct D : B {
  int d;
};
long f(B *p, D *q, const int *c) {
  B *up = q;
  D *down = static_cast<D *>(p);
  D *dyn = dynamic_cast<D *>(p);
  int *m = const_cast<int *>(c);
  *m = 1;
  return up->b + down->d + (dyn ? 1 : 0) + reinterpret_cast<long>(p);
}
)"),
            R"(
bb0:
  %0 = load &q
  decl &up
  store &up, %0
  %1 = load &p
  decl &down
  store &down, %1
  %2 = load &p
  %3 = cast pointer %2 : ptr<rec D
  decl &dyn
  store &dyn, %3
  %4 = load &c
  decl &m
  store &m, %4
  %5 = load &m
  store %5, 1
  %6 = load &up
  %7 = field %6, "b"
  %8 = load %7
  %9 = load &down
  %10 = field %9, "d"
  %11 = load %10
  %12 = add %8, %11
  %13 = load &dyn
  %14 = ne unsigned %13, 0
  branch %14, bb1, bb2
bb1:
  %15 = copy 1
  jump bb3
bb2:
  %15 = copy 0
  jump bb3
bb3:
  %16 = add %12, %15
  %17 = load &p
  %18 = cast ptrtoint %17 : i64
  %19 = add %16, %18
  end &m
  end &dyn
  end &down
  end &up
  return %19
)");
}

TEST(Cxx, DefaultArguments) {
  EXPECT_EQ(loweredCxx(R"(
struct T {
  T(int = 3);
  ~T();
};
int g(int a, const T &t = T(), bool b = sizeof(int) == 4 || false);
int f() {
  return g(1) + g(2, T(5));
}
)"),
            R"(
bb0:
  decl &0
  call @T::T(&0, 3)
  %0 = call @g(1, &0, 1)
  decl &1
  call @T::T(&1, 5)
  %1 = call @g(2, &1, 1)
  %2 = add %0, %1
  call implicit @T::~T(&1)
  end &1
  call implicit @T::~T(&0)
  end &0
  return %2
)");
}

TEST(Cxx, TemplatesAreLoweredWhereReached) {
  EXPECT_EQ(loweredCxx(R"(
template <class T> struct Box {
  T v;
  T get() { return v; }
  T never() { return v.nothing(); }
};
template <class T> T twice(T t) {
  return t + t;
}
int f() {
  Box<int> b{2};
  return b.get() + twice(3);
}
)",
                       "Box::get"),
            R"(
bb0:
  %0 = load &this
  %1 = field %0, "v"
  %2 = load %1
  return %2
)");
}

TEST(Cxx, ConstexprVariablesAreConstants) {
  EXPECT_EQ(loweredCxx(R"(
constexpr int K = 3;
const int L = K * 2;
enum class E : char { A = 4 };
template <int N> int g() {
  return N;
}
int f(int x) {
  return x + K + L + static_cast<int>(E::A) + g<7>();
}
)"),
            R"(
bb0:
  %0 = load &x
  %1 = add %0, 3
  %2 = add %1, 6
  %3 = add %2, 4
  %4 = call @g()
  %5 = add %3, %4
  return %5
)");
}

TEST(Cxx, StaticLocalsAreInitialisedOnce) {
  EXPECT_EQ(loweredCxx(R"(
int g();
int f() {
  static int s = g();
  static int c = 4;
  return s + c;
}
)"),
            R"(
bb0:
  %0 = copy undef
  branch %0, bb2, bb1
bb1:
  %1 = call @g()
  store @f::s, %1
  jump bb2
bb2:
  %2 = load @f::s
  %3 = load @f::c
  %4 = add %2, %3
  return %4
)");
}

TEST(Cxx, MemberPointersAreUnknown) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  int m;
  int get();
};
int f(S &s, int S::*p, int (S::*q)()) {
  return s.*p + (s.*q)();
}
)"),
            R"(
bb0:
  %0 = load &s
  %1 = index %0, undef
  %2 = load %1
  %3 = load &s
  %4 = call indirect undef(%3)
  %5 = add %2, %4
  return %5
)");
}

TEST(Cxx, InitialiserLists) {
  EXPECT_EQ(loweredCxx(R"(
namespace std {
template <class T> class initializer_list {
  const T *p;
  decltype(sizeof 0) n;

public:
  const T *begin() const;
  const T *end() const;
};
} // namespace std
int g(std::initializer_list<int>);
int f(int v) {
  return g({1, v});
}
)"),
            R"(
bb0:
  %0 = load &v
  decl &1
  store &1, 1
  %1 = index &1, 1
  store %1, %0
  %2 = call @g(&1)
  return %2
)");
}

TEST(Cxx, LocalReferencesKeepTemporariesAlive) {
  EXPECT_EQ(loweredCxx(R"(
struct T {
  ~T();
  int v;
};
T make();
int f(bool c) {
  T &&r = make();
  if (c) return 1;
  return r.v;
}
)"),
            R"(
bb0:
  %0 = call @make()
  decl &r
  store &r, %0
  %1 = load &c
  branch %1, bb1, bb2
bb1:
  %2 = load &r
  call implicit @T::~T(%2)
  end &r
  return 1
bb2:
  %3 = load &r
  %4 = field %3, "v"
  %5 = load %4
  %6 = load &r
  call implicit @T::~T(%6)
  end &r
  return %5
)");
}
