//===- IgnoredCloseErrorCheck.h ----------------------------------*- C++ -*-===//
//
// The result of releasing something that was written to is dropped; see
// docs/checks/ignored-close-error.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {

/// Looks for writes, and for a release after them whose result nobody looks at.
class IgnoredCloseErrorCheck final : public Check {
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
};

} // namespace handrail
