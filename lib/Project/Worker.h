//===- Worker.h - the far side of a worker process ---------------*- C++ -*-===//
//
// Private to lib/Project: what pool and worker say to each other. The pool sends
// the index of a job as four bytes; the jobs themselves came along with the fork.
// The worker answers with one Reply. Both run the same binary on one machine, so
// numbers keep their native form.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Project/Workers.h"
#include <string>

namespace handrail::project {

struct Reply {
  bool HasUnit = false;
  bool Affected = false; ///< see CaptureOutcome
  uint64_t Offset = 0, Size = 0;
  std::string Failure;
  std::string Hash, Trouble; ///< with a cache: of the unit; why it was not kept
  std::vector<capture::CaptureError> Errors;

  /// With the length of what follows in front.
  std::string encode() const;
  /// Takes one reply from the front of \p Bytes; false when it is not all there.
  static bool decode(std::string &Bytes, Reply &Out);
};

/// Whether one of \p Inputs is in \p Watched, which may be null.
bool looksAt(llvm::ArrayRef<capture::InputFile> Inputs, const capture::PastFiles *Watched);

/// Exit status of a worker that ran into its memory limit.
inline constexpr int OutOfMemoryStatus = 77;

/// Serves jobs from \p Socket until it is closed. \p Log takes what the front end
/// prints; it is emptied before each job.
[[noreturn]] void serve(int Socket, llvm::ArrayRef<capture::CompileJob> Jobs, const Spool &Units,
                        const Spool &Log, const WorkerOptions &Options);

} // namespace handrail::project
