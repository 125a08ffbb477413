//===- PathNotes.h - the notes of a finding ----------------------*- C++ -*-===//
//
// Words the witness path of a violation, in the order of execution. A branch is
// told as the relation that held ("assuming 'fd' is less than 0"), which is read
// back from the comparison in the IR.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "checks/ValueFlow.h"
#include "checks/Wording.h"
#include "lib/Engine/Check.h"

namespace handrail {

/// Makes notes; keeps an index of the branches of each unit it was asked about.
class PathNotes {
public:
  /// Longer paths keep their two ends, and say how many steps are left out.
  static constexpr size_t MaxNotes = 40;

  /// The path as notes. Steps that the message already tells are left out, and so
  /// are branches before the first step that concerns the handle, unless the whole
  /// path is short.
  std::vector<Note> of(const solver::Violation &V, const KindWords &Words);

private:
  struct BranchPlace {
    const ir::Function *F = nullptr;
    const ir::Block *B = nullptr;
  };
  using Branches = std::map<ir::LocId, BranchPlace>;

  std::string wordCondition(const solver::Event &E);
  const Branches &branchesOf(const ir::Unit &U);

  // Looked up only, never iterated.
  std::map<const ir::Unit *, Branches> Cache;
  std::map<const ir::Function *, ValueFlow> Flows;
};

} // namespace handrail
