//===- ModelWriter.cpp - models as JSON text -------------------------------===//
#include "lib/Model/ModelWriter.h"
#include "lib/Model/Notation.h"
#include <nlohmann/json.hpp>

namespace handrail::model {

using Json = nlohmann::ordered_json;

namespace {

constexpr size_t Width = 100;

Json bound(int64_t Value) {
  if (Value == MinValue)
    return "min";
  return Value == MaxValue ? Json("max") : Json(Value);
}

/// A word where there is one, as a person would write it.
Json values(llvm::ArrayRef<ValueRange> Ranges, bool Pointer) {
  for (llvm::StringRef Word : valueWords())
    if (valuesOfWord(Word)->size() == Ranges.size() &&
        std::equal(Ranges.begin(), Ranges.end(), valuesOfWord(Word)->begin())) {
      if (Pointer && (Word == "zero" || Word == "nonzero"))
        return Word == "zero" ? "null" : "nonnull";
      return Word.str();
    }
  if (Ranges.size() == 1 && Ranges.front().Lo == Ranges.front().Hi)
    return Ranges.front().Lo;
  Json List = Json::array();
  for (const ValueRange &R : Ranges)
    List.push_back(R.Lo == R.Hi ? Json(R.Lo) : Json::array({bound(R.Lo), bound(R.Hi)}));
  return List;
}

Json strings(llvm::ArrayRef<std::string> Texts) { return Json(Texts.vec()); }

void addText(Json &Out, const char *Key, const std::string &Text) {
  if (!Text.empty())
    Out[Key] = Text;
}

void addStrings(Json &Out, const char *Key, llvm::ArrayRef<std::string> Texts) {
  if (!Texts.empty())
    Out[Key] = strings(Texts);
}

void addFlag(Json &Out, const char *Key, bool Value, bool Default = false) {
  if (Value != Default)
    Out[Key] = Value;
}

void addEvidence(Json &Out, const Evidence &Proof) {
  if (Proof.Confidence.empty())
    return;
  Json E = {{"confidence", Proof.Confidence}};
  addStrings(E, "because", Proof.Because);
  addStrings(E, "sites", Proof.Sites);
  addStrings(E, "against", Proof.Against);
  Out["evidence"] = std::move(E);
}

Json kind(const WrittenKind &W) {
  const ResourceKind &K = W.Kind;
  static constexpr const char *Representations[] = {"int", "pointer", "object"};
  Json Out = {{"id", K.Id}, {"title", K.Title}};
  addText(Out, "comment", W.Comment);
  if (K.Family != llvm::StringRef(K.Id).split('.').first)
    Out["family"] = K.Family;
  Out["representation"] = Representations[static_cast<unsigned>(K.Repr)];
  if (!K.Invalid.empty())
    Out["invalid"] = values(K.Invalid, K.Repr == Representation::Pointer);
  if (!K.Immortal.empty())
    Out["immortal"] = values(K.Immortal, false);
  addFlag(Out, "onByDefault", K.OnByDefault, true);
  addFlag(Out, "reportLeak", K.ReportLeak, true);
  addFlag(Out, "lock", K.Lock);
  addFlag(Out, "leakAtExit", K.LeakAtExit);
  addFlag(Out, "refcounted", K.Refcounted);
  addFlag(Out, "asyncRelease", K.AsyncRelease);
  addFlag(Out, "releaseTells", K.ReleaseTells);
  addFlag(Out, "releaseInvalidOk", K.ReleaseInvalidOk);
  addFlag(Out, "useInvalidOk", K.UseInvalidOk);
  addFlag(Out, "releaseChecksState", K.ReleaseChecksState, true);
  addFlag(Out, "memory", K.Memory);
  addStrings(Out, "releasedBy", K.ReleasedBy);
  addStrings(Out, "releaseBefore", K.ReleaseBefore);
  addEvidence(Out, W.Proof);
  return Out;
}

void addPlace(Json &Out, const char *Key, const std::optional<Place> &P) {
  if (P)
    Out[Key] = printPlace(*P);
}

Json effect(const Effect &E, llvm::ArrayRef<ResourceKind> Kinds) {
  Json Out = Json::object();
  auto Handle = [&](const char *Verb) {
    Out[Verb] = Kinds[E.Kind].Id;
    if (E.Op != EffectKind::Sweeps)
      Out["at"] = printPlace(E.At);
  };
  switch (E.Op) {
  case EffectKind::Acquire:
    Handle("acquire");
    break;
  case EffectKind::Release:
    Handle("release");
    break;
  case EffectKind::Use:
    Handle("use");
    break;
  case EffectKind::Borrow:
    Handle("borrow");
    addPlace(Out, "from", E.From);
    break;
  case EffectKind::Transfer:
    Handle("transfer");
    addPlace(Out, "to", E.To);
    break;
  case EffectKind::Duplicate:
    Handle("duplicate");
    addPlace(Out, "from", E.From);
    break;
  case EffectKind::Retain:
    Handle("retain");
    break;
  case EffectKind::Unretain:
    Handle("unretain");
    break;
  case EffectKind::Sweeps:
    Handle("sweeps");
    break;
  case EffectKind::Calls:
    Out["calls"] = printPlace(E.At);
    addPlace(Out, "data", E.Data);
    break;
  case EffectKind::Stores:
    Out["stores"] = printPlace(E.At);
    addPlace(Out, "data", E.Data);
    addPlace(Out, "finalizes", E.Finalizes);
    break;
  case EffectKind::Sends:
    Out["sends"] = printPlace(E.At);
    break;
  case EffectKind::Same:
    Out["same"] = printPlace(E.At);
    addPlace(Out, "as", E.From);
    break;
  case EffectKind::Copy:
    addPlace(Out, "copies", E.From);
    Out["to"] = printPlace(E.At);
    break;
  case EffectKind::Zero:
    Out["zeroes"] = printPlace(E.At);
    break;
  }
  if (!E.When.always())
    Out["when"] = values(E.When.Values, false);
  return Out;
}

Json function(const WrittenFunction &W, llvm::ArrayRef<ResourceKind> Kinds) {
  const FunctionModel &F = W.Model;
  Json Out = {{"names", strings(W.Names)}};
  addText(Out, "comment", W.Comment);
  if (F.MinArgs)
    Out["minArgs"] = F.MinArgs;
  for (const auto &[Argument, Values] : F.ArgumentIs)
    Out["argumentIs"][std::to_string(Argument)] = values(Values, false);
  if (!F.Returns.empty())
    Out["returns"] = values(F.Returns, false);
  if (F.ExitsProcess)
    Out["exits"] = true;
  else
    addFlag(Out, "noreturn", F.NoReturn);
  addFlag(Out, "mayThrow", F.MayThrow);
  addFlag(Out, "pure", F.Pure);
  addFlag(Out, "errno", F.Errno);
  addFlag(Out, "writes", F.Writes);
  addFlag(Out, "settles", F.Settles);
  addFlag(Out, "lends", F.Lends);
  addFlag(Out, "exclusive", F.Exclusive);
  addFlag(Out, "defers", F.Defers);
  if (W.AfterBody)
    Out["beforeBody"] = false;
  for (const Effect &E : F.Effects)
    Out["effects"].push_back(effect(E, Kinds));
  addEvidence(Out, W.Proof);
  return Out;
}

/// On one line, with a blank behind what nlohmann separates without.
std::string oneLine(const Json &Value) {
  if (Value.is_object() || Value.is_array()) {
    std::string Text;
    for (const auto &[Key, Member] : Value.items())
      Text += (Text.empty() ? "" : ", ") + (Value.is_object() ? Json(Key).dump() + ": " : "") +
              oneLine(Member);
    return Value.is_object() ? "{" + Text + "}" : "[" + Text + "]";
  }
  return Value.dump();
}

/// A list that begins at \p Column and is too long for the line: words are filled, objects
/// have a line each.
void printList(const Json &List, size_t Column, std::string &Out) {
  bool Words = !List.front().is_structured();
  std::string Break = "\n" + std::string(Column + 1, ' ');
  size_t At = Column + 1;
  Out += '[';
  for (const Json &Element : List) {
    std::string Text = oneLine(Element);
    bool First = &Element == &List.front();
    bool Wrap = !First && (!Words || At + Text.size() + 3 > Width);
    Out += First ? "" : Wrap ? "," + Break : ", ";
    At = (First || Wrap ? Column + 1 : At + 2) + Text.size();
    Out += Text;
  }
  Out += ']';
}

/// An object with a line for each key, and more for what is too long.
void printObject(const Json &Object, size_t Indent, std::string &Out) {
  std::string Break = "\n" + std::string(Indent + 2, ' ');
  Out += '{';
  for (const auto &[Key, Member] : Object.items()) {
    std::string Label = Json(Key).dump() + ": ", Line = oneLine(Member);
    size_t Column = Indent + 2 + Label.size();
    Out += (Out.back() == '{' ? "" : ",") + Break + Label;
    if (Column + Line.size() < Width || !Member.is_structured())
      Out += Line;
    else if (Member.is_object())
      printObject(Member, Indent + 2, Out);
    else
      printList(Member, Column, Out);
  }
  Out += "\n" + std::string(Indent, ' ') + '}';
}

void printEntries(const char *Key, const Json &Entries, std::string &Out) {
  if (Entries.empty())
    return;
  Out += std::string(",\n  \"") + Key + "\": [";
  for (const Json &Entry : Entries) {
    Out += &Entry == &Entries.front() ? "\n    " : ",\n    ";
    printObject(Entry, 4, Out);
  }
  Out += "\n  ]";
}

} // namespace

std::string printModel(const WrittenModel &Model, llvm::ArrayRef<ResourceKind> Kinds) {
  Json KindList = Json::array(), FunctionList = Json::array();
  for (const WrittenKind &K : Model.Kinds)
    KindList.push_back(kind(K));
  for (const WrittenFunction &F : Model.Functions)
    FunctionList.push_back(function(F, Kinds));
  std::string Out = "{\n  \"version\": 1";
  if (!Model.Comment.empty())
    Out += ",\n  \"comment\": " + Json(Model.Comment).dump();
  printEntries("kinds", KindList, Out);
  printEntries("functions", FunctionList, Out);
  return Out + "\n}\n";
}

} // namespace handrail::model
