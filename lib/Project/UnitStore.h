//===- UnitStore.h - units on disk -------------------------------*- C++ -*-===//
//
// A directory with two files for every translation unit: NAME.unit, the unit in
// binary form, and NAME.entry, text that says what it was made from: the compile
// command, the tool, every file the compilation looked at with its content's
// digest, and the errors of the front end. NAME depends on the command alone.
//
// Both are a pure function of what the entry lists, and both are replaced as a
// whole. Many processes may write to one directory: an entry names the unit it
// speaks of by its hash, so that files of two writers are never taken for a pair.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Capture/Capture.h"
#include "lib/Project/FileIndex.h"
#include "llvm/Support/Error.h"
#include <optional>

namespace handrail::project {

/// What stands in an entry.
struct UnitEntry {
  std::string Tool;
  capture::CompileJob Job;
  std::vector<std::string> Environment; ///< `NAME=VALUE` that change how the job compiles
  std::vector<capture::InputFile> Inputs;
  std::vector<capture::CaptureError> Errors;
  std::string Unit; ///< hash of the unit; empty when the front end could build none

  std::string print() const;
  /// Nothing when \p Text was damaged or is of another version.
  static std::optional<UnitEntry> parse(llvm::StringRef Text);
};

class UnitStore {
public:
  /// \p Directory is made when it is not there. Entries of another \p Tool count
  /// as outdated.
  static llvm::Expected<UnitStore> create(std::string Directory, std::string Tool);

  /// Removes the units of all jobs but \p Jobs. Not for directories that several
  /// processes write to.
  llvm::Error keepOnly(llvm::ArrayRef<capture::CompileJob> Jobs) const;
  /// Where the unit of \p Job is.
  std::string unitPath(const capture::CompileJob &Job) const;
  /// The entry of \p Job when all it depends on is as it was and its unit is there;
  /// \p Files knows the state of files.
  std::optional<UnitEntry> find(const capture::CompileJob &Job, FileIndex &Files) const;
  /// What the entry of \p Job says, up to date or not; nothing when there is none.
  std::optional<UnitEntry> entry(const capture::CompileJob &Job) const;
  /// \p Inputs as captureFile() gives them. Safe while others read and write.
  llvm::Error write(const capture::CompileJob &Job, const capture::CaptureResult &Result,
                    std::vector<capture::InputFile> Inputs) const;

private:
  UnitStore(std::string Directory, std::string Tool)
      : Directory(std::move(Directory)), Tool(std::move(Tool)) {}
  std::string pathOf(const capture::CompileJob &Job, llvm::StringRef Extension) const;
  std::string Directory, Tool;
};

/// What compilers read of the environment, as `NAME=VALUE`.
std::vector<std::string> compilerEnvironment();

/// The hash of the unit in the file \p Path, when it looks whole.
std::optional<std::string> hashOfUnit(llvm::StringRef Path);

/// One unit of a directory of units.
struct StoredEntry {
  std::string Path; ///< of the unit
  UnitEntry Entry;
};

/// All entries of \p Directory in order of name. What cannot be read is in
/// \p Damaged, with why. Fails when there is no such directory.
llvm::Expected<std::vector<StoredEntry>>
listUnits(llvm::StringRef Directory,
          llvm::function_ref<void(std::string Path, std::string Why)> Damaged);

} // namespace handrail::project
