//===- Callers.cpp - what call sites say of pairs of functions -------------===//
#include "lib/Infer/Callers.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

namespace handrail::infer {

Callers::Callers(const Roles &R) {
  for (FunctionId Id = 0; Id < R.Functions.size(); ++Id)
    if (R.Functions[Id].Body)
      count(R, Id);
}

void Callers::count(const Roles &R, FunctionId Id) {
  const FunctionInfo &F = R.Functions[Id];
  const Flow &V = F.Values;
  auto Callee = [&](ir::SymbolId S) { return R.idOf(*F.U, S); };
  std::vector<char> Kept(V.Origins.size());
  for (const Give &G : V.Gives) {
    FunctionId To = Callee(G.Callee);
    for (OriginId O : G.Origins)
      Kept[O] |= !G.ByAddress && (R.keeps(To, G.Arg) || R.keepsInNew(To, G.Arg));
    if (To == NoFunction || G.Part || G.ByAddress)
      continue;
    SinkUse &Use = Sinks[{To, G.Arg}];
    Use.All.add({Id, G.Loc});
    if (G.UsedAfter)
      Use.UsedAfter.add({Id, G.UsedAfter});
  }
  for (OriginId O = 1; O < V.Origins.size(); ++O) {
    const Origin &From = V.Origins[O];
    FunctionId Maker = Callee(From.Callee);
    if (Maker == NoFunction)
      continue;
    SourceUse &Use = Sources[{Maker, From.Kind == Origin::Out ? int(From.Arg) : -1}];
    ++Use.Calls;
    if (From.Stored || From.StoredInNew || From.Returned || From.HandedOut || Kept[O])
      continue;
    std::map<Sink, Site> Here;
    for (const Give &G : V.Gives)
      if (FunctionId To = Callee(G.Callee);
          To != NoFunction && !G.Part && !G.ByAddress && llvm::is_contained(G.Origins, O))
        Here.try_emplace({To, G.Arg}, Site{Id, G.Loc});
    Use.Local.emplace_back(Site{Id, From.Loc}, std::move(Here));
  }
}

double Callers::surprise(unsigned Hits, unsigned Count, double Chance) {
  return Count ? (Hits - Count * Chance) / std::sqrt(Count * Chance * (1 - Chance)) : 0;
}

} // namespace handrail::infer
