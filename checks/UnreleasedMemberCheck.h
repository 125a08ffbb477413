//===- UnreleasedMemberCheck.h -----------------------------------*- C++ -*-===//
//
// A class keeps an open handle that its destructor does not release, or owns one
// and is implicitly copyable; see docs/checks/unreleased-member.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Engine/Check.h"

namespace handrail {

/// Compares what a class's constructors acquire with what its destructor releases.
class UnreleasedMemberCheck final : public Check {
public:
  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;
};

} // namespace handrail
