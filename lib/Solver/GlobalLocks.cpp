//===- GlobalLocks.cpp - who gives back the locks of global variables -----===//

#include "lib/Solver/GlobalLocks.h"
#include "lib/Solver/FunctionInfo.h"

using namespace handrail::ir;

namespace handrail::solver {

/// The variable, or the parameter whose value, that \p V is or is the address of a part
/// of: what \p V ends in when members are left out.
const Operand *GlobalLocks::objectOf(const Operand &V, llvm::ArrayRef<const Op *> DefOf,
                                     const Function &F) {
  const Operand *At = &V;
  for (unsigned Steps = 0; Steps < MaxSteps; ++Steps) {
    if (At->Kind == OperandKind::Global)
      return At;
    const Op *Def = At->isTemp() ? DefOf[At->Index] : nullptr;
    if (!Def || Def->Operands.empty())
      return nullptr;
    const Operand &From = Def->Operands[0];
    if (Def->Kind == OpKind::Load)
      return From.Kind == OperandKind::Local && From.Index < F.NumParams ? &From : nullptr;
    if (Def->Kind != OpKind::Field && Def->Kind != OpKind::Copy && Def->Kind != OpKind::Cast)
      return nullptr;
    At = &From;
  }
  ++TooFar;
  return nullptr;
}

/// What \p Callee does to the lock that argument \p Arg points to.
unsigned GlobalLocks::effectOn(ProgSym Callee, unsigned Arg) const {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Callee];
  if (SI.Body && !SI.ModelWins) {
    auto It = OnArguments.find({Callee, Arg});
    return It == OnArguments.end() ? 0 : It->second;
  }
  unsigned Effects = 0;
  for (uint32_t M : SI.Models)
    for (const model::Effect &E : Models.Functions[M].Effects)
      if (static_cast<unsigned>(E.At.Root) == Arg && E.At.Steps.empty() &&
          E.Kind != model::NoKind && Models.Kinds[E.Kind].Lock)
        Effects |= E.Op == model::EffectKind::Acquire   ? Takes
                   : E.Op == model::EffectKind::Release ? Gives
                                                        : 0;
  return Effects;
}

void GlobalLocks::visit(ProgSym Self) {
  const ProgramIndex::SymbolInfo &SI = Index.Symbols[Self];
  const Function &F = *SI.Body;
  const ProgramIndex::UnitInfo &Names = Index.unit(SI.U);
  const std::vector<const Op *> DefOf = singleDefinitions(F);
  std::map<ProgSym, unsigned> Variables;
  std::map<unsigned, unsigned> Arguments;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      if (O.Kind != OpKind::Call || O.has(OF_Indirect) || O.has(OF_Virtual))
        continue;
      const ProgSym Callee = Names.Symbols[O.Aux];
      for (unsigned K = 0; K < O.Operands.size(); ++K)
        if (const unsigned Effects = effectOn(Callee, K))
          if (const Operand *Object = objectOf(O.Operands[K], DefOf, F))
            (Object->Kind == OperandKind::Global ? Variables[Names.Symbols[Object->Index]]
                                                 : Arguments[Object->Index]) |= Effects;
      if (auto It = OnVariables.find(Callee); It != OnVariables.end())
        for (auto [Variable, Effects] : It->second)
          Variables[Variable] |= Effects;
    }
  // What is taken and given back is nothing to callers.
  for (auto [Arg, Effects] : Arguments)
    if (Effects != (Takes | Gives))
      OnArguments[{Self, Arg}] = Effects;
  for (auto [Variable, Effects] : Variables) {
    if (Effects != (Takes | Gives))
      OnVariables[Self][Variable] = Effects;
    if (Effects == Gives)
      GivenBack.emplace_back(Variable, Self);
  }
}

GlobalLocks::GlobalLocks(const ProgramIndex &Index, const CallGraph &Graph,
                         const model::ModelSet &Models)
    : Index(Index), Models(Models) {
  for (const auto &Component : Graph.Components)
    for (ProgSym S : Component)
      visit(S);
  llvm::sort(GivenBack);
}

} // namespace handrail::solver
