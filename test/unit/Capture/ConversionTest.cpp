//===- ConversionTest.cpp - constants, casts, truth values -----------------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

TEST(Conversion, ConstantsAreFolded) {
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

TEST(Conversion, UnevaluatedOperandsProduceNothing) {
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

TEST(Conversion, ConversionsThatMayLoseAreCasts) {
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

TEST(Conversion, PointersAndIntegers) {
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

TEST(Conversion, Truth) {
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

TEST(Conversion, ComparisonsKnowTheirSign) {
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

TEST(Conversion, ConstantsOfFloatsAreUnknown) {
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

TEST(Conversion, BitFieldsKeepTheirWidth) {
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
