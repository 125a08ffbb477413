//===- ValueReader.cpp - typed access to JSON values -----------------------===//
#include "lib/Model/EntryReader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

namespace handrail::model {

bool ValueReader::object(JsonId Id, llvm::StringRef What, llvm::ArrayRef<llvm::StringRef> Allowed) {
  if (Doc[Id].Type != JsonType::Object) {
    Doc.error(Id, What + " must be an object, found " + Doc.describe(Id));
    return false;
  }
  for (JsonId Member : Doc.children(Id)) {
    const std::string &Key = Doc[Member].Key;
    if (!llvm::is_contained(Allowed, Key))
      Doc.errorAtKey(Member, "unknown key '" + Key + "' in " + What + suggest(Key, Allowed));
  }
  return true;
}

std::optional<std::vector<JsonId>> ValueReader::array(JsonId Id, llvm::StringRef What) {
  if (Doc[Id].Type == JsonType::Array)
    return Doc.children(Id);
  Doc.error(Id, What + " must be an array, found " + Doc.describe(Id));
  return std::nullopt;
}

std::optional<std::string> ValueReader::string(JsonId Id, llvm::StringRef What) {
  if (Doc[Id].Type != JsonType::String) {
    Doc.error(Id, What + " must be a string, found " + Doc.describe(Id));
    return std::nullopt;
  }
  if (Doc[Id].Text.empty()) {
    Doc.error(Id, What + " must not be empty");
    return std::nullopt;
  }
  return Doc[Id].Text;
}

std::optional<bool> ValueReader::boolean(JsonId Id, llvm::StringRef What) {
  if (Doc[Id].Type == JsonType::Boolean)
    return Doc[Id].Integer != 0;
  Doc.error(Id, What + " must be true or false, found " + Doc.describe(Id));
  return std::nullopt;
}

std::optional<int64_t> ValueReader::integer(JsonId Id, llvm::StringRef What, int64_t Lo,
                                            int64_t Hi) {
  const JsonNode &N = Doc[Id];
  if (N.Type == JsonType::Integer && Lo <= N.Integer && N.Integer <= Hi)
    return N.Integer;
  Doc.error(Id, What + " must be an integer from " + llvm::Twine(Lo) + " to " + llvm::Twine(Hi) +
                    ", found " + Doc.describe(Id));
  return std::nullopt;
}

std::vector<std::string> ValueReader::strings(JsonId Id, llvm::StringRef What) {
  std::vector<std::string> Result;
  if (auto Items = array(Id, What))
    for (JsonId Item : *Items)
      if (auto Text = string(Item, ("element of " + What).str()))
        Result.push_back(*Text);
  return Result;
}

void ValueReader::optionalBoolean(JsonId Object, llvm::StringRef Key, bool &Out) {
  if (JsonId Id = Doc.member(Object, Key); Id != NoJson)
    if (auto Value = boolean(Id, ("'" + Key + "'").str()))
      Out = *Value;
}

void ValueReader::optionalString(JsonId Object, llvm::StringRef Key, std::string &Out) {
  if (JsonId Id = Doc.member(Object, Key); Id != NoJson)
    if (auto Value = string(Id, ("'" + Key + "'").str()))
      Out = *Value;
}

void ValueReader::evidence(JsonId Entry) {
  static constexpr llvm::StringRef Keys[] = {"confidence", "because", "sites", "against"};
  static constexpr llvm::StringRef Levels[] = {"strong", "likely", "weak"};
  JsonId Id = Doc.member(Entry, "evidence");
  if (Id == NoJson || !object(Id, "'evidence'", Keys))
    return;
  JsonId Level = Doc.member(Id, "confidence");
  if (Level == NoJson)
    Doc.error(Id, "'evidence' needs 'confidence': " + quotedList(Levels));
  else if (auto Text = string(Level, "'confidence'"); Text && !llvm::is_contained(Levels, *Text))
    Doc.error(Level, "unknown confidence '" + *Text + "'" + suggest(*Text, Levels));
  for (llvm::StringRef Key : llvm::drop_begin(Keys))
    if (JsonId Member = Doc.member(Id, Key); Member != NoJson)
      strings(Member, ("'" + Key + "'").str());
}

} // namespace handrail::model
