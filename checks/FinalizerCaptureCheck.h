//===- FinalizerCaptureCheck.h -----------------------------------*- C++ -*-===//
//
// A finalizer, deleter or close callback captures the resource it finalizes, its
// owner or the whole scope; see docs/checks/finalizer-capture.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {

/// Looks at closures that reach a parameter which models or annotations call a
/// finalizer.
class FinalizerCaptureCheck final : public Check {
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
};

} // namespace handrail
