//===- SharedMutationCheck.h ------------------------------------*- C++ -*-===//
//
// Exclusive access is used without asking whether the object is shared; see
// docs/checks/shared-mutation.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {

/// Looks for results of exclusive access that are written through untested.
class SharedMutationCheck final : public Check {
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
};

} // namespace handrail
