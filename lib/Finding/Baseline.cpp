#include "lib/Finding/Baseline.h"
#include "lib/Finding/Fingerprint.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include <map>

namespace handrail {

namespace {

constexpr int Version = 1;

std::string lineAt(const Location &Place, SourceCache &Sources) {
  return Sources.line(Place.File, Place.Line).value_or("").trim().str();
}

/// What two findings must agree in to be one; empty: this one is paired otherwise.
using Key = std::vector<std::string>;

Key subject(const PastFinding &P) { return {P.Check, P.Function, P.Kind, P.Callee}; }

Key with(Key K, llvm::ArrayRef<std::string> More) {
  K.insert(K.end(), More.begin(), More.end());
  return K;
}

std::string nameOf(const PastFinding &P) { return llvm::sys::path::filename(P.File).str(); }

/// From most alike to least.
Key keyOf(const PastFinding &P, unsigned Pass) {
  switch (Pass) {
  case 0:
    return P.Line ? with(subject(P), {P.File, std::to_string(P.Line)}) : Key();
  case 1:
    return with(subject(P), {P.File, P.Text});
  case 2:
    return with(subject(P), {P.File});
  case 3:
    return with(subject(P), {nameOf(P), P.Text});
  case 4:
    return with(subject(P), {nameOf(P)});
  default:
    return P.Text.empty() ? Key() : with(subject(P), {P.Text});
  }
}
constexpr unsigned Passes = 6;

using Member = std::pair<llvm::StringLiteral, std::string PastFinding::*>;
constexpr Member Members[] = {
    {"file", &PastFinding::File},
    {"function", &PastFinding::Function},
    {"check", &PastFinding::Check},
    {"kind", &PastFinding::Kind},
    {"acquiredBy", &PastFinding::Callee},
    {"line", &PastFinding::Text},
    {"fingerprint", &PastFinding::Fingerprint},
};

std::string header() {
  return llvm::formatv(R"({{"handrail":"baseline","version":{0}})", Version).str();
}

llvm::Expected<PastFinding> readFinding(const llvm::json::Object &Object) {
  PastFinding Result;
  for (const auto &[Name, Place] : Members)
    if (const llvm::json::Value *Given = Object.get(Name)) {
      auto Text = Given->getAsString();
      if (!Text)
        return llvm::createStringError("'" + Name + "' is not a string");
      Result.*Place = Text->str();
    }
  if (Result.File.empty() || Result.Check.empty())
    return llvm::createStringError("a finding has a 'file' and a 'check'");
  return Result;
}

/// Nothing for a header: the first line is one, and merges may leave more.
llvm::Expected<std::optional<PastFinding>> readLine(llvm::StringRef Line, bool First) {
  llvm::Expected<llvm::json::Value> Value = llvm::json::parse(Line);
  const llvm::json::Object *Object = Value ? Value->getAsObject() : nullptr;
  const bool IsHeader = Object && Object->getString("handrail") == "baseline";
  if (First && !IsHeader) {
    llvm::consumeError(Value.takeError());
    return llvm::createStringError("not a baseline: it does not begin with " + header());
  }
  if (!Value)
    return Value.takeError();
  if (!Object)
    return llvm::createStringError("not an object");
  if (!IsHeader)
    return readFinding(*Object);
  if (Object->getInteger("version") != Version)
    return llvm::createStringError("a baseline of another version of Handrail");
  return std::nullopt;
}

} // namespace

PastFinding pastFinding(const Finding &F, SourceCache &Sources) {
  return {F.Loc.File,    F.Function, F.Check, F.Kind, F.Callee, lineAt(F.Loc, Sources),
          F.Fingerprint, F.Loc.Line};
}

std::vector<std::optional<size_t>>
pairFindings(llvm::ArrayRef<Finding> Now, llvm::ArrayRef<PastFinding> Past, SourceCache &Sources) {
  std::vector<std::optional<size_t>> Result(Now.size());
  std::vector<PastFinding> Present;
  for (const Finding &F : Now)
    Present.push_back(pastFinding(F, Sources));
  std::vector<char> Taken(Past.size());
  for (unsigned Pass = 0; Pass != Passes; ++Pass) {
    std::map<Key, std::vector<size_t>> Waiting; // numbers of past ones, the first at the end
    for (size_t I = Past.size(); I-- != 0;)
      if (!Taken[I])
        if (Key K = keyOf(Past[I], Pass); !K.empty())
          Waiting[std::move(K)].push_back(I);
    for (size_t I = 0; I != Now.size(); ++I) {
      if (Result[I])
        continue;
      auto It = Waiting.find(keyOf(Present[I], Pass));
      if (It == Waiting.end() || It->second.empty())
        continue;
      Result[I] = It->second.back();
      It->second.pop_back();
      Taken[*Result[I]] = true;
    }
  }
  return Result;
}

std::string baselineText(std::vector<PastFinding> Known, llvm::StringRef Directory) {
  for (PastFinding &P : Known)
    P.File = displayPath(P.File, Directory);
  llvm::sort(Known);
  std::string Result = header() + "\n";
  llvm::raw_string_ostream OS(Result);
  for (const PastFinding &P : Known) {
    llvm::json::OStream J(OS);
    J.object([&] {
      for (const auto &[Name, Place] : Members)
        if (const std::string &Text = P.*Place; !Text.empty())
          J.attribute(Name, llvm::json::isUTF8(Text) ? Text : llvm::json::fixUTF8(Text));
    });
    J.flush();
    OS << '\n';
  }
  return Result;
}

llvm::Expected<std::vector<PastFinding>> parseBaseline(llvm::StringRef Text, llvm::StringRef Path) {
  std::vector<PastFinding> Result;
  bool First = true;
  for (unsigned Number = 1; !Text.empty(); ++Number) {
    llvm::StringRef Line;
    std::tie(Line, Text) = Text.split('\n');
    if (Line.trim().empty())
      continue;
    auto Known = readLine(Line, std::exchange(First, false));
    if (!Known)
      return llvm::createStringError(Path + ":" + llvm::Twine(Number) + ": " +
                                     llvm::toString(Known.takeError()));
    if (!*Known)
      continue;
    (*Known)->File = absolutePath((*Known)->File, llvm::sys::path::parent_path(Path));
    Result.push_back(std::move(**Known));
  }
  if (First)
    return llvm::createStringError(Path + ": not a baseline: the file is empty");
  llvm::sort(Result);
  Result.erase(llvm::unique(Result), Result.end());
  return Result;
}

} // namespace handrail
