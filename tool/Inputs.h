//===- Inputs.h - which translation units to look at -------------*- C++ -*-===//
#pragma once

#include "lib/Project/CompilationDatabase.h"
#include "lib/Project/Workers.h"
#include "tool/Options.h"

namespace handrail::tool {

struct Inputs {
  std::string Database;                       ///< that it was read from; empty: none
  std::vector<capture::CompileJob> Jobs;      ///< sorted, without duplicates
  std::vector<project::SkippedEntry> Skipped; ///< entries of the database left out
  unsigned Duplicates = 0;
  /// The directories that make up the project: headers below them are its own.
  std::vector<std::string> Roots;
};

/// Finds the jobs: from the flags after `--`, otherwise from the compilation
/// database, limited to the files and directories the user named. Fails when a
/// named file cannot be found, or there is no database.
llvm::Expected<Inputs> findInputs(const InputArguments &Arguments);

/// Finds what was captured into \p Directories. The outcomes of \p Run are those of
/// the jobs; entries that are damaged are among the skipped ones.
llvm::Expected<Inputs> findUnits(llvm::ArrayRef<std::string> Directories, project::CaptureRun &Run);

/// The number of processes or threads that `-j` asks for; 0: as the machine has.
unsigned parallelJobs(unsigned Asked);

/// What captureInputs() goes by beside the jobs; all may be null. See project::WorkerOptions.
struct CaptureSources {
  const project::UnitStore *Store = nullptr;
  project::FileIndex *Files = nullptr;
  const capture::PastFiles *Watched = nullptr, *Past = nullptr;
  const project::UnitCache *Cache = nullptr;
};

/// Captures all jobs of \p In, with progress on standard error unless \p Quiet. With
/// a store or a cache, units that are up to date there are taken from it.
llvm::Expected<project::CaptureRun> captureInputs(const Inputs &In, unsigned Workers,
                                                  const ParseLimits &Limits, bool Quiet,
                                                  const CaptureSources &Sources = {});

} // namespace handrail::tool
