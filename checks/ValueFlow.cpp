//===- ValueFlow.cpp - where a value of a function comes from -------------===//
#include "checks/ValueFlow.h"

#include <set>

namespace handrail {

using ir::CastKind;
using ir::Op;
using ir::Operand;
using ir::OperandKind;
using ir::OpKind;

ValueFlow::ValueFlow(const ir::Unit &U, const ir::Function &F) : U(U), F(F) {
  for (const ir::Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      if (O.Result != ir::None)
        Definitions[O.Result].push_back(&O);
      if ((O.Kind == OpKind::Store || O.Kind == OpKind::CopyMem) && O.Operands.size() >= 2 &&
          O.Operands[0].Kind == OperandKind::Local)
        Stores[O.Operands[0].Index].push_back(&O);
    }
}

const Op *ValueFlow::definition(const Operand &V) const {
  if (!V.isTemp())
    return nullptr;
  auto It = Definitions.find(V.Index);
  return It == Definitions.end() || It->second.size() != 1 ? nullptr : It->second.front();
}

llvm::StringRef calleeName(const ir::Unit &U, const Op &O) {
  if (O.Kind != OpKind::Call || O.has(ir::OF_Indirect))
    return {};
  return U.name(U.symbol(O.Aux));
}

std::vector<Origin> ValueFlow::origins(const Operand &V) const {
  std::vector<Origin> Result;
  std::vector<Origin> Work;
  std::set<std::pair<OperandKind, uint32_t>> Seen; // temporaries, and variables read
  Origin Start;
  Start.Value = V;
  Work.push_back(Start);

  auto Finish = [&](Origin O, Origin::KindT Kind) {
    O.Kind = Kind;
    Result.push_back(std::move(O));
  };
  auto ReadVariable = [&](Origin O, ir::LocalId Local) {
    if (!Seen.insert({OperandKind::Local, Local}).second)
      return;
    if (Local < F.NumParams) {
      Origin P = O;
      P.Index = Local;
      Finish(P, Origin::Parameter);
    }
    auto It = Stores.find(Local);
    if (It == Stores.end())
      return;
    for (const Op *S : llvm::reverse(It->second)) {
      Origin Next = O;
      Next.Value = S->Operands[1];
      Work.push_back(Next);
    }
  };

  while (!Work.empty()) {
    Origin O = Work.back();
    Work.pop_back();
    if (!O.Value.isTemp()) {
      Finish(O, O.Value.isInt() || O.Value.Kind == OperandKind::Undef ? Origin::Constant
                                                                      : Origin::Address);
      continue;
    }
    if (!Seen.insert({OperandKind::Temp, O.Value.Index}).second)
      continue;
    auto It = Definitions.find(O.Value.Index);
    if (It == Definitions.end())
      continue;
    for (const Op *Def : llvm::reverse(It->second)) {
      Origin Next = O;
      Next.Op = Def;
      switch (Def->Kind) {
      case OpKind::Cast:
        if (Def->Aux == unsigned(CastKind::IntToPtr) || Def->Aux == unsigned(CastKind::PtrToInt))
          Next.ThroughInteger = true;
        if (const ir::Type &T = U.type(Def->Ty); T.Kind == ir::TypeKind::Pointer &&
                                                 U.type(T.Elem).Kind != ir::TypeKind::Void &&
                                                 !Next.Pointee)
          Next.Pointee = T.Elem;
        [[fallthrough]];
      case OpKind::Copy:
        Next.Value = Def->Operands[0];
        Work.push_back(Next);
        break;
      case OpKind::Load:
        if (Def->Operands[0].Kind == OperandKind::Local)
          ReadVariable(Next, Def->Operands[0].Index);
        else
          Finish(Next, Origin::Memory);
        break;
      default:
        Finish(Next, Origin::Made);
      }
    }
  }
  return Result;
}

Outcome outcomeOf(const ValueFlow &Flow, const ir::Terminator &Return) {
  const ir::Unit &U = Flow.unit();
  if (!Return.Value)
    return Outcome::Unknown;
  const ir::Type &T = U.type(U.type(U.symbol(Flow.function().Sym).Ty).Elem);
  Outcome All = Outcome::Unknown;
  for (const Origin &O : Flow.origins(Return.Value)) {
    Outcome One = Outcome::Unknown;
    const bool Number = O.Kind == Origin::Constant && O.Value.isInt();
    if (T.Kind == ir::TypeKind::Bool && Number)
      One = O.Value.Value ? Outcome::Success : Outcome::Failure;
    else if (T.Kind == ir::TypeKind::Pointer)
      One = Number ? Outcome::Failure : Outcome::Success;
    else if (T.Kind == ir::TypeKind::Int && T.Signed && Number && O.Value.Value <= 0)
      One = O.Value.Value ? Outcome::Failure : Outcome::Success;
    if (One == Outcome::Unknown || (All != Outcome::Unknown && All != One))
      return Outcome::Unknown;
    All = One;
  }
  return All;
}

/// Calls that only pass their first argument on, as far as ownership is asked.
static bool passesOn(llvm::StringRef Callee) {
  return Callee == "std::move" || Callee == "std::forward" || Callee.ends_with("::operator->") ||
         Callee.ends_with("::get");
}

ir::LocalId ValueFlow::variable(const Operand &V, bool OrMember) const {
  Operand At = V;
  // Each step goes to an earlier operation, except around a loop's copies.
  for (size_t Steps = 0; Steps != 32; ++Steps) {
    if (At.Kind == OperandKind::Local) {
      // A temporary that capture invented stands for what was put into it.
      auto It = Stores.find(At.Index);
      if (U.str(F.Locals[At.Index].Name).empty() && It != Stores.end() && It->second.size() == 1) {
        At = It->second.front()->Operands[1];
        continue;
      }
      return At.Index;
    }
    const Op *Def = definition(At);
    if (!Def || Def->Operands.empty())
      return ir::None;
    const Operand &Next = Def->Operands[0];
    const bool Same = Def->Kind == OpKind::Copy || Def->Kind == OpKind::Cast ||
                      (Def->Kind == OpKind::Load && Next.Kind == OperandKind::Local) ||
                      (Def->Kind == OpKind::Call && passesOn(calleeName(U, *Def)));
    const bool Inside = Def->Kind == OpKind::Load || Def->Kind == OpKind::Field ||
                        Def->Kind == OpKind::Index ||
                        (Def->Kind == OpKind::Call && calleeName(U, *Def).ends_with("::operator*"));
    if (!Same && !(OrMember && Inside))
      return ir::None;
    At = Next;
  }
  return ir::None;
}

static constexpr unsigned MaxSpelling = 6; // steps; longer ones are no help in a message

std::string ValueFlow::addressSpelling(const Operand &A, unsigned Depth) const {
  if (A.Kind == OperandKind::Local)
    return U.str(F.Locals[A.Index].Name).str();
  if (A.Kind == OperandKind::Global || A.Kind == OperandKind::Func)
    return U.name(U.symbol(A.Index)).str();
  const Op *Def = definition(A);
  if (!Def || Depth == MaxSpelling)
    return {};
  if (Def->Kind == OpKind::Field || Def->Kind == OpKind::Index) {
    const Operand &Base = Def->Operands[0];
    const Op *BaseDef = definition(Base);
    const bool IsPlace =
        !Base.isTemp() ||
        (BaseDef && (BaseDef->Kind == OpKind::Field || BaseDef->Kind == OpKind::Index));
    std::string Text = IsPlace ? addressSpelling(Base, Depth + 1) : valueSpelling(Base, Depth + 1);
    if (Text.empty())
      return {};
    if (Def->Kind == OpKind::Field)
      return Text + (IsPlace ? "." : "->") + U.str(Def->Aux).str();
    std::string Index = valueSpelling(Def->Operands[1], Depth + 1);
    return Index.empty() ? std::string() : Text + "[" + Index + "]";
  }
  std::string Pointer = valueSpelling(A, Depth + 1);
  return Pointer.empty() ? Pointer : "*" + Pointer;
}

std::string ValueFlow::valueSpelling(const Operand &V, unsigned Depth) const {
  if (V.isInt())
    return std::to_string(V.Value);
  if (Depth == MaxSpelling)
    return {};
  if (!V.isTemp()) {
    std::string Name = addressSpelling(V, Depth);
    return Name.empty() || V.Kind == OperandKind::Func ? Name : "&" + Name;
  }
  const Op *Def = definition(V);
  if (!Def)
    return {};
  switch (Def->Kind) {
  case OpKind::Load:
    return addressSpelling(Def->Operands[0], Depth + 1);
  case OpKind::Copy:
  case OpKind::Cast:
    return valueSpelling(Def->Operands[0], Depth + 1);
  case OpKind::Call: {
    llvm::StringRef Name = calleeName(U, *Def);
    return Name.empty() ? std::string() : Name.str() + "()";
  }
  case OpKind::Field:
  case OpKind::Index: {
    std::string Place = addressSpelling(V, Depth + 1);
    return Place.empty() ? Place : "&" + Place;
  }
  default:
    return {};
  }
}

std::string ValueFlow::spelling(const Operand &V) const { return valueSpelling(V, 0); }

} // namespace handrail
