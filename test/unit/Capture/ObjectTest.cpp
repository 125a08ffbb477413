//===- ObjectTest.cpp - copies, new and delete, arrays of classes ----------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(Object, CopiesAndMoves) {
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

TEST(Object, TrivialCopiesCopyMemory) {
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

TEST(Object, NewAndDelete) {
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

TEST(Object, PlacementNewAllocatesNothing) {
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

TEST(Object, AggregatesWithClassMembers) {
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

TEST(Object, ArraysOfClasses) {
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
