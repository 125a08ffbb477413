//===- Violation.h - what the solver proves wrong ----------------*- C++ -*-===//
//
// Facts and a witness path, no wording: checks turn violations into findings.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include "lib/Model/ResourceModel.h"
#include <memory>

namespace handrail::solver {

enum class ViolationKind : uint8_t {
  Leak,              ///< the last reference to an open handle went away
  DoubleRelease,     ///< a closed handle is released again
  UseAfterRelease,   ///< a closed handle is used
  UncheckedUse,      ///< a handle that may be invalid is used without a check
  InvalidRelease,    ///< a value known to be invalid on this path is released
  MismatchedRelease, ///< released by a function that releases another kind
  ReleaseOrder,      ///< released after what it depends on
  SecondOwner,       ///< given to an owner while it has another one
  Imbalance,         ///< a reference that other paths give back is not given back
  HeldAcrossAwait,   ///< open in a plain variable where the coroutine is suspended
  BorrowEscapes      ///< returned, and its owner is gone
};

/// Why a reference went away (Leak).
enum class LossKind : uint8_t {
  Return,      ///< the function ends
  ScopeEnd,    ///< the variable's scope ends
  Overwrite,   ///< another value is stored over it
  Discard,     ///< the result of a call is not used
  HolderFreed, ///< the memory that holds it is freed
  Throw        ///< an exception leaves the function
};

enum class EventKind : uint8_t {
  Acquired, ///< Text: the callee
  Assumed,  ///< a branch was taken; Text: the condition's variable; Value: true or false edge
  Passed,   ///< handed to a function with a body; Inner events follow at Depth+1
  Stored,
  Used,
  Transferred,
  Borrowed,
  Released, ///< Text: the callee
  Lost,
  Thrown ///< an exception comes up; Text: the callee
};

/// One step on the path to a violation. Lines are found through Unit::Locs of
/// the unit that holds the function.
struct Event {
  EventKind Kind = EventKind::Assumed;
  const ir::Unit *U = nullptr;
  ir::LocId Loc = 0;
  std::string Text;
  bool Value = false; ///< Assumed: which edge
  uint8_t Depth = 0;
};

/// How far the solver had to assume things; see Confidence in Finding.h.
enum class Certainty : uint8_t { Certain, Likely, Possible };

struct Violation {
  ViolationKind Kind = ViolationKind::Leak;
  LossKind Loss = LossKind::Return;
  const ir::Unit *U = nullptr;
  const ir::Function *F = nullptr;
  ir::LocId Loc = 0; ///< where the mistake is
  model::KindId Handle = model::NoKind;
  std::string Variable; ///< the user's name for the handle, when it has one
  std::string Acquirer; ///< function that made it, when known
  std::string Releaser; ///< function that releases or uses it wrongly, when there is one
  Certainty Sure = Certainty::Certain;
  std::vector<Event> Path; ///< in the order of execution
};

} // namespace handrail::solver
