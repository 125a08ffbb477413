//===- Summary.h - what a call of a function does ----------------*- C++ -*-===//
//
// A summary is a short list of cases. A case says what it requires of the
// inputs (facts, states of handles) and what it leaves: the returned value,
// writes to memory the caller can reach, handles created, consumed or lent.
// Everything is an expression over parameters and globals (SumNode), so that a
// caller rebuilds it over its own values; see Value.h for the idea.
//
// Cases are kept apart by the class of the returned value, for that is what
// callers test.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/State.h"
#include "lib/Solver/Violation.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::solver {

using NodeId = uint32_t; ///< index into Summary::Nodes; 0 is "none"

/// A value of the callee. A and B are nodes where ValueInfo has values; names
/// are those of the program.
struct SumNode {
  ValueKind Kind = ValueKind::None;
  bool Allocated = false, NonNull = false;
  uint32_t A = 0, B = 0;
  int64_t C = 0;
  int64_t Lo = MinInt, Hi = MaxInt;
  bool operator==(const SumNode &) const = default;
};

struct SumFact {
  NodeId Node = 0;
  Fact F; ///< F.V unused
  bool operator==(const SumFact &) const = default;
};

/// What a case does to one handle. A kind that is an object, with the state Kept,
/// stands for some object at or below the address: which one, nobody can tell.
struct SumHandle {
  NodeId Node = 0;
  model::KindId Kind = model::NoKind;
  HandleState St = HandleState::Open;
  bool Incoming = false, Checked = false;
  bool Doubtful = false; ///< Incoming: another callee of the same call would have left it
  Requirement First = Requirement::None;
  NodeId Owner = 0;
  std::string Acquirer;              ///< for messages; empty for Incoming
  std::optional<std::string> Keeper; ///< Kept: as in KeptHandle
  std::vector<Event> Path;           ///< events about it, depth relative to the callee
};

struct SumCase {
  std::vector<SumFact> Requires;
  std::vector<std::pair<NodeId, NodeId>> Writes; ///< address, value
  /// Memory below the first address is a copy of what lay below the second before
  /// the call, but for what is forgotten and written.
  std::vector<std::pair<NodeId, NodeId>> Copies;
  std::vector<NodeId> Forgets; ///< memory below these addresses is unknown afterwards
  bool ForgetsGlobals = false;
  /// Joined value, memory of the callee with handles in it that it may be.
  std::vector<std::pair<NodeId, NodeId>> Alternatives;
  std::vector<NodeId> Exposed; ///< memory that the callee made and showed to unknown code
  std::vector<SumHandle> Handles;
  bool Throws = false;             ///< ends in an exception; there is no result
  std::vector<std::string> Thrown; ///< the class of that exception and its bases, if known
  NodeId Ret = 0;
  SumFact RetFact; ///< what is known of the returned value
  Sureness Sure = Sureness::Certain;
};

struct Summary {
  std::vector<SumNode> Nodes{SumNode{}};
  std::vector<SumCase> Cases;
  /// Pointers in the inputs that are called, and of which nothing says where they lead
  /// but the caller: a guard's function. See SummarySource::getFor.
  std::vector<NodeId> CallsThrough;
  std::vector<model::KindId> Sweeps; ///< handles of these kinds are closed by number, sorted
  bool Unknown = false;  ///< a bound was reached or recursion did not settle: as without a body
  bool NoReturn = false; ///< no path returns
  bool TouchesHandles = false; ///< some case creates or ends a handle
  /// One of those is at hand for the caller: the result, an argument or a member of
  /// one, a global variable, a lock. What a program keeps in its tables concerns
  /// nobody on the way.
  bool ConcernsCaller = false;

  /// The parameter or global variable (its address) that one follows pointers and parts
  /// from to get to \p N; 0 when \p N comes from neither.
  NodeId origin(NodeId N) const;
  /// True when the callee may write to what argument \p Arg points to, keep its address
  /// or return it. Elements at unknown indexes are not told of.
  bool mayWriteTo(unsigned Arg) const;
};

/// Prints a summary in a form that tests compare. \p Name gives the text of a
/// program symbol or field name.
void printSummary(const Summary &S, const model::ModelSet &Models,
                  llvm::function_ref<std::string(ValueKind, uint32_t)> Name, llvm::raw_ostream &OS);

} // namespace handrail::solver
