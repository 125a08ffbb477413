#include "lib/Report/Html.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

namespace handrail::report {
namespace {

namespace json = llvm::json;

class Html : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("page", Top));
    ASSERT_FALSE(llvm::sys::fs::create_directories(Top + "/.git"));
    write("a.c", "int f(void)\n{\n\tint ä = open(\"</script>\");\n}\n");
    write("CODEOWNERS", "*.c @c\n");
  }
  void TearDown() override { llvm::sys::fs::remove_directories(Top); }

  std::string path(llvm::StringRef Name) const { return (Top + "/" + Name).str(); }
  void write(llvm::StringRef Name, llvm::StringRef Text) {
    std::error_code Code;
    llvm::raw_fd_ostream(path(Name), Code) << Text;
    ASSERT_FALSE(Code);
  }

  std::string page(llvm::ArrayRef<Finding> Findings, llvm::ArrayRef<ReportError> Errors = {}) {
    static constexpr Rule Rules[] = {
        {"double-close", "closed twice", "# double-close\n\n<b>", Severity::Error, true, true},
        {"missing-close", "never closed", "# missing-close\n", Severity::Warning, true, true}};
    std::string Out;
    llvm::raw_string_ostream OS(Out);
    Report R{Findings, Errors, Rules, "1.2.3", std::string(Top)};
    printHtml(R, OS);
    return Out;
  }

  /// The data in the page; fails when that is no JSON.
  json::Object data(llvm::StringRef Page) {
    llvm::StringRef Data = Page.split("id=\"report\">").second.split("</script>").first;
    auto Parsed = json::parse(Data);
    if (!Parsed) {
      ADD_FAILURE() << llvm::toString(Parsed.takeError());
      return {};
    }
    return *Parsed->getAsObject();
  }

  Finding finding() const {
    Finding F;
    F.Loc = {path("a.c"), 3, 11, 3, 15};
    F.Check = "double-close";
    F.Message = "closed twice";
    F.Function = "f";
    F.Kind = "posix.fd";
    F.Callee = "open";
    F.Sev = Severity::Error;
    F.Conf = Confidence::Likely;
    F.Fingerprint = "0123";
    F.Notes.push_back({{path("a.c"), 3, 6, 3, 8}, "opened", 1});
    return F;
  }

  llvm::SmallString<128> Top;
};

TEST_F(Html, WhatIsToldOfAFinding) {
  Finding F = finding();
  F.Repair = {"rename it", {{path("a.c"), 4, 1, "g"}}};
  json::Object Data = data(page({F}));
  EXPECT_EQ(Data.getArray("findings")->front(), *json::parse(R"json({
    "check": "double-close", "message": "closed twice",
    "severity": "error", "confidence": "likely", "function": "f", "kind": "posix.fd",
    "callee": "open", "fingerprint": "0123", "at": [0, 3, 9, 3, 13],
    "notes": [[0, 3, 5, 3, 6, 1, "opened"]],
    "fix": {"description": "rename it", "file": "a.c", "lines": [
      ["-", 1, "int f(void)"], ["+", 1, "int g(void)"], [" ", 2, "{"],
      [" ", 3, "\tint ä = open(\"</script>\");"]]}})json"));
  EXPECT_EQ(Data.getArray("files")->front(), *json::parse(R"json({
    "path": "a.c", "owners": ["@c"], "functions": [[1, 2, 4, "f"]],
    "lines": [[1, "int f(void)", "{", "\tint ä = open(\"</script>\");", "}"]]})json"));
  const json::Object *Checks = Data.getObject("checks");
  EXPECT_EQ(Checks->size(), 1u) << "pages of checks that found nothing would be idle";
  EXPECT_EQ(Checks->getObject("double-close")->getString("page"), "# double-close\n\n<b>");
}

TEST_F(Html, EmptyAndErrors) {
  json::Object Data = data(page({}));
  EXPECT_TRUE(Data.getArray("findings")->empty() && Data.getArray("files")->empty());
  ReportError Whole{{}, "no such thing"}, Line{{path("a.c"), 2, 1, 0, 0}, "odd"};
  Data = data(page({}, {Whole, Line}));
  EXPECT_EQ(*Data.get("errors"), *json::parse(R"json([
    {"message": "no such thing", "line": 0},
    {"message": "odd", "file": "a.c", "line": 2}])json"));
}

TEST_F(Html, AnyBytes) {
  std::string All;
  for (int C = 1; C < 256; ++C)
    if (C != '\n')
      All += char(C);
  write("a.c", All + "\n</script><!--\n");
  Finding F = finding();
  F.Loc.Line = 1, F.Loc.Col = 200;
  F.Message = F.Function = F.Kind = F.Callee = F.Notes[0].Message = All;
  F.Notes[0].Loc.File = "/" + All;
  const std::string Page = page({F}, {ReportError{{All, 1, 1, 0, 0}, All}});
  const json::Object Data = data(Page);
  EXPECT_TRUE(json::isUTF8(Page));
  EXPECT_EQ(llvm::StringRef(Page).count("</script>"), 2u);
  EXPECT_EQ(llvm::StringRef(Page).count("<!--"), 0u);
  EXPECT_TRUE(Data.getArray("findings")->front().getAsObject()->getString("message"));
}

TEST_F(Html, NoPartEndsItsElement) {
  const std::string Page = page({});
  EXPECT_EQ(llvm::StringRef(Page).count("</style>"), 1u);
  EXPECT_EQ(llvm::StringRef(Page).count("<script"), 2u);
  EXPECT_EQ(llvm::StringRef(Page).count("@TITLE@"), 0u);
}

TEST_F(Html, SameBytes) {
  const std::vector<Finding> Found{finding()};
  EXPECT_EQ(page(Found), page(Found));
}

} // namespace
} // namespace handrail::report
