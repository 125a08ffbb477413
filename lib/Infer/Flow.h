//===- Flow.h - where pointers go inside one function ------------*- C++ -*-===//
//
// A data flow over the variables of one function: which values, of those that calls
// give it and those it is given, are passed on, stored, returned, and looked at after
// they were passed on. May-information, for counting; no path is explored, so a
// function costs a few passes over its operations.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/ADT/BitVector.h"

namespace handrail::infer {

using OriginId = uint16_t; ///< index into Flow::Origins; 0 stands for all that is not followed
using OriginSet = llvm::SmallVector<OriginId, 2>; ///< sorted

/// Where a value comes from.
struct Origin {
  enum KindT : uint8_t { Other, Parameter, Result, Out } Kind = Other;
  ir::SymbolId Callee = ir::None; ///< Result, Out
  uint32_t Arg = 0;               ///< Parameter, Out
  ir::LocId Loc = 0;
  /// It, or the address of a part of it, was written to memory that outlives the call and is
  /// no part of it.
  bool Stored = false;
  bool StoredInNew = false; ///< the same, where that memory is what some call just gave
  bool Returned = false;
  bool ReadFirst = false; ///< Parameter: what it points to is read before it is written
  bool HandedOut = false; ///< written to what a parameter points to
};

/// A value that is passed on.
struct Give {
  ir::SymbolId Callee = ir::None; ///< None: nobody knows
  uint32_t Arg = 0;
  bool ByAddress = false; ///< the address of the variable that holds it
  bool Part = false;      ///< the address of a part of it
  ir::LocId Loc = 0;
  OriginSet Origins;
  ir::LocId UsedAfter = 0;
  ir::BlockId Block = 0;
};

/// A value that is written to `*parameter`, or returned.
struct Leaves {
  ir::LocId Loc = 0;
  ir::BlockId Block = 0;
  uint32_t Arg = 0; ///< handed out: the parameter
  OriginSet Origins;
  bool Constant = false; ///< it is Value, and of no origin
  int64_t Value = 0;
};

/// A member of a value that is counted up or down by one.
struct Bump {
  OriginId Of = 0;
  ir::StringId Member = 0;
  bool Up = false;
};

struct Flow {
  std::vector<Origin> Origins{Origin{}};
  std::vector<Give> Gives;
  std::vector<Leaves> Returns, Outs;
  std::vector<Bump> Bumps;
  bool TooBig = false; ///< nothing was looked at
};

Flow flowOf(const ir::Unit &U, const ir::Function &F);

/// Whether some way from the entry of \p F to a return passes none of \p Ends (numbers of
/// blocks) while parameter \p Arg is not null.
bool canAvoid(const ir::Function &F, uint32_t Arg, const llvm::BitVector &Ends);

} // namespace handrail::infer
