#include "lib/Report/GithubAnnotations.h"
#include "lib/Report/Text.h"
#include "lib/Support/Paths.h"
#include "lib/Support/SourceText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace handrail::report {
namespace {

/// \p Text as the data of a command; as the value of a property with \p InProperty.
std::string escapedFor(llvm::StringRef Text, bool InProperty) {
  std::string Result;
  for (char C : utf8(Text))
    if (C == '%' || C == '\r' || C == '\n' || (InProperty && (C == ':' || C == ',')))
      Result += "%" + llvm::toHex(llvm::StringRef(&C, 1));
    else
      Result += C;
  return Result;
}

class GithubPrinter {
public:
  GithubPrinter(const Report &R, llvm::raw_ostream &OS) : R(R), OS(OS) {}

  void print() {
    for (const auto &[Number, E] : llvm::enumerate(R.Errors))
      if (Number == 0 || E.Loc.File.empty() || E.Loc.File != R.Errors[Number - 1].Loc.File)
        command("error", E.Loc, "not analysed", withOthers(R.Errors.drop_front(Number)));
    for (const Finding *F : worstFirst(R.Findings))
      command(F->Sev == Severity::Note ? "notice" : severityName(F->Sev), F->Loc,
              "handrail-" + F->Check, withNotes(*F));
  }

private:
  /// The first of \p Errors. The compiler has often many to tell of one file, and the room
  /// for annotations is small.
  static std::string withOthers(llvm::ArrayRef<ReportError> Errors) {
    llvm::StringRef File = Errors.front().Loc.File;
    const auto More = Errors.drop_front().take_while(
        [&](const ReportError &E) { return !File.empty() && E.Loc.File == File; });
    return Errors.front().Message +
           (More.empty() ? "" : " (" + std::to_string(More.size()) + " more errors in this file)");
  }

  std::string withNotes(const Finding &F) {
    std::string Text = F.Message;
    for (const Note &N : F.Notes) {
      Text += '\n';
      if (!N.Loc.File.empty())
        Text +=
            displayPath(N.Loc.File, R.WorkingDirectory) + ":" + std::to_string(N.Loc.Line) + ": ";
      Text += N.Message;
    }
    return Text;
  }

  void command(llvm::StringRef Name, const Location &Loc, llvm::StringRef Title,
               llvm::StringRef Message) {
    OS << "::" << Name << ' ';
    if (!Loc.File.empty()) {
      property("file", displayPath(Loc.File, R.WorkingDirectory));
      if (Loc.Line)
        place(Loc);
    }
    OS << "title=" << escapedFor(Title, /*InProperty=*/true)
       << "::" << escapedFor(Message, /*InProperty=*/false) << '\n';
  }

  /// Columns have a meaning only where the range is within a line.
  void place(const Location &Loc) {
    property("line", std::to_string(Loc.Line));
    const bool HasEnd = Loc.EndLine && Loc.EndCol;
    if (HasEnd)
      property("endLine", std::to_string(Loc.EndLine));
    if (!Loc.Col || (HasEnd && Loc.EndLine != Loc.Line))
      return;
    property("col", std::to_string(Loc.Col));
    if (HasEnd)
      property("endColumn", std::to_string(Loc.EndCol));
  }

  void property(llvm::StringRef Name, llvm::StringRef Value) {
    OS << Name << '=' << escapedFor(Value, /*InProperty=*/true) << ',';
  }

  const Report &R;
  llvm::raw_ostream &OS;
};

} // namespace

void printGithubAnnotations(const Report &R, llvm::raw_ostream &OS) {
  GithubPrinter(R, OS).print();
}

} // namespace handrail::report
