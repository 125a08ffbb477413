//===- TestUnits.h - units that the tests of lib/IR share --------*- C++ -*-===//
#pragma once

#include "lib/IR/Unit.h"

namespace handrail::ir {

/// A unit with every construct of the IR, as the printer writes it.
llvm::StringRef richText();

/// Parses \p Text under the name t.hir; a failed test when it is wrong.
Unit parsed(llvm::StringRef Text);

/// The error that parsing \p Text under the name t.hir gives; empty for none.
std::string parseError(llvm::StringRef Text);

/// As print() in Printer.h.
std::string printed(const Unit &U);

/// A fixed pseudo-random sequence, the same on every machine.
class Sequence {
public:
  explicit Sequence(uint64_t Seed) : State(Seed) {}
  /// Below \p Limit.
  uint64_t next(uint64_t Limit) {
    State += 0x9e3779b97f4a7c15;
    uint64_t Z = State;
    Z = (Z ^ (Z >> 30)) * 0xbf58476d1ce4e5b9;
    Z = (Z ^ (Z >> 27)) * 0x94d049bb133111eb;
    return (Z ^ (Z >> 31)) % Limit;
  }

private:
  uint64_t State;
};

} // namespace handrail::ir
