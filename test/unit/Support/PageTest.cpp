#include "lib/Support/Page.h"
#include <gtest/gtest.h>

namespace handrail {
namespace {

TEST(Page, TheTemplateIsFilled) {
  std::string Out;
  llvm::raw_string_ostream OS(Out);
  printPage("<p>@A@</p>@B@", [](llvm::StringRef Name) { return Name == "A" ? "x@y" : "z"; }, OS);
  EXPECT_EQ(Out, "<p>x@y</p>z");
}

TEST(Page, NothingEndsItsElement) {
  EXPECT_EQ(jsonInElement(R"({"a":"</script><!--"})"), "{\"a\":\"\\u003c/script>\\u003c!--\"}");
  EXPECT_EQ(htmlEscaped("<b>&\"'"), "&lt;b&gt;&amp;&quot;&apos;");
}

TEST(Page, OneScriptIsAllowed) {
  EXPECT_EQ(allowedScript("alert(1)"), "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='");
}

TEST(Page, NoPartEndsItsElement) {
  EXPECT_FALSE(pageStyle().contains("</"));
  EXPECT_FALSE(pageScript().contains("</"));
}

} // namespace
} // namespace handrail
