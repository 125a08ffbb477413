#include "lib/Finding/Finding.h"
#include <algorithm>
#include <tuple>

namespace handrail {

/// What makes two findings the same to a reader.
static auto identity(const Finding &F) {
  return std::tie(F.Loc.File, F.Loc.Line, F.Loc.Col, F.Check, F.Message);
}

void normalize(std::vector<Finding> &Findings) {
  // Within one identity the shortest path comes first; the full order breaks
  // ties, so that which one stays does not depend on the order they came in.
  std::sort(Findings.begin(), Findings.end(), [](const Finding &A, const Finding &B) {
    if (auto Order = identity(A) <=> identity(B); Order != 0)
      return Order < 0;
    if (A.Notes.size() != B.Notes.size())
      return A.Notes.size() < B.Notes.size();
    return A < B;
  });
  auto Same = [](const Finding &A, const Finding &B) { return identity(A) == identity(B); };
  Findings.erase(std::unique(Findings.begin(), Findings.end(), Same), Findings.end());
}

} // namespace handrail
