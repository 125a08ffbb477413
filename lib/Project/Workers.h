//===- Workers.h - capture in worker processes -------------------*- C++ -*-===//
//
// The front end runs in a few processes forked from this one, each of which
// takes one job after another. A translation unit that crashes the front end, or
// eats all time or memory, costs that unit alone: its worker dies, the reason is
// noted, another worker is forked.
//
// Results are in the order of the jobs and do not depend on the number of
// workers.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Capture/Capture.h"
#include "lib/Project/Spool.h"
#include "lib/Project/UnitCache.h"
#include "lib/Project/UnitStore.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include <cstdint>

namespace handrail::project {

/// Where a unit lies in binary form: in a spool, in a file of its own, or in a cache.
struct StoredUnit {
  unsigned Spool = 0;
  uint64_t Offset = 0, Size = 0; ///< no size: not in the spool
  std::string File = {};
  std::string Hash = {}; ///< with a cache
};

/// What became of one job.
struct CaptureOutcome {
  std::optional<StoredUnit> Unit;
  std::vector<capture::CaptureError> Errors; ///< of the front end; the unit is partial then
  std::string Failure;   ///< why there is no unit: a crash, a limit; empty otherwise
  bool Reused = false;   ///< nothing was parsed
  bool Affected = false; ///< it looked at a file of WorkerOptions::Watched
};

struct WorkerOptions {
  unsigned Workers = 1;
  unsigned CpuSecondsPerUnit = 600; ///< 0: no limit
  uint64_t MemoryMiBPerWorker = 0;  ///< 0: no limit
  /// Units that are up to date in there are not captured again, and others go there.
  const UnitStore *Store = nullptr;
  FileIndex *Files = nullptr; ///< goes with the store
  /// Files of which it is of interest who depends on them; may be null.
  const capture::PastFiles *Watched = nullptr;
  /// What the compiler sees of some files; goes with no store. May be null.
  const capture::PastFiles *Past = nullptr;
  /// The same, for check: units lie there, and speak of files by the names of the cache.
  const UnitCache *Cache = nullptr;
};

/// All outcomes, and the files that hold the units.
struct CaptureRun {
  std::vector<CaptureOutcome> Outcomes; ///< by job
  std::vector<std::shared_ptr<const Spool>> Spools;
  double CpuSeconds = 0;                    ///< of all workers together
  uint64_t PeakKiB = 0;                     ///< resident size of the largest worker
  llvm::ArrayRef<capture::CompileJob> Jobs; ///< to capture again what turns out damaged; or empty
  const UnitCache *Cache = nullptr;

  /// Reads the unit of job \p I, which must have one. Safe from several threads.
  llvm::Expected<ir::Unit> unit(size_t I) const;
};

/// Captures every job, or finds that it has been captured. Must be called while the process has a
/// single thread.
/// \p Progress is called with the number of jobs done after each of them. Fails
/// only when the machine refuses files or processes.
llvm::Expected<CaptureRun> captureAll(llvm::ArrayRef<capture::CompileJob> Jobs,
                                      const WorkerOptions &Options,
                                      llvm::function_ref<void(size_t Done)> Progress);

} // namespace handrail::project
