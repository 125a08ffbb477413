#include "lib/Report/Formats.h"
#include "lib/Report/GithubAnnotations.h"
#include "lib/Report/GitlabCodeQuality.h"
#include "lib/Report/Html.h"
#include "lib/Report/Json.h"
#include "lib/Report/Junit.h"
#include "lib/Report/Sarif.h"
#include "lib/Report/Text.h"

namespace handrail::report {

using Notices = std::vector<std::string>;

static Notices writeText(const Report &R, llvm::raw_ostream &OS) {
  printText(R.Findings, {R.Color, /*Snippets=*/true, R.WorkingDirectory}, OS);
  return {};
}

static Notices writeJson(const Report &R, llvm::raw_ostream &OS) {
  printJson(R.Findings, R.Errors, {R.ToolVersion, R.WorkingDirectory}, OS);
  return {};
}

static Notices writeSarif(const Report &R, llvm::raw_ostream &OS) { return printSarif(R, OS); }

static Notices writeGitlab(const Report &R, llvm::raw_ostream &OS) {
  printGitlabCodeQuality(R, OS);
  return {};
}

static Notices writeJunit(const Report &R, llvm::raw_ostream &OS) {
  printJunit(R, OS);
  return {};
}

static Notices writeGithub(const Report &R, llvm::raw_ostream &OS) {
  printGithubAnnotations(R, OS);
  return {};
}

static Notices writeHtml(const Report &R, llvm::raw_ostream &OS) {
  printHtml(R, OS);
  return {};
}

llvm::ArrayRef<Format> formats() {
  static constexpr Format All[] = {
      {"text", writeText},     {"json", writeJson},   {"sarif", writeSarif},
      {"gitlab", writeGitlab}, {"junit", writeJunit}, {"github", writeGithub},
      {"html", writeHtml},
  };
  return All;
}

} // namespace handrail::report
