//===- ObjectStore.h - a directory that many runs share ----------*- C++ -*-===//
//
// Objects by key, each in a file of its own that ends in a digest of what is before.
// Any number of processes may read, write and evict at the same time and be killed at
// any moment:
//
// - a file is written below `tmp` under a lock, and gets its name when it is complete.
//   What a killed process leaves there is locked by nobody, and the next run removes it;
// - an object that was cut off or damaged is no object: it is removed when it is read;
// - one that is removed while others read it stays with them.
//
// The directory is bounded without being walked. Whoever writes first appends a byte
// for each block to the file `growth`, so that its size says what came since the last
// walk, also of killed processes. Who finds the sum too large walks and removes what
// was used least recently.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace handrail {

enum class ObjectSort : uint8_t { Unit, Command, Result, Program, Files };
inline constexpr std::array<llvm::StringLiteral, 5> ObjectSortNames = {"unit", "command", "result",
                                                                       "program", "files"};

/// What lies in a store. Sizes are of whole blocks.
struct StoreUsage {
  struct Count {
    uint64_t Objects = 0, Bytes = 0;
  };
  std::array<Count, ObjectSortNames.size()> Sorts;
  Count All;
  int64_t Oldest = 0, Newest = 0; ///< when an object was used, in seconds; 0: there is none
};

class ObjectStore {
public:
  static constexpr uint64_t DefaultLimit = uint64_t(2) << 30;

  /// \p Directory is made when it is not there. A store in a directory that cannot be
  /// written to works, and keeps nothing new. Removes what killed processes left.
  static llvm::Expected<std::unique_ptr<ObjectStore>> create(std::string Directory, uint64_t Limit);
  /// Fails when \p Directory holds no store.
  static llvm::Expected<std::unique_ptr<ObjectStore>> open(std::string Directory);
  ~ObjectStore();
  ObjectStore(const ObjectStore &) = delete;
  ObjectStore &operator=(const ObjectStore &) = delete;

  /// Keys are hexadecimal. All of these are safe from several threads.
  std::optional<std::string> get(ObjectSort Sort, llvm::StringRef Key) const;
  /// Whether there is one, which is as good as used.
  bool has(ObjectSort Sort, llvm::StringRef Key) const;
  /// Replaces the object. False when it could not be written.
  bool put(ObjectSort Sort, llvm::StringRef Key, llvm::StringRef Bytes) const;
  void remove(ObjectSort Sort, llvm::StringRef Key) const;

  /// Removes what was last used before \p Before, in seconds, and then the least recently used
  /// until no more than \p Bytes are left. Returns what it removed; nothing when
  /// another process is at it.
  std::optional<StoreUsage::Count> trim(uint64_t Bytes, int64_t Before = 0) const;
  StoreUsage usage() const;

  /// Adds a line to those that tell of runs; and all of them.
  void note(llvm::StringRef Line) const;
  std::string notes() const;
  /// Replaces all lines by \p Text.
  void replaceNotes(llvm::StringRef Text) const;

  /// Why something could not be written; empty as long as all could.
  std::string trouble() const;
  /// Another process has had trouble.
  void reportTrouble(llvm::StringRef Why) const;

private:
  ObjectStore(std::string Directory, uint64_t Limit);
  void prepare();
  std::string pathOf(ObjectSort Sort, llvm::StringRef Key) const;
  bool writeFile(const std::string &Path, llvm::StringRef Bytes) const;
  bool grow(uint64_t Bytes) const;
  uint64_t grown() const;
  uint64_t estimate() const;
  void removeAbandoned() const;
  bool fail(int Error) const;

  struct Shared;
  std::string Directory; ///< of this version
  uint64_t Limit;
  std::unique_ptr<Shared> State;
};

} // namespace handrail
