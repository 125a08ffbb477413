//===- ExceptionTest.cpp - throw, handlers, coroutines ---------------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

static std::string loweredThrowing(llvm::StringRef Text, llvm::StringRef Name = "f") {
  return Captured(Text, "t.cpp").body(Name);
}

TEST(Exception, ThrowDestroysWhatIsAlive) {
  EXPECT_EQ(loweredThrowing(R"(
struct T {
  T() noexcept;
  ~T();
};
void f(int c) {
  T a;
  {
    T b;
    if (c) throw 1;
  }
  T d;
}
)"),
            R"(
bb0:
  decl &a
  call @T::T(&a)
  decl &b
  call @T::T(&b)
  %0 = load &c
  %1 = ne %0, 0
  branch %1, bb1, bb2
bb1:
  call implicit @T::~T(&b)
  end &b
  call implicit @T::~T(&a)
  end &a
  throw 1 as "int"
bb2:
  call implicit @T::~T(&b)
  end &b
  decl &d
  call @T::T(&d)
  call implicit @T::~T(&d)
  end &d
  call implicit @T::~T(&a)
  end &a
  return
)");
}

TEST(Exception, ThrowGoesToTheHandlersOfItsTry) {
  EXPECT_EQ(loweredThrowing(R"(
struct T {
  T() noexcept;
  ~T();
};
void g(int) noexcept;
int f(int c) {
  T a;
  try {
    T b;
    if (c) throw c;
    g(1);
  } catch (int e) {
    g(e);
  } catch (...) {
    return 2;
  }
  return 0;
}
)"),
            R"(
bb0:
  decl &a
  call @T::T(&a)
  decl &b
  call @T::T(&b)
  %0 = load &c
  %1 = ne %0, 0
  branch %1, bb1, bb4
bb1:
  %2 = load &c
  call implicit @T::~T(&b)
  end &b
  throw %2 as "int" to bb2 "int", bb3
bb2:
  decl &e
  havoc &e
  %3 = load &e
  call @g(%3)
  end &e
  jump bb5
bb3:
  call implicit @T::~T(&a)
  end &a
  return 2
bb4:
  call @g(1)
  call implicit @T::~T(&b)
  end &b
  jump bb5
bb5:
  call implicit @T::~T(&a)
  end &a
  return 0
)");
}

TEST(Exception, HandlersAreReachedFromCalls) {
  EXPECT_EQ(loweredThrowing(R"(
struct T {
  ~T();
};
void may();
void log() noexcept;
int f() {
  T a;
  try {
    may();
  } catch (const T &) {
    log();
    return 1;
  }
  return 0;
}
)"),
            R"(
bb0:
  decl &a
  branch undef, bb1, bb2
bb1:
  throw undef as "" to bb4 "c:@S@T"
bb2:
  call @may()
  %0 = threw
  branch %0, bb3, bb6
bb3:
  throw undef to bb4 "c:@S@T" else bb5
bb4:
  decl &1
  havoc &1
  call @log()
  end &1
  call implicit @T::~T(&a)
  end &a
  return 1
bb5:
  call implicit @T::~T(&a)
  end &a
  throw undef
bb6:
  call implicit @T::~T(&a)
  end &a
  return 0
)");
}

TEST(Exception, Rethrow) {
  EXPECT_EQ(loweredThrowing(R"(
struct T {
  ~T();
};
void may();
void f() {
  T a;
  try {
    may();
  } catch (...) {
    T b;
    throw;
  }
}
)"),
            R"(
bb0:
  decl &a
  branch undef, bb1, bb2
bb1:
  throw undef as "" to bb4
bb2:
  call @may()
  %0 = threw
  branch %0, bb3, bb5
bb3:
  throw undef to bb4
bb4:
  decl &b
  call implicit @T::~T(&b)
  end &b
  call implicit @T::~T(&a)
  end &a
  throw undef
bb5:
  call implicit @T::~T(&a)
  end &a
  return
)");
}

TEST(Exception, Coroutines) {
  EXPECT_EQ(loweredThrowing(R"(
#include <coroutine>
struct Task {
  struct promise_type {
    Task get_return_object();
    std::suspend_never initial_suspend();
    std::suspend_never final_suspend() noexcept;
    void return_value(int);
    void unhandled_exception();
  };
};
struct Op {
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  int await_resume();
  ~Op();
};
Op read(int);
int acquire();
void release(int);
Task f() {
  int h = acquire();
  int n = co_await read(h);
  release(h);
  co_return n;
}
)"),
            R"(
bb0:
  decl &__promise
  %0 = call @acquire()
  decl &h
  store &h, %0
  %1 = load &h
  %2 = call @read(%1)
  %3 = await %2
  %4 = call @Op::await_resume(%2)
  decl &n
  store &n, %4
  call implicit @Op::~Op(%2)
  %5 = load &h
  call @release(%5)
  %6 = load &n
  call @Task::promise_type::return_value(&__promise, %6)
  end &n
  end &h
  return
)");
}

TEST(Exception, TryInALoop) {
  EXPECT_EQ(loweredThrowing(R"(
struct T {
  ~T();
};
void may(int);
int f(int n) {
  int failed = 0;
  for (int i = 0; i < n; ++i) {
    try {
      T t;
      may(i);
    } catch (int) {
      ++failed;
      continue;
    }
    if (failed) break;
  }
  return failed;
}
)"),
            R"(
bb0:
  decl &failed
  store &failed, 0
  decl &i
  store &i, 0
  jump bb1
bb1:
  %0 = load &i
  %1 = load &n
  %2 = lt %0, %1
  branch %2, bb2, bb10
bb2:
  branch undef, bb3, bb4
bb3:
  throw undef as "" to bb6 "int"
bb4:
  decl &t
  %3 = load &i
  call @may(%3)
  %4 = threw
  branch %4, bb5, bb8
bb5:
  call implicit @T::~T(&t)
  end &t
  throw undef to bb6 "int" else bb7
bb6:
  decl &3
  havoc &3
  %5 = load &failed
  %6 = add %5, 1
  store &failed, %6
  end &3
  jump bb9
bb7:
  throw undef
bb8:
  call implicit @T::~T(&t)
  end &t
  %7 = load &failed
  %8 = ne %7, 0
  branch %8, bb10, bb9
bb9:
  %9 = load &i
  %10 = add %9, 1
  store &i, %10
  jump bb1
bb10:
  end &i
  %11 = load &failed
  end &failed
  return %11
)");
}

TEST(Exception, CatchByValueDestroysItsCopy) {
  EXPECT_EQ(loweredThrowing(R"(
struct E {
  E(const E &);
  ~E();
  int c;
};
void may();
int f() {
  try {
    may();
  } catch (E e) {
    return e.c;
  }
  return 0;
}
)"),
            R"(
bb0:
  branch undef, bb1, bb2
bb1:
  throw undef as "" to bb4 "c:@S@E"
bb2:
  call @may()
  %0 = threw
  branch %0, bb3, bb6
bb3:
  throw undef to bb4 "c:@S@E" else bb5
bb4:
  decl &e
  havoc &e
  %1 = field &e, "c"
  %2 = load %1
  call implicit @E::~E(&e)
  end &e
  return %2
bb5:
  throw undef
bb6:
  return 0
)");
}

TEST(Exception, CallsThatThrowBranchToTheEndOfTheScopesAroundThem) {
  EXPECT_EQ(loweredThrowing(R"(
struct T {
  T() noexcept;
  ~T();
};
void thrower(int c) {
  if (c) throw 1;
}
void through(int c) { thrower(c); }
void quiet(int c) noexcept { thrower(c); }
void elsewhere();
void f(int c) {
  T a;
  through(c);
  quiet(c);
  elsewhere();
}
)",
                            "f"),
            R"(
bb0:
  decl &a
  call @T::T(&a)
  %0 = load &c
  call @through(%0)
  %1 = threw
  branch %1, bb2, bb1
bb1:
  %2 = load &c
  call @quiet(%2)
  call @elsewhere()
  %3 = threw
  branch %3, bb2, bb3
bb2:
  call implicit @T::~T(&a)
  end &a
  throw undef
bb3:
  call implicit @T::~T(&a)
  end &a
  return
)");
}
