//===- ProjectConfig.h - what handrail.json says beside models ---*- C++ -*-===//
//
//   { "version": 1,
//     "models": ["models/pool.json"],
//     "checks": { "select": ["*", "-raw-handle"],
//                 "options": { "missing-close": { "Name": "value" } } },
//     "suppress": [{ "paths": ["tests"], "checks": ["missing-close"],
//                    "reason": "they end soon" }],
//     "headerFilter": "^src/",
//     "exclude": ["third_party/**"],
//     "baseline": "handrail-baseline.jsonl",
//     "kinds": […], "functions": […] }
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ModelReader.h"
#include <map>

namespace handrail::model {

/// Findings of some checks that are not wanted in some files.
struct PathRule {
  std::vector<std::string> Paths;  ///< globs, as for `exclude`
  std::vector<std::string> Checks; ///< globs of ids
  std::string Reason;              ///< never empty
  unsigned Line = 0;               ///< where it begins in handrail.json
};

/// The keys of handrail.json that are not about models. Everything is optional.
struct ProjectConfig {
  std::string File; ///< path of the handrail.json; "" when there is none
  std::vector<std::string>
      CheckGlobs; ///< `*`, `-raw-handle`: in order, the last one that matches wins
  std::map<std::string, std::map<std::string, std::string>>
      CheckOptions; ///< by check id, then name
  std::vector<PathRule> Suppress;
  std::optional<std::string> HeaderFilter; ///< regular expression; valid
  std::vector<std::string> Exclude;        ///< globs of source files to leave alone; valid
  std::string Baseline;                    ///< of findings, relative to the folder of File
  std::vector<std::string> ModelFiles;     ///< as written, relative to the folder of File
};

/// Reads the keys above from the text of one handrail.json; keys about models
/// are skipped. Returns every error; \p Out then holds what could be read.
std::vector<ModelError> readProjectConfig(const ModelSource &Source, ProjectConfig &Out);

/// Reads the file \p Path, and appends to \p Sources the model files it lists,
/// in order, and last the file itself, whose own entries win. Files that cannot
/// be read are errors too. What is wrong with the models inside is left for
/// `readModels` to say.
std::vector<ModelError> loadProject(llvm::StringRef Path, ProjectConfig &Out,
                                    std::vector<ModelSource> &Sources);

} // namespace handrail::model
