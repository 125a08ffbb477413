//===- ResultCache.h - findings of earlier runs ------------------*- C++ -*-===//
#pragma once

#include "lib/Engine/Engine.h"
#include "lib/Solver/ComponentCache.h"
#include "lib/Support/ObjectStore.h"
#include <optional>

namespace handrail {

/// The result of units that were analysed as a program. What they give depends on the
/// units and on how they are judged, which \p Key is a digest of; nothing else has to
/// be looked at. Times are not kept.
std::optional<EngineResult> findResult(const ObjectStore &Objects, llvm::StringRef Key);
void storeResult(const ObjectStore &Objects, llvm::StringRef Key, const EngineResult &Result);

/// Makes \p Change of every path, and of every text in which one may stand.
void changePaths(std::vector<Finding> &Findings, std::vector<KeptHandle> &Kept,
                 llvm::function_ref<std::string(llvm::StringRef)> Change);

/// As analyze(), with the same findings, and takes from \p Cache what was solved by an
/// earlier run with the same models.
EngineResult analyze(const solver::Program &Program, const model::ModelSet &Models,
                     const std::vector<RegisteredCheck> &Checks, const EngineOptions &Options,
                     solver::ComponentCache &Cache);

} // namespace handrail
