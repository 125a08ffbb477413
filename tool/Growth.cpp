#include "tool/Growth.h"
#include "lib/Ledger/Region.h"
#include "lib/Ledger/Symbolize.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>

namespace handrail::tool {

Growth::Key Growth::keyOf(const ledger::Report &R, const ledger::Leak &L) {
  std::vector<std::pair<std::string, uint64_t>> Places;
  if (L.Opened >= 0)
    for (const ledger::Frame &F : R.Stacks[size_t(L.Opened)].Frames)
      if (!F.Inlined)
        Places.emplace_back(F.Module < 0 ? "" : R.Modules[size_t(F.Module)].Path, F.Offset);
  return {R.Processes[size_t(L.Process)].Id, L.Kind, std::move(Places)};
}

/// "12 file handles are open that were opened in accept_one at net.c:88".
static void warn(const ledger::Report &R, const ledger::Leak &L) {
  ledger::Report Alone;
  Alone.Modules = R.Modules;
  if (L.Opened >= 0)
    Alone.Stacks = {R.Stacks[size_t(L.Opened)]};
  ledger::symbolize(Alone);
  ledger::dropSurroundings(Alone);
  llvm::errs() << "handrail: process " << R.Processes[size_t(L.Process)].Id << " has " << L.Count
               << " open handles of kind " << L.Kind << " of one stack:\n";
  if (!Alone.Stacks.empty())
    for (const ledger::Frame &F : Alone.Stacks.front().Frames) {
      llvm::errs() << "    " << (F.Function.empty() ? "?" : F.Function);
      if (!F.File.empty())
        llvm::errs() << " at " << F.File << ':' << F.Line;
      llvm::errs() << '\n';
    }
}

void Growth::sample(llvm::ArrayRef<std::string> Regions) {
  for (const std::string &Path : Regions) {
    auto R = ledger::readRegion(Path);
    if (!R) {
      llvm::consumeError(R.takeError());
      continue;
    }
    if (R->Processes.front().End != ledger::Ending::Running)
      continue;
    uint64_t Now = uint64_t(std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count() -
                            R->Processes.front().Started);
    std::map<Key, uint64_t> Counts;
    for (const ledger::Leak &L : R->Leaks)
      if (!L.Inherited) {
        Key K = keyOf(*R, L);
        uint64_t &Count = Counts[K];
        Count += L.Count;
        if (Threshold && Count > Threshold && Told.insert(K).second)
          warn(*R, L);
      }
    for (auto &[K, Count] : Counts)
      Samples[K].emplace_back(Now, Count);
  }
}

void Growth::addTo(ledger::Report &R) const {
  for (ledger::Leak &L : R.Leaks)
    if (auto It = Samples.find(keyOf(R, L)); It != Samples.end())
      L.Samples = It->second;
}

} // namespace handrail::tool
