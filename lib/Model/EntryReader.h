//===- EntryReader.h - kinds and functions of one model file -----*- C++ -*-===//
//
// Turns the JSON of one file into entries that still know their place in the
// text, and complains there. Which entry wins over which is ModelReader.cpp's.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/Json.h"
#include "lib/Model/ResourceModel.h"
#include <map>
#include <tuple>

namespace handrail::model {

/// Models of one name are told apart by what they ask of a call; equal keys
/// replace each other.
using FunctionKey =
    std::tuple<std::string, std::vector<std::pair<unsigned, std::string>>, unsigned>;
FunctionKey keyOf(const FunctionModel &F);

/// Typed access to JSON values; every mismatch is an error at the value. The
/// functions that return an optional have complained when it is empty.
class ValueReader {
public:
  explicit ValueReader(JsonDocument &Doc) : Doc(Doc) {}

  /// False and an error when \p Id is no object, or has keys beyond \p Allowed.
  /// Unknown keys do not stop the rest of the object from being read.
  bool object(JsonId Id, llvm::StringRef What, llvm::ArrayRef<llvm::StringRef> Allowed);
  std::optional<std::vector<JsonId>> array(JsonId Id, llvm::StringRef What);
  std::optional<std::string> string(JsonId Id, llvm::StringRef What);
  std::optional<bool> boolean(JsonId Id, llvm::StringRef What);
  std::optional<int64_t> integer(JsonId Id, llvm::StringRef What, int64_t Lo, int64_t Hi);
  std::vector<std::string> strings(JsonId Id, llvm::StringRef What);

  /// Member \p Key of \p Object into \p Out, if present and right.
  void optionalBoolean(JsonId Object, llvm::StringRef Key, bool &Out);
  void optionalString(JsonId Object, llvm::StringRef Key, std::string &Out);
  /// Checks the member `evidence` of \p Entry, which is for people.
  void evidence(JsonId Entry);

  JsonDocument &Doc;
};

/// A kind and the node it was read from.
struct KindEntry {
  ResourceKind Kind;
  JsonId Node = NoJson, IdNode = NoJson;
};

/// What a function entry needs to know of kinds, of every source.
struct KindTable {
  const std::vector<ResourceKind> &Kinds; ///< sorted by id
  std::optional<KindId> find(llvm::StringRef Id) const;
};

/// Reads the parts of one file. Call `readKinds` for all files first, then
/// `readFunctions` with the table of all kinds.
class EntryReader {
public:
  EntryReader(JsonDocument &Doc, bool Builtin) : Values(Doc), Doc(Doc), Builtin(Builtin) {}

  /// Checks the outermost object; false when there is nothing more to read.
  bool readTop();
  std::vector<KindEntry> readKinds();
  /// Checks what a kind says about other kinds.
  void checkKindReferences(const KindTable &Kinds);
  /// One model per name.
  std::vector<FunctionModel> readFunctions(const KindTable &Kinds);
  std::vector<std::string> readHeaders();

private:
  void readConstants();
  std::optional<KindEntry> readKind(JsonId Id);
  void readFunction(JsonId Id, std::vector<FunctionModel> &Out);
  std::vector<std::pair<std::string, JsonId>> readNames(JsonId Function);
  void readEffects(JsonId Function, FunctionModel &Model);
  bool readEffect(JsonId Id, Effect &Out);
  void readArgumentIs(JsonId Id, FunctionModel &Model);
  void readWhen(JsonId Effect, const FunctionModel &Model, ReturnClass &Out);
  void checkFunction(JsonId Id, const FunctionModel &Model);
  std::optional<Place> place(JsonId Id, llvm::StringRef What);
  std::optional<KindId> kindReference(JsonId Id);

  /// A set of values: a word, a number, a constant, or a list of these and
  /// `[low, high]` pairs.
  std::vector<ValueRange> values(JsonId Id, llvm::StringRef What);
  bool addValue(JsonId Id, llvm::StringRef What, bool PairsAllowed, std::vector<ValueRange> &Out);
  std::optional<int64_t> bound(JsonId Id);

  ValueReader Values;
  JsonDocument &Doc;
  bool Builtin;
  const KindTable *Kinds = nullptr;
  std::map<std::string, int64_t> Constants;
  std::map<FunctionKey, unsigned> LineOfFunction;
};

/// The keys of handrail.json that are not about models; the model reader skips
/// them, ProjectConfig reads them.
llvm::ArrayRef<llvm::StringRef> projectKeys();
llvm::ArrayRef<llvm::StringRef> modelKeys();

} // namespace handrail::model
