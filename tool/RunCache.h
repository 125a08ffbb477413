//===- RunCache.h - what a run of check takes from earlier ones --*- C++ -*-===//
#pragma once

#include "lib/Project/UnitCache.h"
#include "tool/Inputs.h"

namespace handrail::tool {

struct AnalysisResult;

/// The directory of `check --cache`, or of HANDRAIL_CACHE. What it holds speaks of the
/// project by names that other checkouts share.
class RunCache {
public:
  /// Null when no cache is wanted. With \p Share, other checkouts can use what is kept.
  static llvm::Expected<std::unique_ptr<RunCache>> create(const CheckCommand &Command,
                                                          const Inputs &In, bool Share);

  const project::UnitCache &units() const { return *Units; }
  const ObjectStore &objects() const { return *Objects; }
  const Relocation &names() const { return Names; }

  /// The end of capture: the next run need not read what this one has read.
  void saveFiles() const;
  /// The end of the run: what `cache stats` tells of it, and if the cache cannot be
  /// written to, that.
  void finish(const project::CaptureRun &Run, const AnalysisResult &Analysis) const;

private:
  RunCache() = default;

  std::string Directory;
  Relocation Names;
  std::unique_ptr<ObjectStore> Objects;
  std::string FilesKey;
  project::FileIndex Files;
  std::optional<project::UnitCache> Units;
};

/// The directory and the limit in bytes that are asked for here, by the command line or
/// the environment.
std::string cacheDirectory(llvm::StringRef Asked);
llvm::Expected<uint64_t> cacheLimit(std::optional<uint64_t> AskedMiB);

/// What runs found in the cache and what they had to do.
struct RunCounts {
  uint64_t Runs = 0;
  uint64_t UnitsFound = 0, UnitsMade = 0;
  uint64_t ResultsFound = 0, ResultsMade = 0;
  uint64_t ComponentsFound = 0, ComponentsMade = 0;

  std::string print() const;
  static std::optional<RunCounts> parse(llvm::StringRef Line);
  void add(const RunCounts &Other);
};

/// Of all runs and of the latest one, from what the store has noted.
std::pair<RunCounts, RunCounts> countRuns(llvm::StringRef Notes);

} // namespace handrail::tool
