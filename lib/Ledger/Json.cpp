#include "lib/Ledger/Json.h"
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

/// Goes through the values of a document; the first error stays.
class Reader {
public:
  std::string Error; ///< "leaks[3].count: expected a whole number"

  template <class T> void operator()(llvm::StringLiteral Member, T &Out, const T & = T()) {
    if (!Error.empty())
      return;
    if (const json::Value *V = Object->get(Member)) {
      Path.push_back(Member);
      read(*V, Out);
      Path.pop_back();
    }
  }

  template <class T> void read(const json::Value &V, T &Out) {
    const json::Object *O = V.getAsObject();
    if (!O)
      return fail("an object");
    const json::Object *Outer = std::exchange(Object, O);
    members(*this, Out);
    Object = Outer;
  }

private:
  template <class T> void read(const json::Value &V, std::vector<T> &Out) {
    const json::Array *A = V.getAsArray();
    if (!A)
      return fail("an array");
    Out.resize(A->size());
    for (size_t I = 0; I < A->size() && Error.empty(); ++I) {
      Path.push_back(unsigned(I));
      read((*A)[I], Out[I]);
      Path.pop_back();
    }
  }
  void read(const json::Value &V, std::pair<uint64_t, uint64_t> &Out) {
    const json::Array *A = V.getAsArray();
    if (!A || A->size() != 2)
      return fail("an array of two numbers");
    read((*A)[0], Out.first);
    read((*A)[1], Out.second);
  }
  void read(const json::Value &V, std::string &Out) {
    if (auto Text = V.getAsString())
      Out = Text->str();
    else
      fail("a string");
  }
  void read(const json::Value &V, bool &Out) {
    if (auto Value = V.getAsBoolean())
      Out = *Value;
    else
      fail("true or false");
  }
  void read(const json::Value &V, uint64_t &Out) {
    if (auto Number = V.getAsUINT64())
      Out = *Number;
    else
      fail("a whole number that is not negative");
  }
  void read(const json::Value &V, unsigned &Out) {
    auto Number = V.getAsUINT64();
    if (!Number || *Number > UINT32_MAX)
      return fail("a whole number of 32 bits that is not negative");
    Out = unsigned(*Number);
  }
  void read(const json::Value &V, int64_t &Out) {
    if (auto Number = V.getAsInteger())
      Out = *Number;
    else
      fail("a whole number");
  }
  void read(const json::Value &V, int &Out) {
    auto Number = V.getAsInteger();
    if (!Number || *Number < INT32_MIN || *Number > INT32_MAX)
      return fail("a whole number of 32 bits");
    Out = int(*Number);
  }
  template <class T>
    requires std::is_enum_v<T>
  void read(const json::Value &V, T &Out) {
    auto Text = V.getAsString();
    std::string Allowed;
    for (const auto &[Value, Word] : names(Out)) {
      if (Text && *Text == Word) {
        Out = Value;
        return;
      }
      Allowed += (Allowed.empty() ? "" : ", ") + Word.str();
    }
    fail("one of " + Allowed);
  }

  void fail(const llvm::Twine &Expected) {
    for (const auto &Segment : Path)
      if (const auto *Index = std::get_if<unsigned>(&Segment))
        Error += "[" + std::to_string(*Index) + "]";
      else
        Error += (Error.empty() ? "" : ".") + std::get<llvm::StringRef>(Segment).str();
    Error += (Error.empty() ? "expected " : ": expected ") + Expected.str();
  }

  const json::Object *Object = nullptr;
  std::vector<std::variant<llvm::StringRef, unsigned>> Path;
};

/// How deep arrays and objects are nested in \p Text. LLVM's parser calls itself as often,
/// and a document needs few.
unsigned nesting(llvm::StringRef Text) {
  unsigned Depth = 0, Deepest = 0;
  bool InString = false;
  for (size_t I = 0; I < Text.size(); ++I) {
    char C = Text[I];
    if (InString && C == '\\')
      ++I;
    else if (C == '"')
      InString = !InString;
    else if (!InString && (C == '[' || C == '{'))
      Deepest = std::max(Deepest, ++Depth);
    else if (!InString && (C == ']' || C == '}') && Depth)
      --Depth;
  }
  return Deepest;
}
constexpr unsigned DeepestAllowed = 64;

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
  // Names come from running programs, and one of them must not make all unreadable.
  std::string Fixed;
  if (!json::isUTF8(Text))
    Text = Fixed = json::fixUTF8(Text);
  if (nesting(Text) > DeepestAllowed)
    return Fail("nested too deeply");
  auto Value = json::parse(Text);
  if (!Value)
    return Fail(llvm::toString(Value.takeError()));
  const json::Object *Root = Value->getAsObject();
  if (!Root || Root->getString("format") != Document().Format)
    return Fail("not a document of the format " + Document().Format);
  Document D;
  Reader Read;
  Read.read(*Value, D);
  if (Read.Error.empty() && D.Version != Document().Version)
    Read.Error = "version: expected 1; a newer handrail wrote this";
  if (Read.Error.empty())
    Read.Error = References(D).firstError();
  if (!Read.Error.empty())
    return Fail(Read.Error);
  return toReport(std::move(D));
}

void printJson(const Outcome &Told, llvm::raw_ostream &OS, Integers How) {
  Document D;
  shareFrames(Told.Found, D);
  D.Processes = Told.Found.Processes;
  D.Modules = Told.Found.Modules;
  D.Leaks = Told.Found.Leaks;
  D.Misuses = Told.Found.Misuses;
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
