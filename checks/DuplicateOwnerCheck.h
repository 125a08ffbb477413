//===- DuplicateOwnerCheck.h ------------------------------------*- C++ -*-===//
//
// One resource is given to two owners; see docs/checks/duplicate-owner.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {

/// Handles from the solver, and raw pointers that two shared owners are made from.
class DuplicateOwnerCheck final : public Check {
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
};

} // namespace handrail
