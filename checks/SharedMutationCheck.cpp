//===- SharedMutationCheck.cpp --------------------------------------------===//
//
// Models say which functions give access to an object for its only owner, and null
// to one of several:
//
//   image.get_mut()->clear();                  null when somebody else has it
//   if (Image *mine = image.get_mut())         asked
//     mine->clear();
//
// From the call on, every path is followed to a branch that asks for the result.
//
//===----------------------------------------------------------------------===//
#include "checks/SharedMutationCheck.h"

#include "checks/ValueFlow.h"
#include "checks/Wording.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringSet.h"

namespace handrail {

using ir::Function;
using ir::Op;
using ir::Operand;
using ir::OpKind;
using ir::Unit;

namespace {

class AccessReader {
public:
  AccessReader(const Unit &U, const Function &F) : U(U), F(F), Flow(U, F) {}
  /// The first operation that goes through the result of operation \p Index of block
  /// \p Start before a branch has asked for it, or null.
  const Op *untested(ir::BlockId Start, size_t Index) const;
  /// Whether a branch depends on something that the same object was asked.
  bool asksOtherwise(const Op &Access) const;

private:
  bool comesFrom(const Operand &V, const Op &Access) const {
    return llvm::any_of(Flow.origins(V), [&](const Origin &O) { return O.Op == &Access; });
  }
  bool depends(const Operand &Condition, const Op &Access) const;
  bool goesThrough(const Op &O, const Op &Access) const;

  const Unit &U;
  const Function &F;
  const ValueFlow Flow;
};

/// Whether \p Test holds for a value that \p V is, or is computed from by comparisons
/// and logic.
template <typename Fn> static bool anyPart(const ValueFlow &Flow, const Operand &V, Fn Test) {
  std::vector<Operand> Work{V};
  for (size_t I = 0; I != Work.size() && I < 16; ++I)
    for (const Origin &O : Flow.origins(Operand(Work[I]))) {
      if (Test(O))
        return true;
      if (O.Kind == Origin::Made &&
          (O.Op->Kind == OpKind::Eq || O.Op->Kind == OpKind::Ne || O.Op->Kind == OpKind::Not ||
           O.Op->Kind == OpKind::And || O.Op->Kind == OpKind::Or))
        Work.insert(Work.end(), O.Op->Operands.begin(), O.Op->Operands.end());
    }
  return false;
}

bool AccessReader::depends(const Operand &Condition, const Op &Access) const {
  return anyPart(Flow, Condition, [&](const Origin &O) { return O.Op == &Access; });
}

bool AccessReader::goesThrough(const Op &O, const Op &Access) const {
  const bool Through = O.Kind == OpKind::Load || O.Kind == OpKind::Store ||
                       O.Kind == OpKind::CopyMem || O.Kind == OpKind::Field ||
                       O.Kind == OpKind::Zero ||
                       (O.Kind == OpKind::Call && !O.has(ir::OF_Indirect) && &O != &Access &&
                        U.symbol(O.Aux).Method);
  return Through && !O.Operands.empty() && O.Operands[0].isTemp() &&
         comesFrom(O.Operands[0], Access);
}

const Op *AccessReader::untested(ir::BlockId Start, size_t Index) const {
  const Op &Access = F.Blocks[Start].Ops[Index];
  llvm::BitVector Seen(F.Blocks.size());
  std::vector<std::pair<ir::BlockId, size_t>> Work{{Start, Index + 1}};
  while (!Work.empty()) {
    const auto [Id, First] = Work.back();
    Work.pop_back();
    const ir::Block &B = F.Blocks[Id];
    for (size_t I = First; I < B.Ops.size(); ++I)
      if (goesThrough(B.Ops[I], Access))
        return &B.Ops[I];
    if (B.Term.Value && B.Term.Kind != ir::TermKind::Return && depends(B.Term.Value, Access))
      continue;
    for (ir::BlockId To : B.Term.Succs)
      if (!Seen.test(To)) {
        Seen.set(To);
        Work.emplace_back(To, 0);
      }
  }
  return nullptr;
}

bool AccessReader::asksOtherwise(const Op &Access) const {
  if (Access.Operands.empty())
    return false;
  const ir::LocalId Object = Flow.variable(Access.Operands[0], /*OrMember=*/true);
  if (Object == ir::None)
    return false;
  auto Asks = [&](const Origin &O) {
    return O.Kind == Origin::Made && O.Op != &Access && O.Op->Kind == OpKind::Call &&
           !O.Op->Operands.empty() && Flow.variable(O.Op->Operands[0], /*OrMember=*/true) == Object;
  };
  return llvm::any_of(F.Blocks, [&](const ir::Block &B) {
    return B.Term.Kind == ir::TermKind::Branch && anyPart(Flow, B.Term.Value, Asks);
  });
}

} // namespace

void SharedMutationCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  for (const Unit *U : Context.Program.Units)
    for (const Function &F : U->Functions)
      for (ir::BlockId B = 0; B != F.Blocks.size(); ++B)
        for (size_t I = 0; I != F.Blocks[B].Ops.size(); ++I) {
          const Op &O = F.Blocks[B].Ops[I];
          const llvm::StringRef Callee = calleeName(*U, O);
          if (llvm::none_of(Context.Models.find(Callee),
                            [&](uint32_t M) { return Context.Models.Functions[M].Exclusive; }))
            continue;
          const AccessReader Reader(*U, F);
          const Op *Use = Reader.untested(B, I);
          if (!Use || Reader.asksOtherwise(O))
            continue;
          Finding Result;
          Result.Loc = toLocation(*U, Use->Loc);
          Result.Function = U->name(U->symbol(F.Sym)).str();
          Result.Message = "result of " + quoted(Callee) +
                           " is null when the object is shared, and is used without asking";
          Result.Notes.push_back({toLocation(*U, O.Loc), "access asked for here", 0});
          Out.push_back(std::move(Result));
        }
}

} // namespace handrail
