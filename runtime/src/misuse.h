//===- misuse.h - wrong calls, each kind of them once -----------*- C++ -*-===//
//
// A bounded table without locks: the same mistake at the same places again is counted.
// When it is full, the rest is only counted together.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_SRC_MISUSE_H
#define HANDRAIL_SRC_MISUSE_H

#include "handrail/ledger.h"

namespace handrail::detail {

constexpr bool is_misuse(ledger::event_kind kind) noexcept {
  return kind > ledger::event_kind::released;
}

/// The event's `text` is copied.
void keep_misuse(const ledger::event &e) noexcept;

struct kept_misuse {
  ledger::event first; ///< its text is in `text`
  std::uint64_t count = 0;
  std::string text;
};
/// In the order of their first time.
std::vector<kept_misuse> kept_misuses();
/// Those that found no room.
std::uint64_t lost_misuses() noexcept;

/// "stale-use", "release-failed", …
const char *rule_of(const ledger::event &e) noexcept;

struct misuse_step {
  const char *role; ///< "here", "opened", "closed", …
  std::uint32_t site;
};
/// The places that explain a misuse, the call itself first.
std::vector<misuse_step> steps_of(const ledger::event &e);

/// One line per misuse and its stacks; empty when there were none.
std::string misuse_text();

} // namespace handrail::detail

#endif
