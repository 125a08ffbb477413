//===- Json.h - JSON text with a position for every value --------*- C++ -*-===//
//
// The only place that knows the wire format. nlohmann_json checks and decodes
// the text; it tells positions for syntax errors alone, so the values are kept
// in a small tree of our own in which each one remembers its byte offset. Its
// exceptions and its header stay inside Json.cpp.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ModelReader.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace handrail::model {

enum class JsonType : uint8_t { Null, Boolean, Integer, Number, String, Array, Object };

using JsonId = uint32_t; ///< index into JsonDocument::Nodes; 0 is the root
inline constexpr JsonId NoJson = UINT32_MAX;

/// One value. Children of arrays and objects are linked in the order of the text.
struct JsonNode {
  JsonType Type = JsonType::Null;
  JsonId Parent = NoJson, FirstChild = NoJson, NextSibling = NoJson;
  uint32_t Position = 0;  ///< among its siblings
  uint32_t Offset = 0;    ///< of the value's first byte
  uint32_t KeyOffset = 0; ///< members of an object: of the key's quote
  int64_t Integer = 0;    ///< Integer; Boolean as 0 or 1
  std::string Key;        ///< members of an object
  std::string Text;       ///< String: decoded; Number: as written
};

/// A parsed file and the errors found in it so far. Every error goes through
/// `error`, which knows how to turn a node into line, column and pointer.
class JsonDocument {
public:
  /// Parses \p Source. On a syntax error the tree is empty and `ok()` is false.
  /// Members that repeat a key are reported and left out of the tree.
  explicit JsonDocument(const ModelSource &Source);

  bool ok() const { return !Nodes.empty(); }
  const JsonNode &operator[](JsonId Id) const { return Nodes[Id]; }
  llvm::StringRef fileName() const { return File; }

  /// The children of \p Id in order of the text.
  std::vector<JsonId> children(JsonId Id) const;
  /// The member \p Key of the object \p Id, or NoJson. Linear.
  JsonId member(JsonId Id, llvm::StringRef Key) const;

  /// Line of a byte offset, from 1. O(log lines).
  unsigned line(uint32_t Offset) const;
  /// RFC 6901 pointer to a node; "" for the root.
  std::string pointer(JsonId Id) const;
  /// "string 'abc'", "integer 3", "array": what an error says was found.
  std::string describe(JsonId Id) const;

  void error(JsonId Where, const llvm::Twine &Message);
  /// As `error`, but points to the member's key instead of its value.
  void errorAtKey(JsonId Where, const llvm::Twine &Message);
  /// For what has no node.
  void errorAt(size_t Offset, const llvm::Twine &Message);

  std::vector<ModelError> takeErrors() { return std::move(Errors); }
  size_t errorCount() const { return Errors.size(); }

private:
  friend class TreeBuilder;
  void report(size_t Offset, std::string Pointer, const llvm::Twine &Message);

  std::string File;
  std::vector<JsonNode> Nodes;
  std::vector<size_t> LineStarts;
  std::vector<ModelError> Errors;
};

/// `'a', 'b' or 'c'`, for messages.
std::string quotedList(llvm::ArrayRef<llvm::StringRef> Names);

/// What follows "unknown thing 'x'" in a message: the nearest of \p Allowed, if
/// one is near, then all of them.
std::string suggest(llvm::StringRef Name, llvm::ArrayRef<llvm::StringRef> Allowed);

} // namespace handrail::model
