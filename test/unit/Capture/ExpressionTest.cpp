//===- ExpressionTest.cpp - operands, constants, conversions, operators ----===//
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

TEST(Expression, ConstantsAreFolded) {
  EXPECT_EQ(lowered(R"(
enum { A = 3, B = A << 2 };
#define FLAGS (0x10 | B)
struct s {
  char c;
  long l;
};
void g(long, long, long, void *, long, unsigned);
void f(void) {
  g(FLAGS, sizeof(struct s), __builtin_offsetof(struct s, l), (void *)-1, -(2 + 3) * 4,
    ~0u);
}
)"),
            R"(
bb0:
  call @g(28, 16, 8, -1, -20, 4294967295)
  return
)");
}

TEST(Expression, UnevaluatedOperandsProduceNothing) {
  EXPECT_EQ(lowered(R"(
int g(void);
unsigned long f(void) {
  return sizeof(g()) + _Alignof(int) + (__builtin_constant_p(g) ? 1 : 2);
}
)"),
            R"(
bb0:
  %0 = cast 2 : u64
  %1 = add unsigned 8, %0
  return %1
)");
}

TEST(Expression, ConversionsThatMayLoseAreCasts) {
  EXPECT_EQ(lowered(R"(
long f(int i, unsigned u, long l, char c, _Bool b) {
  long widened = i;
  int narrowed = l;
  unsigned changed = i;
  long zero_extended = u;
  return widened + narrowed + changed + zero_extended + c + b;
}
)"),
            R"(
bb0:
  %0 = load &i
  decl &widened
  store &widened, %0
  %1 = load &l
  %2 = cast %1 : i32
  decl &narrowed
  store &narrowed, %2
  %3 = load &i
  %4 = cast %3 : u32
  decl &changed
  store &changed, %4
  %5 = load &u
  decl &zero_extended
  store &zero_extended, %5
  %6 = load &widened
  %7 = load &narrowed
  %8 = add %6, %7
  %9 = load &changed
  %10 = add %8, %9
  %11 = load &zero_extended
  %12 = add %10, %11
  %13 = load &c
  %14 = add %12, %13
  %15 = load &b
  %16 = add %14, %15
  end &zero_extended
  end &changed
  end &narrowed
  end &widened
  return %16
)");
}

TEST(Expression, PointersAndIntegers) {
  EXPECT_EQ(lowered(R"(
typedef unsigned long uintptr;
struct a {
  int x;
};
struct b {
  int x;
};
void *f(void *p, struct a *q, long n, char *s) {
  uintptr v = (uintptr)p;
  struct b *r = (struct b *)q;
  struct a *t = p;
  unsigned char *same = (unsigned char *)s;
  return v ? (void *)n : (void *)r;
}
)"),
            R"(
bb0:
  %0 = load &p
  %1 = cast ptrtoint %0 : u64
  decl &v
  store &v, %1
  %2 = load &q
  %3 = cast pointer %2 : ptr<rec b
  decl &r
  store &r, %3
  %4 = load &p
  %5 = cast pointer %4 : ptr<rec a
  decl &t
  store &t, %5
  %6 = load &s
  decl &same
  store &same, %6
  %7 = load &v
  branch %7, bb1, bb2
bb1:
  %8 = load &n
  %9 = cast inttoptr %8 : ptr<void
  %10 = copy %9
  jump bb3
bb2:
  %11 = load &r
  %12 = cast pointer %11 : ptr<void
  %10 = copy %12
  jump bb3
bb3:
  end &same
  end &t
  end &r
  end &v
  return %10
)");
}

TEST(Expression, Truth) {
  EXPECT_EQ(lowered(R"(
int f(int i, char *p, _Bool b, double d) {
  _Bool x = i, y = p, z = i == 3, w = b;
  return !p + !!i + x + y + z + w + !d;
}
)"),
            R"(
bb0:
  %0 = load &i
  %1 = ne %0, 0
  decl &x
  store &x, %1
  %2 = load &p
  %3 = ne unsigned %2, 0
  decl &y
  store &y, %3
  %4 = load &i
  %5 = eq %4, 3
  decl &z
  store &z, %5
  %6 = load &b
  decl &w
  store &w, %6
  %7 = load &p
  %8 = not %7
  %9 = load &i
  %10 = ne %9, 0
  %11 = add %8, %10
  %12 = load &x
  %13 = add %11, %12
  %14 = load &y
  %15 = add %13, %14
  %16 = load &z
  %17 = add %15, %16
  %18 = load &w
  %19 = add %17, %18
  %20 = load &d
  %21 = not %20
  %22 = add %19, %21
  end &w
  end &z
  end &y
  end &x
  return %22
)");
}

TEST(Expression, ComparisonsKnowTheirSign) {
  EXPECT_EQ(lowered(R"(
int f(int a, unsigned b, char *p, char *q) {
  return (a < 0) + (b < 3) + (p < q) + (p == 0);
}
)"),
            R"(
bb0:
  %0 = load &a
  %1 = lt %0, 0
  %2 = load &b
  %3 = lt unsigned %2, 3
  %4 = add %1, %3
  %5 = load &p
  %6 = load &q
  %7 = lt unsigned %5, %6
  %8 = add %4, %7
  %9 = load &p
  %10 = eq unsigned %9, 0
  %11 = add %8, %10
  return %11
)");
}

TEST(Expression, ConstantsOfFloatsAreUnknown) {
  EXPECT_EQ(lowered(R"(
int g(double);
int f(double d, float *p) {
  double e = d * 2 + 1;
  *p = 3;
  return g(e) + (int)d + (d < e);
}
)"),
            R"(
bb0:
  %0 = load &d
  %1 = mul %0, undef
  %2 = add %1, undef
  decl &e
  store &e, %2
  %3 = load &p
  store %3, undef
  %4 = load &e
  %5 = call @g(%4)
  %6 = load &d
  %7 = cast %6 : i32
  %8 = add %5, %7
  %9 = load &d
  %10 = load &e
  %11 = lt %9, %10
  %12 = add %8, %11
  end &e
  return %12
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

TEST(Expression, BitFieldsKeepTheirWidth) {
  EXPECT_EQ(lowered(R"(
struct s {
  unsigned a : 3;
  int b : 4;
};
int f(struct s *p, unsigned v) {
  p->a = v;
  p->b = -9;
  return p->a + p->b;
}
)"),
            R"(
bb0:
  %0 = load &v
  %1 = load &p
  %2 = field %1, "a"
  %3 = cast %0 : u3
  store %2, %3
  %4 = load &p
  %5 = field %4, "b"
  store %5, 7
  %6 = load &p
  %7 = field %6, "a"
  %8 = load %7
  %9 = cast %8 : i32
  %10 = load &p
  %11 = field %10, "b"
  %12 = load %11
  %13 = add %9, %12
  return %13
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
  escape macro %6
  havoc macro %5
  havoc macro &expected
  %7 = copy macro undef
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
  havoc %5
  %6 = copy undef
  branch %6, bb1, bb2
bb1:
  return 0
bb2:
  %7 = load &slot
  %8 = load &p
  %9 = load %7
  store %7, %8
  return %9
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
