//===- RawHandleCheck.h ------------------------------------------*- C++ -*-===//
//
// An owning raw pointer crosses an API boundary as a handle; see
// docs/checks/raw-handle.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {

/// Reads who allocates what exported functions return, and what they free.
/// Option AllowOpaquePairs: unless "false", accepts `T *` when the program has both a
/// function that makes it and one that ends it.
class RawHandleCheck final : public Check {
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
};

} // namespace handrail
