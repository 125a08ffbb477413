//===- FunctionInfo.h - what is known of a function before exploring it -*- C++ -*-===//
//
// Everything here is computed once per function from the IR alone: order of
// blocks, loops, where temporaries and variables die, and which memory the
// branches that govern handle events look at. The explorer joins states that
// differ in nothing of that (property simulation: Das, Lerner, Seigle, "ESP:
// Path-Sensitive Program Verification in Polynomial Time", PLDI 2002).
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/FlowGraph.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace handrail::solver {

struct FunctionInfo : FlowGraph {
  std::vector<uint32_t> OpBase; ///< by block: number of its first operation
  llvm::BitVector Dies;         ///< by block: every way on ends in a call that does not return

  /// By operation number: temporaries that are read for the last time there, or
  /// never at all. Those that only one way out of a block reads end where the other
  /// begins.
  std::vector<llvm::SmallVector<ir::TempId, 2>> Dying;
  llvm::BitVector CrossingTemps; ///< read in a block other than the one that writes them

  std::vector<uint32_t> CrossingIndex;    ///< by temporary that crosses: its bit in LiveTemps
  std::vector<llvm::BitVector> LiveTemps; ///< by block: crossing ones read in it or later

  llvm::BitVector SimpleLocals;        ///< only ever loaded and stored by name
  std::vector<llvm::BitVector> LiveIn; ///< by block, simple locals only

  bool HasEvents = false; ///< some operation acts on handles
  // Memory whose content decides over handle events.
  llvm::BitVector RelevantLocals;
  llvm::BitVector RelevantTemps;
  std::vector<uint32_t> RelevantFields;  ///< StringIds of the unit, sorted
  std::vector<uint32_t> RelevantGlobals; ///< SymbolIds of the unit, sorted
  /// By block: which of those are looked at in the block or later. What is not
  /// looked at again need not be remembered.
  std::vector<llvm::BitVector> FutureLocals;  ///< by LocalId
  std::vector<llvm::BitVector> FutureFields;  ///< by index into RelevantFields
  std::vector<llvm::BitVector> FutureGlobals; ///< by index into RelevantGlobals
  /// By loop head: locals whose value the loop hands to what may end a handle, or
  /// stores somewhere.
  std::vector<llvm::BitVector> LoopEnds;

  llvm::BitVector LoopMovesHandles; ///< by loop head: an operation in the loop acts on handles

  // What a loop may change, by head.
  std::vector<llvm::BitVector> LoopStores;                ///< locals
  std::vector<llvm::SmallVector<uint32_t, 4>> LoopFields; ///< field names stored to
  std::vector<llvm::SmallVector<uint32_t, 2>> LoopGlobals;

  FunctionInfo() = default;
  explicit FunctionInfo(const ir::Function &F) : FlowGraph(F) {}
};

/// What is known of the callees.
struct CalleeInfo {
  llvm::function_ref<bool(const ir::Op &)> IsEvent; ///< whether an operation acts on handles
  /// Whether a call may close or take over a handle it is given.
  llvm::function_ref<bool(const ir::Op &)> MayEnd;
  /// Whether a call may write to what its operand with this number points to.
  llvm::function_ref<bool(const ir::Op &, unsigned)> MayWrite;
};

/// Computes what stands above. O(blocks² / 64 + operations).
FunctionInfo analyzeFunction(const ir::Function &F, const CalleeInfo &Callees);

/// By temporary: the operation that defines it, when there is just one.
std::vector<const ir::Op *> singleDefinitions(const ir::Function &F);

} // namespace handrail::solver
