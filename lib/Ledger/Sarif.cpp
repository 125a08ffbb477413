#include "lib/Ledger/Sarif.h"
#include "lib/Ledger/Rules.h"
#include "lib/Ledger/Text.h"
#include "lib/Support/Paths.h"
#include "lib/Support/Sarif.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace handrail::ledger {
namespace {

class SarifPrinter {
public:
  SarifPrinter(const Outcome &Told, const SarifOptions &Options, llvm::raw_ostream &OS)
      : Told(Told), R(Told.Found), Options(Options), W(Options.WorkingDirectory, OS), J(W.J) {}

  void print() {
    std::vector<sarif::Rule> Rules;
    for (const Rule &Each : rules())
      Rules.push_back({.Id = Each.Id.str(),
                       .Short = sentence(Each.Title),
                       .Full = Each.Help.str(),
                       .Help = Each.Help.str(),
                       .Level = levelOf(Each.Id),
                       .Precision = "very-high", // it was seen to happen
                       .Tags = {"correctness", "reliability", "resource-management"}});
    std::vector<sarif::Notification> Notes;
    for (const std::string &Note : Told.Notes)
      Notes.push_back({"note", Note, {}});
    W.log({.ToolVersion = Options.ToolVersion,
           .Rules = Rules,
           .Notifications = Notes,
           .Results = [this] { results(); }});
  }

private:
  void results() {
    for (const Leak &L : R.Leaks)
      J.object([&] { leak(L, L.Before ? "unchanged" : "new"); });
    for (const Misuse &M : R.Misuses)
      J.object([&] { misuse(M, M.Before ? "unchanged" : "new"); });
    for (const Leak &L : Told.FixedLeaks)
      J.object([&] { leak(L, "absent"); });
    for (const Misuse &M : Told.FixedMisuses)
      J.object([&] { misuse(M, "absent"); });
  }

  static std::string sentence(llvm::StringRef Title) {
    return std::string(1, llvm::toUpper(Title.front())) + Title.drop_front().str() + ".";
  }

  static llvm::StringRef levelOf(llvm::StringRef Rule) {
    return Rule == "leak" ? "warning" : "error";
  }

  void leak(const Leak &L, llvm::StringRef State) {
    std::string Text = "leak of " + countedHandles(L);
    if (!L.Names.empty())
      Text += " (" + L.Names.front().Text + (L.Names.size() > 1 ? " and others)" : ")");
    result("leak", L, Text, State, L.Opened);
    if (L.Opened >= 0)
      J.attributeArray("stacks", [&] { stack(L.Opened, "opened here"); });
  }

  void misuse(const Misuse &M, llvm::StringRef State) {
    result(M.Rule, M, describe(M) + (M.Detail.empty() ? "" : "; " + M.Detail), State,
           M.Steps.empty() ? -1 : M.Steps.front().Stack);
    if (M.Steps.empty())
      return;
    J.attributeArray("stacks", [&] {
      for (const Step &S : M.Steps)
        if (S.Stack >= 0)
          stack(S.Stack, S.Role);
    });
    codeFlow(M);
  }

  template <class T>
  void result(llvm::StringRef RuleId, const T &Group, llvm::StringRef Text, llvm::StringRef State,
              int Stack) {
    J.attribute("ruleId", utf8(RuleId));
    if (const Rule *Known = findRule(RuleId))
      J.attribute("ruleIndex", Known - rules().data());
    J.attribute("level", levelOf(RuleId));
    W.message(Text);
    if (Told.Compared)
      J.attribute("baselineState", State);
    J.attribute("occurrenceCount", int64_t(std::min<uint64_t>(Group.Count, INT32_MAX)));
    J.attributeArray("locations", [&] {
      J.object([&] {
        if (const Frame *F = bestFrame(Stack))
          location(*F);
        else
          W.physicalLocation({binaryOf(Stack, Group.Process)});
      });
    });
    J.attributeObject("partialFingerprints", [&] { J.attribute("handrailStack/v1", Group.Hash); });
    J.attributeObject("properties", [&] {
      for (auto [Name, Value] : {std::pair("kind", &Group.Kind), std::pair("type", &Group.Type),
                                 std::pair("owner", &Group.Owner), std::pair("test", &Group.Test)})
        if (!Value->empty())
          J.attribute(Name, utf8(*Value));
    });
  }

  /// From open to the wrong call, in the order of time.
  void codeFlow(const Misuse &M) {
    std::vector<const Step *> Flow;
    for (const Step &S : llvm::drop_begin(M.Steps))
      if (bestFrame(S.Stack))
        Flow.push_back(&S);
    if (Flow.empty() || !bestFrame(M.Steps.front().Stack))
      return;
    Flow.push_back(&M.Steps.front());
    auto Locations = [&] {
      for (const Step *S : Flow)
        J.object([&] {
          J.attributeObject("location", [&] {
            location(*bestFrame(S->Stack));
            W.message(S->Role);
          });
        });
    };
    J.attributeArray("codeFlows", [&] {
      J.object([&] {
        J.attributeArray("threadFlows",
                         [&] { J.object([&] { J.attributeArray("locations", Locations); }); });
      });
    });
  }

  void stack(int Index, llvm::StringRef Message) {
    J.object([&] {
      W.message(Message);
      J.attributeArray("frames", [&] {
        for (const Frame &F : R.Stacks[Index].Frames)
          J.object([&] {
            J.attributeObject("location", [&] { location(F); });
            if (F.Module >= 0)
              J.attribute("module", utf8(R.Modules[F.Module].Path));
          });
      });
    });
  }

  /// The innermost frame of the user's own code; otherwise the innermost with a file.
  const Frame *bestFrame(int Index) const {
    const Frame *Best = nullptr;
    if (Index >= 0)
      for (const Frame &F : R.Stacks[Index].Frames) {
        bool Own = !F.File.empty() && isBelow(absolutePath(F.File, Options.WorkingDirectory),
                                              Options.WorkingDirectory);
        if (Own)
          return &F;
        if (!Best && !F.File.empty())
          Best = &F;
      }
    return Best;
  }

  /// Where something lies of which no source is known: the innermost module of its stack, or
  /// the program; empty when neither is known.
  std::string binaryOf(int Stack, int Process) const {
    if (Stack >= 0)
      for (const Frame &F : R.Stacks[Stack].Frames)
        if (F.Module >= 0)
          return R.Modules[F.Module].Path;
    if (size_t(Process) < R.Processes.size() && !R.Processes[Process].Command.empty())
      return cleanPath(R.Processes[Process].Command.front());
    return "";
  }

  void location(const Frame &F) {
    if (!F.File.empty())
      W.physicalLocation({F.File, F.Line, F.Column});
    W.logicalLocation(frameName(R, F));
  }

  const Outcome &Told;
  const Report &R;
  const SarifOptions &Options;
  sarif::Writer W;
  llvm::json::OStream &J;
};

} // namespace

void printSarif(const Outcome &Told, const SarifOptions &Options, llvm::raw_ostream &OS) {
  SarifPrinter(Told, Options, OS).print();
  OS << '\n';
}

} // namespace handrail::ledger
