#include "lib/Ledger/Read.h"
#include "lib/Ledger/Json.h"
#include "lib/Ledger/Region.h"
#include "llvm/Support/MemoryBuffer.h"

namespace handrail::ledger {

llvm::Expected<Report> readReport(llvm::StringRef Path, bool WithOpenings) {
  // Volatile: the process that writes it may be alive.
  auto Buffer =
      llvm::MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false,
                                  /*IsVolatile=*/true);
  if (!Buffer)
    return llvm::createStringError("cannot read " + Path + ": " + Buffer.getError().message());
  llvm::StringRef Text = (*Buffer)->getBuffer();
  if (Text.starts_with(RegionMagic))
    return readRegion(Path, WithOpenings);
  if (Text.ltrim().starts_with("{"))
    return parseJson(Text, Path);
  return llvm::createStringError(Path + (Text.empty() ? ": is empty" : ": is no report of a run"));
}

} // namespace handrail::ledger
