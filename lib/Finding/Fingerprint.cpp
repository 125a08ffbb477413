#include "lib/Finding/Fingerprint.h"
#include "lib/Support/Digest.h"
#include "llvm/Support/Path.h"
#include <map>

namespace handrail {

Subject subjectOf(const Finding &F) { return {F.Check, F.Function, F.Kind, F.Callee}; }

void setFingerprints(std::vector<Finding> &Findings) {
  std::map<std::string, uint64_t> Equal; // how many there were before, by what is digested
  for (Finding &F : Findings) {
    Digest About;
    About.add(llvm::sys::path::filename(F.Loc.File));
    std::apply([&](const auto &...Part) { (About.add(Part), ...); }, subjectOf(F));
    const std::string Hex = About.hex();
    F.Fingerprint = Digest().add(Hex).add(Equal[Hex]++).hex();
  }
}

} // namespace handrail
