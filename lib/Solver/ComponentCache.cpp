//===- ComponentCache.cpp - what earlier runs solved ----------------------===//

#include "lib/Solver/ComponentCache.h"
#include "lib/Support/Archive.h"
#include "lib/Support/Files.h"

namespace handrail::solver {

/// Of the form of the records, too.
static constexpr llvm::StringLiteral Header = "handrail components 4\n";

ComponentCache::ComponentCache(std::string Bytes) : Saved(std::move(Bytes)) {
  std::optional<llvm::StringRef> Body = unsealed(Saved);
  if (!Body || !Body->consume_front(Header))
    return;
  ArchiveReader In(*Body);
  while (!In.complete() && !In.bad()) {
    llvm::StringRef Key = In.view(), Record = In.view();
    if (!Record.empty())
      Records[Key] = Record;
  }
}

void ComponentCache::keep(llvm::StringRef Key, llvm::StringRef Record) {
  ArchiveWriter Out;
  Out.text(Key);
  Out.text(Record);
  Kept += Out.Bytes;
}

std::string ComponentCache::save() const { return sealed(Header.str() + Kept); }

} // namespace handrail::solver
