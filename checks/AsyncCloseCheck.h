//===- AsyncCloseCheck.h ----------------------------------------*- C++ -*-===//
//
// An asynchronous close is not waited for, or a handle is held over a suspension
// point without a guard; see docs/checks/async-close.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {

/// Reads which calls start an asynchronous close, and the solver's word on what is held
/// where a coroutine is suspended.
class AsyncCloseCheck final : public Check {
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
};

} // namespace handrail
