//===- Setup.h - models, checks and settings for some files ------*- C++ -*-===//
#pragma once

#include "lib/Engine/Engine.h"
#include "lib/Engine/Suppressions.h"
#include "lib/Model/ModelWriter.h"
#include "lib/Model/ProjectConfig.h"
#include "lib/Support/Digest.h"
#include "lib/Support/GlobList.h"
#include "tool/Options.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/Regex.h"
#include <map>

namespace handrail::tool {

/// Everything that decides how the files below one handrail.json are judged; for
/// those below none it comes from the command line alone. Immutable once made
/// and shared between threads.
struct Setup {
  model::ProjectConfig Config;
  model::ModelSet Models;
  std::vector<RegisteredCheck> Checks;
  EngineOptions Engine;
  PathGlobs Exclude;
  PathRules Rules;
  std::optional<llvm::Regex> HeaderFilter;
  /// A digest of all the above that findings depend on. Setups that have the same
  /// one judge alike.
  std::string Identity;

  /// \p ConfigFile may be empty. Fails when a model, a setting or an argument is
  /// wrong; every error of every file is in the message list.
  static llvm::Expected<std::unique_ptr<Setup>>
  create(llvm::StringRef ConfigFile, const AnalysisArguments &Arguments,
         std::shared_ptr<const solver::SummaryFile> Summaries);
};

/// One Setup for every handrail.json that governs some file.
class SetupCache {
public:
  explicit SetupCache(const AnalysisArguments &Arguments) : Arguments(Arguments) {}

  /// The setup of the handrail.json nearest to \p File, which lives as long as the
  /// cache. Fails as `Setup::create` does.
  llvm::Expected<const Setup *> forFile(llvm::StringRef File);

private:
  const AnalysisArguments &Arguments;
  std::shared_ptr<const solver::SummaryFile> Summaries; ///< once it is read
  std::map<std::string, std::string> ConfigOf;          ///< by directory; "" when there is none
  std::map<std::string, std::unique_ptr<Setup>> Setups; ///< by path of the handrail.json
};

/// Writes a model file; an empty \p Output is standard output.
llvm::Error writeModel(const model::WrittenModel &Model, llvm::ArrayRef<model::ResourceKind> Kinds,
                       const std::string &Output);

/// Reads models from the shipped files, \p Project and the command line, in that
/// order. Errors join, one for each thing that is wrong. \p Read takes in what was
/// read.
llvm::Error loadModels(std::vector<model::ModelSource> Project, const ModelArguments &Arguments,
                       model::ModelSet &Out, Digest *Read = nullptr);

} // namespace handrail::tool
