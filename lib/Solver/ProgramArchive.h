//===- ProgramArchive.h - solved components as bytes -------------*- C++ -*-===//
//
// Numbers of symbols, names, units and locations change with every edit, so bytes
// name things by what they are: a symbol by its identity, a place by file, line and
// column. What cannot be found again makes the bytes unusable, never wrong.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/Borrowing.h"
#include "lib/Solver/GlobalLocks.h"
#include "lib/Solver/Summary.h"
#include <deque>
#include <mutex>

namespace handrail::solver {

/// What is kept of one component; the vectors are by member.
struct SolvedComponent {
  std::vector<Summary> Summaries;
  std::vector<std::vector<Violation>> Violations;
  std::vector<std::vector<KeptHandle>> Kept;
  SolverStats Stats;
};

/// Reads and writes components of one program. Safe from several threads.
class ProgramArchive {
public:
  ProgramArchive(const ProgramIndex &Index, const CallGraph &Graph, const IndirectCalls &Indirect,
                 const Borrowing &Lent, const GlobalLocks &Locks, const model::ModelSet &Models,
                 const SolverOptions &Options);

  /// A digest of all that exploring \p S looks at, but for the summaries of callees.
  std::string bodyDigest(ProgSym S) const;
  /// The identity of \p S in any run.
  llvm::StringRef identity(ProgSym S) const { return Index.Symbols[S].Identity; }

  /// A digest of \p Sum and of what the program says of the names in it. \p Callable
  /// takes the functions in it that whoever calls it may call.
  std::string summaryDigest(const Summary &Sum, std::vector<ProgSym> &Callable) const;

  std::string write(const SolvedComponent &C) const;
  /// False when \p Bytes name something that is not there.
  [[nodiscard]] bool read(llvm::StringRef Bytes, llvm::ArrayRef<ProgSym> Members,
                          SolvedComponent &C) const;

private:
  class Names;
  template <class A> class Codec;
  /// What a unit's numbers mean, as hashes.
  struct UnitHashes {
    std::string Identity;
    std::vector<uint64_t> Strings, Files, Locs, Types;
    std::once_flag Indexed;
    llvm::DenseMap<uint64_t, ir::LocId> LocIds; ///< by hash
  };
  UnitHashes &hashes(const ir::Unit *U) const;
  ir::LocId findLoc(const ir::Unit *U, uint64_t Hash) const;
  uint64_t symbolHash(ProgSym S, const Borrowing &Lent, llvm::ArrayRef<uint64_t> ModelHashes) const;
  uint64_t tableHash(ProgSym S) const;
  uint64_t operandHash(const ir::Operand &O, const ProgramIndex::UnitInfo &Names,
                       const UnitHashes &H) const;

  const ProgramIndex &Index;
  const CallGraph &Graph;
  const IndirectCalls &Indirect;
  uint64_t Everywhere;                  ///< options, kinds: what matters to all components
  mutable std::deque<UnitHashes> Units; ///< parallel to those of the index
  std::vector<uint64_t> Facts;          ///< by symbol: what the program says of it
  llvm::StringMap<ProgSym> ByIdentity;
  llvm::StringMap<uint32_t> NameIds;
  llvm::StringMap<const ir::Unit *> UnitsByIdentity;
};

} // namespace handrail::solver
