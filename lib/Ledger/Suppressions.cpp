#include "lib/Ledger/Suppressions.h"
#include "lib/Ledger/Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <chrono>
#include <ctime>
#include <set>

namespace handrail::ledger {

//===-- Patterns -----------------------------------------------------------===//

llvm::Expected<TextPattern> TextPattern::create(llvm::StringRef Pattern, bool Whole) {
  bool FromStart = Pattern.consume_front("^") || Whole;
  bool ToEnd = Pattern.consume_back("$") || Whole;
  // Functions have brackets, braces and question marks in their names: only * is special.
  std::string Glob;
  if (!FromStart)
    Glob += '*';
  for (char C : Pattern) {
    if (llvm::StringRef("?[]{}\\").contains(C))
      Glob += '\\';
    Glob += C;
  }
  if (!ToEnd)
    Glob += '*';
  TextPattern Result;
  Result.Text = std::make_shared<const std::string>(std::move(Glob));
  auto Parsed = llvm::GlobPattern::create(*Result.Text);
  if (!Parsed)
    return Parsed.takeError();
  Result.Glob = std::move(*Parsed);
  return Result;
}

bool TextPattern::matches(llvm::StringRef Text) const { return Glob->match(Text); }

namespace {

//===-- Reading ------------------------------------------------------------===//

bool isBlank(char C) { return C == ' ' || C == '\t' || C == '\r'; }

bool isDate(llvm::StringRef Text) {
  unsigned Year, Month, Day;
  return Text.size() == 10 && Text[4] == '-' && Text[7] == '-' &&
         !Text.substr(0, 4).getAsInteger(10, Year) && !Text.substr(5, 2).getAsInteger(10, Month) &&
         !Text.substr(8, 2).getAsInteger(10, Day) &&
         std::chrono::year_month_day(std::chrono::year(int(Year)), std::chrono::month(Month),
                                     std::chrono::day(Day))
             .ok();
}

std::string nearestRule(llvm::StringRef Given) {
  llvm::StringRef Nearest;
  unsigned Distance = 4;
  for (const Rule &R : rules())
    if (unsigned D = Given.edit_distance(R.Id); D < Distance)
      Distance = D, Nearest = R.Id;
  std::string Name = Nearest.str();
  std::replace(Name.begin(), Name.end(), '-', '_');
  return Nearest.empty() ? "" : "; did you mean '" + Name + "'?";
}

/// One line; the first error stays.
class LineParser {
public:
  LineParser(llvm::StringRef Line, std::string Place) : Line(Line), Rest(Line) {
    Result.Use.Place = std::move(Place);
  }

  /// Nothing for an empty line or a comment, or when Error is set.
  std::optional<Suppression> parse() {
    skipBlanks();
    if (Rest.empty() || Rest.front() == '#')
      return std::nullopt;
    const char *Start = Rest.data();
    parseRule();
    while (Error.empty()) {
      skipBlanks();
      if (Rest.empty() || Rest.front() == '#')
        break;
      parseAttribute();
    }
    if (!Error.empty())
      return std::nullopt;
    Result.Use.Rule = llvm::StringRef(Start, size_t(End - Start)).str();
    return std::move(Result);
  }

  std::string Error;
  size_t Column = 1; ///< of the error

private:
  void skipBlanks() { Rest = Rest.drop_while(isBlank); }

  void fail(llvm::StringRef At, const llvm::Twine &Message) {
    if (!Error.empty())
      return;
    Error = Message.str();
    Column = size_t(At.data() - Line.data()) + 1;
  }

  void parseRule() {
    llvm::StringRef Start = Rest;
    Rest = Rest.drop_while([](char C) { return llvm::isAlpha(C) || C == '_' || C == '-'; });
    if (Rest.data() == Start.data() && Rest.consume_front("*"))
      Result.Rule = "*";
    else
      Result.Rule = Start.drop_back(Rest.size()).str();
    std::replace(Result.Rule.begin(), Result.Rule.end(), '_', '-');
    if (!Rest.consume_front(":"))
      return fail(Rest, "expected 'rule:pattern', such as 'leak:log_init'");
    if (Result.Rule != "*" && !findRule(Result.Rule))
      return fail(Start, "there is no rule '" + Start.take_until([](char C) { return C == ':'; }) +
                             "'" + nearestRule(Result.Rule));
    llvm::StringRef At = Rest;
    std::string Text = parseText();
    End = Rest.data();
    if (Error.empty() && Text.empty())
      return fail(At, "the pattern is empty; '*' stands for everything");
    Result.Pattern = pattern(At, Text, /*Whole=*/false);
  }

  /// A word, or what stands between double quotes; `\"` and `\\` are one character there.
  std::string parseText() {
    std::string Text;
    llvm::StringRef Start = Rest;
    if (!Rest.consume_front("\"")) {
      Text = Rest.take_until(isBlank).str();
      Rest = Rest.drop_front(Text.size());
      return Text;
    }
    while (!Rest.empty() && Rest.front() != '"') {
      if (Rest.starts_with("\\\"") || Rest.starts_with("\\\\"))
        Rest = Rest.drop_front();
      Text += Rest.front();
      Rest = Rest.drop_front();
    }
    if (!Rest.consume_front("\""))
      fail(Start, "the closing quote is missing");
    else if (!Rest.empty() && !isBlank(Rest.front()))
      fail(Rest, "expected a blank after the closing quote");
    return Text;
  }

  TextPattern pattern(llvm::StringRef At, llvm::StringRef Text, bool Whole) {
    auto P = TextPattern::create(Text, Whole);
    if (P)
      return std::move(*P);
    fail(At, llvm::toString(P.takeError()));
    return {};
  }

  void parseAttribute() {
    llvm::StringRef Start = Rest;
    llvm::StringRef Name = Rest.take_while([](char C) { return llvm::isAlpha(C); });
    Rest = Rest.drop_front(Name.size());
    if (Name.empty() || !Rest.consume_front("="))
      return fail(Start, "expected 'name=value'; a pattern with blanks is put in quotes");
    llvm::StringRef At = Rest;
    std::string Value = parseText();
    if (Name != "reason")
      End = Rest.data();
    if (!Error.empty())
      return;
    if (!Seen.insert(Name.str()).second)
      return fail(Start, "'" + Name + "' is there twice");
    uint64_t Number;
    if (Name == "kind")
      Result.Kind = pattern(At, Value, /*Whole=*/true);
    else if (Name == "path")
      Result.Path = pattern(At, Value, /*Whole=*/true);
    else if (Name == "test")
      Result.Test = pattern(At, Value, /*Whole=*/true);
    else if (Name == "reason")
      Result.Use.Reason = Value;
    else if (Name == "until")
      isDate(Value) ? void(Result.Until = Value)
                    : fail(At, "expected a date like 2027-01-31, not '" + Value + "'");
    else if (Name == "max")
      llvm::StringRef(Value).getAsInteger(10, Number)
          ? fail(At, "expected a number, not '" + Value + "'")
          : void(Result.Max = Number);
    else
      fail(Start, "there is no '" + Name + "='; known are kind, path, test, max, until and reason");
  }

  llvm::StringRef Line, Rest;
  const char *End = nullptr; ///< of what is said, without a reason that follows
  std::set<std::string> Seen;
  Suppression Result;
};

//===-- Applying -----------------------------------------------------------===//

bool matchesStack(const TextPattern &P, const Report &R, int Index) {
  if (Index < 0)
    return false;
  return llvm::any_of(R.Stacks[Index].Frames, [&](const Frame &F) {
    return P.matches(F.Function) || P.matches(F.File) ||
           (F.Module >= 0 && P.matches(R.Modules[F.Module].Path));
  });
}

bool matchesPlace(const TextPattern &P, const Report &R, const Leak &L) {
  return matchesStack(P, R, L.Opened) || P.matches(L.Site);
}
bool matchesPlace(const TextPattern &P, const Report &R, const Misuse &M) {
  if (M.Steps.empty())
    return P.matches("");
  return llvm::any_of(
      M.Steps, [&](const Step &S) { return matchesStack(P, R, S.Stack) || P.matches(S.Site); });
}

bool matchesName(const TextPattern &P, const Leak &L) {
  return !L.Names.empty() &&
         llvm::all_of(L.Names, [&](const Name &N) { return P.matches(N.Text); });
}
bool matchesName(const TextPattern &P, const Misuse &M) { return P.matches(M.Name); }

llvm::StringRef ruleOf(const Leak &) { return "leak"; }
llvm::StringRef ruleOf(const Misuse &M) { return M.Rule; }

template <class T> bool matches(const Suppression &S, const Report &R, const T &Group) {
  return (S.Rule == "*" || S.Rule == ruleOf(Group)) &&
         (!S.Kind || S.Kind->matches(Group.Kind) || S.Kind->matches(Group.Type)) &&
         (!S.Test || S.Test->matches(Group.Test)) && (!S.Path || matchesName(*S.Path, Group)) &&
         matchesPlace(S.Pattern, R, Group);
}

/// For each of \p Groups the position of the rule that has the say, or -1.
template <class T>
std::vector<int> assign(std::vector<Suppression> &Rules, const Report &R,
                        const std::vector<T> &Groups) {
  std::vector<int> Chosen;
  for (const T &Group : Groups) {
    auto It = llvm::find_if(Rules, [&](const Suppression &S) {
      return S.Use.State != SuppressionUse::Expired && matches(S, R, Group);
    });
    Chosen.push_back(It == Rules.end() ? -1 : int(It - Rules.begin()));
    if (It == Rules.end())
      continue;
    It->Use.Count += Group.Count;
    ++It->Use.Groups;
  }
  return Chosen;
}

template <class T>
void removeChosen(std::vector<T> &Groups, llvm::ArrayRef<int> Chosen,
                  llvm::ArrayRef<Suppression> Rules) {
  std::vector<T> Kept;
  for (size_t I = 0; I < Groups.size(); ++I)
    if (Chosen[I] < 0 || Rules[size_t(Chosen[I])].Use.State != SuppressionUse::Used)
      Kept.push_back(std::move(Groups[I]));
  Groups = std::move(Kept);
}

} // namespace

llvm::Expected<std::vector<Suppression>> parseSuppressions(llvm::StringRef Text,
                                                           llvm::StringRef FileName) {
  std::vector<Suppression> Rules;
  std::string Errors;
  llvm::SmallVector<llvm::StringRef, 32> Lines;
  Text.split(Lines, '\n');
  for (size_t I = 0; I < Lines.size(); ++I) {
    std::string Place = (FileName + ":" + llvm::Twine(I + 1)).str();
    LineParser Parser(Lines[I], Place);
    if (auto Rule = Parser.parse())
      Rules.push_back(std::move(*Rule));
    if (!Parser.Error.empty())
      Errors += (Errors.empty() ? "" : "\n") + Place + ":" + std::to_string(Parser.Column) +
                ": error: " + Parser.Error;
  }
  if (!Errors.empty())
    return llvm::createStringError(Errors);
  return Rules;
}

void suppress(Outcome &Told, std::vector<Suppression> Rules, llvm::StringRef Today) {
  for (Suppression &S : Rules)
    if (!S.Until.empty() && S.Until < Today)
      S.Use.State = SuppressionUse::Expired;
  Report &R = Told.Found;
  std::vector<int> OfLeaks = assign(Rules, R, R.Leaks), OfMisuses = assign(Rules, R, R.Misuses);
  for (Suppression &S : Rules)
    if (S.Use.Count)
      S.Use.State = S.Max && S.Use.Count > *S.Max ? SuppressionUse::Exceeded : SuppressionUse::Used;
  removeChosen(R.Leaks, OfLeaks, Rules);
  removeChosen(R.Misuses, OfMisuses, Rules);
  for (Suppression &S : Rules)
    Told.Suppressions.push_back(std::move(S.Use));
}

std::string today() {
  std::time_t Now = std::time(nullptr);
  std::tm Local{};
  localtime_r(&Now, &Local);
  char Text[16];
  return {Text, std::strftime(Text, sizeof Text, "%Y-%m-%d", &Local)};
}

} // namespace handrail::ledger
