#include "lib/Support/Junit.h"
#include <gtest/gtest.h>

namespace handrail {
namespace {

std::string print(std::vector<JunitCase> Cases) {
  std::string Out;
  llvm::raw_string_ostream OS(Out);
  printJunit("s", std::move(Cases), OS);
  llvm::StringRef Inner = Out;
  EXPECT_TRUE(Inner.consume_front("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"));
  EXPECT_TRUE(Inner.consume_back("</testsuite>\n</testsuites>\n"));
  return Inner.str();
}

TEST(Junit, PassedFailedAndNotDone) {
  EXPECT_EQ(print({{"c", "good", "", false, {}},
                   {"c", "bad", "a.c", false, {{"t", "m", "text"}}},
                   {"c", "no", "", true, {{"e", "m", "text"}}}}),
            "<testsuite name=\"s\" tests=\"3\" failures=\"1\" errors=\"1\">\n"
            "<testcase classname=\"c\" name=\"good\"/>\n"
            "<testcase classname=\"c\" name=\"bad\" file=\"a.c\">\n"
            "<failure type=\"t\" message=\"m\">text</failure>\n</testcase>\n"
            "<testcase classname=\"c\" name=\"no\">\n"
            "<error type=\"e\" message=\"m\">text</error>\n</testcase>\n");
}

// Readers look at one failure of a case.
TEST(Junit, SeveralFailuresAreOneElement) {
  EXPECT_EQ(print({{"c", "n", "", false, {{"t", "one", "1\n"}, {"u", "two", "2"}}}}),
            "<testsuite name=\"s\" tests=\"1\" failures=\"1\" errors=\"0\">\n"
            "<testcase classname=\"c\" name=\"n\">\n"
            "<failure type=\"t\" message=\"one; two\">1\n\n2</failure>\n</testcase>\n");
}

// Of two with one name, readers take the first.
TEST(Junit, NamesAreUniqueInAClass) {
  EXPECT_EQ(
      print({{"c", "n", "", false, {}}, {"d", "n", "", false, {}}, {"c", "n", "", false, {}}}),
      "<testsuite name=\"s\" tests=\"3\" failures=\"0\" errors=\"0\">\n"
      "<testcase classname=\"c\" name=\"n\"/>\n"
      "<testcase classname=\"d\" name=\"n\"/>\n"
      "<testcase classname=\"c\" name=\"n #2\"/>\n");
}

TEST(Junit, WhatXmlCannotHold) {
  EXPECT_EQ(print({{"<&>", "a\"b\nc", "", false, {{"t", "\x1b[1m", "\xff\x01 <b>\n]]>"}}}}),
            "<testsuite name=\"s\" tests=\"1\" failures=\"1\" errors=\"0\">\n"
            "<testcase classname=\"&lt;&amp;&gt;\" name=\"a&quot;b&#10;c\">\n"
            "<failure type=\"t\" message=\"&lt;1B&gt;[1m\">&lt;FF&gt;&lt;01&gt; &lt;b&gt;\n"
            "]]&gt;</failure>\n</testcase>\n");
}

} // namespace
} // namespace handrail
