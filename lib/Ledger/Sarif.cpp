#include "lib/Ledger/Sarif.h"
#include "lib/Ledger/Rules.h"
#include "lib/Ledger/Text.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

namespace handrail::ledger {
namespace {

namespace json = llvm::json;

std::string utf8(llvm::StringRef Text) {
  return json::isUTF8(Text) ? Text.str() : json::fixUTF8(Text);
}

class SarifPrinter {
public:
  SarifPrinter(const Outcome &Told, const SarifOptions &Options, llvm::raw_ostream &OS)
      : Told(Told), R(Told.Found), Options(Options), J(OS, /*IndentSize=*/1) {}

  void print() {
    J.object([&] {
      J.attribute("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
      J.attribute("version", "2.1.0");
      J.attributeArray("runs", [&] { J.object([&] { run(); }); });
    });
    J.flush();
  }

private:
  void run() {
    J.attributeObject("tool", [&] {
      J.attributeObject("driver", [&] {
        J.attribute("name", "handrail");
        J.attribute("version", Options.ToolVersion);
        J.attributeArray("rules", [&] {
          for (const Rule &Each : rules())
            J.object([&] { rule(Each); });
        });
      });
    });
    if (!Told.Notes.empty())
      J.attributeArray("invocations", [&] {
        J.object([&] {
          J.attribute("executionSuccessful", true);
          J.attributeArray("toolExecutionNotifications", [&] {
            for (const std::string &Note : Told.Notes)
              J.object([&] {
                J.attribute("level", "note");
                message(Note);
              });
          });
        });
      });
    J.attributeArray("results", [&] {
      for (const Leak &L : R.Leaks)
        J.object([&] { leak(L, L.Before ? "unchanged" : "new"); });
      for (const Misuse &M : R.Misuses)
        J.object([&] { misuse(M, M.Before ? "unchanged" : "new"); });
      for (const Leak &L : Told.FixedLeaks)
        J.object([&] { leak(L, "absent"); });
      for (const Misuse &M : Told.FixedMisuses)
        J.object([&] { misuse(M, "absent"); });
    });
  }

  void rule(const Rule &Each) {
    J.attribute("id", Each.Id);
    J.attributeObject("shortDescription", [&] { J.attribute("text", Each.Title); });
    J.attributeObject("help", [&] { J.attribute("text", Each.Help); });
    J.attributeObject("defaultConfiguration", [&] { J.attribute("level", levelOf(Each.Id)); });
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
    message(Text);
    if (Told.Compared)
      J.attribute("baselineState", State);
    J.attribute("occurrenceCount", int64_t(std::min<uint64_t>(Group.Count, INT32_MAX)));
    if (const Frame *F = bestFrame(Stack))
      J.attributeArray("locations", [&] { J.object([&] { location(*F); }); });
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
            message(S->Role);
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
      message(Message);
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

  void location(const Frame &F) {
    if (!F.File.empty())
      J.attributeObject("physicalLocation", [&] {
        J.attributeObject("artifactLocation", [&] { J.attribute("uri", uri(F.File)); });
        if (F.Line)
          J.attributeObject("region", [&] {
            J.attribute("startLine", F.Line);
            if (F.Column)
              J.attribute("startColumn", F.Column);
          });
      });
    J.attributeArray("logicalLocations", [&] {
      J.object([&] {
        J.attribute("fullyQualifiedName", utf8(frameName(R, F)));
        J.attribute("kind", "function");
      });
    });
  }

  std::string uri(llvm::StringRef Path) const {
    std::string Shown = displayPath(Path, Options.WorkingDirectory);
    std::string Uri = llvm::StringRef(Shown).starts_with("/") ? "file://" : "";
    for (char C : Shown)
      if (llvm::isAlnum(C) || llvm::StringRef("/-._~+,@").contains(C))
        Uri += C;
      else
        Uri += "%" + llvm::toHex(llvm::StringRef(&C, 1));
    return Uri;
  }

  void message(llvm::StringRef Text) {
    J.attributeObject("message", [&] { J.attribute("text", utf8(Text)); });
  }

  const Outcome &Told;
  const Report &R;
  const SarifOptions &Options;
  json::OStream J;
};

} // namespace

void printSarif(const Outcome &Told, const SarifOptions &Options, llvm::raw_ostream &OS) {
  SarifPrinter(Told, Options, OS).print();
  OS << '\n';
}

} // namespace handrail::ledger
