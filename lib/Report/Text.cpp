#include "lib/Report/Text.h"
#include "lib/Support/Paths.h"
#include "lib/Support/SourceText.h"
#include "llvm/Support/Locale.h"

namespace handrail::report {
namespace {

/// Generated one-line files would fill the screen with one snippet.
constexpr size_t LongestLine = 500;

using Colors = llvm::raw_ostream::Colors;

/// `^~~~` below \p Line: the caret at the start of \p Loc, the rest of the range
/// as far as it lies on this line.
std::string underline(const Location &Loc, llvm::StringRef Line, const ShownText &Shown) {
  size_t Begin = std::min<size_t>(Loc.Col - 1, Line.size());
  size_t End = Begin + 1;
  if (Loc.EndLine == Loc.Line && Loc.EndCol > Loc.Col)
    End = Loc.EndCol - 1;
  else if (Loc.EndLine > Loc.Line)
    End = Line.rtrim().size();
  End = std::min(End, Line.size());
  unsigned From = Shown.Column[Begin];
  unsigned To = std::max(From + 1, Shown.Column[std::max(Begin, End)]);
  return std::string(From, ' ') + "^" + std::string(To - From - 1, '~');
}

class TextPrinter {
public:
  TextPrinter(const TextOptions &Options, llvm::raw_ostream &OS) : Options(Options), OS(OS) {}

  void print(const Finding &F) {
    diagnostic(F.Loc, F.Sev, F.Message, "handrail-" + F.Check);
    for (const Note &N : F.Notes)
      diagnostic(N.Loc, Severity::Note, N.Message, "");
    if (F.Repair)
      header(F.Loc, Severity::Note, "--fix would " + F.Repair->Description, "");
  }

  void error(const Location &Loc, llvm::StringRef Message) {
    header(Loc, Severity::Error, Message, "");
  }

private:
  void diagnostic(const Location &Loc, Severity Sev, llvm::StringRef Message, llvm::StringRef Id) {
    header(Loc, Sev, Message, Id);
    if (Options.Snippets && Loc.Line && Loc.Col)
      snippet(Loc);
  }

  void header(const Location &Loc, Severity Sev, const llvm::Twine &Message, llvm::StringRef Id) {
    bold();
    if (!Loc.File.empty()) {
      OS << displayPath(Loc.File, Options.WorkingDirectory);
      if (Loc.Line)
        OS << ':' << Loc.Line;
      if (Loc.Line && Loc.Col)
        OS << ':' << Loc.Col;
      OS << ": ";
    }
    switch (Sev) {
    case Severity::Note:
      color(Colors::CYAN);
      OS << "note: ";
      break;
    case Severity::Warning:
      color(Colors::MAGENTA);
      OS << "warning: ";
      break;
    case Severity::Error:
      color(Colors::RED);
      OS << "error: ";
      break;
    }
    reset();
    if (Sev != Severity::Note)
      bold();
    OS << Message;
    if (!Id.empty())
      OS << " [" << Id << ']';
    reset();
    OS << '\n';
  }

  void snippet(const Location &Loc) {
    std::optional<llvm::StringRef> Line = Sources.line(Loc.File, Loc.Line);
    if (!Line || Line->size() > LongestLine)
      return;
    ShownText Shown = shown(*Line);
    std::string Number = std::to_string(Loc.Line);
    std::string Gutter(std::max<size_t>(Number.size(), 4) + 1, ' ');
    OS << std::string(Gutter.size() - Number.size(), ' ') << Number << " | " << Shown.Text << '\n';
    OS << Gutter << " | ";
    color(Colors::GREEN);
    OS << underline(Loc, *Line, Shown);
    reset();
    OS << '\n';
  }

  void bold() {
    if (Options.Color)
      OS.changeColor(Colors::SAVEDCOLOR, /*Bold=*/true);
  }
  void color(Colors Color) {
    if (Options.Color)
      OS.changeColor(Color, /*Bold=*/true);
  }
  void reset() {
    if (Options.Color)
      OS.resetColor();
  }

  const TextOptions &Options;
  llvm::raw_ostream &OS;
  SourceCache Sources;
};

} // namespace

void printText(llvm::ArrayRef<Finding> Findings, const TextOptions &Options,
               llvm::raw_ostream &OS) {
  // The user has decided about colours; the stream would ask the terminal again.
  OS.enable_colors(Options.Color);
  TextPrinter Printer(Options, OS);
  for (const Finding &F : Findings)
    Printer.print(F);
}

void printError(const Location &Loc, llvm::StringRef Message, const TextOptions &Options,
                llvm::raw_ostream &OS) {
  OS.enable_colors(Options.Color);
  TextPrinter(Options, OS).error(Loc, Message);
}

} // namespace handrail::report
