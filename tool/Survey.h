//===- Survey.h - a first look at a project ----------------------*- C++ -*-===//
//
// What `handrail init` knows before anything is analysed: the names of files and
// folders, the first lines of sources, and the calls that can be seen without a
// parse.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ResourceModel.h"
#include "lib/Project/CompilationDatabase.h"
#include <map>

namespace handrail::tool {

/// Something of the project that is not the project's own work.
struct Exclusion {
  std::string Glob;   ///< for `exclude` of handrail.json; matches no other source of the project
  std::string Reason; ///< for people
  size_t Sources = 0; ///< files of the database that it covers
};

/// Calls that make handles, of one shipped model file.
struct ModelUse {
  size_t Calls = 0;                       ///< of kinds that are on
  size_t OffCalls = 0;                    ///< of kinds that are off
  std::map<std::string, size_t> OffByKey; ///< by the family that switches them on
  std::map<std::string, size_t> ByName;   ///< by function
};

struct Survey {
  std::vector<Exclusion> Excluded;        ///< sorted by glob
  size_t Sources = 0;                     ///< files of the database, each once
  size_t Own = 0;                         ///< those that nothing above covers
  size_t Outside = 0;                     ///< own files that are not below the root
  std::map<std::string, ModelUse> Models; ///< by the stem of the model file
};

/// Looks at the sources of \p Database and at the tree below \p Root.
Survey surveyProject(const project::CompilationDatabase &Database, llvm::StringRef Root,
                     const model::ModelSet &Models);

/// Calls \p Called with every plain identifier of \p Text that a parenthesis follows,
/// outside of comments, literals and preprocessor lines.
void forEachCall(llvm::StringRef Text, llvm::function_ref<void(llvm::StringRef Name)> Called);

/// Whether a source begins by saying that a program wrote it.
bool saysGenerated(llvm::StringRef Text);

} // namespace handrail::tool
