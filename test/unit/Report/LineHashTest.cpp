// The expected numbers are those of the action that uploads SARIF to GitHub.
#include "lib/Report/LineHash.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail::report {
namespace {

using testing::ElementsAre;

TEST(LineHash, TheEndOfAFileIsALine) {
  EXPECT_THAT(lineHashes(""), ElementsAre("c129715d7a2bc9a3:1"));
  EXPECT_THAT(lineHashes("int x;"), ElementsAre("4b8e363018112f95:1"));
}

TEST(LineHash, BlanksAndKindsOfLineEndsDoNotCount) {
  const auto Expected = ElementsAre("2f32c00e6a2c688:1", "d52ea097448eb6f0:1", "5b5d4caf73a13177:1",
                                    "3c5bef55b72b93c9:1", "c129715d7a2bc9a3:1");
  EXPECT_THAT(lineHashes("int  x;\r\n\treturn 0;\r\r\n\n"), Expected);
  EXPECT_THAT(lineHashes("int x;\nreturn0;\n\n\n"), Expected);
}

TEST(LineHash, UnitsOfUtf16) {
  const std::string Line = "/* \u00e4\U0001d11e */ f();\n";
  EXPECT_THAT(lineHashes(Line + Line + Line),
              ElementsAre("3d5cc1921dce2263:1", "34933dc3f399ce23:1", "4e1a134ad1c5c5e3:1",
                          "c129715d7a2bc9a3:1"));
  EXPECT_THAT(lineHashes("f();\n\xff"), testing::IsEmpty());
}

TEST(LineHash, TextThatComesAgainIsNumbered) {
  std::string Text;
  for (int Line = 0; Line != 40; ++Line)
    Text += "f(1);\n";
  const std::vector<std::string> Hashes = lineHashes(Text);
  ASSERT_EQ(Hashes.size(), 41u);
  EXPECT_EQ(Hashes[0], "9a99ab731425ad44:1");
  EXPECT_EQ(Hashes[23], "9a99ab731425ad44:24");
  EXPECT_EQ(Hashes[24], "9a99ab73d9b23433:1"); // the end of the file is in sight
  EXPECT_EQ(Hashes[40], "c129715d7a2bc9a3:1");
}

} // namespace
} // namespace handrail::report
