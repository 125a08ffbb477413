//===- EscapingBorrowCheck.h ------------------------------------*- C++ -*-===//
//
// A pointer or handle that was lent is stored, returned or kept longer than the
// loan; see docs/checks/escaping-borrow.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {

/// Follows what models say is lent, inside the function that it is lent to.
class EscapingBorrowCheck final : public Check {
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
};

} // namespace handrail
