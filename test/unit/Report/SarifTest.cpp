#include "lib/Report/Sarif.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

namespace handrail::report {
namespace {

namespace json = llvm::json;

class SarifTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("handrail-sarif", Directory));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(Directory); }

  std::string write(llvm::StringRef Name, llvm::StringRef Text) {
    std::string Path = (Directory + "/" + Name).str();
    std::error_code Code;
    llvm::raw_fd_ostream(Path, Code) << Text;
    EXPECT_FALSE(Code);
    return Path;
  }

  /// The run that is printed for \p Findings.
  const json::Object &print(llvm::ArrayRef<Finding> Findings, SarifLimits Limits = {},
                            llvm::ArrayRef<ReportError> Errors = {}) {
    static const Rule Rules[] = {
        {"double-close", "two closes",
         "# double-close\n\nTwo closes.\n\nThe rest\nof it.\n\nmore\n", Severity::Error},
        {"missing-close", "no close", "# missing-close\n\nNo close.\n\nReported are\n\n- a\n",
         Severity::Warning, /*OnByDefault=*/false, /*TellsPath=*/true}};
    Report R{.Findings = Findings,
             .Errors = Errors,
             .Rules = Rules,
             .ToolVersion = "1.2.3",
             .WorkingDirectory = std::string(Directory),
             .Successful = Errors.empty()};
    std::string Out;
    llvm::raw_string_ostream OS(Out);
    Notices = printSarif(R, OS, Limits);
    auto Parsed = json::parse(Out);
    EXPECT_TRUE(bool(Parsed));
    Log = std::move(*Parsed);
    const json::Array *Runs = Log.getAsObject()->getArray("runs");
    EXPECT_EQ(Runs->size(), 1u);
    return *Runs->front().getAsObject();
  }

  const json::Object &result(const Finding &F, SarifLimits Limits = {}) {
    return *print(F, Limits).getArray("results")->front().getAsObject();
  }

  llvm::SmallString<128> Directory;
  std::vector<std::string> Notices;
  json::Value Log = nullptr;
};

Finding at(Location Loc, llvm::StringRef Check = "missing-close") {
  Finding F;
  F.Loc = std::move(Loc);
  F.Check = Check.str();
  F.Message = "the stream leaks";
  return F;
}

const json::Object &member(const json::Object &O, std::initializer_list<llvm::StringRef> Keys) {
  const json::Object *Inner = &O;
  for (llvm::StringRef Key : Keys) {
    const json::Value *Next = Inner->get(Key);
    if (const json::Array *A = Next->getAsArray())
      Next = &A->front();
    Inner = Next->getAsObject();
  }
  return *Inner;
}

TEST_F(SarifTest, RulesAreThoseOfAllChecks) {
  const json::Object &Run = print({});
  const json::Array &Rules = *member(Run, {"tool", "driver"}).getArray("rules");
  ASSERT_EQ(Rules.size(), 2u);
  const json::Object &First = *Rules[0].getAsObject(), &Second = *Rules[1].getAsObject();
  EXPECT_EQ(First.getString("id"), "handrail-double-close");
  EXPECT_EQ(member(First, {"shortDescription"}).getString("text"), "Two closes.");
  EXPECT_EQ(member(First, {"fullDescription"}).getString("text"), "Two closes. The rest of it.");
  EXPECT_EQ(member(First, {"properties"}).getString("problem.severity"), "error");
  EXPECT_EQ(member(First, {"properties"}).getString("precision"), "high");
  EXPECT_EQ(member(Second, {"fullDescription"}).getString("text"), "No close.");
  EXPECT_TRUE(member(Second, {"help"}).getString("markdown")->starts_with("# missing-close\n"));
  EXPECT_EQ(member(Second, {"defaultConfiguration"}).getBoolean("enabled"), false);
  EXPECT_EQ(Run.getArray("results")->size(), 0u);
}

TEST_F(SarifTest, ColumnsAreUtf16) {
  // Two bytes, four bytes (a pair of units), a broken one.
  std::string File = write("a.c", "\n\u00e4\U0001d11e\xff x = open();\n");
  const json::Object &R = result(at({File, 2, 9, 2, 10}));
  const json::Object &Physical = member(R, {"locations", "physicalLocation"});
  EXPECT_EQ(member(Physical, {"artifactLocation"}).getString("uri"), "a.c");
  EXPECT_EQ(member(Physical, {"artifactLocation"}).getString("uriBaseId"), "%SRCROOT%");
  EXPECT_EQ(member(Physical, {"region"}).getInteger("startColumn"), 6);
  EXPECT_EQ(member(Physical, {"region"}).getInteger("endColumn"), 7);
  EXPECT_EQ(R.getInteger("ruleIndex"), 1);
}

TEST_F(SarifTest, OddPlaces) {
  EXPECT_EQ(
      member(result(at({"", 0, 0, 0, 0})), {"locations", "physicalLocation", "artifactLocation"})
          .getString("uri"),
      ".");
  const json::Object &Whole = result(at({"/other/\xff.h", 0, 0, 0, 0}));
  EXPECT_EQ(member(Whole, {"locations", "physicalLocation", "region"}).getInteger("startLine"), 1);
  EXPECT_EQ(member(Whole, {"locations", "physicalLocation", "region"}).size(), 1u);
  EXPECT_EQ(member(Whole, {"locations", "physicalLocation", "artifactLocation"}).getString("uri"),
            "file:///other/%FF.h");
  // Without the source, and behind the end of a line, columns stay as they are.
  std::string File = write("a.c", "\u00e4\n");
  for (const std::string &Path : {std::string("/none.c"), File}) {
    const json::Object &Region =
        member(result(at({Path, 1, 9, 1, 12})), {"locations", "physicalLocation", "region"});
    EXPECT_EQ(Region.getInteger("startColumn"), 9);
    EXPECT_EQ(Region.getInteger("endColumn"), 12);
  }
}

TEST_F(SarifTest, FingerprintsOfBothKinds) {
  Finding F = at({write("a.c", "x;\ny;\n"), 2, 1, 0, 0});
  F.Fingerprint = "0123";
  const json::Object &Both = member(result(F), {"partialFingerprints"});
  EXPECT_EQ(Both.getString("handrailFingerprint/v1"), "0123");
  EXPECT_EQ(Both.getString("primaryLocationLineHash"), "46d01d31192070e9:1");
  F.Loc.Line = 9; // the file has been changed
  EXPECT_EQ(member(result(F), {"partialFingerprints"}).get("primaryLocationLineHash"), nullptr);
}

TEST_F(SarifTest, APathIsACodeFlowThatEndsAtTheFinding) {
  Finding F = at({"/a.c", 9, 1, 0, 0});
  F.Notes = {{{"/a.c", 1, 1, 0, 0}, "opened", 1},
             {{"/a.c", 2, 1, 0, 0}, "called", 1},
             {{"/a.c", 3, 1, 0, 0}, "assumed", 0}};
  const json::Object &R = result(F);
  EXPECT_EQ(R.get("relatedLocations"), nullptr);
  const json::Array &Steps = *member(R, {"codeFlows", "threadFlows"}).getArray("locations");
  ASSERT_EQ(Steps.size(), 4u);
  std::string Told;
  for (const json::Value &Step : Steps) {
    const json::Object &S = *Step.getAsObject();
    Told += std::to_string(
                *member(S, {"location", "physicalLocation", "region"}).getInteger("startLine")) +
            " " + std::to_string(*S.getInteger("nestingLevel")) + " " +
            S.getString("importance")->str() + "\n";
  }
  EXPECT_EQ(Told, "1 1 essential\n2 1 unimportant\n3 0 important\n9 0 essential\n");
}

TEST_F(SarifTest, OtherNotesAreRelatedLocations) {
  Finding F = at({"/a.c", 9, 1, 0, 0}, "double-close");
  F.Notes = {{{"/a.c", 1, 1, 0, 0}, "declared here", 0}};
  const json::Object &R = result(F);
  EXPECT_EQ(R.get("codeFlows"), nullptr);
  EXPECT_EQ(member(R, {"relatedLocations", "message"}).getString("text"), "declared here");
}

TEST_F(SarifTest, AFixIsARegionOfTheText) {
  std::string File = write("a.c", "int x;\n/*\u00e4*/ f(x);\n");
  Finding F = at({File, 2, 1, 0, 0});
  F.Repair = {"take it away", {{File, 14, 4, "g"}, {File, 18, 0, ""}}};
  const json::Object &R = result(F);
  const json::Array &Edits = *member(R, {"fixes", "artifactChanges"}).getArray("replacements");
  const json::Object &Region = member(*Edits[0].getAsObject(), {"deletedRegion"});
  EXPECT_EQ(Region.getInteger("startLine"), 2);
  EXPECT_EQ(Region.getInteger("startColumn"), 7); // one unit less than bytes
  EXPECT_EQ(Region.getInteger("endLine"), 2);
  EXPECT_EQ(Region.getInteger("endColumn"), 11);
  EXPECT_EQ(member(*Edits[0].getAsObject(), {"insertedContent"}).getString("text"), "g");
  EXPECT_EQ(Edits[1].getAsObject()->get("insertedContent"), nullptr);
  // A file that is not there any more.
  F.Repair->Edits.front().File = "/none.c";
  EXPECT_EQ(member(result(F), {"fixes", "artifactChanges", "replacements", "deletedRegion"})
                .getInteger("byteOffset"),
            14);
}

TEST_F(SarifTest, ErrorsAreNotifications) {
  const json::Object &Run =
      print({}, {}, {ReportError{{"/a.c", 2, 1, 0, 0}, "expected ';'"}, ReportError{{}, "crash"}});
  const json::Object &Invocation = member(Run, {"invocations"});
  EXPECT_EQ(Invocation.getBoolean("executionSuccessful"), false);
  const json::Array &Told = *Invocation.getArray("toolExecutionNotifications");
  ASSERT_EQ(Told.size(), 2u);
  EXPECT_EQ(member(*Told[0].getAsObject(), {"locations", "physicalLocation", "region"})
                .getInteger("startLine"),
            2);
  EXPECT_EQ(Told[1].getAsObject()->get("locations"), nullptr);
  EXPECT_TRUE(Notices.empty()); // they are told elsewhere
}

TEST_F(SarifTest, TheLeastSevereAreLeftOutAndItIsSaid) {
  Finding Warning = at({"/a.c", 1, 1, 0, 0}), Error = at({"/a.c", 3, 1, 0, 0});
  Finding Possible = at({"/a.c", 2, 1, 0, 0});
  Error.Sev = Severity::Error;
  Possible.Conf = Confidence::Possible;
  const json::Object &Run = print({Warning, Possible, Error}, {.Results = 2});
  const json::Array &Results = *Run.getArray("results");
  ASSERT_EQ(Results.size(), 2u);
  EXPECT_EQ(Results[0].getAsObject()->getString("level"), "warning");
  EXPECT_EQ(Results[1].getAsObject()->getString("level"), "error");
  ASSERT_EQ(Notices.size(), 1u);
  EXPECT_TRUE(llvm::StringRef(Notices[0]).starts_with("1 of 3 findings are not in the SARIF file"));
  EXPECT_EQ(member(Run, {"invocations", "toolExecutionNotifications", "message"}).getString("text"),
            Notices[0]);
}

TEST_F(SarifTest, ALongPathKeepsItsEnds) {
  Finding F = at({"/a.c", 9, 1, 0, 0});
  for (uint32_t Line = 1; Line != 9; ++Line)
    F.Notes.push_back({{"/a.c", Line, 1, 0, 0}, "step", 0});
  const json::Object &R = result(F, {.FlowLocations = 3});
  const json::Array &Steps = *member(R, {"codeFlows", "threadFlows"}).getArray("locations");
  ASSERT_EQ(Steps.size(), 3u);
  EXPECT_EQ(member(*Steps[0].getAsObject(), {"location", "physicalLocation", "region"})
                .getInteger("startLine"),
            1);
  EXPECT_EQ(member(*Steps[2].getAsObject(), {"location", "physicalLocation", "region"})
                .getInteger("startLine"),
            9);
  ASSERT_EQ(Notices.size(), 1u);
  EXPECT_TRUE(llvm::StringRef(Notices[0]).starts_with("the paths of 1 findings are not whole"));
}

TEST_F(SarifTest, AFileTooLargeIsMadeSmaller) {
  std::vector<Finding> Findings;
  for (uint32_t N = 0; N != 400; ++N) {
    Findings.push_back(at({"/a" + std::to_string(N * 2654435761u) + ".c", N + 1, 1, 0, 0}));
    Findings.back().Sev = N == 300 ? Severity::Error : Severity::Warning;
  }
  const json::Object &Run = print(Findings, {.CompressedBytes = 4000});
  const json::Array &Results = *Run.getArray("results");
  EXPECT_GT(Results.size(), 10u);
  EXPECT_LT(Results.size(), 400u);
  EXPECT_EQ(Results.back().getAsObject()->getString("level"), "error");
  EXPECT_EQ(Notices.size(), 1u);
  // What does not fit at all does not go on for ever.
  EXPECT_EQ(print(Findings, {.CompressedBytes = 10}).getArray("results")->size(), 0u);
}

} // namespace
} // namespace handrail::report
