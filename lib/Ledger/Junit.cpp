#include "lib/Ledger/Junit.h"
#include "lib/Ledger/Rules.h"
#include "lib/Support/SourceText.h"
#include <map>

namespace handrail::ledger {
namespace {

/// \p Text for an attribute or for text; line ends stay.
std::string xml(llvm::StringRef Text) {
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
      Result += '\n';
    Text = Rest;
  }
  return Result;
}

struct Failure {
  std::string Type, Message, Text;
};

} // namespace

void printJunit(const Outcome &Told, const TextOptions &Options, llvm::raw_ostream &OS) {
  const Report &R = Told.Found;
  std::map<std::string, std::vector<Failure>> Cases;
  Cases[""]; // outside of tests
  for (const Leak &L : R.Leaks)
    Cases[L.Test].push_back({"leak", "leak of " + countedHandles(L), leakText(Told, L, Options)});
  for (const Misuse &M : R.Misuses)
    Cases[M.Test].push_back({M.Rule, describe(M), misuseText(Told, M, Options)});

  size_t Failed = 0;
  for (const auto &[Test, Failures] : Cases)
    Failed += !Failures.empty();
  OS << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
     << "<testsuite name=\"handrail\" tests=\"" << Cases.size() << "\" failures=\"" << Failed
     << "\">\n";
  for (const auto &[Test, Failures] : Cases) {
    auto [Suite, Name] = llvm::StringRef(Test).rsplit('.');
    OS << "<testcase classname=\"" << xml("handrail" + (Name.empty() ? "" : "." + Suite.str()))
       << "\" name=\""
       << xml(Test.empty()   ? "outside of tests"
              : Name.empty() ? Suite
                             : Name)
       << "\"";
    if (Failures.empty()) {
      OS << "/>\n";
      continue;
    }
    OS << ">\n";
    for (const Failure &F : Failures)
      OS << "<failure type=\"" << xml(F.Type) << "\" message=\"" << xml(F.Message) << "\">"
         << xml(F.Text) << "</failure>\n";
    OS << "</testcase>\n";
  }
  OS << "</testsuite>\n</testsuites>\n";
}

} // namespace handrail::ledger
