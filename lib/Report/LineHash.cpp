#include "lib/Report/LineHash.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/JSON.h"

namespace handrail::report {

/// The characters of a line and those behind it that its hash is made of.
static constexpr size_t HashedUnits = 100;
static constexpr uint64_t Multiplier = 37;
static constexpr llvm::UTF16 EndOfFile = 0xFFFF;

std::vector<std::string> lineHashes(llvm::StringRef Text) {
  llvm::SmallVector<llvm::UTF16, 0> Units;
  if (!llvm::json::isUTF8(Text) || !llvm::convertUTF8ToUTF16String(Text, Units))
    return {};

  // Blanks do not count, and every line end is a '\n'. What follows the last one is a line.
  std::vector<llvm::UTF16> Counted;
  std::vector<size_t> Starts; // of lines in what counts
  bool AtStart = true, BehindReturn = false;
  auto Add = [&](llvm::UTF16 Unit) {
    if (AtStart)
      Starts.push_back(Counted.size());
    AtStart = Unit == '\n';
    Counted.push_back(Unit);
  };
  for (llvm::UTF16 Unit : Units) {
    const bool Skipped = Unit == ' ' || Unit == '\t' || (BehindReturn && Unit == '\n');
    BehindReturn = Unit == '\r';
    if (!Skipped)
      Add(Unit == '\r' ? '\n' : Unit);
  }
  Add(EndOfFile);
  Counted.resize(Counted.size() + HashedUnits); // zeros

  std::vector<std::string> Hashes;
  llvm::StringMap<unsigned> Seen;
  for (size_t Start : Starts) {
    uint64_t Hash = 0;
    for (size_t I = 0; I != HashedUnits; ++I)
      Hash = Hash * Multiplier + Counted[Start + I];
    std::string Digits = llvm::utohexstr(Hash, /*LowerCase=*/true);
    const unsigned Number = ++Seen[Digits];
    Hashes.push_back(Digits + ":" + std::to_string(Number));
  }
  return Hashes;
}

} // namespace handrail::report
