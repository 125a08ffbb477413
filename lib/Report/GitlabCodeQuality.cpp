#include "lib/Report/GitlabCodeQuality.h"
#include "lib/Support/Digest.h"
#include "lib/Support/Paths.h"
#include "lib/Support/SourceText.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/JSON.h"
#include <map>

namespace handrail::report {
namespace {

llvm::StringRef gitlabSeverity(const Finding &F) {
  switch (F.Sev) {
  case Severity::Note:
    return "info";
  case Severity::Warning:
    return F.Conf == Confidence::Possible ? "minor" : "major";
  case Severity::Error:
    return "critical";
  }
  llvm_unreachable("all severities mapped");
}

class GitlabPrinter {
public:
  GitlabPrinter(const Report &R, llvm::raw_ostream &OS) : R(R), J(OS, /*IndentSize=*/1) {}

  void print() {
    J.array([&] {
      for (const Finding &F : R.Findings)
        issue("handrail-" + F.Check, F.Message, F.Fingerprint, gitlabSeverity(F), F.Loc);
      for (const ReportError &E : R.Errors)
        issue("handrail-not-analysed", E.Message, "", "info", E.Loc);
    });
    J.flush();
  }

private:
  void issue(llvm::StringRef Check, llvm::StringRef Message, llvm::StringRef Fingerprint,
             llvm::StringRef Level, const Location &Loc) {
    const std::string Path = displayPath(Loc.File, R.WorkingDirectory);
    J.object([&] {
      J.attribute("description", utf8(Message));
      J.attribute("check_name", utf8(Check));
      J.attribute("fingerprint",
                  unique(Fingerprint.empty() ? Digest().add(Check).add(Path).add(Message).hex()
                                             : Fingerprint.str()));
      J.attribute("severity", Level);
      J.attributeObject("location", [&] {
        J.attribute("path", utf8(Path));
        J.attributeObject("lines", [&] {
          J.attribute("begin", std::max(Loc.Line, 1u)); // a member that GitLab insists on
          if (Loc.EndLine > Loc.Line)
            J.attribute("end", Loc.EndLine);
        });
      });
    });
  }

  std::string unique(std::string Fingerprint) {
    const unsigned N = ++Seen[Fingerprint];
    return N == 1 ? Fingerprint : Digest().add(Fingerprint).add(N).hex();
  }

  const Report &R;
  llvm::json::OStream J;
  std::map<std::string, unsigned> Seen;
};

} // namespace

void printGitlabCodeQuality(const Report &R, llvm::raw_ostream &OS) {
  GitlabPrinter(R, OS).print();
  OS << '\n';
}

} // namespace handrail::report
