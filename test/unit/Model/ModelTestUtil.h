//===- ModelTestUtil.h - one model file in, one result out -------*- C++ -*-===//
#pragma once

#include "lib/Model/ModelReader.h"
#include "gmock/gmock.h"

namespace handrail::model {

/// What reading some sources gives.
struct Read {
  ModelSet Models;
  std::vector<std::string> Errors; ///< as printed

  /// The only model of \p Name, or the first one.
  const FunctionModel &function(llvm::StringRef Name) const {
    auto Found = Models.find(Name);
    if (Found.empty()) {
      ADD_FAILURE() << "no model of " << Name.str();
      static const FunctionModel Empty;
      return Empty;
    }
    return Models.Functions[Found[0]];
  }
  const ResourceKind &kind(llvm::StringRef Id) const {
    auto Found = Models.kind(Id);
    if (!Found) {
      ADD_FAILURE() << "no kind " << Id.str();
      static const ResourceKind Empty;
      return Empty;
    }
    return Models.Kinds[*Found];
  }
  bool enabled(llvm::StringRef Id) const { return Models.KindEnabled[*Models.kind(Id)]; }
};

inline Read readAll(llvm::ArrayRef<ModelSource> Sources, const ModelOptions &Options = {}) {
  Read Result;
  for (const ModelError &E : readModels(Sources, Options, Result.Models))
    Result.Errors.push_back(E.str());
  return Result;
}

/// Reads \p Text as the file `m.json` of a project.
inline Read readText(llvm::StringRef Text) { return readAll({{"m.json", Text.str(), false}}); }

/// Reads a kind `a.fd` and one function entry, given without its braces, which
/// stands on line 3.
inline Read readFunction(llvm::StringRef Entry) {
  return readText((R"({"version": 1, "constants": {"DUP": 7}, "kinds": [
{"id": "a.fd", "title": "fd", "representation": "int", "invalid": "negative"}, {"id": "a.obj", "title": "obj", "representation": "object"}], "functions": [
{)" + Entry + "}]}")
                      .str());
}

} // namespace handrail::model
