//===- Report.cpp - handrail report ------------------------------*- C++ -*-===//
#include "lib/Ledger/Group.h"
#include "lib/Ledger/Json.h"
#include "lib/Ledger/Read.h"
#include "lib/Report/Json.h"
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/RunReport.h"

namespace handrail::tool {

ExitStatus run(const ReportSchemaCommand &Command) {
  llvm::outs() << (Command.Ledger ? ledger::jsonSchema() : report::jsonSchema());
  return Clean;
}

static llvm::Expected<ExitStatus> report(const ReportCommand &Command) {
  if (Command.Files.empty())
    return llvm::createStringError("name the files to report on; see handrail report --help");
  auto Where = openOutputs(Command.Report);
  if (!Where)
    return Where.takeError();
  std::vector<ledger::Report> Reports;
  for (const std::string &Path : Command.Files) {
    auto R = ledger::readReport(Path, Command.Report.Openings);
    if (!R)
      return R.takeError();
    Reports.push_back(std::move(*R));
  }
  auto Status = renderReport(ledger::merge(std::move(Reports)), Command.Report, *Where);
  if (!Status)
    return Status.takeError();
  return ExitStatus(*Status);
}

ExitStatus run(const ReportCommand &Command) { return statusOf(report(Command)); }

} // namespace handrail::tool
