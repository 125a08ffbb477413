//===- Conversions.cpp - casts, truth values, loads -----------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Scalars.h"

using namespace clang;
using handrail::ir::OperandKind;
using handrail::ir::OpKind;

namespace handrail::capture {

ir::Operand FunctionLowering::constant(const Expr *E) {
  if (E->isValueDependent() || !isInteger(E->getType()))
    return {};
  Expr::EvalResult R;
  if (E->EvaluateAsInt(R, Context, Expr::SE_NoSideEffects))
    return Operand::integer(toInt64(R.Val.getInt()));
  return {};
}

/// Whether \p E is true: 1 or 0.
ir::Operand FunctionLowering::truth(const Expr *E, QualType To) {
  Operand V = value(E);
  QualType From = E->getType();
  if (V.isInt())
    return Operand::integer(V.Value != 0);
  if (V.Kind == OperandKind::String || V.Kind == OperandKind::Func || V.Kind == OperandKind::Local)
    return Operand::integer(1);
  if (!isNumber(From))
    return fresh(To);
  if (E->isKnownToHaveBooleanValue())
    return V;
  return emitValue(OpKind::Ne,
                   {V, From->isRealFloatingType() ? Operand::undef() : Operand::integer(0)},
                   Unit.valueType(To), isUnsigned(From) ? ir::OF_Unsigned : 0);
}

/// A conversion to or from a floating-point type.
ir::Operand FunctionLowering::convertFloat(Operand V, QualType From, QualType To) {
  if (!isNumber(From) || !isNumber(To))
    return V;
  if (!V.isTemp())
    return Operand::undef();
  if (From->isRealFloatingType() && To->isRealFloatingType())
    return V;
  return emitValue(OpKind::Cast, {V}, Unit.type(To.getUnqualifiedType()), 0,
                   uint32_t(ir::CastKind::Value));
}

/// An arithmetic conversion between numbers.
ir::Operand FunctionLowering::convert(Operand V, QualType From, QualType To) {
  if (!isInteger(From) || !isInteger(To))
    return convertFloat(V, From, To);
  if (To->isBooleanType()) {
    if (V.isInt() || From->isBooleanType())
      return V.isInt() ? Operand::integer(V.Value != 0) : V;
    return emitValue(OpKind::Ne, {V, Operand::integer(0)}, Unit.valueType(To));
  }
  if (To->isDependentType() || From->isDependentType() || To->isIncompleteType() ||
      From->isIncompleteType())
    return V;
  unsigned FromBits = Context.getIntWidth(From), ToBits = Context.getIntWidth(To);
  bool FromSigned = !isUnsigned(From), ToSigned = !isUnsigned(To);
  if (V.isInt())
    return Operand::integer(wrap(V.Value, ToBits, ToSigned));
  bool Preserved = FromSigned == ToSigned ? ToBits >= FromBits : !FromSigned && ToBits > FromBits;
  if (Preserved)
    return V;
  return emitValue(OpKind::Cast, {V}, Unit.type(To.getUnqualifiedType()), 0,
                   uint32_t(ir::CastKind::Value));
}

static const RecordDecl *pointedRecord(QualType T) {
  QualType P = T->getPointeeType();
  return P.isNull() ? nullptr : P->getAsRecordDecl();
}

/// True when a pointer conversion may reinterpret what is pointed to.
static bool changesPointee(QualType From, QualType To) {
  if (!From->isPointerType() || !To->isPointerType())
    return false;
  if (From->isVoidPointerType() != To->isVoidPointerType())
    return true;
  const RecordDecl *A = pointedRecord(From), *B = pointedRecord(To);
  return A && B && A->getCanonicalDecl() != B->getCanonicalDecl();
}

ir::Operand FunctionLowering::lowerLoad(const CastExpr *E) {
  const Expr *Sub = E->getSubExpr()->IgnoreParens();
  QualType T = E->getType();
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Sub)) {
    const auto *VD = dyn_cast<VarDecl>(Ref->getDecl());
    if (VD && Unit.U.CPlusPlus && isInteger(T) && !VD->getType()->isReferenceType() &&
        VD->mightBeUsableInConstantExpressions(Context))
      if (Operand V = constant(Ref))
        return V;
  }
  Operand Address = value(Sub);
  if (T->isRecordType() || T->isArrayType())
    return Address;
  // The value of an assignment is what was assigned.
  auto Stored = Assigned.find(Sub);
  if (Stored != Assigned.end() && !Sub->getType().isVolatileQualified())
    return Stored->second;
  Operand V = loadFrom(Address, T);
  return isNumber(T) ? V : Operand::undef();
}

ir::Operand FunctionLowering::lowerCast(const CastExpr *E) {
  const Expr *Sub = E->getSubExpr();
  QualType From = Sub->getType(), To = E->getType();
  switch (E->getCastKind()) {
  case CK_ToVoid:
    if (!buildsInPlace(Sub->IgnoreParens()))
      value(Sub);
    return {};
  case CK_LValueToRValue:
    return lowerLoad(E);
  case CK_NullToPointer:
  case CK_NullToMemberPointer:
    return Operand::integer(0);
  case CK_IntegralToBoolean:
  case CK_PointerToBoolean:
  case CK_FloatingToBoolean:
    return truth(Sub, To);
  case CK_IntegralToFloating:
  case CK_FloatingToIntegral:
  case CK_FloatingCast: {
    Operand V = value(Sub);
    return convertFloat(V, From, To);
  }
  case CK_IntegralCast:
  case CK_BooleanToSignedIntegral: {
    Operand V = value(Sub);
    return isInteger(From) && isInteger(To) ? convert(V, From, To) : V;
  }
  case CK_IntegralToPointer: {
    Operand V = value(Sub);
    if (V.isInt())
      return V;
    return emitValue(OpKind::Cast, {V}, Unit.type(To), 0, uint32_t(ir::CastKind::IntToPtr));
  }
  case CK_PointerToIntegral: {
    Operand V = value(Sub);
    if (V.isInt())
      return convert(V, Context.getUIntPtrType(), To);
    return emitValue(OpKind::Cast, {V}, Unit.type(To), 0, uint32_t(ir::CastKind::PtrToInt));
  }
  case CK_BitCast:
  case CK_AddressSpaceConversion:
  case CK_CPointerToObjCPointerCast:
  case CK_BlockPointerToObjCPointerCast:
  case CK_AnyPointerToBlockPointerCast:
  case CK_Dynamic: {
    Operand V = value(Sub);
    if (V.isInt() || !changesPointee(From, To))
      return V;
    return emitValue(OpKind::Cast, {V}, Unit.type(To), 0, uint32_t(ir::CastKind::Pointer));
  }
  case CK_ToUnion: {
    Operand Address = newObject(To);
    initialize(Address, From, Sub);
    return Address;
  }
  case CK_NoOp:
  case CK_LValueBitCast:
  case CK_LValueToRValueBitCast:
  case CK_ArrayToPointerDecay:
  case CK_FunctionToPointerDecay:
  case CK_BuiltinFnToFnPtr:
  case CK_DerivedToBase:
  case CK_UncheckedDerivedToBase:
  case CK_BaseToDerived:
  case CK_ConstructorConversion:
  case CK_UserDefinedConversion:
  case CK_AtomicToNonAtomic:
  case CK_NonAtomicToAtomic:
  case CK_DerivedToBaseMemberPointer:
  case CK_BaseToDerivedMemberPointer:
  case CK_ReinterpretMemberPointer:
    return value(Sub);
  default:
    if (E->getType()->isVoidType())
      return {};
    return isInteger(To) ? fresh(To) : Operand::undef();
  }
}

} // namespace handrail::capture
