//===- ModelWriter.h - models as JSON text -----------------------*- C++ -*-===//
//
// The inverse of the reader, for models that a program proposes and a person
// commits: kinds and functions in the order given, in the style of the files that
// ship, and what speaks for each of them beside it.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ResourceModel.h"
#include <string>
#include <vector>

namespace handrail::model {

/// Why somebody believes an entry. For people: the reader checks its form alone.
struct Evidence {
  std::string Confidence;           ///< "strong", "likely" or "weak"; empty: there is no evidence
  std::vector<std::string> Because; ///< sentences
  std::vector<std::string> Sites;   ///< file:line
  std::vector<std::string> Against; ///< what contradicts it, with its place
};

struct WrittenKind {
  ResourceKind Kind;
  std::string Comment;
  Evidence Proof;
};

struct WrittenFunction {
  std::vector<std::string> Names;
  FunctionModel Model; ///< its name, source and BeforeBody say nothing
  std::string Comment;
  Evidence Proof;
  bool AfterBody = false; ///< a body in the program counts instead
};

struct WrittenModel {
  std::string Comment;
  std::vector<WrittenKind> Kinds;
  std::vector<WrittenFunction> Functions;
};

/// The file's text. \p Kinds is what effects index into; it holds kinds of other
/// files, too.
std::string printModel(const WrittenModel &Model, llvm::ArrayRef<ResourceKind> Kinds);

} // namespace handrail::model
