//===- EntryReader.cpp - kinds and functions of one model file -------------===//
#include "lib/Model/EntryReader.h"
#include "lib/Model/Notation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"

namespace handrail::model {

using llvm::StringRef;
using llvm::Twine;

llvm::ArrayRef<StringRef> projectKeys() {
  static constexpr StringRef Keys[] = {"models",       "checks",  "suppress",
                                       "headerFilter", "exclude", "baseline"};
  return Keys;
}

llvm::ArrayRef<StringRef> modelKeys() {
  static constexpr StringRef Keys[] = {"$schema", "version",   "comment",        "constants",
                                       "kinds",   "functions", "cLibraryHeaders"};
  return Keys;
}

std::optional<KindId> KindTable::find(StringRef Id) const {
  auto It =
      llvm::lower_bound(Kinds, Id, [](const ResourceKind &K, StringRef Id) { return K.Id < Id; });
  if (It == Kinds.end() || It->Id != Id)
    return std::nullopt;
  return static_cast<KindId>(It - Kinds.begin());
}

//===----------------------------------------------------------------------===//
// The outermost object
//===----------------------------------------------------------------------===//

bool EntryReader::readTop() {
  if (!Doc.ok())
    return false;
  std::vector<StringRef> Allowed(modelKeys());
  if (!Builtin)
    llvm::append_range(Allowed, projectKeys());
  if (!Values.object(0, "a model file", Allowed))
    return false;
  JsonId Version = Doc.member(0, "version");
  if (Version == NoJson)
    Doc.error(0, "'version' is missing; this is version 1 of the format");
  else
    Values.integer(Version, "'version'", 1, 1);
  std::string Ignored;
  Values.optionalString(0, "$schema", Ignored);
  Values.optionalString(0, "comment", Ignored);
  readConstants();
  return true;
}

void EntryReader::readConstants() {
  JsonId Id = Doc.member(0, "constants");
  if (Id == NoJson)
    return;
  if (Doc[Id].Type != JsonType::Object) {
    Doc.error(Id, "'constants' must be an object, found " + Doc.describe(Id));
    return;
  }
  for (JsonId Member : Doc.children(Id)) {
    const std::string &Name = Doc[Member].Key;
    if (!isIdentifier(Name) || valuesOfWord(Name) || Name == "valid" || Name == "invalid" ||
        Name == "min" || Name == "max") {
      Doc.errorAtKey(Member, "'" + Name +
                                 "' cannot name a constant; use a C identifier that is none of "
                                 "the words for sets of values");
      continue;
    }
    if (auto Value = Values.integer(Member, "constant '" + Name + "'", MinValue, MaxValue))
      Constants[Name] = *Value;
  }
}

std::vector<std::string> EntryReader::readHeaders() {
  JsonId Id = Doc.member(0, "cLibraryHeaders");
  return Id == NoJson ? std::vector<std::string>() : Values.strings(Id, "'cLibraryHeaders'");
}

//===----------------------------------------------------------------------===//
// Sets of values
//===----------------------------------------------------------------------===//

std::vector<ValueRange> EntryReader::values(JsonId Id, StringRef What) {
  std::vector<ValueRange> Result;
  if (Doc[Id].Type != JsonType::Array) {
    addValue(Id, What, /*PairsAllowed=*/false, Result);
  } else if (Doc[Id].FirstChild == NoJson) {
    Doc.error(Id, What + " must not be an empty array");
  } else {
    for (JsonId Item : Doc.children(Id))
      addValue(Item, What, /*PairsAllowed=*/true, Result);
  }
  normalizeRanges(Result);
  return Result;
}

bool EntryReader::addValue(JsonId Id, StringRef What, bool PairsAllowed,
                           std::vector<ValueRange> &Out) {
  const JsonNode &N = Doc[Id];
  if (N.Type == JsonType::Integer) {
    Out.push_back({N.Integer, N.Integer});
    return true;
  }
  if (N.Type == JsonType::String) {
    if (auto Ranges = valuesOfWord(N.Text)) {
      llvm::append_range(Out, *Ranges);
      return true;
    }
    if (auto It = Constants.find(N.Text); It != Constants.end()) {
      Out.push_back({It->second, It->second});
      return true;
    }
    std::vector<StringRef> Known(valueWords());
    for (const auto &[Name, Value] : Constants)
      Known.push_back(Name);
    Doc.error(Id, "unknown value '" + N.Text + "' in " + What + suggest(N.Text, Known) +
                      ", or numbers");
    return false;
  }
  if (N.Type == JsonType::Array && PairsAllowed) {
    std::vector<JsonId> Pair = Doc.children(Id);
    if (Pair.size() != 2) {
      Doc.error(Id, "a range is [lowest, highest], found an array of " + Twine(Pair.size()));
      return false;
    }
    std::optional<int64_t> Lo = bound(Pair[0]), Hi = bound(Pair[1]);
    if (!Lo || !Hi)
      return false;
    if (*Lo > *Hi) {
      Doc.error(Id, "the range [" + Twine(*Lo) + ", " + Twine(*Hi) + "] is empty");
      return false;
    }
    Out.push_back({*Lo, *Hi});
    return true;
  }
  Doc.error(Id, What + " must be a number of at most 64 bits, " + quotedList(valueWords()) +
                    ", a constant, or a list of these and [lowest, highest], found " +
                    Doc.describe(Id));
  return false;
}

std::optional<int64_t> EntryReader::bound(JsonId Id) {
  const JsonNode &N = Doc[Id];
  if (N.Type == JsonType::Integer)
    return N.Integer;
  if (N.Type == JsonType::String) {
    if (N.Text == "min")
      return MinValue;
    if (N.Text == "max")
      return MaxValue;
    if (auto It = Constants.find(N.Text); It != Constants.end())
      return It->second;
  }
  Doc.error(Id, "an end of a range must be an integer, a constant, 'min' or 'max', found " +
                    Doc.describe(Id));
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Kinds
//===----------------------------------------------------------------------===//

std::vector<KindEntry> EntryReader::readKinds() {
  std::vector<KindEntry> Result;
  JsonId Id = Doc.member(0, "kinds");
  if (Id == NoJson)
    return Result;
  auto Items = Values.array(Id, "'kinds'");
  if (!Items)
    return Result;
  std::map<std::string, unsigned> Lines;
  for (JsonId Item : *Items) {
    std::optional<KindEntry> Entry = readKind(Item);
    if (!Entry)
      continue;
    auto [It, New] = Lines.try_emplace(Entry->Kind.Id, Doc.line(Doc[Item].Offset));
    if (!New) {
      Doc.error(Entry->IdNode, "kind '" + Entry->Kind.Id + "' is defined twice, first on line " +
                                   Twine(It->second));
      continue;
    }
    Result.push_back(std::move(*Entry));
  }
  return Result;
}

std::optional<KindEntry> EntryReader::readKind(JsonId Id) {
  static constexpr StringRef Allowed[] = {"id",
                                          "title",
                                          "comment",
                                          "family",
                                          "representation",
                                          "invalid",
                                          "immortal",
                                          "onByDefault",
                                          "reportLeak",
                                          "leakAtExit",
                                          "lock",
                                          "refcounted",
                                          "asyncRelease",
                                          "releaseTells",
                                          "releaseInvalidOk",
                                          "useInvalidOk",
                                          "releaseChecksState",
                                          "memory",
                                          "releasedBy",
                                          "releaseBefore",
                                          "evidence"};
  if (!Values.object(Id, "a kind", Allowed))
    return std::nullopt;

  KindEntry Entry;
  Entry.Node = Id;
  ResourceKind &K = Entry.Kind;
  Entry.IdNode = Doc.member(Id, "id");
  if (Entry.IdNode == NoJson) {
    Doc.error(Id, "a kind needs an 'id', such as 'posix.fd'");
    return std::nullopt;
  }
  if (auto Text = Values.string(Entry.IdNode, "'id'"))
    K.Id = *Text;
  else
    return std::nullopt;
  if (!isKindId(K.Id)) {
    Doc.error(Entry.IdNode, "'" + K.Id +
                                "' is no kind id; use words of lower-case letters, digits, '_' "
                                "and '-' joined by dots, such as 'posix.fd'");
    return std::nullopt;
  }

  JsonId Title = Doc.member(Id, "title");
  if (Title == NoJson)
    Doc.error(Id, "kind '" + K.Id + "' needs a 'title', what messages call it");
  Values.optionalString(Id, "title", K.Title);
  std::string Ignored;
  Values.optionalString(Id, "comment", Ignored);
  Values.evidence(Id);
  K.Family = StringRef(K.Id).split('.').first.str();
  Values.optionalString(Id, "family", K.Family);

  static constexpr StringRef Representations[] = {"int", "pointer", "object"};
  JsonId Repr = Doc.member(Id, "representation");
  if (Repr == NoJson) {
    Doc.error(Id, "kind '" + K.Id + "' needs a 'representation': " + quotedList(Representations));
  } else if (auto Text = Values.string(Repr, "'representation'")) {
    auto It = llvm::find(Representations, *Text);
    if (It == std::end(Representations))
      Doc.error(Repr, "unknown representation '" + *Text + "'" + suggest(*Text, Representations));
    else
      K.Repr = static_cast<Representation>(It - Representations);
  }

  if (JsonId Node = Doc.member(Id, "invalid"); Node != NoJson) {
    K.Invalid = values(Node, "'invalid'");
    if (K.Repr == Representation::Object)
      Doc.errorAtKey(Node,
                     "a kind that is an object in the program's memory has no invalid values");
  }
  if (JsonId Node = Doc.member(Id, "immortal"); Node != NoJson)
    K.Immortal = values(Node, "'immortal'");
  Values.optionalBoolean(Id, "onByDefault", K.OnByDefault);
  Values.optionalBoolean(Id, "reportLeak", K.ReportLeak);
  Values.optionalBoolean(Id, "leakAtExit", K.LeakAtExit);
  Values.optionalBoolean(Id, "lock", K.Lock);
  Values.optionalBoolean(Id, "refcounted", K.Refcounted);
  Values.optionalBoolean(Id, "asyncRelease", K.AsyncRelease);
  Values.optionalBoolean(Id, "releaseTells", K.ReleaseTells);
  Values.optionalBoolean(Id, "releaseInvalidOk", K.ReleaseInvalidOk);
  Values.optionalBoolean(Id, "useInvalidOk", K.UseInvalidOk);
  Values.optionalBoolean(Id, "releaseChecksState", K.ReleaseChecksState);
  Values.optionalBoolean(Id, "memory", K.Memory);
  if (JsonId Node = Doc.member(Id, "releasedBy"); Node != NoJson)
    K.ReleasedBy = Values.strings(Node, "'releasedBy'");
  if (JsonId Node = Doc.member(Id, "releaseBefore"); Node != NoJson)
    K.ReleaseBefore = Values.strings(Node, "'releaseBefore'");
  return Entry;
}

void EntryReader::checkKindReferences(const KindTable &Table) {
  Kinds = &Table;
  JsonId Id = Doc.member(0, "kinds");
  if (Id == NoJson || Doc[Id].Type != JsonType::Array)
    return;
  for (JsonId Item : Doc.children(Id)) {
    if (Doc[Item].Type != JsonType::Object)
      continue;
    JsonId List = Doc.member(Item, "releaseBefore");
    if (List == NoJson || Doc[List].Type != JsonType::Array)
      continue;
    for (JsonId Name : Doc.children(List))
      if (Doc[Name].Type == JsonType::String)
        kindReference(Name);
  }
}

std::optional<KindId> EntryReader::kindReference(JsonId Id) {
  auto Name = Values.string(Id, "a kind");
  if (!Name)
    return std::nullopt;
  if (auto Found = Kinds->find(*Name))
    return Found;
  std::vector<StringRef> Known;
  for (const ResourceKind &K : Kinds->Kinds)
    Known.push_back(K.Id);
  Doc.error(Id, "unknown kind '" + *Name + "'" + suggest(*Name, Known));
  return std::nullopt;
}

} // namespace handrail::model
