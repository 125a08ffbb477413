#include "lib/Report/Sarif.h"
#include "lib/Report/LineHash.h"
#include "lib/Support/Sarif.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/ErrorHandling.h"
#include <map>

namespace handrail::report {
namespace {

/// What GitHub takes of a description.
constexpr size_t LongestDescription = 1024;

/// How often findings of this confidence, or a higher one, are right, as GitHub words it.
llvm::StringRef precisionOf(Confidence Conf) {
  switch (Conf) {
  case Confidence::Certain:
    return "very-high";
  case Confidence::Likely:
    return "high";
  case Confidence::Possible:
    return "medium";
  }
  llvm_unreachable("all confidences named");
}

/// What follows the summary on \p Page, as one line; empty when that is no whole paragraph.
std::string secondParagraph(llvm::StringRef Page) {
  llvm::SmallVector<llvm::StringRef, 8> Paragraphs; // the title is the first
  Page.split(Paragraphs, "\n\n", /*MaxSplit=*/3, /*KeepEmpty=*/false);
  if (Paragraphs.size() < 3)
    return "";
  std::string Text = Paragraphs[2].trim().str();
  if (!llvm::StringRef(Text).ends_with("."))
    return ""; // it leads to a list
  std::replace(Text.begin(), Text.end(), '\n', ' ');
  return Text;
}

sarif::Rule sarifRule(const Rule &Each, Confidence MinimumConfidence) {
  std::string Summary = Each.Summary.str();
  if (!Summary.empty())
    Summary.front() = llvm::toUpper(Summary.front());
  Summary += '.';
  std::string Full = secondParagraph(Each.Page);
  return {.Id = ("handrail-" + Each.Check).str(),
          .Short = utf8Prefix(Summary, LongestDescription),
          .Full = utf8Prefix(Full.empty() ? Summary : Summary + " " + Full, LongestDescription),
          .Help = Each.Page.str(),
          .Level = severityName(Each.Sev),
          .OnByDefault = Each.OnByDefault,
          .Precision = precisionOf(MinimumConfidence),
          .Tags = {"correctness", "reliability", "resource-management"}};
}

/// A place of a flow, or one that has to do with the result.
struct Step {
  const Location *Loc;
  llvm::StringRef Message;
  unsigned Nesting;
  llvm::StringRef Importance; ///< of the step in its flow
};

class SarifPrinter {
public:
  SarifPrinter(const Report &R, const SarifLimits &Limits, llvm::raw_ostream &OS)
      : R(R), Limits(Limits), W(R.WorkingDirectory, OS) {}

  /// Writes at most \p Most results; returns what was left out.
  std::vector<std::string> print(size_t Most) {
    const std::vector<const Finding *> Told = choose(Most);
    const size_t Cut = llvm::count_if(Told, [&](const Finding *F) { return isCut(*F); });
    std::vector<std::string> Notices;
    if (Told.size() < R.Findings.size())
      Notices.push_back(std::to_string(R.Findings.size() - Told.size()) + " of " +
                        std::to_string(R.Findings.size()) +
                        " findings are not in the SARIF file, the least severe ones: GitHub code "
                        "scanning takes " +
                        std::to_string(Limits.Results) + " results, and " +
                        std::to_string(Limits.CompressedBytes) +
                        " bytes when compressed; the other formats have all");
    if (Cut)
      Notices.push_back("the paths of " + std::to_string(Cut) +
                        " findings are not whole in the SARIF file: GitHub code scanning takes " +
                        std::to_string(Limits.FlowLocations) + " steps and " +
                        std::to_string(Limits.Locations) +
                        " related locations; the other formats have all");
    std::vector<sarif::Rule> Rules;
    for (const Rule &Each : R.Rules)
      Rules.push_back(sarifRule(Each, R.MinimumConfidence));
    auto Results = [&] {
      for (const Finding *F : Told)
        W.J.object([&] { result(*F); });
    };
    W.log({.ToolVersion = R.ToolVersion,
           .Rules = Rules,
           .Successful = R.Successful,
           .Notifications = notifications(Notices),
           .Results = Results});
    return Notices;
  }

private:
  /// The \p Most worst ones, in the order of the report.
  std::vector<const Finding *> choose(size_t Most) const {
    std::vector<const Finding *> Told = worstFirst(R.Findings);
    Told.resize(std::min(Most, Told.size()));
    llvm::sort(Told); // they are elements of one array
    return Told;
  }

  std::vector<sarif::Notification> notifications(llvm::ArrayRef<std::string> Notices) const {
    std::vector<sarif::Notification> All;
    for (const ReportError &E : R.Errors)
      All.push_back({"error", E.Message, placeOf(E.Loc)});
    for (const std::string &Notice : Notices)
      All.push_back({"warning", Notice, {}});
    return All;
  }

  const Rule *ruleOf(const Finding &F) const {
    auto It = llvm::find_if(R.Rules, [&](const Rule &Each) { return Each.Check == F.Check; });
    return It == R.Rules.end() ? nullptr : &*It;
  }

  bool tellsPath(const Finding &F) const {
    const Rule *Known = ruleOf(F);
    return Known && Known->TellsPath && !F.Notes.empty();
  }

  void result(const Finding &F) {
    W.text("ruleId", "handrail-" + F.Check);
    if (const Rule *Known = ruleOf(F))
      W.J.attribute("ruleIndex", Known - R.Rules.data());
    W.J.attribute("level", severityName(F.Sev));
    W.message(F.Message);
    W.J.attributeArray("locations", [&] {
      W.J.object([&] {
        W.physicalLocation(placeOf(F.Loc));
        if (!F.Function.empty())
          W.logicalLocation(F.Function);
      });
    });
    W.J.attributeObject("partialFingerprints", [&] { fingerprints(F); });
    const std::vector<Step> Steps = stepsOf(F);
    if (tellsPath(F))
      codeFlow(kept(Steps, Limits.FlowLocations));
    else if (!Steps.empty())
      relatedLocations(kept(Steps, Limits.Locations));
    if (F.Repair)
      W.J.attributeArray("fixes", [&] { W.J.object([&] { fix(*F.Repair); }); });
    W.J.attributeObject("properties", [&] {
      W.J.attribute("confidence", confidenceName(F.Conf));
      W.J.attribute("precision", precisionOf(F.Conf));
      if (!F.Kind.empty())
        W.text("kind", F.Kind);
      if (!F.Callee.empty())
        W.text("acquiredBy", F.Callee);
    });
  }

  void fingerprints(const Finding &F) {
    if (!F.Fingerprint.empty())
      W.text("handrailFingerprint/v1", F.Fingerprint);
    auto [It, New] = LineHashes.try_emplace(F.Loc.File);
    if (New)
      if (auto Text = W.sources().text(F.Loc.File))
        It->second = lineHashes(*Text);
    if (F.Loc.Line && F.Loc.Line <= It->second.size())
      W.text("primaryLocationLineHash", It->second[F.Loc.Line - 1]);
  }

  /// The notes that have a place; of a path also the end of it, which is the finding's own.
  /// How a handle came to be and how it was lost is what a reader must see; what happens in
  /// callees can be folded.
  std::vector<Step> stepsOf(const Finding &F) const {
    std::vector<Step> Steps;
    for (const Note &N : F.Notes)
      if (!N.Loc.File.empty())
        Steps.push_back({&N.Loc, N.Message, N.Depth, N.Depth ? "unimportant" : "important"});
    if (Steps.empty() || !tellsPath(F))
      return Steps;
    if (!F.Loc.File.empty())
      Steps.push_back({&F.Loc, F.Message, 0, "important"});
    Steps.front().Importance = Steps.back().Importance = "essential";
    return Steps;
  }

  bool isCut(const Finding &F) const {
    return stepsOf(F).size() > (tellsPath(F) ? Limits.FlowLocations : Limits.Locations);
  }

  /// The two ends of \p Steps when there are more than \p Most.
  static std::vector<Step> kept(std::vector<Step> Steps, size_t Most) {
    if (Steps.size() > Most) {
      const auto Middle = Steps.begin() + ptrdiff_t(Most / 2);
      Steps.erase(Middle, Middle + ptrdiff_t(Steps.size() - Most));
    }
    return Steps;
  }

  void codeFlow(llvm::ArrayRef<Step> Steps) {
    auto Locations = [&] {
      for (const Step &S : Steps)
        W.J.object([&] {
          W.J.attributeObject("location", [&] {
            W.physicalLocation(placeOf(*S.Loc));
            W.message(S.Message);
          });
          W.J.attribute("nestingLevel", S.Nesting);
          W.J.attribute("importance", S.Importance);
        });
    };
    auto Thread = [&] { W.J.attributeArray("locations", Locations); };
    auto Flow = [&] { W.J.attributeArray("threadFlows", [&] { W.J.object(Thread); }); };
    W.J.attributeArray("codeFlows", [&] { W.J.object(Flow); });
  }

  void relatedLocations(llvm::ArrayRef<Step> Steps) {
    W.J.attributeArray("relatedLocations", [&] {
      for (const auto &[Index, S] : llvm::enumerate(Steps))
        W.J.object([&, Index = Index, &S = S] {
          W.J.attribute("id", int64_t(Index));
          W.physicalLocation(placeOf(*S.Loc));
          W.message(S.Message);
        });
    });
  }

  void fix(const Fix &F) {
    W.message(F.Description, "description");
    auto Replacements = [&] {
      for (const TextEdit &E : F.Edits)
        W.J.object([&] {
          W.byteRegion("deletedRegion", E.File, E.Offset, E.Length);
          if (!E.Text.empty())
            W.message(E.Text, "insertedContent");
        });
    };
    W.J.attributeArray("artifactChanges", [&] {
      W.J.object([&] {
        W.artifact(F.Edits.front().File);
        W.J.attributeArray("replacements", Replacements);
      });
    });
  }

  static sarif::Place placeOf(const Location &Loc) {
    return {Loc.File, Loc.Line, Loc.Col, Loc.EndLine, Loc.EndCol};
  }

  const Report &R;
  const SarifLimits &Limits;
  sarif::Writer W;
  std::map<std::string, std::vector<std::string>> LineHashes; ///< by file; none: not to be had
};

/// What \p Text has when it is compressed, or an estimate of that which is too high.
size_t compressedSize(llvm::StringRef Text) {
  if (!llvm::compression::zlib::isAvailable())
    return Text.size() / 4;
  llvm::SmallVector<uint8_t, 0> Bytes;
  llvm::compression::zlib::compress(llvm::arrayRefFromStringRef(Text), Bytes);
  return Bytes.size() + 32; // gzip's frame is some bytes larger
}

} // namespace

std::vector<std::string> printSarif(const Report &R, llvm::raw_ostream &OS,
                                    const SarifLimits &Limits) {
  std::vector<std::string> Notices;
  std::string Text;
  for (size_t Most = std::min(Limits.Results, R.Findings.size());;) {
    Text.clear();
    llvm::raw_string_ostream TextOS(Text);
    Notices = SarifPrinter(R, Limits, TextOS).print(Most);
    // What is small as it is needs no measuring.
    const size_t Size = Text.size() <= Limits.CompressedBytes ? 0 : compressedSize(Text);
    if (Size <= Limits.CompressedBytes || Most == 0)
      break;
    Most = std::min(Most - 1, Most * Limits.CompressedBytes / Size * 9 / 10);
  }
  OS << Text << '\n';
  return Notices;
}

} // namespace handrail::report
