#include "lib/Support/Junit.h"
#include "lib/Support/SourceText.h"
#include "llvm/ADT/STLExtras.h"
#include <map>
#include <set>

namespace handrail {
namespace {

/// \p Text as text of an element. XML 1.0 has no way to write most control characters:
/// they are shown as `<1B>`.
std::string xml(llvm::StringRef Text, llvm::StringRef LineEnd = "\n") {
  std::string Result;
  while (!Text.empty()) {
    auto [Line, Rest] = Text.split('\n');
    for (char C : shown(Line).Text)
      switch (C) {
      case '&':
        Result += "&amp;";
        break;
      case '<':
        Result += "&lt;";
        break;
      case '>':
        Result += "&gt;";
        break;
      case '"':
        Result += "&quot;";
        break;
      default:
        Result += C;
      }
    if (Line.size() < Text.size())
      Result += LineEnd;
    Text = Rest;
  }
  return Result;
}

/// Readers make a line end in an attribute a blank, unless it is written as a number.
std::string attribute(llvm::StringRef Name, llvm::StringRef Value) {
  return (" " + Name + "=\"").str() + xml(Value, "&#10;") + "\"";
}

/// All failures of a case as one.
JunitFailure joined(llvm::ArrayRef<JunitFailure> Failures) {
  JunitFailure All = Failures.front();
  for (const JunitFailure &F : Failures.drop_front()) {
    All.Message += "; " + F.Message;
    All.Text += (llvm::StringRef(All.Text).ends_with("\n") ? "\n" : "\n\n") + F.Text;
  }
  return All;
}

} // namespace

void printJunit(llvm::StringRef Suite, std::vector<JunitCase> Cases, llvm::raw_ostream &OS) {
  std::map<std::pair<std::string, std::string>, unsigned> Seen;
  size_t Failed = 0, Errors = 0;
  for (JunitCase &Case : Cases) {
    if (unsigned N = ++Seen[{Case.Class, Case.Name}]; N > 1)
      Case.Name += " #" + std::to_string(N);
    if (!Case.Failures.empty())
      ++(Case.IsError ? Errors : Failed);
  }
  OS << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite"
     << attribute("name", Suite) << attribute("tests", std::to_string(Cases.size()))
     << attribute("failures", std::to_string(Failed)) << attribute("errors", std::to_string(Errors))
     << ">\n";
  for (const JunitCase &Case : Cases) {
    OS << "<testcase" << attribute("classname", Case.Class) << attribute("name", Case.Name);
    if (!Case.File.empty())
      OS << attribute("file", Case.File);
    if (Case.Failures.empty()) {
      OS << "/>\n";
      continue;
    }
    const JunitFailure All = joined(Case.Failures);
    llvm::StringRef Element = Case.IsError ? "error" : "failure";
    OS << ">\n<" << Element << attribute("type", All.Type) << attribute("message", All.Message)
       << '>' << xml(All.Text) << "</" << Element << ">\n</testcase>\n";
  }
  OS << "</testsuite>\n</testsuites>\n";
}

} // namespace handrail
