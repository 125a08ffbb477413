//===- SortedBy.h - vectors sorted by a member of their items ----*- C++ -*-===//
#pragma once

#include <algorithm>

namespace handrail::solver {

/// The first item of \p Items, sorted by what \p Get gives, that is not below \p Key.
template <typename Vec, typename K, typename F> auto findBy(Vec &Items, K Key, F Get) {
  return std::lower_bound(Items.begin(), Items.end(), Key,
                          [&](const auto &E, const K &Want) { return Get(E) < Want; });
}

} // namespace handrail::solver
