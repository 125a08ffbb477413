//===- MemberEffects.cpp - what functions do to what they are given -------===//
#include "checks/MemberEffects.h"

namespace handrail {

using ir::Op;
using ir::Operand;
using ir::OperandKind;
using ir::OpKind;
using ir::Unit;

static constexpr unsigned MaxSteps = 16;  // from a parameter to a place
static constexpr size_t MaxEffects = 256; // of one function; more say nothing useful

std::optional<ParameterPlace> placeOf(const ValueFlow &Flow, const Operand &V, CheckStats &Stats) {
  std::vector<std::string> Steps;
  Operand At = V;
  for (unsigned I = 0; I != MaxSteps; ++I) {
    const Op *Def = Flow.definition(At);
    if (!Def || Def->Operands.empty())
      return std::nullopt;
    const Operand &From = Def->Operands[0];
    switch (Def->Kind) {
    case OpKind::Copy:
    case OpKind::Cast:
      break;
    case OpKind::Field:
      Steps.push_back("." + Flow.unit().str(Def->Aux).str());
      break;
    case OpKind::Load:
      if (From.Kind == OperandKind::Local) {
        if (From.Index >= Flow.function().NumParams)
          return std::nullopt;
        ParameterPlace Result{From.Index, {}};
        for (const std::string &Step : llvm::reverse(Steps))
          Result.Steps += Step;
        return Result;
      }
      Steps.push_back("*");
      break;
    default:
      return std::nullopt;
    }
    At = From;
  }
  ++Stats.PlaceCap;
  return std::nullopt;
}

MemberEffects::MemberEffects(const CheckContext &Context)
    : Models(Context.Models), Stats(Context.Stats) {
  for (const Unit *U : Context.Program.Units)
    for (const ir::Function &F : U->Functions)
      Bodies.try_emplace(U->symbol(F.Sym).Usr, FunctionBody{U, &F});
}

FunctionBody MemberEffects::body(const ir::Symbol &S) const {
  auto It = Bodies.find(S.Usr);
  return It == Bodies.end() ? FunctionBody() : It->second;
}

/// The address that an effect at \p P speaks of, for an argument that is at \p Base:
/// `arg1` is its value, `*arg1` and `arg1[0]` what lies there.
static std::optional<ParameterPlace> apply(const model::Place &P, ParameterPlace Base) {
  for (const model::PlaceStep &Step : P.Steps)
    switch (Step.Kind) {
    case model::PlaceStep::Deref:
      Base.Steps += "*";
      break;
    case model::PlaceStep::Index:
      if (Step.Number != 0)
        return std::nullopt;
      Base.Steps += "*";
      break;
    case model::PlaceStep::Field:
      Base.Steps += "." + Step.Name + "*";
      break;
    case model::PlaceStep::AnyIndex:
      return std::nullopt;
    }
  return Base;
}

void MemberEffects::readCall(const ValueFlow &Flow, const Op &O, std::vector<MemberEffect> &Out) {
  const Unit &U = Flow.unit();
  if (O.has(ir::OF_Indirect)) {
    if (auto At = placeOf(Flow, O.Operands[0]))
      Out.push_back({MemberEffect::Runs, *At, model::NoKind, &O});
    for (const Operand &V : llvm::drop_begin(O.Operands))
      if (auto At = placeOf(Flow, V))
        Out.push_back({MemberEffect::Unknown, *At, model::NoKind, &O});
    return;
  }
  const ir::Symbol &Callee = U.symbol(O.Aux);
  const FunctionBody Inner = body(Callee);
  const bool Callable = U.name(Callee).ends_with("::operator()");
  // How an owner of the library destroys what it holds is no callable of the class that
  // it is a member of.
  const bool EndsOwner = Callee.Destructor && Callee.System;
  auto Ms = Models.find(U.name(Callee));
  for (unsigned I = 0; I != O.Operands.size(); ++I) {
    auto At = placeOf(Flow, O.Operands[I]);
    if (!At)
      continue;
    if (Callable && I == 0)
      Out.push_back({MemberEffect::Runs, *At, model::NoKind, &O});
    if (!Ms.empty()) {
      for (uint32_t M : Ms)
        for (const model::Effect &E : Models.Functions[M].Effects) {
          if (E.At.Root != int(I))
            continue;
          auto Place = apply(E.At, *At);
          if (!Place)
            continue;
          if (E.Op == model::EffectKind::Release || E.Op == model::EffectKind::Unretain)
            Out.push_back({MemberEffect::Releases, *Place, E.Kind, &O});
          else if (E.Op == model::EffectKind::Acquire && enabled(E.Kind) && !E.At.Steps.empty())
            Out.push_back({MemberEffect::Acquires, *Place, E.Kind, &O});
          else if (E.Op == model::EffectKind::Transfer || E.Op == model::EffectKind::Stores)
            Out.push_back({MemberEffect::Unknown, *Place, E.Kind, &O});
        }
    } else if (Inner && !O.has(ir::OF_Virtual)) {
      for (const MemberEffect &E : of(Inner)) {
        if (E.At.Parameter != I || Out.size() == MaxEffects ||
            (EndsOwner && E.Kind == MemberEffect::Runs))
          continue;
        MemberEffect Mine = E;
        Mine.At = {At->Parameter, At->Steps + E.At.Steps};
        Mine.Op = &O;
        Out.push_back(std::move(Mine));
      }
    } else {
      Out.push_back({MemberEffect::Unknown, *At, model::NoKind, &O});
    }
  }
}

void MemberEffects::read(const FunctionBody &Body, std::vector<MemberEffect> &Out) {
  const Unit &U = *Body.U;
  const ValueFlow Flow(U, *Body.F);
  for (const ir::Block &B : Body.F->Blocks) {
    for (const Op &O : B.Ops) {
      if (Out.size() >= MaxEffects)
        return;
      if (O.Kind == OpKind::Call) {
        readCall(Flow, O, Out);
      } else if (O.Kind == OpKind::Store) {
        auto To = placeOf(Flow, O.Operands[0]);
        if (To)
          To->Steps += "*";
        for (const Origin &From : Flow.origins(O.Operands[1])) {
          const Op *Made = From.Kind == Origin::Made ? From.Op : nullptr;
          if (!To || From.Kind == Origin::Address)
            continue;
          if (From.Kind == Origin::Constant)
            Out.push_back({MemberEffect::Clears, *To, model::NoKind, &O});
          else if (Made && Made->Kind == OpKind::Call && enabled(acquiredBy(U, *Made)))
            Out.push_back({MemberEffect::Acquires, *To, acquiredBy(U, *Made), Made});
        }
        // A second home for what was in one place.
        const bool OwnVariable =
            O.Operands[0].Kind == OperandKind::Local && O.Operands[0].Index >= Body.F->NumParams;
        if (!OwnVariable)
          if (auto From = placeOf(Flow, O.Operands[1]))
            Out.push_back({MemberEffect::Unknown, *From, model::NoKind, &O});
      }
    }
    if (B.Term.Kind == ir::TermKind::Branch)
      if (const Op *Def = Flow.definition(B.Term.Value)) {
        llvm::SmallVector<Operand, 3> Parts(Def->Operands.begin(), Def->Operands.end());
        Parts.push_back(B.Term.Value);
        for (const Operand &V : Parts)
          if (auto At = placeOf(Flow, V))
            Out.push_back({MemberEffect::Tests, *At, model::NoKind, nullptr});
      }
  }
  for (const ir::ClosureInfo &C : Body.F->Closures)
    for (const ir::LambdaCapture &Capture : C.Captures) {
      if (Capture.Kind == ir::CaptureKind::This)
        Out.push_back({MemberEffect::Unknown, {0, ""}, model::NoKind, nullptr});
      else if (auto At = placeOf(Flow, Capture.Value))
        Out.push_back({MemberEffect::Unknown, *At, model::NoKind, nullptr});
    }
}

const std::vector<MemberEffect> &MemberEffects::of(const FunctionBody &Body) {
  auto [It, New] = Known.try_emplace(Body.F);
  if (New) {
    std::vector<MemberEffect> Found;
    read(Body, Found);
    Stats.EffectCap += Found.size() >= MaxEffects;
    Known[Body.F] = std::move(Found);
  }
  return Known[Body.F];
}

model::KindId MemberEffects::acquiredBy(const Unit &U, const Op &O) {
  if (O.Kind != OpKind::Call || O.has(ir::OF_Indirect) || O.has(ir::OF_Virtual))
    return model::NoKind;
  const ir::Symbol &Callee = U.symbol(O.Aux);
  auto Ms = Models.find(U.name(Callee));
  for (uint32_t M : Ms)
    for (const model::Effect &E : Models.Functions[M].Effects)
      if ((E.Op == model::EffectKind::Acquire || E.Op == model::EffectKind::Duplicate) &&
          E.At.Root == model::Place::Return && E.At.Steps.empty() &&
          O.Operands.size() >= Models.Functions[M].MinArgs &&
          Models.Functions[M].ArgumentIs.empty())
        return E.Kind;
  if (const FunctionBody Inner = body(Callee); Inner && Ms.empty())
    return returnedBy(Inner);
  return model::NoKind;
}

model::KindId MemberEffects::returnedBy(const FunctionBody &Body) {
  auto [It, New] = Returned.try_emplace(Body.F, model::NoKind);
  if (!New)
    return It->second;
  const ValueFlow Flow(*Body.U, *Body.F);
  for (const ir::Block &B : Body.F->Blocks) {
    if (B.Term.Kind != ir::TermKind::Return || !B.Term.Value)
      continue;
    for (const Origin &O : Flow.origins(B.Term.Value))
      if (O.Kind == Origin::Made && O.Op->Kind == OpKind::Call)
        if (const model::KindId K = acquiredBy(*Body.U, *O.Op); K != model::NoKind)
          return Returned[Body.F] = K;
  }
  return model::NoKind;
}

} // namespace handrail
