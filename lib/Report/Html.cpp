#include "lib/Report/Html.h"
#include "lib/Report/CodeOwners.h"
#include "lib/Report/FindingsData.inc" // these are generated from html/*
#include "lib/Report/FindingsHelp.inc"
#include "lib/Report/FindingsList.inc"
#include "lib/Report/FindingsMain.inc"
#include "lib/Report/FindingsPath.inc"
#include "lib/Report/FindingsSource.inc"
#include "lib/Report/FindingsStyle.inc"
#include "lib/Report/FindingsTemplate.inc"
#include "lib/Report/FixDiff.h"
#include "lib/Report/SourceExcerpts.h"
#include "lib/Support/Page.h"
#include "lib/Support/Paths.h"
#include "lib/Support/SourceText.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

namespace handrail::report {
namespace {

namespace json = llvm::json;

/// Writes the data of the page. What its members mean stands in html/data.js.
class DataPrinter {
public:
  DataPrinter(const Report &R, llvm::raw_ostream &OS)
      : R(R), Owners(CodeOwners::find(R.WorkingDirectory)), J(OS) {
    for (const Finding &F : R.Findings) {
      Sources.add(F.Loc);
      for (const Note &N : F.Notes)
        Sources.add(N.Loc);
      if (F.Repair)
        Sources.add({F.Repair->Edits.front().File});
    }
    Sources.pick();
  }

  void print() {
    J.object([&] {
      text("version", R.ToolVersion);
      text("project", llvm::sys::path::filename(R.WorkingDirectory));
      J.attribute("owned", !Owners.empty());
      J.attributeArray("files", [&] {
        for (const SourceExcerpts::File &F : Sources.files())
          J.object([&] { file(F); });
      });
      J.attributeObject("checks", [&] { checks(); });
      J.attributeArray("findings", [&] {
        for (const Finding &F : R.Findings)
          J.object([&] { finding(F); });
      });
      J.attributeArray("errors", [&] {
        for (const ReportError &E : R.Errors)
          J.object([&] { error(E); });
      });
    });
    J.flush();
  }

private:
  void file(const SourceExcerpts::File &F) {
    text("path", displayPath(F.Path, R.WorkingDirectory));
    J.attributeArray("owners", [&] {
      for (const std::string &Owner : Owners.ownersOf(F.Path))
        J.value(shown(Owner).Text);
    });
    J.attributeArray("functions", [&] {
      for (const FunctionRange &Range : F.Around)
        J.array([&] {
          J.value(Range.First);
          J.value(Range.Body);
          J.value(Range.Last);
          J.value(shown(Range.Name).Text);
        });
    });
    J.attributeArray("lines", [&] { lines(F.Shown); });
  }

  /// Runs of lines: the number of the first, and their texts.
  void lines(const std::map<uint32_t, std::string> &Shown) {
    for (auto It = Shown.begin(); It != Shown.end();)
      J.array([&] {
        uint32_t Next = It->first;
        J.value(Next);
        for (; It != Shown.end() && It->first == Next; ++It, ++Next)
          J.value(It->second);
      });
  }

  /// Those that found something.
  void checks() {
    std::set<llvm::StringRef> Used;
    for (const Finding &F : R.Findings)
      Used.insert(F.Check);
    for (const Rule &C : R.Rules)
      if (Used.contains(C.Check))
        J.attributeObject(C.Check, [&] {
          text("summary", C.Summary);
          J.attribute("page", C.Page);
          J.attribute("path", C.TellsPath);
        });
  }

  void finding(const Finding &F) {
    text("check", F.Check);
    text("message", F.Message);
    J.attribute("severity", severityName(F.Sev));
    J.attribute("confidence", confidenceName(F.Conf));
    text("function", F.Function);
    text("kind", F.Kind);
    text("callee", F.Callee);
    text("fingerprint", F.Fingerprint);
    J.attributeArray("at", [&] { place(F.Loc); });
    J.attributeArray("notes", [&] {
      for (const Note &N : F.Notes)
        J.array([&] {
          place(N.Loc);
          J.value(N.Depth);
          J.value(shown(N.Message).Text);
        });
    });
    if (F.Repair)
      J.attributeObject("fix", [&] { fix(*F.Repair); });
  }

  void place(const Location &Loc) {
    const PagePlace P = Sources.place(Loc);
    for (uint32_t Value : {P.File, P.Line, P.From, P.EndLine, P.To})
      J.value(Value);
  }

  void fix(const Fix &F) {
    const SourceExcerpts::File &File = Sources.file(F.Edits.front().File);
    text("description", F.Description);
    text("file", displayPath(File.Path, R.WorkingDirectory));
    J.attributeArray("lines", [&] {
      for (const DiffLine &L : diffOf(File.Text, F.Edits))
        J.array([&] {
          J.value(std::string(1, " -+"[unsigned(L.What)]));
          J.value(L.Line);
          J.value(pageLine(L.Text).Text);
        });
    });
  }

  void error(const ReportError &E) {
    text("message", E.Message);
    text("file", displayPath(E.Loc.File, R.WorkingDirectory));
    J.attribute("line", E.Loc.Line);
  }

  /// Names and paths come from users' files and may hold any bytes.
  void text(llvm::StringRef Key, llvm::StringRef Value) {
    if (!Value.empty())
      J.attribute(Key, shown(Value).Text);
  }

  const Report &R;
  CodeOwners Owners;
  SourceExcerpts Sources;
  json::OStream J;
};

std::string script() {
  std::string All = pageScript().str();
  for (llvm::StringRef Part : {llvm::StringRef(FindingsData), llvm::StringRef(FindingsSource),
                               llvm::StringRef(FindingsPath), llvm::StringRef(FindingsHelp),
                               llvm::StringRef(FindingsList), llvm::StringRef(FindingsMain)})
    All += Part;
  return All;
}

} // namespace

void printHtml(const Report &R, llvm::raw_ostream &OS) {
  auto Fill = [&](llvm::StringRef Name) -> std::string {
    if (Name == "TITLE") {
      llvm::StringRef Project = llvm::sys::path::filename(R.WorkingDirectory);
      return htmlEscaped(shown(Project).Text + (Project.empty() ? "" : " – ") + "Handrail");
    }
    if (Name == "STYLE")
      return pageStyle().str() + FindingsStyle;
    if (Name == "SCRIPT")
      return script();
    if (Name == "ALLOWED")
      return allowedScript(script());
    assert(Name == "REPORT" && "the template asks for something else");
    std::string Data;
    llvm::raw_string_ostream Into(Data);
    DataPrinter(R, Into).print();
    return jsonInElement(Data);
  };
  printPage(FindingsTemplate, Fill, OS);
}

} // namespace handrail::report
