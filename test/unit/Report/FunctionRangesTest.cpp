#include "lib/Report/FunctionRanges.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

namespace handrail::report {
namespace {

/// `name first-body-last` of each.
std::string functions(llvm::StringRef Text) {
  std::string Result;
  for (const FunctionRange &F : findFunctions(Text))
    Result += llvm::formatv("{0} {1}-{2}-{3}\n", F.Name, F.First, F.Body, F.Last);
  return Result;
}

TEST(FunctionRanges, C) {
  EXPECT_EQ(functions("#include <a.h>\n"
                      "int x = 3;\n"
                      "static const struct entry table[] = {\n  { \"a\", 1 },\n};\n"
                      "struct s { int a; } global;\n"
                      "enum e { A, B };\n"
                      "static int\nf(int a,\n  int b)\n{\n  if (a) { b(); }\n  return 0;\n}\n"
                      "struct s *g(void) { return 0; }\n"
                      "int declared(int);\n"
                      "__attribute__((unused)) void h(void (*cb)(int)) {\n}\n"),
            "f 8-11-14\ng 15-15-15\nh 17-17-18\n");
}

TEST(FunctionRanges, Cpp) {
  EXPECT_EQ(
      functions("namespace a::b {\nextern \"C\" {\nvoid c() {}\n}\n"
                "class K final : public B<int (*)()> {\npublic:\n"
                "  K() : a{1}, b(2), c{{3}} {\n  }\n"
                "  ~K() { }\n"
                "  int get() const noexcept { return a; }\n"
                "  int a{4};\n"
                "  bool operator==(const K &) const = default;\n};\n"
                "auto K::run(int x) -> int {\n  auto l = [&] { return 1; };\n  return l();\n}\n"
                "template <class T> struct [[x(1)]] V { };\n"
                "int def(std::vector<int> v = {1, 2}) {\n}\n"
                "}\n"),
      "c 3-3-3\nK 6-7-8\n~K 9-9-9\nget 10-10-10\nK::run 14-14-17\ndef 19-19-20\n");
}

TEST(FunctionRanges, NamesBesideMacros) {
  EXPECT_EQ(functions("COLD()\nPURE\nstatic char *f(int a) {}\n"
                      "__attribute__((x(1))) int g(int (*cb)(int)) {}\n"
                      "int K::h() const REQUIRES(mu_) {}\n"
                      "K::K(int a) : K(a, 1) {}\n"
                      "auto K::t() const noexcept(true) -> decltype(f(1)) {}\n"
                      "TEST(Suite, Name) {}\n"
                      "bool operator()(int) {}\n"),
            "f 1-3-3\ng 4-4-4\nK::h 5-5-5\nK::K 6-6-6\nK::t 7-7-7\nTEST 8-8-8\noperator 9-9-9\n");
}

TEST(FunctionRanges, CommentsAndLiteralsHaveNoBrackets) {
  EXPECT_EQ(functions("// {\n/* } { */\nchar c = '{', d = '\\'';\n"
                      "void f() {\n  puts(\"}\\\"}\"); // }\n  g(R\"x(}\n})x\", 1'000, '}');\n}\n"
                      "#define BLOCK { \\\n  {\n"
                      "void h() {\n}\n"),
            "f 4-4-8\nh 11-11-12\n");
}

TEST(FunctionRanges, BranchesOfThePreprocessor) {
  EXPECT_EQ(functions("#if A\nint f(void) {\n#else\nint f(int x) {\n#endif\n  return 1;\n}\n"
                      "int g(void) {\n#ifdef B\n  if (b) {\n#else\n  if (c) {\n#endif\n  }\n}\n"
                      "#if A\nint h(void) {\n}\n#else\nint h(int x)\n{\n}\n#endif\n"),
            "f 4-4-7\ng 8-8-15\nh 17-17-18\nh 20-21-22\n");
}

TEST(FunctionRanges, BrokenTexts) {
  for (llvm::StringRef Text : {"", "}", "}}{", "f(", "f() {", "'", "\"", "R\"", "R\"(", "/*", "#",
                               "#if", "#else", "\\", "a:b{", "f() : {", "\xff\xfe{", "{}{}{}"})
    functions(Text);
  EXPECT_EQ(functions("}\nvoid f() {\n}\n"), "f 2-2-3\n");
}

TEST(FunctionRanges, AroundALine) {
  const std::vector<FunctionRange> Found = findFunctions("void f() {\n}\n\nvoid g() {\n}\n");
  EXPECT_EQ(functionAround(Found, 2)->Name, "f");
  EXPECT_EQ(functionAround(Found, 3), nullptr);
  EXPECT_EQ(functionAround(Found, 4)->Name, "g");
  EXPECT_EQ(functionAround(Found, 6), nullptr);
  EXPECT_EQ(functionAround({}, 1), nullptr);
}

} // namespace
} // namespace handrail::report
