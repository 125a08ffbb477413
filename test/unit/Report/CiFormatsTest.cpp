// GitLab's Code Quality, GitHub's annotations and JUnit.
#include "lib/Report/Formats.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>
#include <set>

namespace handrail::report {
namespace {

std::string print(llvm::StringRef Name, llvm::ArrayRef<Finding> Findings,
                  llvm::ArrayRef<ReportError> Errors = {}) {
  auto It = llvm::find_if(formats(), [&](const Format &F) { return F.Name == Name; });
  EXPECT_NE(It, formats().end());
  std::string Out;
  llvm::raw_string_ostream OS(Out);
  Report R{.Findings = Findings,
           .Errors = Errors,
           .Rules = {},
           .ToolVersion = "1.2.3",
           .WorkingDirectory = "/p"};
  EXPECT_TRUE(It->Write(R, OS).empty());
  return Out;
}

Finding at(Location Loc, Severity Sev = Severity::Warning) {
  Finding F;
  F.Loc = std::move(Loc);
  F.Check = "missing-close";
  F.Message = "the stream leaks";
  F.Sev = Sev;
  F.Fingerprint = "0123456789abcdef0123456789abcdef";
  return F;
}

TEST(Github, PlaceTitleAndNotes) {
  Finding F = at({"/p/src/a.c", 3, 5, 3, 9});
  F.Notes.push_back({{"/p/src/b.h", 7, 1, 0, 0}, "opened here"});
  EXPECT_EQ(print("github", F),
            "::warning file=src/a.c,line=3,endLine=3,col=5,endColumn=9,title=handrail-missing-close"
            "::the stream leaks%0Asrc/b.h:7: opened here\n");
}

TEST(Github, EscapesWhatItsSyntaxUses) {
  Finding F = at({"/p/a,b:c%\n\xff.c", 1, 0, 0, 0});
  F.Message = "100%, really: a::b\r\n";
  EXPECT_EQ(print("github", F), "::warning file=a%2Cb%3Ac%25%0A\xef\xbf\xbd.c,line=1,"
                                "title=handrail-missing-close::100%25, really: a::b%0D%0A\n");
}

TEST(Github, ColumnsOnlyWithinALine) {
  EXPECT_EQ(print("github", at({"/p/a.c", 3, 5, 4, 2})),
            "::warning file=a.c,line=3,endLine=4,title=handrail-missing-close::the stream leaks\n");
  EXPECT_EQ(print("github", at({"", 0, 0, 0, 0})),
            "::warning title=handrail-missing-close::the stream leaks\n");
}

TEST(Github, WorstFirst) {
  Finding Note = at({"/p/a.c", 1, 0, 0, 0}, Severity::Note);
  Finding Likely = at({"/p/a.c", 2, 0, 0, 0}), Certain = at({"/p/a.c", 3, 0, 0, 0});
  Likely.Conf = Confidence::Likely;
  Finding Error = at({"/p/a.c", 4, 0, 0, 0}, Severity::Error);
  const std::string Out = print("github", {Note, Likely, Certain, Error});
  llvm::SmallVector<llvm::StringRef, 4> Lines;
  llvm::StringRef(Out).split(Lines, '\n', -1, /*KeepEmpty=*/false);
  ASSERT_EQ(Lines.size(), 4u);
  EXPECT_TRUE(Lines[0].starts_with("::error file=a.c,line=4,"));
  EXPECT_TRUE(Lines[1].starts_with("::warning file=a.c,line=3,"));
  EXPECT_TRUE(Lines[2].starts_with("::warning file=a.c,line=2,"));
  EXPECT_TRUE(Lines[3].starts_with("::notice file=a.c,line=1,"));
}

TEST(Github, OneAnnotationForEachFileThatFailed) {
  EXPECT_EQ(print("github", {},
                  {{{"/p/a.c", 2, 1, 0, 0}, "first"},
                   {{"/p/a.c", 3, 1, 0, 0}, "second"},
                   {{"/p/b.c", 0, 0, 0, 0}, "crashed"},
                   {{}, "no place"},
                   {{}, "nor here"}}),
            "::error file=a.c,line=2,col=1,title=not analysed::first (1 more errors in this file)\n"
            "::error file=b.c,title=not analysed::crashed\n"
            "::error title=not analysed::no place\n"
            "::error title=not analysed::nor here\n");
  EXPECT_EQ(print("github", {}), "");
}

TEST(Gitlab, NothingFound) { EXPECT_EQ(print("gitlab", {}), "[]\n"); }

TEST(Gitlab, EveryMember) {
  EXPECT_EQ(print("gitlab", at({"/p/src/a.c", 3, 5, 3, 9})), R"([
 {
  "description": "the stream leaks",
  "check_name": "handrail-missing-close",
  "fingerprint": "0123456789abcdef0123456789abcdef",
  "severity": "major",
  "location": {
   "path": "src/a.c",
   "lines": {
    "begin": 3
   }
  }
 }
]
)");
}

TEST(Gitlab, FingerprintsAreUniqueAndStable) {
  const Finding F = at({"/p/a.c", 3, 5, 3, 9});
  Finding None = at({"/p/\xff.c", 0, 0, 0, 0});
  None.Fingerprint.clear();
  const ReportError E{{"/p/a.c", 1, 1, 0, 0}, "expected ';'"};
  const std::string Out = print("gitlab", {F, F, None, None}, {E, E});
  auto Parsed = llvm::json::parse(Out);
  ASSERT_TRUE(bool(Parsed));
  std::set<std::string> Fingerprints;
  for (const llvm::json::Value &Issue : *Parsed->getAsArray()) {
    Fingerprints.insert(Issue.getAsObject()->getString("fingerprint")->str());
    const auto *Lines = Issue.getAsObject()->getObject("location")->getObject("lines");
    EXPECT_GE(*Lines->getInteger("begin"), 1);
  }
  EXPECT_EQ(Fingerprints.size(), 6u);
  EXPECT_TRUE(Fingerprints.contains(F.Fingerprint));
  EXPECT_EQ(print("gitlab", {F, F, None, None}, {E, E}), Out);
}

TEST(Gitlab, Severities) {
  auto SeverityOf = [&](Severity Sev, Confidence Conf) {
    Finding F = at({"/p/a.c", 1, 0, 0, 0}, Sev);
    F.Conf = Conf;
    auto Parsed = llvm::json::parse(print("gitlab", F));
    return (*Parsed->getAsArray())[0].getAsObject()->getString("severity")->str();
  };
  EXPECT_EQ(SeverityOf(Severity::Error, Confidence::Possible), "critical");
  EXPECT_EQ(SeverityOf(Severity::Warning, Confidence::Likely), "major");
  EXPECT_EQ(SeverityOf(Severity::Warning, Confidence::Possible), "minor");
  EXPECT_EQ(SeverityOf(Severity::Note, Confidence::Certain), "info");
}

TEST(JunitReport, ACaseForEachFinding) {
  Finding F = at({"/p/src/a.c", 3, 5, 0, 0});
  F.Function = "ns::f<int>";
  const std::string Out = print("junit", {F, F}, {{{"/p/b.c", 2, 0, 0, 0}, "expected ';'"}});
  EXPECT_EQ(Out, R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="handrail" tests="3" failures="2" errors="1">
<testcase classname="handrail.missing-close" name="src/a.c, in 'ns::f&lt;int&gt;': the stream leaks" file="src/a.c">
<failure type="handrail-missing-close" message="the stream leaks">src/a.c:3:5: warning: the stream leaks [handrail-missing-close]
</failure>
</testcase>
<testcase classname="handrail.missing-close" name="src/a.c, in 'ns::f&lt;int&gt;': the stream leaks #2" file="src/a.c">
<failure type="handrail-missing-close" message="the stream leaks">src/a.c:3:5: warning: the stream leaks [handrail-missing-close]
</failure>
</testcase>
<testcase classname="handrail" name="b.c: expected ';'" file="b.c">
<error type="not-analysed" message="expected ';'">b.c:2: error: expected ';'
</error>
</testcase>
</testsuite>
</testsuites>
)");
}

TEST(JunitReport, OnePassesWhenAllIsWell) {
  EXPECT_NE(print("junit", {})
                .find("tests=\"1\" failures=\"0\" errors=\"0\">\n"
                      "<testcase classname=\"handrail\" name=\"no findings\"/>"),
            std::string::npos);
  EXPECT_NE(print("junit", at({})).find("name=\"the stream leaks\">"), std::string::npos);
}

} // namespace
} // namespace handrail::report
