//===- VariantLowering.cpp - bodies of std::variant -------------------------===//
//
// Which alternative a variant has is a number beside them. Each has an address of its
// own, for what one leaves behind is nothing to the next.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Scalars.h"
#include "lib/Capture/StandardOwners.h"

using namespace clang;
using handrail::ir::OpKind;

namespace handrail::capture {

ir::Operand FunctionLowering::variantIndex(Operand Variant) {
  return ownerSlot(Variant, "index()", Context.UnsignedIntTy);
}

ir::Operand FunctionLowering::alternative(Operand Variant, unsigned I, QualType T) {
  return ownerSlot(Variant, "get<" + std::to_string(I) + ">()", T);
}

/// 1 when \p Variant has its alternative number \p I.
ir::Operand FunctionLowering::hasAlternative(Operand Variant, unsigned I) {
  Operand Index = loadFrom(variantIndex(Variant), Context.UnsignedIntTy);
  return emitValue(OpKind::Eq, {Index, Operand::integer(I)}, Unit.valueType(Context.BoolTy));
}

ir::Operand FunctionLowering::expandVariant(const FunctionDecl *Callee,
                                            llvm::ArrayRef<Operand> Args) {
  Contract C = contractOf(Callee);
  QualType First = Callee->getNumParams() ? Callee->getParamDecl(0)->getType() : QualType();
  bool Free = C == Contract::VarGet || C == Contract::VarGetIf || C == Contract::VarHolds;
  const ClassTemplateSpecializationDecl *RD =
      !Free ? instanceOf(Callee)
            : standardInstance(First->isPointerType() ? First->getPointeeType() : First);
  llvm::SmallVector<QualType, 4> Types = elementTypes(RD);
  Operand Object = Args[0];
  auto At = [&](Operand Variant, unsigned I) { return alternative(Variant, I, Types[I]); };
  auto SetIndex = [&](Operand I) { store(variantIndex(Object), I, Context.UnsignedIntTy); };
  auto Destroy = [&](bool Reused) {
    for (unsigned I = 0; I < Types.size(); ++I)
      if (Types[I].isDestructedType())
        ifTrue(hasAlternative(Object, I), [&] { destroy(At(Object, I), Types[I]); });
      else if (Reused && isScalar(Types[I]))
        store(At(Object, I), Operand::integer(0), Types[I]);
  };
  // Whose member it was moved from stays what it is: an alternative moved from.
  auto TakeOther = [&] {
    SetIndex(loadFrom(variantIndex(Args[1]), Context.UnsignedIntTy));
    for (unsigned I = 0; I < Types.size(); ++I)
      ifTrue(hasAlternative(Args[1], I), [&] {
        transferValue(At(Object, I), At(Args[1], I), Types[I], First->isRValueReferenceType());
      });
  };
  auto TakeValue = [&] {
    unsigned I = *alternativeOf(Types, First);
    transferValue(At(Object, I), Args[1], Types[I], First->isRValueReferenceType());
    SetIndex(Operand::integer(I));
  };
  switch (C) {
  case Contract::VarDefault:
    constructFrom(At(Object, 0), Types[0], {}, {});
    SetIndex(Operand::integer(0));
    return {};
  case Contract::VarTake:
    TakeValue();
    return {};
  case Contract::VarTransfer:
    TakeOther();
    return {};
  case Contract::VarDestroy:
    Destroy(false);
    return {};
  case Contract::VarAssign:
    Destroy(true);
    TakeOther();
    return Object;
  case Contract::VarAssignValue:
    Destroy(true);
    TakeValue();
    return Object;
  case Contract::VarEmplace: {
    unsigned I = *elementNamed(Callee, RD);
    Destroy(true);
    constructFrom(At(Object, I), Types[I], Callee->parameters(), Args.drop_front());
    SetIndex(Operand::integer(I));
    return At(Object, I);
  }
  case Contract::VarIndex:
    return loadFrom(variantIndex(Object), Context.UnsignedIntTy);
  case Contract::VarHolds:
    return hasAlternative(Object, *elementNamed(Callee, RD));
  case Contract::VarGetIf: {
    unsigned I = *elementNamed(Callee, RD);
    Operand Result = Operand::temp(newTemp());
    ir::TypeId Ty = Unit.valueType(Callee->getReturnType());
    auto Give = [&](Operand V) { emit(OpKind::Copy, {V}, Ty).Result = Result.Index; };
    choose(
        hasAlternative(Object, I), [&] { Give(At(Object, I)); },
        [&] { Give(Operand::integer(0)); });
    return Result;
  }
  default: {
    // Anything else is an exception of the library's.
    unsigned I = *elementNamed(Callee, RD);
    choose(hasAlternative(Object, I), [] {}, [&] { unreachable(); });
    return At(Object, I);
  }
  }
}

} // namespace handrail::capture
