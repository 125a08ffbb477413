#include "lib/Support/Sarif.h"
#include <gtest/gtest.h>

namespace handrail::sarif {
namespace {

TEST(SarifUri, RelativeBelowTheDirectoryAndPercentEncoded) {
  EXPECT_EQ(uri("/p/src/a b.c", "/p"), "src/a%20b.c");
  EXPECT_EQ(uri("/p/a%b#?.c", "/p"), "a%25b%23%3F.c");
  EXPECT_EQ(uri("/p/c:d.c", "/p"), "c%3Ad.c"); // would be a scheme
  EXPECT_EQ(uri("/p/\xff\xc3\xa4.c", "/p"), "%FF%C3%A4.c");
  EXPECT_EQ(uri("/other/a.h", "/p"), "file:///other/a.h");
}

TEST(SarifLastName, OfQualifiedNames) {
  EXPECT_EQ(lastName("f"), "f");
  EXPECT_EQ(lastName("a::B::f"), "f");
  EXPECT_EQ(lastName("a::B<c::D>::f"), "f");
  EXPECT_EQ(lastName("a::f<c::D>"), "f<c::D>");
  EXPECT_EQ(lastName("(anonymous namespace)::f"), "f");
  EXPECT_EQ(lastName("a::B::operator()"), "operator()");
  EXPECT_EQ(lastName("a::B::operator->"), "operator->");
  EXPECT_EQ(lastName("a::B::operator c::D"), "operator c::D");
  EXPECT_EQ(lastName("a::"), "a::");
  EXPECT_EQ(lastName(""), "");
}

} // namespace
} // namespace handrail::sarif
