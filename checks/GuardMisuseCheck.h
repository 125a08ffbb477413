//===- GuardMisuseCheck.h ----------------------------------------*- C++ -*-===//
//
// A guard is a discarded temporary, is dismissed where it should act, or captures
// what dies before it; see docs/checks/guard-misuse.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {

/// Tells guards by what their destructor does: it gives a lock back, or runs a
/// callable that the guard holds.
class GuardMisuseCheck final : public Check {
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
};

} // namespace handrail
