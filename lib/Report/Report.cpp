#include "lib/Report/Report.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

namespace handrail::report {

llvm::StringRef severityName(Severity Sev) {
  switch (Sev) {
  case Severity::Note:
    return "note";
  case Severity::Warning:
    return "warning";
  case Severity::Error:
    return "error";
  }
  llvm_unreachable("all severities named");
}

llvm::StringRef stateName(RunEvidence::State What) {
  switch (What) {
  case RunEvidence::State::Confirmed:
    return "confirmed";
  case RunEvidence::State::AlwaysClosed:
    return "always-closed";
  case RunEvidence::State::NeverReached:
    return "never-reached";
  }
  llvm_unreachable("all states named");
}

llvm::StringRef matchName(RunEvidence::Match Sure) {
  switch (Sure) {
  case RunEvidence::Match::Exact:
    return "exact";
  case RunEvidence::Match::Likely:
    return "likely";
  case RunEvidence::Match::Possible:
    return "possible";
  }
  llvm_unreachable("all matches named");
}

llvm::StringRef confidenceName(Confidence Conf) {
  switch (Conf) {
  case Confidence::Certain:
    return "certain";
  case Confidence::Likely:
    return "likely";
  case Confidence::Possible:
    return "possible";
  }
  llvm_unreachable("all confidences named");
}

std::vector<const Finding *> worstFirst(llvm::ArrayRef<Finding> Findings) {
  std::vector<const Finding *> Sorted;
  for (const Finding &F : Findings)
    Sorted.push_back(&F);
  llvm::stable_sort(Sorted, [](const Finding *A, const Finding *B) {
    return std::tuple(B->Sev, A->Conf) < std::tuple(A->Sev, B->Conf);
  });
  return Sorted;
}

} // namespace handrail::report
