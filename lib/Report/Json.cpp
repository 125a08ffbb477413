#include "lib/Report/Json.h"
#include "lib/Report/ReportSchema.inc" // generated from report.schema.json
#include "lib/Support/Paths.h"
#include "llvm/Support/JSON.h"

namespace handrail::report {

namespace {

class JsonPrinter {
public:
  JsonPrinter(const JsonOptions &Options, llvm::raw_ostream &OS)
      : Options(Options), J(OS, /*IndentSize=*/2) {}

  void print(llvm::ArrayRef<Finding> Findings, llvm::ArrayRef<ReportError> Errors) {
    J.object([&] {
      J.attribute("version", JsonVersion);
      J.attributeObject("tool", [&] {
        text("name", "handrail");
        text("version", Options.ToolVersion);
      });
      J.attributeArray("findings", [&] {
        for (const Finding &F : Findings)
          J.object([&] { finding(F); });
      });
      if (!Errors.empty())
        J.attributeArray("errors", [&] {
          for (const ReportError &E : Errors)
            J.object([&] { error(E); });
        });
    });
    J.flush();
  }

private:
  void finding(const Finding &F) {
    text("check", "handrail-" + F.Check);
    text("origin", F.FromRun ? "runtime" : "static");
    text("severity", severityName(F.Sev));
    text("confidence", confidenceName(F.Conf));
    text("message", F.Message);
    location("location", F.Loc);
    optionalText("function", F.Function);
    optionalText("kind", F.Kind);
    optionalText("acquiredBy", F.Callee);
    optionalText("fingerprint", F.Fingerprint);
    J.attributeArray("notes", [&] {
      for (const Note &N : F.Notes)
        J.object([&] {
          text("message", N.Message);
          location("location", N.Loc);
          J.attribute("depth", N.Depth);
        });
    });
    if (!F.Acquired.empty())
      J.attributeArray("acquired", [&] {
        for (const AcquireStep &A : F.Acquired)
          J.object([&] {
            location("location", A.Loc);
            optionalText("function", A.Function);
            optionalText("callee", A.Callee);
          });
      });
    if (F.Runs)
      J.attributeObject("runs", [&] {
        text("state", stateName(F.Runs->What));
        if (F.Runs->What != RunEvidence::State::NeverReached)
          text("match", matchName(F.Runs->Sure));
        if (F.Runs->Runs)
          J.attribute("runs", F.Runs->Runs);
        if (F.Runs->Handles)
          J.attribute("handles", F.Runs->Handles);
      });
    if (F.Repair)
      J.attributeObject("fix", [&] { fix(*F.Repair); });
  }

  void fix(const Fix &F) {
    text("description", F.Description);
    J.attributeArray("edits", [&] {
      for (const TextEdit &E : F.Edits)
        J.object([&] {
          text("file", displayPath(E.File, Options.WorkingDirectory));
          J.attribute("offset", E.Offset);
          J.attribute("length", E.Length);
          text("text", E.Text);
        });
    });
  }

  void error(const ReportError &E) {
    text("message", E.Message);
    if (!E.Loc.File.empty())
      location("location", E.Loc);
  }

  void location(llvm::StringRef Key, const Location &Loc) {
    J.attributeObject(Key, [&] {
      text("file", displayPath(Loc.File, Options.WorkingDirectory));
      if (!Loc.Line)
        return;
      J.attribute("line", Loc.Line);
      if (Loc.Col)
        J.attribute("column", Loc.Col);
      if (Loc.EndLine && Loc.EndCol) {
        J.attribute("endLine", Loc.EndLine);
        J.attribute("endColumn", Loc.EndCol);
      }
    });
  }

  /// Names and paths come from users' files and may hold any bytes; JSON may not.
  void text(llvm::StringRef Key, llvm::StringRef Value) {
    J.attribute(Key, llvm::json::isUTF8(Value) ? Value.str() : llvm::json::fixUTF8(Value));
  }
  void optionalText(llvm::StringRef Key, llvm::StringRef Value) {
    if (!Value.empty())
      text(Key, Value);
  }

  const JsonOptions &Options;
  llvm::json::OStream J;
};

} // namespace

void printJson(llvm::ArrayRef<Finding> Findings, llvm::ArrayRef<ReportError> Errors,
               const JsonOptions &Options, llvm::raw_ostream &OS) {
  JsonPrinter(Options, OS).print(Findings, Errors);
  OS << '\n';
}

llvm::StringRef jsonSchema() { return ReportSchema; }

} // namespace handrail::report
