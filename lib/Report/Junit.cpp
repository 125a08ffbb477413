#include "lib/Report/Junit.h"
#include "lib/Report/Text.h"
#include "lib/Support/Junit.h"
#include "lib/Support/Paths.h"

namespace handrail::report {

void printJunit(const Report &R, llvm::raw_ostream &OS) {
  const TextOptions Options{/*Color=*/false, /*Snippets=*/true, R.WorkingDirectory};
  auto Shown = [&](const Location &Loc) {
    return Loc.File.empty() ? "" : displayPath(Loc.File, R.WorkingDirectory);
  };
  // "src/net.c, in 'listen': what is wrong"
  auto Name = [&](const Location &Loc, llvm::StringRef Function, llvm::StringRef Message) {
    std::string Place = Shown(Loc);
    if (!Function.empty())
      Place += (Place.empty() ? "in '" : ", in '") + Function.str() + "'";
    return Place + (Place.empty() ? "" : ": ") + Message.str();
  };

  std::vector<JunitCase> Cases;
  for (const Finding &F : R.Findings) {
    std::string Text;
    llvm::raw_string_ostream TextOS(Text);
    printText({F}, Options, TextOS);
    const std::string Id = "handrail-" + F.Check;
    Cases.push_back({"handrail." + F.Check,
                     Name(F.Loc, F.Function, F.Message),
                     Shown(F.Loc),
                     /*IsError=*/false,
                     {{Id, F.Message, std::move(Text)}}});
  }
  for (const ReportError &E : R.Errors) {
    std::string Text;
    llvm::raw_string_ostream TextOS(Text);
    printError(E.Loc, E.Message, Options, TextOS);
    Cases.push_back({"handrail",
                     Name(E.Loc, "", E.Message),
                     Shown(E.Loc),
                     /*IsError=*/true,
                     {{"not-analysed", E.Message, std::move(Text)}}});
  }
  if (Cases.empty())
    Cases.push_back({"handrail", "no findings", "", /*IsError=*/false, {}});
  handrail::printJunit("handrail", std::move(Cases), OS);
}

} // namespace handrail::report
