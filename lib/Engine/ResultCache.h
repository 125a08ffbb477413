//===- ResultCache.h - findings of an earlier run ----------------*- C++ -*-===//
#pragma once

#include "lib/Engine/Engine.h"
#include "lib/Solver/ComponentCache.h"
#include <optional>

namespace handrail {

/// A directory with the result of each unit that was analysed as a program of its
/// own. What a unit gives depends on the unit and on how it is judged; nothing
/// else has to be looked at. Safe for several threads and processes.
class ResultCache {
public:
  explicit ResultCache(std::string Directory) : Directory(std::move(Directory)) {}

  /// The result kept under \p Name when it was made from what \p Key identifies.
  /// Times are not kept.
  std::optional<EngineResult> find(llvm::StringRef Name, llvm::StringRef Key) const;
  /// Replaces what is kept under \p Name. A cache that cannot be written to is no
  /// reason to fail.
  void store(llvm::StringRef Name, llvm::StringRef Key, const EngineResult &Result) const;

private:
  std::string Directory;
};

/// As analyze(), with the same findings, and takes from \p Cache what was solved by an
/// earlier run with the same models.
EngineResult analyze(const solver::Program &Program, const model::ModelSet &Models,
                     const std::vector<RegisteredCheck> &Checks, const EngineOptions &Options,
                     solver::ComponentCache &Cache);

} // namespace handrail
