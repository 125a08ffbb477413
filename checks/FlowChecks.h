//===- FlowChecks.h - checks that word what the solver proves ----*- C++ -*-===//
//
// One class for all of them: which violations, and the words. Their pages are
// docs/checks/{double,mismatched,missing,use-after}-close.md and
// docs/checks/unchecked-handle.md.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "checks/Wording.h"
#include "lib/Engine/Check.h"

namespace handrail {

/// Turns each violation of some kinds into one finding: message from \p Word,
/// notes from the witness path.
class FlowCheck final : public Check {
public:
  using Wording = std::string (*)(const solver::Violation &, const KindWords &);
  FlowCheck(uint32_t Kinds, Wording Word) : Kinds(Kinds), Word(Word) {}

  void run(const CheckContext &Context, std::vector<Finding> &Out) const override;

  /// A set of violation kinds.
  template <typename... T> static constexpr uint32_t kinds(T... Kinds) {
    return ((1U << unsigned(Kinds)) | ...);
  }

private:
  uint32_t Kinds;
  Wording Word;
};

/// The message of one violation: lower case, no full stop.
std::string wordDoubleClose(const solver::Violation &V, const KindWords &Words);
std::string wordMismatchedClose(const solver::Violation &V, const KindWords &Words);
std::string wordMissingClose(const solver::Violation &V, const KindWords &Words);
std::string wordAsyncClose(const solver::Violation &V, const KindWords &Words);
std::string wordDuplicateOwner(const solver::Violation &V, const KindWords &Words);
std::string wordEscapingBorrow(const solver::Violation &V, const KindWords &Words);
std::string wordRefcountImbalance(const solver::Violation &V, const KindWords &Words);
std::string wordReleaseOrder(const solver::Violation &V, const KindWords &Words);
std::string wordUncheckedHandle(const solver::Violation &V, const KindWords &Words);
std::string wordUseAfterClose(const solver::Violation &V, const KindWords &Words);

} // namespace handrail
