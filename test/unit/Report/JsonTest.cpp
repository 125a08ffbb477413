#include "lib/Report/Json.h"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

namespace handrail::report {
namespace {

std::string print(const std::vector<Finding> &Findings, llvm::ArrayRef<ReportError> Errors = {}) {
  std::string Out;
  llvm::raw_string_ostream OS(Out);
  printJson(Findings, Errors, {"1.2.3", "/p"}, OS);
  return Out;
}

TEST(Json, NothingFound) {
  EXPECT_EQ(print({}), R"({
  "version": 1,
  "tool": {
    "name": "handrail",
    "version": "1.2.3"
  },
  "findings": []
}
)");
}

TEST(Json, EveryMemberOfAFinding) {
  Finding F;
  F.Loc = {"/p/src/a.c", 3, 5, 3, 9};
  F.Check = "double-close";
  F.Message = "closed twice";
  F.Function = "f";
  F.Kind = "posix.fd";
  F.Callee = "open";
  F.Fingerprint = "0123456789abcdef0123456789abcdef";
  F.Sev = Severity::Error;
  F.Conf = Confidence::Likely;
  F.Notes.push_back({{"/other/b.h", 1, 2, 0, 0}, "closed here", 1});
  F.Repair = {"take it away", {{"/p/src/a.c", 30, 9, ""}}};
  EXPECT_EQ(print({F}), R"({
  "version": 1,
  "tool": {
    "name": "handrail",
    "version": "1.2.3"
  },
  "findings": [
    {
      "check": "handrail-double-close",
      "origin": "static",
      "severity": "error",
      "confidence": "likely",
      "message": "closed twice",
      "location": {
        "file": "src/a.c",
        "line": 3,
        "column": 5,
        "endLine": 3,
        "endColumn": 9
      },
      "function": "f",
      "kind": "posix.fd",
      "acquiredBy": "open",
      "fingerprint": "0123456789abcdef0123456789abcdef",
      "notes": [
        {
          "message": "closed here",
          "location": {
            "file": "/other/b.h",
            "line": 1,
            "column": 2
          },
          "depth": 1
        }
      ],
      "fix": {
        "description": "take it away",
        "edits": [
          {
            "file": "src/a.c",
            "offset": 30,
            "length": 9,
            "text": ""
          }
        ]
      }
    }
  ]
}
)");
}

TEST(Json, Errors) {
  auto Root = llvm::json::parse(
      print({}, {ReportError{{"/p/a.c", 2, 1, 0, 0}, "expected ';'"},
                 ReportError{{"/p/b.c", 0, 0, 0, 0}, "crashed"}, ReportError{{}, "no place"}}));
  ASSERT_TRUE(bool(Root));
  const llvm::json::Array &Errors = *Root->getAsObject()->getArray("errors");
  ASSERT_EQ(Errors.size(), 3u);
  EXPECT_EQ(Errors[0].getAsObject()->getObject("location")->getInteger("line"), 2);
  EXPECT_EQ(Errors[1].getAsObject()->getObject("location")->get("line"), nullptr);
  EXPECT_EQ(Errors[2].getAsObject()->getObject("location"), nullptr);
}

// Any byte may stand in a path or a message; the output is JSON all the same.
TEST(Json, BrokenBytesAreReplaced) {
  Finding F;
  F.Loc.File = "/p/\xff.c";
  F.Message = "quote \" and \x01";
  auto Root = llvm::json::parse(print({F}));
  ASSERT_TRUE(bool(Root)) << llvm::toString(Root.takeError());
  const llvm::json::Object &Out = *(*Root->getAsObject()->getArray("findings"))[0].getAsObject();
  EXPECT_EQ(Out.getString("message"), "quote \" and \x01");
  EXPECT_EQ(Out.getObject("location")->getString("file"), "\xef\xbf\xbd.c");
}

TEST(Json, SchemaIsJsonAndKnowsTheVersion) {
  auto Schema = llvm::json::parse(jsonSchema());
  ASSERT_TRUE(bool(Schema));
  EXPECT_EQ(
      Schema->getAsObject()->getObject("properties")->getObject("version")->getInteger("const"),
      JsonVersion);
}

} // namespace
} // namespace handrail::report
