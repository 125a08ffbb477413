//===- State.h - memory, facts and obligations on one path -------*- C++ -*-===//
//
// A state is a plain value: sorted vectors of plain structs, copied at every
// split and compared at every join. Everything it names is a ValueId of one
// ValueTable.
//
// Invariants: every vector is sorted by its first member and has no duplicates;
// ids in it are representatives (`rep`); a fact never contradicts itself, for a
// contradiction kills the path at once (`assume` returns false).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ResourceModel.h"
#include "lib/Solver/Value.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace handrail::solver {

using WitnessId = uint32_t; ///< index into the explorer's event arena; 0 is the empty path

/// What is known of a value beyond its type.
struct Fact {
  static constexpr unsigned MaxExcluded = 3;
  ValueId V = 0;
  uint8_t NumExcluded = 0;
  int64_t Lo = MinInt, Hi = MaxInt;
  int64_t Excluded[MaxExcluded] = {0, 0, 0}; ///< sorted
  bool operator==(const Fact &) const = default;
};

enum class HandleState : uint8_t {
  Open,
  Closed,
  Transferred, ///< Owner now answers for it
  Borrowed,    ///< Owner answers for it; it must not be released
  Kept,        ///< something we do not see may hold it
  Failed       ///< the acquire failed on this path: the value is no handle
};

/// What a function needs of a handle that it did not acquire itself.
enum class Requirement : uint8_t { None, Use, Release };

/// One handle on one path. V is the handle's value, or the address of the
/// object for kinds that are objects (a mutex).
struct Obligation {
  ValueId V = 0;
  model::KindId Kind = model::NoKind;
  HandleState St = HandleState::Open;
  bool Incoming = false; ///< came from the caller: never ours to lose
  bool Checked = false;  ///< its validity was tested, or never was in doubt
  bool Doubtful = false; ///< lost only if a loop that looks at it never runs, or closed
                         ///< by a callee under a condition that nothing here decides
  bool Nested = false;   ///< a lock that was taken again while it was held
  Requirement First = Requirement::None; ///< Incoming: what happened to it first
  ValueId Owner = 0;                     ///< Transferred, Borrowed
  WitnessId Acquired = 0;                ///< event
  WitnessId Changed = 0;                 ///< event of the last change of state
  bool operator==(const Obligation &) const = default;
};

enum class Sureness : uint8_t { Certain, Likely, Possible };

struct HeapEntry {
  ValueId Addr, Value;
  bool operator==(const HeapEntry &) const = default;
};

struct ValuePair {
  ValueId First, Second;
  bool operator==(const ValuePair &) const = default;
};

struct Interval {
  int64_t Lo, Hi;
};

/// What a state knows beside its vectors.
struct StateInfo {
  ValueId GlobalToken = 0; ///< token of globals
  WitnessId Witness = 0;
  uint32_t Length = 0; ///< events on the witness
  Sureness Sure = Sureness::Certain;
  uint32_t Unwinding = 0;   ///< the place (LocId) that the exception in flight comes from
  uint32_t Exception = 0;   ///< what is in flight, or was caught last; 0: nobody knows
  uint8_t FreeStandard = 0; ///< immortal numbers that were closed, and that the next handles get
};

class State : public StateInfo {
public:
  State() = default;
  State(const State &) = default;
  State &operator=(const State &) = default;
  // SmallVector does not say so itself, and a vector of states that grows would copy them.
  State(State &&) noexcept = default;
  State &operator=(State &&) noexcept = default;

  llvm::SmallVector<HeapEntry, 0> Heap;
  llvm::SmallVector<Fact, 0> Facts;
  llvm::SmallVector<Obligation, 0> Obls;
  llvm::SmallVector<ValuePair, 4> Temps;  ///< TempId -> value
  llvm::SmallVector<ValuePair, 0> Tokens; ///< address -> token of everything unwritten below it
  llvm::SmallVector<ValuePair, 0> Alias;  ///< value -> older value it equals
  llvm::SmallVector<ValueId, 0> Exposed;  ///< roots that unknown code may write at any later call
  /// Members that were written in objects which may be any other of their type; 0:
  /// something was written through a pointer that may point anywhere.
  llvm::SmallVector<uint32_t, 0> Relinked;
  /// Loop head -> the round that its loop is in. The first is that of the loop around it.
  llvm::SmallVector<ValuePair, 2> Loops;
  llvm::SmallVector<model::KindId, 0> Swept; ///< kinds of which handles were closed by number

  /// This state, but for its memory, facts and equalities: what a join starts from.
  State frame() const;

  // Values ---------------------------------------------------------------
  ValueId rep(ValueId V) const;
  /// The values \p V may have here.
  Interval range(const ValueTable &T, ValueId V) const;
  std::optional<int64_t> constant(const ValueTable &T, ValueId V) const;
  bool excludes(const ValueTable &T, ValueId V, int64_t C) const;
  /// All / some values of \p V lie in the union of \p Rs.
  bool allIn(const ValueTable &T, ValueId V, llvm::ArrayRef<model::ValueRange> Rs) const;
  bool someIn(const ValueTable &T, ValueId V, llvm::ArrayRef<model::ValueRange> Rs) const;
  /// True, false, or not known.
  std::optional<bool> truth(const ValueTable &T, ValueId V) const;

  // Assumptions: false when the path is infeasible ------------------------
  [[nodiscard]] bool assume(ValueTable &T, ValueId V, bool True);
  [[nodiscard]] bool assumeRange(ValueTable &T, ValueId V, int64_t Lo, int64_t Hi);
  [[nodiscard]] bool assumeNot(ValueTable &T, ValueId V, int64_t C);
  /// A lock at \p Addr, or a reference to it, is held.
  bool holdsObject(const ValueTable &T, ValueId Addr) const;
  [[nodiscard]] bool assumeEqual(ValueTable &T, ValueId A, ValueId B);
  /// True when assumeRange would be false for certain.
  bool rulesOut(const ValueTable &T, ValueId V, int64_t Lo, int64_t Hi) const;
  /// \p V lies in the union of \p Rs, as far as an interval can say so.
  [[nodiscard]] bool assumeIn(ValueTable &T, ValueId V, llvm::ArrayRef<model::ValueRange> Rs);
  [[nodiscard]] bool assumeNotIn(ValueTable &T, ValueId V, llvm::ArrayRef<model::ValueRange> Rs);

  // Memory ----------------------------------------------------------------
  /// The stored value, or 0.
  ValueId stored(ValueId Addr) const;
  /// What a load of \p Addr gives; Lo and Hi are the limits of the type loaded.
  ValueId load(ValueTable &T, ValueId Addr, int64_t Lo, int64_t Hi) const;
  void store(ValueId Addr, ValueId V);
  void eraseStored(ValueId Addr);
  /// Where the entries begin that may lie in \p Prefix: a part is never older than the whole.
  llvm::ArrayRef<HeapEntry> from(ValueId Prefix) const;
  /// Forgets what lies in \p Prefix; later loads read under \p Token.
  void forget(const ValueTable &T, ValueId Prefix, ValueId Token);
  void copyMemory(ValueTable &T, ValueId To, ValueId From) { copyMemory(T, To, *this, From); }
  /// As above, from what \p Source has there.
  void copyMemory(ValueTable &T, ValueId To, const State &Source, ValueId From);
  ValueId token(const ValueTable &T, ValueId Addr, ValueId &Prefix) const;

  // Handles ---------------------------------------------------------------
  Obligation *obligation(ValueId V);
  const Obligation *obligation(ValueId V) const;
  Obligation &addObligation(ValueId V);
  void dropObligation(ValueId V);
  bool hasOpen() const;

  ValueId temp(uint32_t T) const;
  void setTemp(uint32_t T, ValueId V);
  void killTemp(uint32_t T);
  unsigned rounds(uint32_t LoopHead) const;
  void setRounds(uint32_t LoopHead, unsigned Rounds);
  void noteSwept(model::KindId K);
  void expose(ValueId Root);
  void weaken(Sureness S) {
    if (Sure < S)
      Sure = S;
  }

  const Fact *fact(ValueId V) const;

private:
  std::optional<bool> decided(const ValueTable &T, ValueId V) const;
  Fact *factFor(ValueId V);
  [[nodiscard]] bool settle(ValueTable &T, Fact &F);
};

static_assert(std::is_nothrow_move_constructible_v<State>);

/// True when nothing tells \p V of \p A from \p W of \p B.
bool mayBeSame(const ValueTable &T, const State &A, ValueId V, const State &B, ValueId W);

/// The hull of what two states know of two values, as limits.
Interval hull(Interval A, Interval B);

} // namespace handrail::solver
