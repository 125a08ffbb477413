//===- DuplicateOwnerCheck.cpp --------------------------------------------===//
//
// What models know as transfers comes from the solver. Shared owners of the
// standard library take raw pointers, which models say nothing of; two of them that
// are made from one variable do not know of each other:
//
//   std::shared_ptr<Image> first(raw);
//   std::shared_ptr<Image> second(raw);     each frees it
//
//===----------------------------------------------------------------------===//
#include "checks/DuplicateOwnerCheck.h"

#include "checks/FlowChecks.h"
#include "checks/ValueFlow.h"
#include "llvm/ADT/BitVector.h"

namespace handrail {

using ir::LocalId;
using ir::Op;
using ir::OpKind;
using ir::Unit;

namespace {

bool takesRawPointer(llvm::StringRef Callee) {
  return Callee == "std::shared_ptr::shared_ptr" || Callee == "std::__shared_ptr::reset" ||
         Callee == "std::shared_ptr::reset" || Callee == "std::unique_ptr::unique_ptr" ||
         Callee == "std::unique_ptr::reset";
}

/// The variable whose value, a raw pointer, \p O makes an owner of.
LocalId ownedVariable(const ValueFlow &Flow, const Op &O) {
  const Unit &U = Flow.unit();
  // With a deleter of its own, an owner need not own.
  if (!takesRawPointer(calleeName(U, O)) || O.Operands.size() != 2)
    return ir::None;
  const Op *Def = Flow.definition(O.Operands[1]);
  if (!Def || Def->Kind != OpKind::Load || Def->Operands[0].Kind != ir::OperandKind::Local)
    return ir::None;
  const ir::Type &T = U.type(Flow.function().Locals[Def->Operands[0].Index].Ty);
  return T.Kind == ir::TypeKind::Pointer && !T.Reference ? Def->Operands[0].Index : ir::None;
}

/// An owner of the content of \p Variable that is made behind operation \p From of
/// \p Start, before the variable gets another content, or the first owner is used in
/// a way that may take the pointer from it again.
const Op *nextOwner(const ValueFlow &Flow, LocalId Variable, ir::BlockId Start, size_t From) {
  const ir::Function &F = Flow.function();
  const Op &FirstOwner = F.Blocks[Start].Ops[From++];
  const bool GivesUp = calleeName(Flow.unit(), FirstOwner).starts_with("std::unique_ptr");
  llvm::BitVector Seen(F.Blocks.size());
  std::vector<std::pair<ir::BlockId, size_t>> Work{{Start, From}};
  while (!Work.empty()) {
    const auto [Id, First] = Work.back();
    Work.pop_back();
    const ir::Block &B = F.Blocks[Id];
    bool Changed = false;
    for (size_t I = First; I != B.Ops.size() && !Changed; ++I) {
      const Op &O = B.Ops[I];
      if (ownedVariable(Flow, O) == Variable)
        return &O;
      // Its address may be all that is needed to change it.
      Changed = (O.Kind != OpKind::Load &&
                 llvm::is_contained(O.Operands, ir::Operand::local(Variable))) ||
                (GivesUp && llvm::is_contained(O.Operands, FirstOwner.Operands[0]));
    }
    if (Changed)
      continue;
    auto Visit = [&](ir::BlockId To) {
      if (!Seen.test(To)) {
        Seen.set(To);
        Work.emplace_back(To, 0);
      }
    };
    for (ir::BlockId To : B.Term.Succs)
      Visit(To);
    for (const ir::SwitchCase &C : B.Term.Cases)
      Visit(C.Target);
  }
  return nullptr;
}

void findTwoOwners(const Unit &U, const ir::Function &F, std::vector<Finding> &Out) {
  const ValueFlow Flow(U, F);
  for (ir::BlockId B = 0; B != F.Blocks.size(); ++B)
    for (size_t I = 0; I != F.Blocks[B].Ops.size(); ++I) {
      const Op &First = F.Blocks[B].Ops[I];
      const LocalId Variable = ownedVariable(Flow, First);
      const Op *Second = Variable == ir::None ? nullptr : nextOwner(Flow, Variable, B, I);
      if (!Second || Second == &First)
        continue;
      Finding Result;
      Result.Loc = toLocation(U, Second->Loc);
      Result.Function = U.name(U.symbol(F.Sym)).str();
      Result.Message = "pointer " + quoted(U.str(F.Locals[Variable].Name)) +
                       " is given to a second owner, which does not know of the first";
      Result.Notes.push_back({toLocation(U, First.Loc), "given to its first owner here", 0});
      Out.push_back(std::move(Result));
    }
}

} // namespace

void DuplicateOwnerCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  FlowCheck(FlowCheck::kinds(solver::ViolationKind::SecondOwner), wordDuplicateOwner)
      .run(Context, Out);
  for (const Unit *U : Context.Program.Units)
    if (U->CPlusPlus)
      for (const ir::Function &F : U->Functions)
        findTwoOwners(*U, F, Out);
}

} // namespace handrail
