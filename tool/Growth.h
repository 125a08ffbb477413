//===- Growth.h - what a running program opens and does not close -*- C++ -*-===//
//
// Looked at from outside, in the regions of the processes: the program pays nothing.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Report.h"
#include "llvm/ADT/ArrayRef.h"
#include <map>
#include <set>
#include <tuple>

namespace handrail::tool {

class Growth {
public:
  /// \p Threshold: a stack with more open handles is told on standard error, once; 0: none is.
  explicit Growth(unsigned Threshold) : Threshold(Threshold) {}

  /// Counts what is open in each of \p Regions.
  void sample(llvm::ArrayRef<std::string> Regions);
  /// Gives the leaks of \p R the samples of their stacks.
  void addTo(ledger::Report &R) const;

private:
  /// A process by its id, a kind, and a stack by the places of its frames.
  using Key = std::tuple<int, std::string, std::vector<std::pair<std::string, uint64_t>>>;
  static Key keyOf(const ledger::Report &R, const ledger::Leak &L);

  unsigned Threshold;
  std::map<Key, std::vector<std::pair<uint64_t, uint64_t>>> Samples;
  std::set<Key> Told;
};

} // namespace handrail::tool
