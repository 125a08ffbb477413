#include "tool/RunReport.h"
#include "lib/Join/Join.h"
#include "lib/Ledger/Baseline.h"
#include "lib/Ledger/Collapsed.h"
#include "lib/Ledger/Group.h"
#include "lib/Ledger/Html.h"
#include "lib/Ledger/Json.h"
#include "lib/Ledger/Junit.h"
#include "lib/Ledger/Read.h"
#include "lib/Ledger/Sarif.h"
#include "lib/Ledger/Suppressions.h"
#include "lib/Ledger/Symbolize.h"
#include "lib/Ledger/Text.h"
#include "lib/Ledger/Trace.h"
#include "lib/Report/ReadJson.h"
#include "lib/Support/Files.h"
#include "lib/Support/GlobList.h"
#include "lib/Support/Paths.h"
#include "tool/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include <unistd.h>

namespace handrail::tool {
namespace {

llvm::Expected<std::string> readText(const std::string &Path) {
  if (auto Text = readWholeFile(Path))
    return std::move(*Text);
  return llvm::createStringError("cannot read " + Path);
}

/// What is done with every report of a run.
class Preparation {
public:
  static llvm::Expected<Preparation> create(const RunReportArguments &Arguments) {
    Preparation P;
    auto Kinds = GlobList::create(Arguments.Kinds);
    if (!Kinds)
      return Kinds.takeError();
    P.Kinds = std::move(*Kinds);
    P.DebugDirectories = Arguments.DebugDirectories;
    P.TellsOpenings = Arguments.Openings;
    // A list that takes away first takes away from all.
    P.OtherKinds = Arguments.Kinds.empty() || Arguments.Kinds.front() == '-';
    for (const std::string &Path : Arguments.Suppressions) {
      auto Text = readText(Path);
      if (!Text)
        return Text.takeError();
      auto Rules = ledger::parseSuppressions(*Text, Path);
      if (!Rules)
        return llvm::make_error<PlacedError>(llvm::toString(Rules.takeError()));
      llvm::move(*Rules, std::back_inserter(P.Rules));
    }
    for (const std::string &Path : Arguments.Baselines) {
      auto Text = readText(Path);
      if (!Text)
        return Text.takeError();
      auto Hashes = ledger::parseBaseline(*Text, Path);
      if (!Hashes)
        return Hashes.takeError();
      P.Known.merge(*Hashes);
    }
    return P;
  }

  /// \p R as it is told, but for what the baseline knows.
  ledger::Outcome apply(ledger::Report R) const {
    auto Unwanted = [&](const auto &Each) { return !wants(Each.Kind, Each.Type); };
    std::erase_if(R.Leaks, Unwanted);
    std::erase_if(R.Misuses, Unwanted);
    std::erase_if(R.Openings, [&](const ledger::Opening &O) {
      return !TellsOpenings || !wants(O.Kind, O.Kind);
    });
    std::erase_if(R.History, [&](const ledger::Event &E) { return !wants(E.Kind, E.Kind); });
    keepUsedStacks(R);
    ledger::Outcome Told;
    Told.Notes = ledger::symbolize(R, DebugDirectories);
    dropSurroundings(R);
    beginAtCalls(R);
    Told.Found = ledger::grouped(std::move(R));
    ledger::suppress(Told, Rules, ledger::today());
    return Told;
  }

  void dropKnown(ledger::Outcome &Told) const { ledger::dropKnown(Told, Known); }

private:
  /// A kind or type is asked for by its name, or is not taken away by it.
  bool wants(llvm::StringRef Kind, llvm::StringRef Type) const {
    if (Type.empty())
      Type = Kind;
    bool WantsKind = Kinds.contains(Kind, OtherKinds), WantsType = Kinds.contains(Type, OtherKinds);
    return OtherKinds ? WantsKind && WantsType : WantsKind || WantsType;
  }

  std::vector<std::string> DebugDirectories;
  GlobList Kinds;
  bool OtherKinds = true, TellsOpenings = false;
  std::vector<ledger::Suppression> Rules;
  std::set<std::string> Known;
};

void print(const ledger::Outcome &Told, LedgerFormat Format, const RunReportArguments &Arguments,
           bool ToTerminal, llvm::raw_ostream &OS) {
  switch (Format) {
  case LedgerFormat::Text:
    return printText(
        Told,
        {ToTerminal
             ? wantColor(Arguments.Color, Arguments.ToStandardError ? STDERR_FILENO : STDOUT_FILENO)
             : Arguments.Color == ColorMode::Always,
         currentDirectory()},
        OS);
  case LedgerFormat::Json:
    return printJson(Told, OS);
  case LedgerFormat::JsonLines:
    return printJsonLines(Told, OS);
  case LedgerFormat::Sarif:
    return printSarif(Told, {HANDRAIL_VERSION, currentDirectory()}, OS);
  case LedgerFormat::Junit:
    return printJunit(Told, {/*Color=*/false, currentDirectory()}, OS);
  case LedgerFormat::Trace:
    return printTrace(Told, OS);
  case LedgerFormat::Collapsed:
    return printCollapsed(Told, OS);
  case LedgerFormat::Html:
    return printHtml(Told, OS);
  }
}

std::vector<LedgerFormat> formatsOf(const RunReportArguments &Arguments) {
  if (Arguments.Formats.empty())
    return {LedgerFormat::Text};
  return Arguments.Formats;
}

/// Says how what was left open or misused comes about, as far as the findings in \p Path do.
llvm::Error explain(ledger::Outcome &Told, const std::string &Path) {
  auto Text = readText(Path);
  if (!Text)
    return Text.takeError();
  auto Findings = report::readJson(*Text, Path, currentDirectory());
  if (!Findings)
    return Findings.takeError();
  const Join Joined = joinRuns(*Findings, Told.Found);
  auto Explain = [&](auto &List, const std::vector<Join::Explanation> &By) {
    for (size_t I = 0; I != List.size(); ++I)
      if (By[I])
        List[I].Static = pathOf((*Findings)[By[I]->first], By[I]->second);
  };
  Explain(Told.Found.Leaks, Joined.Leaks);
  Explain(Told.Found.Misuses, Joined.Misuses);
  return llvm::Error::success();
}

} // namespace

llvm::Expected<Outputs> openOutputs(const RunReportArguments &Arguments) {
  return Outputs::create(formatsOf(Arguments).size(), Arguments.Outputs);
}

llvm::Expected<ledger::Report> readRuns(llvm::ArrayRef<std::string> Paths) {
  RunReportArguments Arguments;
  Arguments.Openings = true;
  auto Prepare = Preparation::create(Arguments);
  if (!Prepare)
    return Prepare.takeError();
  std::vector<ledger::Report> Reports;
  for (const std::string &Path : Paths) {
    auto R = ledger::readReport(Path, /*WithOpenings=*/true);
    if (!R)
      return R.takeError();
    Reports.push_back(std::move(*R));
  }
  return Prepare->apply(ledger::merge(std::move(Reports))).Found;
}

llvm::Expected<int> renderReport(ledger::Report R, const RunReportArguments &Arguments,
                                 const Outputs &Where) {
  auto Prepare = Preparation::create(Arguments);
  if (!Prepare)
    return Prepare.takeError();

  ledger::Outcome Told = Prepare->apply(std::move(R));
  if (!Arguments.WriteBaseline.empty())
    if (llvm::Error E = writeAtomically(Arguments.WriteBaseline, ledger::baselineText(Told.Found)))
      return std::move(E);
  Prepare->dropKnown(Told);
  if (!Arguments.Diff.empty()) {
    auto Earlier = ledger::readReport(Arguments.Diff);
    if (!Earlier)
      return Earlier.takeError();
    ledger::Outcome Old = Prepare->apply(std::move(*Earlier));
    Prepare->dropKnown(Old);
    ledger::compare(Told, std::move(Old.Found));
  }
  if (!Arguments.Static.empty())
    if (llvm::Error E = explain(Told, Arguments.Static))
      return std::move(E);
  for (auto [Form, Format] : llvm::enumerate(formatsOf(Arguments))) {
    std::string Text; // written at once, for standard error has no buffer
    llvm::raw_string_ostream OS(Text);
    print(Told, Format, Arguments, Where.isStream(Form), OS);
    if (llvm::Error E =
            Where.write(Form, Text, Arguments.ToStandardError ? llvm::errs() : llvm::outs()))
      return std::move(E);
  }
  bool Nothing = Told.Found.Leaks.empty() && Told.Found.Misuses.empty();
  bool Stale = llvm::any_of(Told.Suppressions, [](const ledger::SuppressionUse &S) {
    return S.State != ledger::SuppressionUse::Used;
  });
  return Nothing && !(Stale && Arguments.StrictSuppressions) ? 0 : Arguments.ErrorExitCode;
}

} // namespace handrail::tool
