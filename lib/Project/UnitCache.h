//===- UnitCache.h - units that many checkouts share -------------*- C++ -*-===//
//
// What capture gives for a job lies in an object store: each unit under its hash, and
// for each command what it was seen to read and which unit that gave, the latest few
// times. So branches that take turns do not drive each other out.
//
// All of it speaks of files below the roots of the checkout by names that other
// checkouts share (Relocation.h). A file that says itself where the checkout lies, or
// one that is reached from a root and lies outside, would be another elsewhere: the
// command is then one of this checkout alone.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Project/FileIndex.h"
#include "lib/Support/ObjectStore.h"
#include "lib/Support/Relocation.h"

namespace handrail::project {

/// What is known of a job. Errors are of this checkout, the unit is not.
struct KnownCapture {
  std::vector<capture::InputFile> Inputs; ///< of this checkout
  std::string Unit;                       ///< hash; empty: the front end could build none
  std::vector<capture::CaptureError> Errors;
};

/// What a job gave.
struct NewCapture : KnownCapture {
  std::string Bytes;   ///< of the unit
  bool Stored = false; ///< the bytes are in the store
};

class UnitCache {
public:
  /// Entries of another \p Tool are none. All of these must live on.
  UnitCache(const ObjectStore &Objects, const Relocation &Names, std::string Tool, FileIndex &Files)
      : Objects(Objects), Names(Names), Tool(std::move(Tool)), Files(Files) {}

  /// When all that \p Job reads is as it was at some time, and the unit is there.
  std::optional<KnownCapture> find(const capture::CompileJob &Job) const;
  /// Captures, and keeps what it can. Safe while others read and write. With \p Past, what
  /// the compiler sees of some files, nothing is kept.
  NewCapture make(const capture::CompileJob &Job, const capture::PastFiles *Past = nullptr) const;
  /// The unit \p Hash, which \p Job gave. What is gone or damaged is captured again.
  ir::Unit read(llvm::StringRef Hash, const capture::CompileJob &Job) const;

  const ObjectStore &objects() const { return Objects; }

private:
  struct Seen;
  std::string keyOf(const capture::CompileJob &Job, bool Here) const;
  std::vector<Seen> load(llvm::StringRef Key) const;
  bool holds(const Seen &S) const;
  bool leavesRoots(llvm::ArrayRef<capture::InputFile> Inputs) const;
  void relocate(ir::Unit &U) const;

  const ObjectStore &Objects;
  const Relocation &Names;
  const std::string Tool;
  FileIndex &Files;
};

} // namespace handrail::project
