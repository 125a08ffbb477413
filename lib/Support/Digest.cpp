#include "lib/Support/Digest.h"
#include "llvm/ADT/StringExtras.h"

namespace handrail {

std::string Digest::hex() const {
  llvm::BLAKE3 Copy = Hash;
  return llvm::toHex(Copy.final<16>(), /*LowerCase=*/true);
}

std::string digestOf(llvm::StringRef Bytes) {
  return llvm::toHex(llvm::BLAKE3::hash<16>(llvm::arrayRefFromStringRef(Bytes)),
                     /*LowerCase=*/true);
}

} // namespace handrail
