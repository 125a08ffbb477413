//===- CompilationDatabase.h - what a project compiles -----------*- C++ -*-===//
//
// Reads compile_commands.json into jobs for capture: absolute files, cleaned
// arguments, no duplicates, sorted, so that everything after it is independent
// of the order a build system wrote.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Capture/Capture.h"
#include "llvm/Support/Error.h"
#include <functional>

namespace handrail::project {

/// An entry that capture cannot use, and why.
struct SkippedEntry {
  std::string File;
  std::string Reason;
  bool Failure = false; ///< it is C or C++ and its command could not be understood
  auto operator<=>(const SkippedEntry &) const = default;
};

struct CompilationDatabase {
  std::string Path;
  std::vector<capture::CompileJob> Jobs; ///< as `normalizeJobs` leaves them
  std::vector<SkippedEntry> Skipped;     ///< sorted
  unsigned Duplicates = 0;               ///< entries that repeat the parse of another one
};

/// Reads \p Path, a compile_commands.json or the directory of one. The error
/// names the file, and the place in it when it is malformed. With a \p Target, what
/// that target of CMake compiles; there must be one of that name.
llvm::Expected<CompilationDatabase> readCompilationDatabase(llvm::StringRef Path,
                                                            llvm::StringRef Target = "");

/// Parses the text of a database; \p Path is for messages, \p Directory what
/// relative directories in it are relative to.
llvm::Expected<CompilationDatabase> parseCompilationDatabase(llvm::StringRef Text,
                                                             llvm::StringRef Path,
                                                             llvm::StringRef Directory,
                                                             llvm::StringRef Target = "");

/// Looks for a compile_commands.json in \p Start and above it, in each directory
/// also in `build`. The error lists what was tried.
llvm::Expected<std::string> findCompilationDatabase(llvm::StringRef Start);

/// A job for one file without a database. \p Flags are cleaned like a command's.
llvm::Expected<capture::CompileJob>
jobFromFlags(llvm::StringRef File, llvm::ArrayRef<std::string> Flags, llvm::StringRef Directory);

/// Sorts by file and arguments and drops jobs that parse the same text in the
/// same way; returns how many. Builds of one file as position-independent code
/// and otherwise (libtool's `-DPIC`) count as the same.
unsigned normalizeJobs(std::vector<capture::CompileJob> &Jobs);

} // namespace handrail::project
