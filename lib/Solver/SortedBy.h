//===- SortedBy.h - vectors sorted by a member of their items ----*- C++ -*-===//
#pragma once

#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace handrail::solver {

/// The first item of \p Items, sorted by what \p Get gives, that is not below \p Key.
template <typename Vec, typename K, typename F> auto findBy(Vec &Items, K Key, F Get) {
  return std::lower_bound(Items.begin(), Items.end(), Key,
                          [&](const auto &E, const K &Want) { return Get(E) < Want; });
}

/// Puts \p Item into \p Items, which are sorted, unless it is there.
template <typename Vec, typename T> void insertSorted(Vec &Items, T Item) {
  if (auto Pos = llvm::lower_bound(Items, Item); Pos == Items.end() || *Pos != Item)
    Items.insert(Pos, Item);
}

} // namespace handrail::solver
