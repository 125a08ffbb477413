#include "lib/Ledger/Json.h"
#include "LedgerTesting.h"
#include "lib/Ledger/JsonScanner.h"
#include "llvm/Support/JSON.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace handrail::ledger;

namespace {

/// The one text in \p Json; the error in angle brackets when there is none.
std::string textIn(llvm::StringRef Json) {
  JsonScanner Scan(Json);
  std::string Text;
  if (!Scan.text(Text))
    return "<" + Scan.error() + ">";
  return Scan.atEnd() ? Text : "<more>";
}

std::string errorOf(llvm::StringRef Json) {
  auto R = parseJson(Json, "f");
  return R ? "" : llvm::toString(R.takeError());
}

constexpr llvm::StringLiteral Head = "{\"format\":\"handrail-ledger\",\"version\":1";

} // namespace

TEST(JsonScanner, Texts) {
  EXPECT_EQ(textIn(R"( "a" )"), "a");
  EXPECT_EQ(textIn(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(textIn(R"("\u0041\u00e4\u20ac")"), "A\u00e4\u20ac");
  EXPECT_EQ(textIn(R"("\ud83d\ude00")"), "\U0001F600");
  EXPECT_EQ(textIn(R"("\ud83dx\ude00")"), "\uFFFDx\uFFFD");
  EXPECT_EQ(textIn(R"("\ud83d\u0041")"), "\uFFFDA");
  EXPECT_EQ(textIn("\"a\xff\""), "a\uFFFD");
  EXPECT_EQ(textIn(R"("\x")"), "<1:3: there is no such escape>");
  EXPECT_EQ(textIn(R"("\u12g4")"), "<1:3: expected four hexadecimal digits>");
  EXPECT_EQ(textIn("\n \"a"), "<2:2: the closing quote is missing>");
  EXPECT_EQ(textIn("\"a\\"), "<1:4: there is no such escape>");
  EXPECT_EQ(textIn("1"), "<>");
}

TEST(JsonScanner, Numbers) {
  auto Unsigned = [](const char *Json) {
    std::uint64_t Number = 0;
    return JsonScanner(Json).integer(Number) ? Number : 4711;
  };
  EXPECT_EQ(Unsigned("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(Unsigned("18446744073709551616"), 4711u);
  EXPECT_EQ(Unsigned("-1"), 4711u);
  EXPECT_EQ(Unsigned("1.5"), 4711u);
  EXPECT_EQ(Unsigned("1e3"), 4711u);
  EXPECT_EQ(Unsigned("\"1\""), 4711u);
  EXPECT_EQ(Unsigned(""), 4711u);
  std::int64_t Number = 0;
  EXPECT_TRUE(JsonScanner("-9223372036854775808").integer(Number));
  EXPECT_EQ(Number, INT64_MIN);
}

TEST(JsonScanner, SkipsWhatIsNotKnown) {
  for (const char *Json :
       {"{\"a\": [1, {\"b\": \"]\"}], \"c\": null}", "[]", "-1.5e7", "true", "\"\\\"\""}) {
    JsonScanner Scan(Json);
    Scan.skip();
    EXPECT_TRUE(Scan.atEnd()) << Json << ": " << Scan.error();
  }
  for (const char *Json : {"[", "{\"a\"", "", "]", ","}) {
    JsonScanner Scan(Json);
    Scan.skip();
    EXPECT_TRUE(Scan.failed()) << Json;
  }
}

TEST(Json, SyntaxErrorsTellThePlace) {
  EXPECT_EQ(errorOf((Head + " \"leaks\": []}").str()), "f:1:41: expected ',' or '}'");
  EXPECT_EQ(errorOf((Head + ",\n\"leaks\" []}").str()), "f:2:9: expected ':'");
  EXPECT_EQ(errorOf((Head + ",\n7}").str()), "f:2:1: expected the name of a member");
  EXPECT_EQ(errorOf((Head + ",\n").str()), "f:2:1: the text ends here");
  EXPECT_EQ(errorOf((Head + "} x").str()), "f:1:42: expected the end of the text");
  EXPECT_EQ(errorOf((Head + ",\"frames\":[{\"inlined\":1}]}").str()),
            "f:1:62: frames[0].inlined: expected true or false");
  EXPECT_EQ(errorOf((Head + ",\"leaks\":[{\"samples\":[[1]]}]}").str()),
            "f:1:65: leaks[0].samples[0]: expected an array of two numbers");
  EXPECT_EQ(errorOf("[1]"), "f: not a document of the format handrail-ledger");
}

TEST(Json, EveryPrefixOfADocumentIsRejected) {
  TestReport R;
  Leak &L = R.leak("file", R.stack({"open_log"}), 2);
  L.Names = {{"a\"\n\\", 2}};
  L.Samples = {{1, 2}};
  L.Inherited = true;
  R.misuse("double-close", 0).Value = UINT64_MAX;
  R.Processes[0].End = Ending::Killed;
  Outcome Told;
  Told.Found = R;
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  printJson(Told, OS);
  llvm::StringRef Document = llvm::StringRef(Text).rtrim();
  for (size_t Size = 0; Size < Document.size(); ++Size)
    EXPECT_NE(errorOf(Document.take_front(Size)), "") << Document.take_front(Size).str();

  auto Again = parseJson(Document, "f");
  ASSERT_TRUE(bool(Again));
  EXPECT_EQ(Again->Stacks, R.Stacks);
  EXPECT_EQ(Again->Modules, R.Modules);
  ASSERT_EQ(Again->Leaks.size(), 1u);
  EXPECT_EQ(Again->Leaks[0].Names[0].Text, "a\"\n\\");
  EXPECT_EQ(Again->Leaks[0].Samples, L.Samples);
  EXPECT_TRUE(Again->Leaks[0].Inherited);
  EXPECT_EQ(Again->Misuses[0].Value, UINT64_MAX);
  EXPECT_EQ(Again->Processes[0].End, Ending::Killed);
  // LLVM's parser agrees that it is JSON.
  auto Value = llvm::json::parse(Document);
  EXPECT_TRUE(bool(Value));
}

TEST(Json, BrowsersGetLargeNumbersAsTexts) {
  TestReport R;
  R.leak("connection", -1).Values = {(1ull << 53) - 1, 1ull << 53};
  Outcome Told;
  Told.Found = R;
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  printJson(Told, OS, Integers::AsBrowsersRead);
  EXPECT_THAT(Text, testing::HasSubstr("\"values\":[9007199254740991,\"9007199254740992\"]"));
}
