#include "lib/Ledger/Region.h"

namespace handrail::ledger {

llvm::Expected<Report> readRegion(llvm::StringRef Path) {
  return llvm::createStringError("cannot read " + Path + ": not a ledger");
}

} // namespace handrail::ledger
