#include "lib/Ledger/Json.h"
#include "lib/Ledger/JsonScanner.h"
#include "lib/Ledger/LedgerSchema.inc" // generated from ledger.schema.json
#include "lib/Ledger/Members.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <variant>

namespace handrail::ledger {
namespace {

namespace json = llvm::json;

constexpr std::pair<Ending, llvm::StringLiteral> EndingNames[] = {{Ending::Running, "running"},
                                                                  {Ending::Exited, "exited"},
                                                                  {Ending::Aborted, "aborted"},
                                                                  {Ending::Killed, "killed"},
                                                                  {Ending::Execed, "execed"}};
constexpr std::pair<SuppressionUse::Status, llvm::StringLiteral> StatusNames[] = {
    {SuppressionUse::Used, "used"},
    {SuppressionUse::Unused, "unused"},
    {SuppressionUse::Exceeded, "exceeded"},
    {SuppressionUse::Expired, "expired"}};

constexpr llvm::ArrayRef<std::pair<Ending, llvm::StringLiteral>> names(Ending) {
  return EndingNames;
}
constexpr llvm::ArrayRef<std::pair<SuppressionUse::Status, llvm::StringLiteral>>
names(SuppressionUse::Status) {
  return StatusNames;
}

template <class T> llvm::StringRef nameOf(T Value) {
  for (const auto &[Each, Word] : names(Value))
    if (Each == Value)
      return Word;
  llvm_unreachable("all values named");
}

//===-- Reading ------------------------------------------------------------===//

/// Reads a document into its types.
class Reader {
public:
  explicit Reader(llvm::StringRef Text) : Scan(Text) {}

  /// The whole text; the error, as `3:14: leaks[3].count: expected a whole number`.
  std::string read(Document &Out) {
    value(Out);
    if (!Scan.failed() && !Scan.atEnd())
      Scan.fail("expected the end of the text");
    return Scan.error();
  }

  /// Reads a member if it is the one that stands next.
  template <class T> void operator()(llvm::StringLiteral Name, T &Out, const T & = T()) {
    if (Done || Name != Wanted)
      return;
    Path.push_back(Name);
    value(Out);
    Path.pop_back();
    Done = true;
  }

private:
  template <class T> void value(T &Out) {
    if (!Scan.enter('{'))
      return expected("an object");
    std::string Name;
    while (Scan.next('}') && Scan.name(Name)) {
      Wanted = Name;
      Done = false;
      members(*this, Out);
      if (!Done)
        Scan.skip();
    }
  }
  template <class T> void value(std::vector<T> &Out) {
    if (!Scan.enter('['))
      return expected("an array");
    Out.clear();
    while (Scan.next(']')) {
      Path.push_back(unsigned(Out.size()));
      value(Out.emplace_back());
      Path.pop_back();
    }
  }
  void value(std::pair<uint64_t, uint64_t> &Out) {
    std::vector<uint64_t> Two;
    value(Two);
    if (Two.size() != 2)
      return expected("an array of two numbers");
    Out = {Two[0], Two[1]};
  }
  void value(std::string &Out) {
    if (!Scan.text(Out))
      expected("a string");
  }
  void value(bool &Out) {
    if (!Scan.boolean(Out))
      expected("true or false");
  }
  void value(uint64_t &Out) {
    if (!Scan.integer(Out))
      expected("a whole number that is not negative");
  }
  void value(int64_t &Out) {
    if (!Scan.integer(Out))
      expected("a whole number");
  }
  void value(unsigned &Out) {
    uint64_t Number;
    if (!Scan.integer(Number) || Number > UINT32_MAX)
      return expected("a whole number of 32 bits that is not negative");
    Out = unsigned(Number);
  }
  void value(int &Out) {
    int64_t Number;
    if (!Scan.integer(Number) || Number < INT32_MIN || Number > INT32_MAX)
      return expected("a whole number of 32 bits");
    Out = int(Number);
  }
  template <class T>
    requires std::is_enum_v<T>
  void value(T &Out) {
    std::string Text, Allowed;
    Scan.text(Text);
    for (const auto &[Value, Word] : names(Out)) {
      if (Text == Word) {
        Out = Value;
        return;
      }
      Allowed += (Allowed.empty() ? "" : ", ") + Word.str();
    }
    expected("one of " + Allowed);
  }

  void expected(const std::string &What) {
    std::string Where;
    for (const auto &Segment : Path)
      if (const auto *Index = std::get_if<unsigned>(&Segment))
        Where += "[" + std::to_string(*Index) + "]";
      else
        Where += (Where.empty() ? "" : ".") + std::get<llvm::StringRef>(Segment).str();
    Scan.fail(Where + (Where.empty() ? "" : ": ") + "expected " + What);
  }

  JsonScanner Scan;
  llvm::StringRef Wanted; ///< the name of the member that stands next
  bool Done = false;      ///< and it has been read
  std::vector<std::variant<llvm::StringRef, unsigned>> Path;
};

/// Whether what the document refers to is in it.
class References {
public:
  explicit References(const Document &D) : D(D) {}

  std::string firstError() {
    for (size_t I = 0; I < D.Frames.size(); ++I)
      check(D.Frames[I].Module, D.Modules.size(), -1, "frames", I, "module", "module");
    for (size_t I = 0; I < D.Stacks.size(); ++I)
      for (int Frame : D.Stacks[I].Frames)
        check(Frame, D.Frames.size(), 0, "stacks", I, "frames", "frame");
    for (size_t I = 0; I < D.Leaks.size(); ++I) {
      process(D.Leaks[I].Process, "leaks", I);
      stack(D.Leaks[I].Opened, "leaks", I, "opened");
    }
    for (size_t I = 0; I < D.Misuses.size(); ++I) {
      process(D.Misuses[I].Process, "misuses", I);
      for (const Step &S : D.Misuses[I].Steps)
        stack(S.Stack, "misuses", I, "steps");
    }
    for (size_t I = 0; I < D.Openings.size(); ++I) {
      process(D.Openings[I].Process, "openings", I);
      stack(D.Openings[I].Opened, "openings", I, "opened");
    }
    for (size_t I = 0; I < D.History.size(); ++I) {
      process(D.History[I].Process, "history", I);
      stack(D.History[I].Stack, "history", I, "stack");
    }
    return Error;
  }

private:
  void process(int Index, llvm::StringRef List, size_t I) {
    check(Index, D.Processes.size(), 0, List, I, "process", "process");
  }
  void stack(int Index, llvm::StringRef List, size_t I, llvm::StringRef Member) {
    check(Index, D.Stacks.size(), -1, List, I, Member, "stack");
  }
  void check(int Index, size_t Size, int Least, llvm::StringRef List, size_t I,
             llvm::StringRef Member, llvm::StringRef What) {
    if (!Error.empty() || (Index >= Least && Index < int64_t(Size)))
      return;
    Error = (List + "[" + llvm::Twine(I) + "]." + Member + ": there is no " + What + " " +
             llvm::Twine(Index))
                .str();
  }

  const Document &D;
  std::string Error;
};

Report toReport(Document D) {
  Report R;
  for (const StackMembers &S : D.Stacks) {
    Stack &New = R.Stacks.emplace_back();
    New.Partial = S.Partial;
    New.Frames.reserve(S.Frames.size());
    for (int Frame : S.Frames)
      New.Frames.push_back(D.Frames[Frame]);
  }
  R.Processes = std::move(D.Processes);
  R.Modules = std::move(D.Modules);
  R.Leaks = std::move(D.Leaks);
  R.Misuses = std::move(D.Misuses);
  R.Openings = std::move(D.Openings);
  R.History = std::move(D.History);
  // What is mentioned at all happened once.
  for (Leak &L : R.Leaks)
    L.Count = std::max<uint64_t>(L.Count, 1);
  for (Misuse &M : R.Misuses)
    M.Count = std::max<uint64_t>(M.Count, 1);
  return R;
}

//===-- Writing ------------------------------------------------------------===//

class Writer {
public:
  explicit Writer(json::OStream &J, Integers How = Integers::Exact) : J(J), How(How) {}

  template <class T>
  void operator()(llvm::StringLiteral Name, const T &Value, const T &LeftOut = T()) {
    if (std::is_enum_v<T> || Value != LeftOut)
      attribute(Name, Value);
  }
  template <class T> void operator()(llvm::StringLiteral Name, const std::vector<T> &Values) {
    if (!Values.empty())
      attribute(Name, Values);
  }

  void write(const std::string &Text) { J.value(json::isUTF8(Text) ? Text : json::fixUTF8(Text)); }
  template <class T> void write(const std::vector<T> &Values) {
    J.array([&] {
      for (const T &V : Values)
        write(V);
    });
  }
  void write(const std::pair<uint64_t, uint64_t> &Two) {
    J.array([&] {
      J.value(Two.first);
      J.value(Two.second);
    });
  }
  template <class T> void write(const T &Value) {
    if constexpr (std::is_same_v<T, uint64_t>)
      How == Integers::Exact || Value >> 53 == 0 ? J.value(Value) : J.value(std::to_string(Value));
    else if constexpr (std::is_integral_v<T>)
      J.value(Value);
    else if constexpr (std::is_enum_v<T>)
      J.value(nameOf(Value));
    else
      J.object([&] { members(*this, const_cast<T &>(Value)); }); // which only names them
  }

private:
  template <class T> void attribute(llvm::StringLiteral Name, const T &Value) {
    J.attributeBegin(Name);
    write(Value);
    J.attributeEnd();
  }

  json::OStream &J;
  const Integers How;
};

/// The frames of \p R, each once, and its stacks as indexes of them.
void shareFrames(const Report &R, Document &D) {
  std::map<Frame, int> Indexes;
  for (const Stack &S : R.Stacks) {
    StackMembers &New = D.Stacks.emplace_back();
    New.Partial = S.Partial;
    for (const Frame &F : S.Frames) {
      auto [It, IsNew] = Indexes.try_emplace(F, int(D.Frames.size()));
      if (IsNew)
        D.Frames.push_back(F);
      New.Frames.push_back(It->second);
    }
  }
}

/// Something of a report as a line of its own.
class Line {
public:
  Line(const Report &R, llvm::raw_ostream &OS) : R(R), OS(OS), J(OS), Write(J) {}

  template <class T> void print(llvm::StringRef Record, const T &Value) {
    J.object([&] {
      J.attribute("record", Record);
      J.attributeObject("process", [&] { members(Write, process(Value.Process)); });
      members(*this, const_cast<T &>(Value));
    });
    J.flush();
    OS << '\n';
  }

  // Members that are indexes become what they stand for.
  template <class T>
  void operator()(llvm::StringLiteral Name, const T &Value, const T &LeftOut = T()) {
    Write(Name, Value, LeftOut);
  }
  template <class T> void operator()(llvm::StringLiteral Name, const std::vector<T> &Values) {
    Write(Name, Values);
  }
  void operator()(llvm::StringLiteral Name, int Index, int = 0) {
    if (Name != "process" && Index >= 0)
      J.attributeArray(Name, [&] { frames(R.Stacks[Index]); });
  }
  void operator()(llvm::StringLiteral Name, const std::vector<Step> &Steps) {
    J.attributeArray(Name, [&] {
      for (const Step &S : Steps)
        J.object([&] { members(*this, const_cast<Step &>(S)); });
    });
  }

private:
  Process &process(int Index) { return const_cast<Process &>(R.Processes[Index]); }
  void frames(const Stack &S) {
    for (const Frame &F : S.Frames)
      J.object([&] {
        if (F.Module >= 0)
          members(Write, const_cast<Module &>(R.Modules[F.Module]));
        Frame WithoutIndex = F;
        WithoutIndex.Module = -1;
        members(Write, WithoutIndex);
      });
  }

  const Report &R;
  llvm::raw_ostream &OS;
  json::OStream J;
  Writer Write;
};

} // namespace

llvm::Expected<Report> parseJson(llvm::StringRef Text, llvm::StringRef FileName) {
  auto Fail = [&](const llvm::Twine &Message) {
    return llvm::createStringError(FileName + ": " + Message);
  };
  Document D;
  const std::string Format = std::exchange(D.Format, "");
  std::string Error = Reader(Text).read(D);
  if (D.Format != Format)
    return Fail("not a document of the format " + Format);
  if (D.Version != Document().Version)
    return Fail("version: expected 1; a newer handrail wrote this");
  if (!Error.empty())
    return llvm::createStringError(FileName + ":" + Error);
  if (std::string Missing = References(D).firstError(); !Missing.empty())
    return Fail(Missing);
  return toReport(std::move(D));
}

void printJson(const Outcome &Told, llvm::raw_ostream &OS, Integers How) {
  Document D;
  shareFrames(Told.Found, D);
  D.Processes = Told.Found.Processes;
  D.Modules = Told.Found.Modules;
  D.Leaks = Told.Found.Leaks;
  D.Misuses = Told.Found.Misuses;
  D.Openings = Told.Found.Openings;
  D.History = Told.Found.History;
  D.Suppressions = Told.Suppressions;
  D.Notes = Told.Notes;
  D.Known = Told.Known;
  D.Compared = Told.Compared;
  D.FixedLeaks = Told.FixedLeaks;
  D.FixedMisuses = Told.FixedMisuses;
  json::OStream J(OS);
  Writer(J, How).write(D);
  J.flush();
  OS << '\n';
}

void printJsonLines(const Outcome &Told, llvm::raw_ostream &OS) {
  const Report &R = Told.Found;
  for (const Leak &L : R.Leaks)
    Line(R, OS).print("leak", L);
  for (const Misuse &M : R.Misuses)
    Line(R, OS).print("misuse", M);
  for (const Event &E : R.History)
    Line(R, OS).print("event", E);
}

llvm::StringRef jsonSchema() { return LedgerSchema; }

} // namespace handrail::ledger
