#include "lib/Ledger/Text.h"
#include "lib/Ledger/Rules.h"
#include "lib/Support/Counted.h"
#include "lib/Support/Paths.h"
#include "lib/Support/SourceText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

namespace handrail::ledger {
namespace {

using Colors = llvm::raw_ostream::Colors;

constexpr size_t LongestLine = 500; ///< of source; longer ones are generated
constexpr size_t NamesShown = 3, ValuesShown = 5;

std::string clean(llvm::StringRef Text) { return shown(Text).Text; }

std::string commandText(const Process &P) {
  return P.Command.empty() ? "a program" : clean(llvm::join(P.Command, " "));
}

std::string endText(const Process &P) {
  std::string Status = std::to_string(P.Status);
  switch (P.End) {
  case Ending::Running:
    return "running";
  case Ending::Exited:
    return P.Status < 0 ? "exited" : "exit status " + Status;
  case Ending::Aborted:
    return "aborted";
  case Ending::Killed:
    return P.Status < 0 ? "killed" : "killed by signal " + Status;
  case Ending::Execed:
    return "executed another program";
  }
  llvm_unreachable("all endings named");
}

class TextPrinter {
public:
  TextPrinter(const Outcome &Told, const TextOptions &Options, llvm::raw_ostream &OS)
      : Told(Told), R(Told.Found), Options(Options), OS(OS) {}

  void print() {
    for (const Process &P : R.Processes)
      process(P);
    for (const Leak &L : R.Leaks)
      leak(L);
    for (const Misuse &M : R.Misuses)
      misuse(M);
    for (const Leak &L : Told.FixedLeaks)
      leak(L, "Gone: leak");
    if (!Told.FixedMisuses.empty())
      OS << '\n';
    for (const Misuse &M : Told.FixedMisuses)
      OS << "Gone: " << clean(describe(M)) << '\n';
    suppressions();
    for (const std::string &Note : Told.Notes)
      OS << "note: " << clean(Note) << '\n';
    OS << summary(Told) << '\n';
  }

  void leak(const Leak &L) { leak(L, "Leak"); }

  void misuse(const Misuse &M) {
    OS << '\n';
    color(Colors::RED);
    OS << clean(describe(M));
    reset();
    OS << " [" << clean(M.Rule) << ']';
    if (M.Count > 1)
      OS << ", " << M.Count << " times";
    if (Told.Compared && !M.Before)
      OS << ", new";
    OS << '\n';
    line("in ", M.Call);
    line("", M.Detail);
    line("owned by ", M.Owner);
    line("in test ", M.Test);
    for (const Step &S : M.Steps) {
      OS << "  " << clean(S.Role);
      if (S.Thread)
        OS << " by thread " << S.Thread;
      if (S.AtMs)
        OS << ", " << duration(S.AtMs) << " after the start";
      OS << ":\n";
      if (S.Stack < 0 && S.Site.empty())
        OS << "    (no stack was kept)\n";
      place(S.Stack, S.Site);
    }
    explain(M.Static);
  }

private:
  void process(const Process &P) {
    color(Colors::SAVEDCOLOR);
    OS << "==" << P.Id << "== ";
    reset();
    OS << commandText(P) << ": " << endText(P);
    if (P.Ended > P.Started)
      OS << " after " << duration(uint64_t(P.Ended - P.Started));
    if (P.Lost)
      OS << "; " << counted(P.Lost, "record") << " found no room";
    OS << '\n';
  }

  //===-- Leaks ------------------------------------------------------------===//

  void leak(const Leak &L, llvm::StringRef What) {
    OS << '\n';
    color(Colors::RED);
    OS << What << " of " << clean(countedHandles(L));
    reset();
    if (Told.Compared && What == "Leak")
      OS << (L.Before ? ", " + std::to_string(L.Before) + " before" : ", new");
    if (L.Untraced)
      OS << "; nobody saw " << (L.Count == 1 ? "it" : "them") << " opened";
    else if (L.Inherited)
      OS << ", from before the " << (R.Processes[L.Process].Parent ? "fork or " : "") << "start";
    if (L.Opened >= 0 || !L.Site.empty())
      OS << ", opened here:";
    OS << '\n';
    place(L.Opened, L.Site);
    details(L);
    explain(L.Static);
  }

  /// How it comes about, by a path that the static analysis found.
  void explain(const StaticPath &P) {
    if (P.Check.empty())
      return;
    OS << "  explained by " << P.Check << " (match: " << P.Match << "):\n";
    for (const PathStep &S : P.Steps)
      OS << "    " << std::string(2 * S.Depth, ' ')
         << clean(displayPath(S.File, Options.WorkingDirectory)) << ':' << S.Line << ": "
         << clean(S.Message) << '\n';
  }

  void details(const Leak &L) {
    names(L);
    values(L);
    line("owned by ", L.Owner);
    line("in test ", L.Test);
    if (L.Processes > 1)
      line("in ",
           std::to_string(L.Processes) + " processes of " + commandText(R.Processes[L.Process]));
    if (L.OldestMs)
      line("open for ", (L.Count > 1 && duration(L.NewestMs) != duration(L.OldestMs)
                             ? duration(L.NewestMs) + " to "
                             : "") +
                            duration(L.OldestMs) +
                            (L.FirstSeenMs ? "; the first from here came " +
                                                 duration(L.FirstSeenMs) + " after the start"
                                           : ""));
    if (L.Cycle)
      line("kept alive by its own finalizer", "");
    line("last used at ", L.Touch);
    if (L.Closes)
      line("its close was begun and has not ended" + std::string(L.Closing.empty() ? "" : ": "),
           L.Closing);
    closed(L);
    growth(L);
  }

  void names(const Leak &L) {
    std::string Text;
    for (const Name &N : llvm::ArrayRef(L.Names).take_front(NamesShown))
      Text += (Text.empty() ? "" : ", ") + N.Text +
              (N.Count > 1 ? " (×" + std::to_string(N.Count) + ")" : "");
    if (L.Names.size() > NamesShown)
      Text += " and " + counted(L.Names.size() - NamesShown, "other");
    line("named ", Text);
  }

  void values(const Leak &L) {
    std::string Text;
    size_t Shown = std::min(L.Values.size(), ValuesShown);
    for (uint64_t Value : llvm::ArrayRef(L.Values).take_front(Shown))
      Text += (Text.empty() ? "" : ", ") +
              (Value > UINT32_MAX ? "0x" + llvm::utohexstr(Value, true) : std::to_string(Value));
    if (Shown && L.Count > Shown)
      Text += " and " + std::to_string(L.Count - Shown) + " more";
    line(L.Count == 1 ? "value " : "values ", Text);
  }

  void closed(const Leak &L) {
    uint64_t Sum = L.Completed + L.Failed + L.Cancelled;
    if (!Sum)
      return;
    std::string Text;
    for (auto [Count, Word] : {std::pair(L.Completed, "work completed"),
                               std::pair(L.Failed, "failed"), std::pair(L.Cancelled, "cancelled")})
      if (Count)
        Text += (Text.empty() ? "" : ", ") + std::to_string(Count) + " " + Word;
    line("others from here were closed: ", Text);
  }

  void growth(const Leak &L) {
    if (L.Samples.size() < 2)
      return;
    const auto &[FirstMs, First] = L.Samples.front();
    const auto &[LastMs, Last] = L.Samples.back();
    if (Last > First && LastMs > FirstMs)
      line("growing: ", "from " + std::to_string(First) + " to " + std::to_string(Last) + " in " +
                            duration(LastMs - FirstMs));
  }

  //===-- Places -----------------------------------------------------------===//

  void place(int Index, llvm::StringRef Site) {
    if (Index < 0) {
      if (!Site.empty())
        OS << "    " << clean(Site) << '\n';
      return;
    }
    const Stack &S = R.Stacks[Index];
    if (!Site.empty() && (S.Frames.empty() || S.Frames.front().File.empty()))
      OS << "    at " << clean(Site) << '\n';
    bool Quoted = false;
    for (size_t I = 0; I < S.Frames.size(); ++I) {
      frame(I, S.Frames[I]);
      if (!Quoted)
        Quoted = quote(S.Frames[I]);
    }
    if (S.Partial)
      OS << "    (the rest of the stack is not known)\n";
  }

  void frame(size_t Number, const Frame &F) {
    OS << "    #" << Number;
    if (!F.Function.empty())
      OS << " in " << clean(F.Function);
    if (!F.File.empty()) {
      OS << ' ' << clean(displayPath(F.File, Options.WorkingDirectory));
      if (F.Line)
        OS << ':' << F.Line;
      if (F.Line && F.Column)
        OS << ':' << F.Column;
    } else if (F.Module >= 0) {
      OS << " (" << clean(R.Modules[F.Module].Path) << "+0x"
         << llvm::utohexstr(F.Offset, /*LowerCase=*/true) << ')';
    } else if (F.Offset) {
      OS << " 0x" << llvm::utohexstr(F.Offset, /*LowerCase=*/true);
    }
    OS << '\n';
  }

  bool quote(const Frame &F) {
    auto Line = F.File.empty() ? std::nullopt : Sources.line(F.File, F.Line);
    if (!Line || Line->size() > LongestLine)
      return false;
    ShownText Shown = shown(*Line);
    OS << llvm::format_decimal(F.Line, 10) << " | " << Shown.Text << '\n';
    if (!F.Column || F.Column > Line->size())
      return true;
    OS << std::string(10, ' ') << " | " << std::string(Shown.Column[F.Column - 1], ' ');
    color(Colors::GREEN);
    OS << '^';
    reset();
    OS << '\n';
    return true;
  }

  //===-- What was left out ------------------------------------------------===//

  void suppressions() {
    OS << '\n';
    bool First = true;
    for (const SuppressionUse &S : Told.Suppressions)
      if (S.State == SuppressionUse::Used) {
        OS << (std::exchange(First, false) ? "Suppressions used:\n" : "");
        OS << "  " << clean(S.Place) << ": " << clean(S.Rule) << ": " << S.Count;
        OS << (S.Reason.empty() ? "" : " (" + clean(S.Reason) + ")") << '\n';
      }
    for (const SuppressionUse &S : Told.Suppressions)
      if (S.State != SuppressionUse::Used) {
        color(Colors::MAGENTA);
        OS << clean(S.Place) << ": warning: ";
        reset();
        OS << clean(S.Rule) << " ";
        if (S.State == SuppressionUse::Unused)
          OS << "matches nothing\n";
        else if (S.State == SuppressionUse::Expired)
          OS << "is not heeded, for its time is over\n";
        else
          OS << "is not heeded, for it matches " << S.Count << '\n';
      }
  }

  void line(llvm::StringRef Label, llvm::StringRef Text) {
    if (!Text.empty() || (!Label.empty() && Label.back() != ' '))
      OS << "  " << Label << clean(Text) << '\n';
  }
  void color(Colors Color) {
    if (Options.Color)
      OS.changeColor(Color, /*Bold=*/true);
  }
  void reset() {
    if (Options.Color)
      OS.resetColor();
  }

  const Outcome &Told;
  const Report &R;
  const TextOptions &Options;
  llvm::raw_ostream &OS;
  SourceCache Sources;
};

template <class T> uint64_t sumOf(const std::vector<T> &Groups) {
  uint64_t Sum = 0;
  for (const T &Group : Groups)
    Sum += Group.Count;
  return Sum;
}

} // namespace

void printText(const Outcome &Told, const TextOptions &Options, llvm::raw_ostream &OS) {
  // The user has decided about colours; the stream would ask the terminal again.
  OS.enable_colors(Options.Color);
  TextPrinter(Told, Options, OS).print();
}

std::string leakText(const Outcome &Told, const Leak &L, const TextOptions &Options) {
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  TextPrinter(Told, Options, OS).leak(L);
  return llvm::StringRef(Text).ltrim('\n').str();
}

std::string misuseText(const Outcome &Told, const Misuse &M, const TextOptions &Options) {
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  TextPrinter(Told, Options, OS).misuse(M);
  return llvm::StringRef(Text).ltrim('\n').str();
}

std::string frameName(const Report &R, const Frame &F) {
  if (!F.Function.empty())
    return F.Function;
  std::string Offset = "0x" + llvm::utohexstr(F.Offset, /*LowerCase=*/true);
  if (F.Module < 0)
    return Offset;
  return llvm::sys::path::filename(R.Modules[F.Module].Path).str() + "+" + Offset;
}

std::string summary(const Outcome &Told) {
  const Report &R = Told.Found;
  std::string Text = "SUMMARY: handrail: ";
  Text += R.Leaks.empty() ? "nothing leaked"
                          : counted(sumOf(R.Leaks), "handle") + " leaked at " +
                                counted(R.Leaks.size(), "place");
  if (!R.Misuses.empty())
    Text +=
        ", " + counted(sumOf(R.Misuses), "misuse") + " at " + counted(R.Misuses.size(), "place");
  uint64_t Suppressed = 0;
  for (const SuppressionUse &S : Told.Suppressions)
    if (S.State == SuppressionUse::Used)
      Suppressed += S.Groups;
  if (Suppressed)
    Text += "; " + counted(Suppressed, "place") + " suppressed";
  if (Told.Known)
    Text += "; " + counted(Told.Known, "place") + " known";
  size_t Fixed = Told.FixedLeaks.size() + Told.FixedMisuses.size();
  if (Fixed)
    Text += "; " + counted(Fixed, "place") + " gone";
  return Text;
}

std::string duration(std::uint64_t Ms) {
  if (Ms < 1000)
    return std::to_string(Ms) + " ms";
  uint64_t Seconds = Ms / 1000;
  if (Seconds < 60)
    return std::to_string(Seconds) + "." + std::to_string(Ms % 1000 / 100) + " s";
  if (Seconds < 3600)
    return std::to_string(Seconds / 60) + " min " + std::to_string(Seconds % 60) + " s";
  return std::to_string(Seconds / 3600) + " h " + std::to_string(Seconds / 60 % 60) + " min";
}

} // namespace handrail::ledger
