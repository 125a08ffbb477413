//===- FunctionReader.cpp - functions and effects of one model file --------===//
//
// An effect is an object with exactly one verb. What a verb means, what its
// value is and which other keys go with it is one row of the table below.
//
//===----------------------------------------------------------------------===//
#include "lib/Model/EntryReader.h"
#include "lib/Model/Notation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

namespace handrail::model {

using llvm::StringRef;
using llvm::Twine;

namespace {
/// Which member of Effect the place of a key goes to.
using PlaceMember = std::optional<Place> Effect::*;

struct Companion {
  StringRef Key;
  PlaceMember Member; ///< null for `at`
  bool Required;
};

struct Verb {
  StringRef Key;
  EffectKind Op;
  bool ValueIsKind;       ///< else the value is a place
  PlaceMember ValuePlace; ///< where that place goes; null for At
  std::vector<Companion> Companions;
  bool When;
};

const std::vector<Verb> &verbs() {
  static const std::vector<Verb> Table = [] {
    const Companion At{"at", nullptr, true};
    return std::vector<Verb>{
        {"acquire", EffectKind::Acquire, true, nullptr, {At}, true},
        {"release", EffectKind::Release, true, nullptr, {At}, true},
        {"use", EffectKind::Use, true, nullptr, {At}, false},
        {"borrow", EffectKind::Borrow, true, nullptr, {At, {"from", &Effect::From, true}}, true},
        {"transfer", EffectKind::Transfer, true, nullptr, {At, {"to", &Effect::To, false}}, true},
        {"duplicate",
         EffectKind::Duplicate,
         true,
         nullptr,
         {At, {"from", &Effect::From, true}},
         true},
        {"retain", EffectKind::Retain, true, nullptr, {At}, true},
        {"unretain", EffectKind::Unretain, true, nullptr, {At}, true},
        {"calls", EffectKind::Calls, false, nullptr, {{"data", &Effect::Data, false}}, false},
        {"stores",
         EffectKind::Stores,
         false,
         nullptr,
         {{"data", &Effect::Data, false}, {"finalizes", &Effect::Finalizes, false}},
         true},
        {"sweeps", EffectKind::Sweeps, true, nullptr, {}, false},
        {"sends", EffectKind::Sends, false, nullptr, {}, true},
        {"same", EffectKind::Same, false, nullptr, {{"as", &Effect::From, true}}, true},
        {"copies", EffectKind::Copy, false, &Effect::From, {{"to", nullptr, true}}, true},
        {"zeroes", EffectKind::Zero, false, nullptr, {}, true},
    };
  }();
  return Table;
}

void setPlace(Effect &E, PlaceMember Member, Place P) {
  if (Member)
    E.*Member = std::move(P);
  else
    E.At = std::move(P);
}

bool isResult(const Place &P) { return P.Root == Place::Return; }
} // namespace

FunctionKey keyOf(const FunctionModel &F) {
  std::vector<std::pair<unsigned, std::string>> Conditions;
  for (const auto &[Argument, Values] : F.ArgumentIs) {
    std::string Text;
    for (const ValueRange &R : Values)
      Text += std::to_string(R.Lo) + ".." + std::to_string(R.Hi) + " ";
    Conditions.emplace_back(Argument, std::move(Text));
  }
  return {F.Name, std::move(Conditions), F.MinArgs};
}

std::vector<FunctionModel> EntryReader::readFunctions(const KindTable &Table) {
  Kinds = &Table;
  std::vector<FunctionModel> Result;
  JsonId Id = Doc.member(0, "functions");
  if (Id == NoJson)
    return Result;
  if (auto Items = Values.array(Id, "'functions'"))
    for (JsonId Item : *Items)
      readFunction(Item, Result);
  return Result;
}

void EntryReader::readFunction(JsonId Id, std::vector<FunctionModel> &Out) {
  static constexpr StringRef Allowed[] = {
      "names",    "comment", "effects", "returns",   "noreturn",   "exits",
      "mayThrow", "pure",    "errno",   "minArgs",   "argumentIs", "beforeBody",
      "writes",   "settles", "lends",   "exclusive", "defers",     "evidence"};
  if (!Values.object(Id, "a function", Allowed))
    return;
  std::vector<std::pair<std::string, JsonId>> Names = readNames(Id);

  FunctionModel Model;
  Model.Source = (Doc.fileName() + ":" + Twine(Doc.line(Doc[Id].Offset))).str();
  std::string Ignored;
  Values.optionalString(Id, "comment", Ignored);
  Values.evidence(Id);
  if (JsonId Node = Doc.member(Id, "returns"); Node != NoJson)
    Model.Returns = values(Node, "'returns'");
  Values.optionalBoolean(Id, "noreturn", Model.NoReturn);
  Values.optionalBoolean(Id, "exits", Model.ExitsProcess);
  Values.optionalBoolean(Id, "mayThrow", Model.MayThrow);
  Values.optionalBoolean(Id, "pure", Model.Pure);
  Values.optionalBoolean(Id, "errno", Model.Errno);
  Values.optionalBoolean(Id, "writes", Model.Writes);
  Values.optionalBoolean(Id, "settles", Model.Settles);
  Values.optionalBoolean(Id, "lends", Model.Lends);
  Values.optionalBoolean(Id, "exclusive", Model.Exclusive);
  Values.optionalBoolean(Id, "defers", Model.Defers);
  Model.BeforeBody = !Builtin;
  Values.optionalBoolean(Id, "beforeBody", Model.BeforeBody);
  if (JsonId Node = Doc.member(Id, "minArgs"); Node != NoJson)
    if (auto Count = Values.integer(Node, "'minArgs'", 1, 255))
      Model.MinArgs = static_cast<unsigned>(*Count);
  if (JsonId Node = Doc.member(Id, "argumentIs"); Node != NoJson)
    readArgumentIs(Node, Model);
  readEffects(Id, Model);
  checkFunction(Id, Model);
  Model.NoReturn |= Model.ExitsProcess;

  for (auto &[Name, Node] : Names) {
    Model.Name = std::move(Name);
    if (Builtin) { // a test looks for names that stand twice
      Out.push_back(Model);
      continue;
    }
    unsigned Line = Doc.line(Doc[Node].Offset);
    auto [It, New] = LineOfFunction.try_emplace(keyOf(Model), Line);
    if (New)
      Out.push_back(Model);
    else
      Doc.error(Node, "function '" + Model.Name + "' is described twice" +
                          (Model.ArgumentIs.empty() ? "" : " for the same arguments") +
                          ", first on line " + Twine(It->second));
  }
}

std::vector<std::pair<std::string, JsonId>> EntryReader::readNames(JsonId Function) {
  std::vector<std::pair<std::string, JsonId>> Result;
  JsonId List = Doc.member(Function, "names");
  if (List == NoJson) {
    Doc.error(Function, "a function needs 'names', such as [\"open\", \"open64\"]");
    return Result;
  }
  auto Items = Values.array(List, "'names'");
  if (!Items)
    return Result;
  if (Items->empty())
    Doc.error(List, "'names' must name at least one function");
  for (JsonId Item : *Items) {
    auto Name = Values.string(Item, "a function name");
    if (!Name)
      continue;
    if (!isFunctionName(*Name))
      Doc.error(Item, "'" + *Name +
                          "' is no function name; write it as 'open' or 'ns::Class::method', "
                          "without parentheses and template arguments");
    else
      Result.emplace_back(std::move(*Name), Item);
  }
  return Result;
}

void EntryReader::readArgumentIs(JsonId Id, FunctionModel &Model) {
  if (Doc[Id].Type != JsonType::Object) {
    Doc.error(Id, "'argumentIs' must be an object from argument numbers to values, found " +
                      Doc.describe(Id));
    return;
  }
  for (JsonId Member : Doc.children(Id)) {
    StringRef Key = Doc[Member].Key;
    unsigned Number = 0;
    if (Key.getAsInteger(10, Number) || Number > 255 || std::to_string(Number) != Key) {
      Doc.errorAtKey(Member, "'" + Key + "' is no argument number; allowed: '0' to '255'");
      continue;
    }
    Model.ArgumentIs.emplace_back(Number, values(Member, "'argumentIs'"));
  }
  llvm::sort(Model.ArgumentIs, llvm::less_first());
}

void EntryReader::readEffects(JsonId Function, FunctionModel &Model) {
  JsonId List = Doc.member(Function, "effects");
  if (List == NoJson)
    return;
  auto Items = Values.array(List, "'effects'");
  if (!Items)
    return;
  std::vector<JsonId> Nodes;
  for (JsonId Item : *Items) {
    Effect E;
    if (!readEffect(Item, E))
      continue;
    Model.Effects.push_back(std::move(E));
    Nodes.push_back(Item);
  }
  // Last, since "valid" asks what the other effects put into the result.
  for (size_t I = 0; I < Nodes.size(); ++I)
    readWhen(Nodes[I], Model, Model.Effects[I].When);
}

bool EntryReader::readEffect(JsonId Id, Effect &Out) {
  std::vector<StringRef> VerbKeys;
  for (const Verb &V : verbs())
    VerbKeys.push_back(V.Key);
  if (Doc[Id].Type != JsonType::Object) {
    Doc.error(Id, "an effect must be an object such as {\"acquire\": \"posix.fd\", \"at\": "
                  "\"return\"}, found " +
                      Doc.describe(Id));
    return false;
  }

  const Verb *Found = nullptr;
  for (JsonId Member : Doc.children(Id)) {
    auto It = llvm::find_if(verbs(), [&](const Verb &V) { return V.Key == Doc[Member].Key; });
    if (It == verbs().end())
      continue;
    if (Found) {
      Doc.errorAtKey(Member,
                     "'" + Found->Key + "' and '" + It->Key + "' in one effect; write two effects");
      return false;
    }
    Found = &*It;
  }
  if (!Found) {
    // Most likely a verb misspelt: the first key that nothing else explains.
    static constexpr StringRef Others[] = {"at", "from", "to", "data", "finalizes", "as", "when"};
    for (JsonId Member : Doc.children(Id)) {
      if (llvm::is_contained(Others, Doc[Member].Key))
        continue;
      Doc.errorAtKey(Member, "unknown effect '" + Doc[Member].Key + "'" +
                                 suggest(Doc[Member].Key, VerbKeys));
      return false;
    }
    Doc.error(Id, "an effect needs one of " + quotedList(VerbKeys));
    return false;
  }

  std::string What = ("effect '" + Found->Key + "'").str();
  std::vector<StringRef> Allowed{Found->Key};
  for (const Companion &C : Found->Companions)
    Allowed.push_back(C.Key);
  if (Found->When)
    Allowed.push_back("when");
  Values.object(Id, What, Allowed);

  bool Right = true;
  Out.Op = Found->Op;
  JsonId Value = Doc.member(Id, Found->Key);
  if (Found->ValueIsKind) {
    auto Kind = kindReference(Value);
    Right &= Kind.has_value();
    Out.Kind = Kind.value_or(NoKind);
  } else if (auto P = place(Value, "'" + Found->Key.str() + "'")) {
    setPlace(Out, Found->ValuePlace, std::move(*P));
  } else {
    Right = false;
  }
  for (const Companion &C : Found->Companions) {
    JsonId Member = Doc.member(Id, C.Key);
    if (Member == NoJson) {
      if (C.Required)
        Doc.error(Id, What + " needs '" + C.Key + "'");
      Right &= !C.Required;
    } else if (auto P = place(Member, "'" + C.Key.str() + "'")) {
      setPlace(Out, C.Member, std::move(*P));
    } else {
      Right = false;
    }
  }
  if (!Right)
    return false;

  bool NeedsInput = Out.Op == EffectKind::Release || Out.Op == EffectKind::Use ||
                    Out.Op == EffectKind::Transfer || Out.Op == EffectKind::Unretain ||
                    Out.Op == EffectKind::Calls || Out.Op == EffectKind::Stores ||
                    Out.Op == EffectKind::Sends;
  if (NeedsInput && isResult(Out.At)) {
    Doc.error(Id, What + " at 'return' is impossible: the result exists only after the call");
    return false;
  }
  if (Out.From && *Out.From == Out.At) {
    Doc.error(Id, What + " from '" + printPlace(Out.At) + "' to itself");
    return false;
  }
  return true;
}

std::optional<Place> EntryReader::place(JsonId Id, StringRef What) {
  auto Text = Values.string(Id, What);
  if (!Text)
    return std::nullopt;
  auto Parsed = parsePlace(*Text);
  if (auto *Wrong = std::get_if<Complaint>(&Parsed)) {
    Doc.error(Id, "'" + *Text + "' is no place: " + Wrong->Text);
    return std::nullopt;
  }
  return std::get<Place>(std::move(Parsed));
}

void EntryReader::readWhen(JsonId EffectNode, const FunctionModel &Model, ReturnClass &Out) {
  JsonId Id = Doc.member(EffectNode, "when");
  if (Id == NoJson)
    return;
  const JsonNode &N = Doc[Id];
  bool Valid = N.Type == JsonType::String && N.Text == "valid";
  bool Invalid = N.Type == JsonType::String && N.Text == "invalid";
  if (!Valid && !Invalid) {
    Out.Values = values(Id, "'when'");
  } else {
    // The kind of what is returned says which results are valid handles.
    KindId Kind = NoKind;
    for (const Effect &E : Model.Effects) {
      if (E.Kind == NoKind || !isResult(E.At) || !E.At.Steps.empty())
        continue;
      if (Kind != NoKind && Kind != E.Kind) {
        Doc.error(Id, "'" + N.Text + "' is ambiguous: the result is a '" + Kinds->Kinds[Kind].Id +
                          "' and a '" + Kinds->Kinds[E.Kind].Id + "'");
        return;
      }
      Kind = E.Kind;
    }
    if (Kind == NoKind) {
      Doc.error(Id, "'" + N.Text + "' needs an effect at 'return' that says what the result is");
      return;
    }
    const std::vector<ValueRange> &Sentinels = Kinds->Kinds[Kind].Invalid;
    if (Sentinels.empty()) {
      Doc.error(Id, "'" + N.Text + "': kind '" + Kinds->Kinds[Kind].Id + "' has no invalid values");
      return;
    }
    Out.Values = Invalid ? Sentinels : complementOf(Sentinels);
  }
  if (!Model.Returns.empty() && !Out.Values.empty() && !intersects(Model.Returns, Out.Values))
    Doc.error(Id, "this 'when' never happens: 'returns' excludes it");
}

void EntryReader::checkFunction(JsonId Id, const FunctionModel &Model) {
  if (!Model.NoReturn && !Model.ExitsProcess)
    return;
  if (JsonId Returns = Doc.member(Id, "returns"); Returns != NoJson)
    Doc.errorAtKey(Returns, "a function that never returns has no 'returns'");
  JsonId List = Doc.member(Id, "effects");
  for (const Effect &E : Model.Effects)
    if (isResult(E.At) || !E.When.always())
      return Doc.error(List, "a function that never returns has no result for its effects");
}

} // namespace handrail::model
