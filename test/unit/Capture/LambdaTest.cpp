//===- LambdaTest.cpp - closures -------------------------------------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(Lambda, Captures) {
  EXPECT_EQ(loweredCxx(R"(
void run(int);
struct S {
  int m;
  int f(int a, int &b, int *p) {
    auto l = [this, a, &b, q = p + 1](int x) {
      b = m;
      return a + x + *q;
    };
    return l(2);
  }
};
int f(S &s, int v) {
  return s.f(1, v, &v);
}
)",
                       "S::f"),
            R"(
bb0:
  %0 = load &p
  %1 = index %0, 1
  %2 = load &b
  %3 = load &a
  %4 = load &this
  %5 = closure 0
  decl &l
  copymem &l, %5
  %6 = call @S::f::(lambda)::operator()(&l, 2)
  end &l
  return %6
)");
}

TEST(Lambda, BodiesReadTheClosure) {
  EXPECT_EQ(loweredCxx(R"(
struct S {
  int m;
  int f(int a, int &b, int *p) {
    auto l = [this, a, &b, q = p + 1](int x) {
      b = m;
      return a + x + *q;
    };
    return l(2);
  }
};
int f(S &s, int v) {
  return s.f(1, v, &v);
}
)",
                       "S::f::(lambda)::operator()"),
            R"(
bb0:
  %0 = load &this
  %1 = field %0, "this"
  %2 = load %1
  %3 = field %2, "m"
  %4 = load %3
  %5 = load &this
  %6 = field %5, "b"
  %7 = load %6
  store %7, %4
  %8 = load &this
  %9 = field %8, "a"
  %10 = load %9
  %11 = load &x
  %12 = add %10, %11
  %13 = load &this
  %14 = field %13, "q"
  %15 = load %14
  %16 = load %15
  %17 = add %12, %16
  return %17
)");
}

TEST(Lambda, DefaultCaptures) {
  EXPECT_EQ(loweredCxx(R"(
template <class F> void call(F f) {
  f();
}
void f(int a, int b) {
  call([=] { return a; });
  call([&] { b = a; });
}
)"),
            R"(
bb0:
  %0 = load &a
  %1 = closure 0
  call @call(%1)
  %2 = closure 1
  call @call(%2)
  return
)");
}

TEST(Lambda, WithoutCaptures) {
  EXPECT_EQ(loweredCxx(R"(
void atexit(void (*)());
void f() {
  atexit([] {});
}
)"),
            R"(
bb0:
  %0 = closure 0
  call @atexit(%0)
  return
)");
}

TEST(Lambda, BindHoldsCopies) {
  EXPECT_EQ(loweredCxx(R"(
namespace std {
template <class... A> struct Bound {
  void operator()();
};
template <class... A> Bound<A...> bind(A &&...);
} // namespace std
void g(int);
void f(int fd) {
  auto b = std::bind(g, fd);
  b();
}
)"),
            R"(
bb0:
  %0 = load &fd
  %1 = closure 0
  decl &b
  copymem &b, %1
  call @std::Bound::operator()(&b)
  end &b
  return
)");
}

TEST(Lambda, StructuredBindingsAreCaptured) {
  EXPECT_EQ(loweredCxx(R"(
struct P {
  int a, b;
};
P make();
int f() {
  auto [x, y] = make();
  auto l = [x, &y] { return x + y; };
  return l();
}
)",
                       "f::(lambda)::operator()"),
            R"(
bb0:
  %0 = load &this
  %1 = field %0, "x"
  %2 = load %1
  %3 = load &this
  %4 = field %3, "y"
  %5 = load %4
  %6 = load %5
  %7 = add %2, %6
  return %7
)");
}
