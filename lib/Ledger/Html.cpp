#include "lib/Ledger/Html.h"
#include "lib/Ledger/Json.h"
#include "lib/Ledger/PageScript.inc"   // generated from html/report.js
#include "lib/Ledger/PageStyle.inc"    // generated from html/report.css
#include "lib/Ledger/PageTemplate.inc" // generated from html/report.html
#include "lib/Ledger/Rules.h"
#include "lib/Support/Page.h"
#include "lib/Support/SourceText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include <map>

namespace handrail::ledger {
namespace {

namespace json = llvm::json;

/// The lines around every frame whose file can be read: {"net.cpp": {"88": "…"}}.
std::string sourcesJson(const Report &R) {
  constexpr unsigned Around = 3;
  constexpr size_t LongestLine = 500;
  std::map<std::string, std::map<unsigned, std::string>> Lines;
  SourceCache Sources;
  for (const Stack &S : R.Stacks)
    for (const Frame &F : S.Frames) {
      if (F.File.empty() || !F.Line)
        continue;
      for (unsigned N = F.Line - std::min(F.Line - 1, Around); N <= F.Line + Around; ++N)
        if (auto Line = Sources.line(F.File, N))
          Lines[F.File].try_emplace(N, shown(Line->take_front(LongestLine)).Text);
    }
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  json::OStream J(OS);
  J.object([&] {
    for (const auto &[File, Numbered] : Lines)
      J.attributeObject(json::isUTF8(File) ? File : json::fixUTF8(File), [&] {
        for (const auto &[Number, Line] : Numbered)
          J.attribute(std::to_string(Number), Line);
      });
  });
  J.flush();
  return Text;
}

std::string rulesJson() {
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  json::OStream J(OS);
  J.object([&] {
    for (const Rule &Each : rules())
      J.attributeObject(Each.Id, [&] {
        J.attribute("title", Each.Title);
        J.attribute("help", Each.Help);
      });
  });
  J.flush();
  return Text;
}

std::string title(const Report &R) {
  std::string Command =
      R.Processes.empty() ? "" : shown(llvm::join(R.Processes.front().Command, " ")).Text;
  return htmlEscaped(Command + (Command.empty() ? "" : " – ") + "Handrail");
}

std::string fill(llvm::StringRef Name, const Outcome &Told) {
  if (Name == "TITLE")
    return title(Told.Found);
  if (Name == "STYLE")
    return pageStyle().str() + PageStyle;
  if (Name == "SCRIPT")
    return pageScript().str() + PageScript;
  if (Name == "ALLOWED")
    return allowedScript(pageScript().str() + PageScript);
  if (Name == "SOURCES")
    return jsonInElement(sourcesJson(Told.Found));
  if (Name == "RULES")
    return jsonInElement(rulesJson());
  assert(Name == "REPORT" && "the template asks for something else");
  std::string Document;
  llvm::raw_string_ostream OS(Document);
  printJson(Told, OS, Integers::AsBrowsersRead);
  return jsonInElement(Document);
}

} // namespace

void printHtml(const Outcome &Told, llvm::raw_ostream &OS) {
  printPage(PageTemplate, [&](llvm::StringRef Name) { return fill(Name, Told); }, OS);
}

} // namespace handrail::ledger
