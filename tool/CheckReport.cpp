#include "tool/CheckReport.h"
#include "checks/Registry.h"
#include "lib/Report/Formats.h"
#include "lib/Support/Paths.h"
#include "tool/Diagnostics.h"
#include <unistd.h>

namespace handrail::tool {

static std::vector<const report::Format *> formatsOf(const CheckCommand &Command) {
  if (Command.Formats.empty())
    return {&report::formats().front()};
  return Command.Formats;
}

llvm::Expected<Outputs> openOutputs(const CheckCommand &Command) {
  return Outputs::create(formatsOf(Command).size(), Command.Outputs);
}

llvm::Error writeReports(const CheckCommand &Command, llvm::ArrayRef<Finding> Findings,
                         llvm::ArrayRef<report::ReportError> Errors, const Outputs &Where) {
  std::vector<report::Rule> Rules;
  for (const CheckInfo &Info : checkInfos())
    Rules.push_back({Info.Id, Info.Summary, checkPage(Info.Id), Info.DefaultSeverity,
                     Info.OnByDefault, Info.TellsPath});
  report::Report R{.Findings = Findings,
                   .Errors = Errors,
                   .Rules = Rules,
                   .ToolVersion = HANDRAIL_VERSION,
                   .WorkingDirectory = currentDirectory(),
                   .MinimumConfidence = Command.Analysis.MinimumConfidence,
                   .Successful = Errors.empty() || Command.KeepGoing};
  for (auto [Form, Format] : llvm::enumerate(formatsOf(Command))) {
    R.Color = Where.isStream(Form) ? wantColor(Command.Color, STDOUT_FILENO)
                                   : Command.Color == ColorMode::Always;
    std::string Text;
    llvm::raw_string_ostream OS(Text);
    for (const std::string &Notice : Format->Write(R, OS))
      llvm::errs() << "handrail: warning: " << Notice << '\n';
    if (llvm::Error E = Where.write(Form, Text, llvm::outs()))
      return E;
  }
  return llvm::Error::success();
}

} // namespace handrail::tool
