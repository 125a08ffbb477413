//===- ExpressionTest.cpp - operands and operators -------------------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(Expression, AddressesAndLoads) {
  EXPECT_EQ(lowered(R"(
struct s {
  int fd;
  struct {
    char *buf;
  } in;
  int table[4];
};
int f(struct s *p, int i) {
  return p->fd + p->table[i] + *p->in.buf;
}
)"),
            R"(
bb0:
  %0 = load &p
  %1 = field %0, "fd"
  %2 = load %1
  %3 = load &p
  %4 = field %3, "table"
  %5 = load &i
  %6 = index %4, %5
  %7 = load %6
  %8 = add %2, %7
  %9 = load &p
  %10 = field %9, "in"
  %11 = field %10, "buf"
  %12 = load %11
  %13 = load %12
  %14 = add %8, %13
  return %14
)");
}

TEST(Expression, ElementZeroIsTheArrayItself) {
  EXPECT_EQ(lowered(R"(
int f(int *p) {
  int a[2] = {1, 2};
  return a[0] + *a + p[0] + a[1] + *(p + 3) + *(p - 1);
}
)"),
            R"(
bb0:
  decl &a
  store &a, 1
  %0 = index &a, 1
  store %0, 2
  %1 = load &a
  %2 = load &a
  %3 = add %1, %2
  %4 = load &p
  %5 = load %4
  %6 = add %3, %5
  %7 = index &a, 1
  %8 = load %7
  %9 = add %6, %8
  %10 = load &p
  %11 = index %10, 3
  %12 = load %11
  %13 = add %9, %12
  %14 = load &p
  %15 = index %14, -1
  %16 = load %15
  %17 = add %13, %16
  end &a
  return %17
)");
}

TEST(Expression, UnionMembersShareOneAddress) {
  EXPECT_EQ(lowered(R"(
union u {
  int fd;
  char *p;
  struct {
    short lo, hi;
  } parts;
};
int f(union u *v) {
  v->p = 0;
  return v->fd + v->parts.hi;
}
)"),
            R"(
bb0:
  %0 = load &v
  store %0, 0
  %1 = load &v
  %2 = load %1
  %3 = load &v
  %4 = field %3, "hi"
  %5 = load %4
  %6 = add %2, %5
  return %6
)");
}

TEST(Expression, AnonymousMembersBelongToTheRecordAround) {
  EXPECT_EQ(lowered(R"(
struct s {
  int tag;
  union {
    int fd;
    char *p;
  };
  struct {
    int x, y;
  };
  union {
    long n;
    void *q;
  };
};
void f(struct s *v) {
  v->fd = 1;
  v->p = 0;
  v->y = 2;
  v->q = 0;
}
)"),
            R"(
bb0:
  %0 = load &v
  %1 = field %0, "fd"
  store %1, 1
  %2 = load &v
  %3 = field %2, "fd"
  store %3, 0
  %4 = load &v
  %5 = field %4, "y"
  store %5, 2
  %6 = load &v
  %7 = field %6, "n"
  store %7, 0
  return
)");
}

TEST(Expression, AssignmentsHaveTheValueAssigned) {
  EXPECT_EQ(lowered(R"(
char *next(void);
int f(void) {
  char *p;
  int n = 0;
  while ((p = next()) != 0) n = n + 1;
  return n;
}
)"),
            R"(
bb0:
  decl &p
  decl &n
  store &n, 0
  jump bb1
bb1:
  %0 = call @next()
  store &p, %0
  %1 = ne unsigned %0, 0
  branch %1, bb2, bb3
bb2:
  %2 = load &n
  %3 = add %2, 1
  store &n, %3
  jump bb1
bb3:
  %4 = load &n
  end &n
  end &p
  return %4
)");
}

TEST(Expression, CompoundAssignmentsAndSteps) {
  EXPECT_EQ(lowered(R"(
int f(int a, char *p, unsigned u) {
  a += 2;
  a <<= 1;
  ++a;
  p++;
  u -= 3;
  return a-- + *--p + (u /= 2);
}
)"),
            R"(
bb0:
  %0 = load &a
  %1 = add %0, 2
  store &a, %1
  %2 = load &a
  %3 = shl %2, 1
  store &a, %3
  %4 = load &a
  %5 = add %4, 1
  store &a, %5
  %6 = load &p
  %7 = index %6, 1
  store &p, %7
  %8 = load &u
  %9 = sub unsigned %8, 3
  store &u, %9
  %10 = load &a
  %11 = sub %10, 1
  store &a, %11
  %12 = load &p
  %13 = index %12, -1
  store &p, %13
  %14 = load %13
  %15 = add %10, %14
  %16 = cast %15 : u32
  %17 = load &u
  %18 = div unsigned %17, 2
  store &u, %18
  %19 = add unsigned %16, %18
  %20 = cast %19 : i32
  return %20
)");
}

TEST(Expression, CommaAndStatementExpressions) {
  EXPECT_EQ(lowered(R"(
int g(int);
int f(int a) {
  int b = (g(1), g(2));
  return ({
    int t = a;
    g(t);
    t + b;
  });
}
)"),
            R"(
bb0:
  %0 = call discarded @g(1)
  %1 = call @g(2)
  decl &b
  store &b, %1
  %2 = load &a
  decl &t
  store &t, %2
  %3 = load &t
  %4 = call discarded @g(%3)
  %5 = load &t
  %6 = load &b
  %7 = add %5, %6
  end &t
  end &b
  return %7
)");
}

TEST(Expression, TheCommonOperandOfElvisIsEvaluatedOnce) {
  EXPECT_EQ(lowered(R"(
int g(void);
int f(int a) {
  return g() ?: a;
}
)"),
            R"(
bb0:
  %0 = call @g()
  branch %0, bb1, bb2
bb1:
  %1 = copy %0
  jump bb3
bb2:
  %2 = load &a
  %1 = copy %2
  jump bb3
bb3:
  return %1
)");
}

TEST(Expression, NestedConditionals) {
  EXPECT_EQ(lowered(R"(
int f(int a, int b, int c) {
  return a ? b : c ? 1 : 2;
}
)"),
            R"(
bb0:
  %0 = load &a
  branch %0, bb1, bb2
bb1:
  %1 = load &b
  %2 = copy %1
  jump bb6
bb2:
  %3 = load &c
  branch %3, bb3, bb4
bb3:
  %4 = copy 1
  jump bb5
bb4:
  %4 = copy 2
  jump bb5
bb5:
  %2 = copy %4
  jump bb6
bb6:
  return %2
)");
}

TEST(Expression, ConditionalsWithoutAValue) {
  EXPECT_EQ(lowered(R"(
void g(int);
void f(int a) {
  a ? g(1) : g(2);
  (void)(a && (g(3), 1));
}
)"),
            R"(
bb0:
  %0 = load &a
  branch %0, bb1, bb2
bb1:
  call @g(1)
  jump bb3
bb2:
  call @g(2)
  jump bb3
bb3:
  %1 = load &a
  branch %1, bb4, bb5
bb4:
  call @g(3)
  jump bb5
bb5:
  return
)");
}

TEST(Expression, GenericSelection) {
  EXPECT_EQ(lowered(R"(
int g(int);
int h(long);
int f(long v) {
  return _Generic(v, int: g, long: h)(v);
}
)"),
            R"(
bb0:
  %0 = load &v
  %1 = call @h(%0)
  return %1
)");
}

TEST(Expression, FunctionNamesAndStrings) {
  EXPECT_EQ(lowered(R"(
void g(const char *, const char *);
void f(void) {
  g(__func__, "a\n"
              "b");
}
)"),
            R"(
bb0:
  call @g("f", "a\nb")
  return
)");
}

TEST(Expression, ContainerOf) {
  EXPECT_EQ(lowered(R"(
#include <stddef.h>
struct link { struct link *next; };
struct item { int id; struct { int n; struct link link; } in; };
struct item *f(struct link *p) {
  return (struct item *)((char *)p - offsetof(struct item, in.link));
}
)"),
            R"(
bb0:
  %0 = load &p
  %1 = container %0, "link"
  %2 = container %1, "in"
  return %2
)");
  EXPECT_EQ(lowered(R"(
struct item { int id; int link; };
struct item *f(int *p) {
  return (struct item *)((char *)p - (unsigned long)&((struct item *)0)->link);
}
)"),
            R"(
bb0:
  %0 = load &p
  %1 = container %0, "link"
  return %1
)");
  EXPECT_EQ(lowered("char *f(char *p) { return p - sizeof(long); }"), R"(
bb0:
  %0 = load &p
  %1 = index %0, -8
  return %1
)");
}

TEST(Expression, CAtomics) {
  EXPECT_EQ(lowered(R"(
#include <stdatomic.h>
int f(_Atomic int *a, atomic_int *b, int v) {
  int old = atomic_exchange(b, v);
  atomic_store(b, 1);
  *a = 2;
  int expected = 0;
  if (atomic_compare_exchange_strong(b, &expected, v)) return atomic_load(b);
  return old + atomic_fetch_add(a, 1);
}
)"),
            R"(
bb0:
  %0 = load &b
  %1 = load &v
  %2 = load macro %0
  store macro %0, %1
  decl &old
  store macro &old, %2
  %3 = load &b
  store macro %3, 1
  %4 = load &a
  store %4, 2
  decl &expected
  store &expected, 0
  %5 = load &b
  %6 = load &v
  %7 = call macro @__atomic_compare_exchange_n(%5, &expected, %6)
  branch %7, bb1, bb2
bb1:
  %8 = load &b
  %9 = load macro %8
  end &expected
  end &old
  return %9
bb2:
  %10 = load &old
  %11 = load &a
  %12 = load macro %11
  %13 = add macro %12, 1
  store macro %11, %13
  %14 = add %10, %12
  end &expected
  end &old
  return %14
)");
}

TEST(Expression, GnuAtomics) {
  EXPECT_EQ(lowered(R"(
void *f(void **slot, void *p, int *n) {
  __atomic_store_n(slot, p, __ATOMIC_RELEASE);
  __sync_fetch_and_add(n, 1);
  if (__sync_bool_compare_and_swap(slot, p, 0)) return 0;
  return __atomic_exchange_n(slot, p, __ATOMIC_SEQ_CST);
}
)"),
            R"(
bb0:
  %0 = load &slot
  %1 = load &p
  store %0, %1
  %2 = load &n
  %3 = load %2
  %4 = add %3, 1
  store %2, %4
  %5 = load &slot
  %6 = load &p
  %7 = call @__sync_bool_compare_and_swap_8(%5, %6, 0)
  branch %7, bb1, bb2
bb1:
  return 0
bb2:
  %8 = load &slot
  %9 = load &p
  %10 = load %8
  store %8, %9
  return %10
)");
}

TEST(Expression, Assembler) {
  EXPECT_EQ(lowered(R"(
int f(char *p, int n) {
  int out;
  __asm__ volatile("foo %0, %1" : "=r"(out), "+m"(*p) : "r"(p), "r"(n) : "memory");
  return out;
}
)"),
            R"(
bb0:
  decl &out
  %0 = load &p
  %1 = load &p
  %2 = load &n
  escape %1, %2
  havoc &out
  havoc %0
  %3 = load &out
  end &out
  return %3
)");
}

TEST(Expression, VariadicArguments) {
  EXPECT_EQ(lowered(R"(
#include <stdarg.h>
int f(int n, ...) {
  va_list ap;
  va_start(ap, n);
  char *p = va_arg(ap, char *);
  int fd = va_arg(ap, int);
  va_end(ap);
  return p ? fd : -1;
}
)"),
            R"(
bb0:
  decl &ap
  %0 = copy macro undef
  decl &p
  store macro &p, %0
  %1 = copy macro undef
  decl &fd
  store macro &fd, %1
  %2 = load &p
  branch %2, bb1, bb2
bb1:
  %3 = load &fd
  %4 = copy %3
  jump bb3
bb2:
  %4 = copy -1
  jump bb3
bb3:
  end &fd
  end &p
  end &ap
  return %4
)");
}

TEST(Expression, StructCopies) {
  EXPECT_EQ(lowered(R"(
struct s {
  int fd;
  char name[8];
};
struct s make(void);
void take(struct s);
int f(struct s *p) {
  struct s a = *p, b = make();
  a = b;
  *p = a;
  take(a);
  return make().fd;
}
)"),
            R"(
bb0:
  %0 = load &p
  decl &a
  copymem &a, %0
  %1 = call @make()
  decl &b
  copymem &b, %1
  copymem &a, &b
  %2 = load &p
  copymem %2, &a
  call @take(&a)
  %3 = call @make()
  %4 = field %3, "fd"
  %5 = load %4
  end &b
  end &a
  return %5
)");
}
