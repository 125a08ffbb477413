//===- AttributeTest.cpp - facts that checks and models read later ---------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Attribute, Handles) {
  Captured C("int a(void) __attribute__((acquire_handle(\"fd\")));\n"
             "int b(int *out __attribute__((acquire_handle(\"fd\"))));\n"
             "void c(int h __attribute__((release_handle(\"fd\"))), int x);\n"
             "void d(int x, int h __attribute__((use_handle(\"fd\"))));\n"
             "void f(void) { int h; b(&h); c(a(), 1); d(1, h); }\n");
  EXPECT_THAT(C.symbol("a").Attributes, ElementsAre("acquire_handle(\"fd\")"));
  EXPECT_THAT(C.symbol("b").Attributes, ElementsAre("param0:acquire_handle(\"fd\")"));
  EXPECT_THAT(C.symbol("c").Attributes, ElementsAre("param0:release_handle(\"fd\")"));
  EXPECT_THAT(C.symbol("d").Attributes, ElementsAre("param1:use_handle(\"fd\")"));
}

TEST(Attribute, Ownership) {
  Captured C("void *a(int) __attribute__((ownership_returns(mine)));\n"
             "void b(int, void *) __attribute__((ownership_takes(mine, 2)));\n"
             "void c(void *) __attribute__((ownership_holds(mine, 1)));\n"
             "void f(void) { b(1, a(2)); c(a(3)); }\n");
  EXPECT_THAT(C.symbol("a").Attributes, ElementsAre("ownership_returns(mine)"));
  EXPECT_THAT(C.symbol("b").Attributes, ElementsAre("ownership_takes(mine, 1)"));
  EXPECT_THAT(C.symbol("c").Attributes, ElementsAre("ownership_holds(mine, 0)"));
}

TEST(Attribute, AnnotationsOnFunctionsParametersAndVariables) {
  Captured C("__attribute__((annotate(\"one\"))) int a(int p __attribute__((annotate(\"two\"))));\n"
             "__attribute__((annotate(\"three\"))) int v;\n"
             "__attribute__((warn_unused_result)) int b(void);\n"
             "int f(void) { return a(v) + b(); }\n");
  EXPECT_THAT(C.symbol("a").Attributes,
              ElementsAre("annotate(\"one\")", "param0:annotate(\"two\")"));
  EXPECT_THAT(C.symbol("v").Attributes, ElementsAre("annotate(\"three\")"));
  EXPECT_THAT(C.symbol("b").Attributes, ElementsAre("warn_unused_result"));
}

TEST(Attribute, DescriptorArgumentsOfGcc) {
  Captured C("int a(int) __attribute__((fd_arg(1)));\n"
             "int b(int, int) __attribute__((__fd_arg_read__(1), fd_arg_write(1 + 1)));\n"
             "#if __has_attribute(fd_arg)\nint c(int n) __attribute__((noescape));\n#endif\n"
             "int f(void) { return a(1) + b(1, 2) + c(3); }\n");
  EXPECT_THAT(C.symbol("a").Attributes, ElementsAre("annotate(\"gcc:fd_arg:1\")"));
  EXPECT_THAT(C.symbol("b").Attributes,
              ElementsAre("annotate(\"gcc:fd_arg:1\")", "annotate(\"gcc:fd_arg:2\")"));
}

TEST(Attribute, DeallocatorsOfGccBelongToTheDeclarationTheyStandIn) {
  Captured C("#define FREED_BY(f, n) __attribute__((__malloc__, __malloc__(f, n)))\n"
             "struct s; void drop(int, struct s *);\n"
             "typedef struct s *(*maker)(void) __attribute__((malloc(drop)));\n"
             "struct s *a(void); FREED_BY(drop, 2) struct s *b(void);\n"
             "struct s *c(void) __attribute__((malloc(drop, 2), nothrow)) FREED_BY(free, 1);\n"
             "void *malloc(unsigned long); struct s *d(int n);\n"
             "void *f(maker m) { d(malloc(3) != 0); a(); b(); return c(); }\n");
  EXPECT_THAT(C.symbol("a").Attributes, IsEmpty());
  EXPECT_THAT(C.symbol("b").Attributes, ElementsAre("annotate(\"gcc:malloc:drop:2\")"));
  EXPECT_THAT(C.symbol("c").Attributes,
              ElementsAre("annotate(\"gcc:malloc:drop:2\")", "annotate(\"gcc:malloc:free:1\")"));
  EXPECT_THAT(C.symbol("d").Attributes, IsEmpty());

  Captured D("namespace n { extern \"C\" { void drop(int *);\n"
             "int *a() __attribute__((malloc(drop))); int *b(); }\n"
             "struct t { static int *c() __attribute__((malloc(drop))); int *d(); }; }\n"
             "void f(n::t x) { n::a(); n::b(); n::t::c(); x.d(); }",
             "t.cpp");
  EXPECT_THAT(D.symbol("n::a").Attributes, ElementsAre("annotate(\"gcc:malloc:drop\")"));
  EXPECT_THAT(D.symbol("n::b").Attributes, IsEmpty());
  EXPECT_THAT(D.symbol("n::t::c").Attributes, ElementsAre("annotate(\"gcc:malloc:drop\")"));
  EXPECT_THAT(D.symbol("n::t::d").Attributes, IsEmpty());
}

TEST(Attribute, LaterDeclarationsAdd) {
  Captured C("int a(void); int f(void) { return a(); } __attribute__((annotate(\"late\"))) int "
             "a(void);\n");
  EXPECT_THAT(C.symbol("a").Attributes, ElementsAre("annotate(\"late\")"));
  EXPECT_THAT(C.symbol("f").Attributes, IsEmpty());
}

TEST(Attribute, NoReturnInEveryDialect) {
  Captured C("__attribute__((noreturn)) void a(void); _Noreturn void b(void);\n"
             "void c(void) __attribute__((analyzer_noreturn)); void d(void);\n"
             "void f(int n) { if (n == 1) a(); if (n == 2) b(); if (n == 3) c(); d(); }\n");
  EXPECT_TRUE(C.symbol("a").NoReturn);
  EXPECT_TRUE(C.symbol("b").NoReturn);
  EXPECT_TRUE(C.symbol("c").NoReturn);
  EXPECT_FALSE(C.symbol("d").NoReturn);
  Captured D("[[noreturn]] void a(); void f() { a(); }", "t.cpp");
  EXPECT_TRUE(D.symbol("a").NoReturn);
}

TEST(Attribute, NoThrow) {
  Captured C(
      "void a() noexcept; void b(); __attribute__((nothrow)) void c(); void f() { a(); b(); c(); }",
      "t.cpp");
  EXPECT_TRUE(C.symbol("a").NoThrow);
  EXPECT_FALSE(C.symbol("b").NoThrow);
  EXPECT_TRUE(C.symbol("c").NoThrow);
}

TEST(Attribute, Visibility) {
  Captured C("__attribute__((visibility(\"default\"))) void a(void) {} void b(void) {}\n"
             "__attribute__((visibility(\"hidden\"))) void c(void) {}\n");
  EXPECT_TRUE(C.symbol("a").Exported);
  EXPECT_FALSE(C.symbol("b").Exported);
  EXPECT_FALSE(C.symbol("c").Exported);
}

TEST(Attribute, SystemFunctionsKnowTheirHeader) {
  Captured C("#include <stdio.h>\nint own(void); int f(void) { return puts(\"x\") + own(); }\n");
  EXPECT_TRUE(C.symbol("puts").System);
  EXPECT_EQ(C.U.str(C.symbol("puts").Header), "/usr/include/stdio.h");
  EXPECT_FALSE(C.symbol("own").System);
  EXPECT_EQ(C.U.str(C.symbol("own").Header), "");
}
