//===- Json.cpp - JSON text with a position for every value ----------------===//
//
// nlohmann's SAX events come in the order of the text, one per token but for
// separators and closing brackets. So a cursor that skips one token per event
// knows where each value starts, without a second parser.
//
//===----------------------------------------------------------------------===//
#include "lib/Model/Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace handrail::model {

namespace {
constexpr size_t MaxDepth = 32;
constexpr size_t MaxBytes = 16u << 20;
constexpr size_t MaxErrorsPerFile = 100;

/// nlohmann's texts start with an id and a position that we print ourselves.
std::string withoutPrefix(llvm::StringRef What) {
  What = What.substr(What.find("] ") + 2);
  if (What.starts_with("parse error at ")) {
    if (size_t Colon = What.find(": "); Colon != llvm::StringRef::npos)
      What = What.drop_front(Colon + 2);
  }
  return What.str();
}

bool hasControlCharacter(llvm::StringRef Text) {
  return llvm::any_of(Text, [](unsigned char C) { return C < 0x20 || C == 0x7f; });
}

/// Text that is not even given to the parser: where and why.
std::optional<std::pair<size_t, std::string>> refuse(llvm::StringRef Text) {
  if (Text.size() > MaxBytes)
    return std::pair<size_t, std::string>(0, "file of " + std::to_string(Text.size()) +
                                                 " bytes; at most " + std::to_string(MaxBytes) +
                                                 " are read");
  if (Text.starts_with("\xEF\xBB\xBF"))
    return std::pair(0, "file starts with a byte order mark; save it as UTF-8 without one");
  if (Text.starts_with("\xFF\xFE") || Text.starts_with("\xFE\xFF"))
    return std::pair(0, "file is UTF-16; save it as UTF-8");
  // nlohmann takes a NUL byte for the end of the input.
  if (size_t Nul = Text.find('\0'); Nul != llvm::StringRef::npos)
    return std::pair(Nul, "NUL byte; a model is JSON text");
  if (Text.trim().empty())
    return std::pair(0, "file is empty; a model is a JSON object");
  return std::nullopt;
}
} // namespace

/// Builds the nodes from SAX events; see the file comment for the cursor.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
public:
  TreeBuilder(JsonDocument &Doc, llvm::StringRef Text) : Doc(Doc), Text(Text) {}

  bool null() override { return integer(JsonType::Null, 0); }
  bool boolean(bool Value) override { return integer(JsonType::Boolean, Value); }
  bool number_integer(number_integer_t Value) override { return integer(JsonType::Integer, Value); }
  bool number_unsigned(number_unsigned_t Value) override {
    if (Value > static_cast<uint64_t>(INT64_MAX))
      return text(JsonType::Number, std::to_string(Value));
    return integer(JsonType::Integer, static_cast<int64_t>(Value));
  }
  bool number_float(number_float_t, const string_t &Written) override {
    return text(JsonType::Number, Written);
  }
  bool string(string_t &Value) override {
    if (hasControlCharacter(Value))
      return fail(nextToken(), "control character in a string");
    return text(JsonType::String, Value);
  }
  bool binary(binary_t &) override { return false; } // no such thing in JSON text

  bool start_object(std::size_t) override { return open(JsonType::Object); }
  bool start_array(std::size_t) override { return open(JsonType::Array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t &Value) override {
    PendingKeyOffset = nextToken();
    if (hasControlCharacter(Value))
      return fail(PendingKeyOffset, "control character in a key");
    PendingKey = Value;
    return true;
  }

  bool parse_error(std::size_t Position, const std::string &,
                   const nlohmann::detail::exception &E) override {
    return fail(Position ? Position - 1 : 0, withoutPrefix(E.what()));
  }

  /// Where parsing stopped and why; empty message when it did not.
  size_t FailedAt = 0;
  std::string Failure;

private:
  bool fail(size_t Offset, std::string Message) {
    FailedAt = Offset;
    Failure = std::move(Message);
    return false;
  }

  size_t nextToken() {
    Cursor = std::min(Text.find_first_not_of(" \t\r\n,:]}", Cursor), Text.size());
    size_t Start = Cursor;
    if (Text.substr(Start).starts_with("\"")) {
      for (++Cursor; Cursor < Text.size() && Text[Cursor] != '"'; ++Cursor)
        Cursor += Text[Cursor] == '\\';
      ++Cursor;
    } else if (Text.substr(Start).starts_with("{") || Text.substr(Start).starts_with("[")) {
      ++Cursor;
    } else {
      Cursor = std::min(Text.find_first_of(" \t\r\n,:]}", Cursor), Text.size());
    }
    return Start;
  }

  struct Level {
    JsonId Id = 0, LastChild = NoJson;
    uint32_t Count = 0;
    llvm::StringSet<> Keys; ///< of an object with many members
  };

  /// Whether an earlier member of \p L has the pending key. Nearly all objects are
  /// so small that looking at each member is the fastest way.
  bool isRepeated(Level &L) {
    constexpr uint32_t Few = 16;
    if (L.Count < Few)
      return Doc.member(L.Id, PendingKey) != NoJson;
    if (L.Keys.empty())
      for (JsonId C = Doc.Nodes[L.Id].FirstChild; C != NoJson; C = Doc.Nodes[C].NextSibling)
        L.Keys.insert(Doc.Nodes[C].Key);
    return !L.Keys.insert(PendingKey).second;
  }

  JsonId scalar(JsonType Type) {
    JsonId Id = Doc.Nodes.size();
    JsonNode &N = Doc.Nodes.emplace_back();
    N.Type = Type;
    N.Offset = nextToken();
    if (Open.empty())
      return Id;
    Level &L = Open.back();
    N.Parent = L.Id;
    N.Key = PendingKey;
    N.KeyOffset = PendingKeyOffset;
    if (Doc.Nodes[L.Id].Type == JsonType::Object && isRepeated(L)) {
      // Stays in the table so that its own children have a parent, but unlinked.
      Doc.report(PendingKeyOffset, Doc.pointer(Id),
                 "key '" + PendingKey + "' appears twice in the same object");
      return Id;
    }
    N.Position = L.Count++;
    (L.LastChild == NoJson ? Doc.Nodes[L.Id].FirstChild : Doc.Nodes[L.LastChild].NextSibling) = Id;
    L.LastChild = Id;
    return Id;
  }
  bool integer(JsonType Type, int64_t Value) {
    Doc.Nodes[scalar(Type)].Integer = Value;
    return true;
  }
  bool text(JsonType Type, std::string Value) {
    Doc.Nodes[scalar(Type)].Text = std::move(Value);
    return true;
  }
  bool open(JsonType Type) {
    if (Open.size() == MaxDepth)
      return fail(nextToken(), "more than " + std::to_string(MaxDepth) + " levels of nesting");
    JsonId Id = scalar(Type);
    Open.emplace_back().Id = Id;
    return true;
  }
  bool close() {
    Open.pop_back();
    return true;
  }

  JsonDocument &Doc;
  llvm::StringRef Text;
  size_t Cursor = 0;
  std::vector<Level> Open;
  std::string PendingKey;
  size_t PendingKeyOffset = 0;
};

JsonDocument::JsonDocument(const ModelSource &Source) : File(Source.Name) {
  llvm::StringRef Text = Source.Text;
  LineStarts.push_back(0);
  for (size_t I = 0; I < Text.size(); ++I)
    if (Text[I] == '\n')
      LineStarts.push_back(I + 1);

  if (auto Refusal = refuse(Text)) {
    errorAt(Refusal->first, Refusal->second);
    return;
  }

  Nodes.reserve(Text.size() / 16); // about as dense as models are
  TreeBuilder Builder(*this, Text);
  bool Parsed = false;
  try {
    Parsed = nlohmann::json::sax_parse(Text.begin(), Text.end(), &Builder);
  } catch (const std::exception &E) {
    Builder.Failure = E.what();
  }
  if (Parsed)
    return;
  Nodes.clear();
  errorAt(std::min(Builder.FailedAt, Text.size()), Builder.Failure);
}

std::vector<JsonId> JsonDocument::children(JsonId Id) const {
  std::vector<JsonId> Result;
  for (JsonId C = Nodes[Id].FirstChild; C != NoJson; C = Nodes[C].NextSibling)
    Result.push_back(C);
  return Result;
}

JsonId JsonDocument::member(JsonId Id, llvm::StringRef Key) const {
  for (JsonId C = Nodes[Id].FirstChild; C != NoJson; C = Nodes[C].NextSibling)
    if (Nodes[C].Key == Key)
      return C;
  return NoJson;
}

unsigned JsonDocument::line(uint32_t Offset) const {
  return llvm::upper_bound(LineStarts, Offset) - LineStarts.begin();
}

std::string JsonDocument::pointer(JsonId Id) const {
  std::string Result;
  for (; Nodes[Id].Parent != NoJson; Id = Nodes[Id].Parent) {
    std::string Step;
    if (Nodes[Nodes[Id].Parent].Type == JsonType::Array) {
      Step = std::to_string(Nodes[Id].Position);
    } else {
      for (char C : Nodes[Id].Key)
        Step += C == '~' ? "~0" : C == '/' ? "~1" : std::string(1, C);
    }
    Result = "/" + Step + Result;
  }
  return Result;
}

std::string JsonDocument::describe(JsonId Id) const {
  const JsonNode &N = Nodes[Id];
  switch (N.Type) {
  case JsonType::Null:
    return "null";
  case JsonType::Boolean:
    return N.Integer ? "true" : "false";
  case JsonType::Integer:
    return "number " + std::to_string(N.Integer);
  case JsonType::Number:
    return "number " + N.Text;
  case JsonType::String:
    return "string '" + N.Text + "'";
  case JsonType::Array:
    return N.FirstChild == NoJson ? "an empty array" : "an array";
  case JsonType::Object:
    return "an object";
  }
  return "";
}

void JsonDocument::error(JsonId Where, const llvm::Twine &Message) {
  report(Nodes[Where].Offset, pointer(Where), Message);
}

void JsonDocument::errorAtKey(JsonId Where, const llvm::Twine &Message) {
  report(Nodes[Where].KeyOffset, pointer(Where), Message);
}

void JsonDocument::errorAt(size_t Offset, const llvm::Twine &Message) {
  report(Offset, "", Message);
}

void JsonDocument::report(size_t Offset, std::string Pointer, const llvm::Twine &Message) {
  if (Errors.size() > MaxErrorsPerFile)
    return;
  ModelError E;
  E.File = File;
  E.Line = line(Offset);
  E.Column = Offset - LineStarts[E.Line - 1] + 1;
  E.Pointer = std::move(Pointer);
  E.Message = Errors.size() == MaxErrorsPerFile
                  ? "too many errors, the rest of this file's are not shown"
                  : Message.str();
  Errors.push_back(std::move(E));
}

std::string quotedList(llvm::ArrayRef<llvm::StringRef> Names) {
  std::string Result;
  for (size_t I = 0; I < Names.size(); ++I) {
    if (I)
      Result += I + 1 == Names.size() ? " or " : ", ";
    Result += "'" + Names[I].str() + "'";
  }
  return Result;
}

std::string suggest(llvm::StringRef Name, llvm::ArrayRef<llvm::StringRef> Allowed) {
  std::string Lower = Name.lower();
  unsigned Best = std::max<size_t>(2, Name.size() / 3) + 1;
  llvm::StringRef Found;
  for (llvm::StringRef Candidate : Allowed) {
    unsigned Distance =
        llvm::StringRef(Lower).edit_distance(Candidate.lower(), /*AllowReplacements=*/true, Best);
    // A short name must share something with what was written.
    if (Distance < Best && Distance < Candidate.size()) {
      Best = Distance;
      Found = Candidate;
    }
  }
  return (Found.empty() ? "; " : "; did you mean '" + Found.str() + "'? ") +
         "allowed: " + quotedList(Allowed);
}

std::string ModelError::str() const {
  std::string Result = File;
  if (Line)
    Result += ":" + std::to_string(Line) + ":" + std::to_string(Column);
  Result += ": error: " + Message;
  if (!Pointer.empty())
    Result += " [at " + Pointer + "]";
  return Result;
}

} // namespace handrail::model
