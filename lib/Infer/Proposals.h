//===- Proposals.h - models that a code base suggests ------------*- C++ -*-===//
//
// Handles are told apart by their type. A type becomes a kind when some function
// makes what some other one ends; both are believed for what their bodies do
// (Roles.h), or for what most of their callers do (Callers.h). Names and types alone
// are never enough. What is in doubt is not proposed.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ModelWriter.h"
#include "lib/Solver/Solver.h"

namespace handrail::infer {

struct Proposals {
  model::WrittenModel Model;
  std::vector<model::ResourceKind> Kinds; ///< what the effects of Model index into
};

/// Proposes nothing that \p Models know. \p ShowPath turns the path of a file into what evidence
/// says.
Proposals propose(const solver::Program &P, const model::ModelSet &Models,
                  llvm::function_ref<std::string(llvm::StringRef)> ShowPath);

} // namespace handrail::infer
