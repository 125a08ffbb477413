//===- Operators.cpp - arithmetic, assignment, conditionals ---------------===//
#include "lib/Capture/ClangCompat.h"
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Scalars.h"

using namespace clang;
using handrail::ir::OperandKind;
using handrail::ir::OpKind;

namespace handrail::capture {

ir::Operand FunctionLowering::arithmetic(BinaryOperatorKind Op, Operand L, Operand R,
                                         QualType LeftTy, QualType RightTy, QualType ResultTy) {
  if (!isNumber(LeftTy) || !isNumber(RightTy) || !isNumber(ResultTy))
    return ResultTy->isFloatingType() ? Operand::undef() : fresh(ResultTy);
  if (ResultTy->isFloatingType() && !L.isTemp() && !R.isTemp())
    return Operand::undef();
  if (LeftTy->isPointerType() && isInteger(RightTy) && (Op == BO_Add || Op == BO_Sub)) {
    if (Op == BO_Sub)
      R = R.isInt() ? Operand::integer(static_cast<int64_t>(-static_cast<uint64_t>(R.Value)))
                    : emitValue(OpKind::Neg, {R}, Unit.valueType(RightTy));
    return elementAddress(L, R, LeftTy);
  }
  if (RightTy->isPointerType() && isInteger(LeftTy) && Op == BO_Add)
    return elementAddress(R, L, RightTy);

  bool Unsigned = isUnsigned(LeftTy);
  unsigned Bits =
      isInteger(ResultTy) && !ResultTy->isBooleanType() ? Context.getIntWidth(ResultTy) : 64;
  if (L.isInt() && R.isInt()) {
    int64_t A = L.Value, B = R.Value;
    uint64_t UA = static_cast<uint64_t>(A), UB = static_cast<uint64_t>(B);
    auto Result = [&](uint64_t V) {
      return Operand::integer(wrap(static_cast<int64_t>(V), Bits, !isUnsigned(ResultTy)));
    };
    auto Truth = [](bool V) { return Operand::integer(V); };
    switch (Op) {
    case BO_Add:
      return Result(UA + UB);
    case BO_Sub:
      return Result(UA - UB);
    case BO_Mul:
      return Result(UA * UB);
    case BO_And:
      return Result(UA & UB);
    case BO_Or:
      return Result(UA | UB);
    case BO_Xor:
      return Result(UA ^ UB);
    case BO_Shl:
      if (UB < Bits)
        return Result(UA << UB);
      break;
    case BO_Shr:
      if (UB < Bits)
        return Unsigned ? Result(UA >> UB) : Operand::integer(A >> B);
      break;
    case BO_Div:
      if (B != 0 && !(A == INT64_MIN && B == -1))
        return Unsigned ? Result(UA / UB) : Result(static_cast<uint64_t>(A / B));
      break;
    case BO_Rem:
      if (B != 0 && !(A == INT64_MIN && B == -1))
        return Unsigned ? Result(UA % UB) : Result(static_cast<uint64_t>(A % B));
      break;
    case BO_EQ:
      return Truth(A == B);
    case BO_NE:
      return Truth(A != B);
    case BO_LT:
      return Truth(Unsigned ? UA < UB : A < B);
    case BO_LE:
      return Truth(Unsigned ? UA <= UB : A <= B);
    case BO_GT:
      return Truth(Unsigned ? UA > UB : A > B);
    case BO_GE:
      return Truth(Unsigned ? UA >= UB : A >= B);
    default:
      break;
    }
  }
  OpKind K;
  switch (Op) {
  case BO_Add:
    K = OpKind::Add;
    break;
  case BO_Sub:
    K = OpKind::Sub;
    break;
  case BO_Mul:
    K = OpKind::Mul;
    break;
  case BO_Div:
    K = OpKind::Div;
    break;
  case BO_Rem:
    K = OpKind::Rem;
    break;
  case BO_And:
    K = OpKind::And;
    break;
  case BO_Or:
    K = OpKind::Or;
    break;
  case BO_Xor:
    K = OpKind::Xor;
    break;
  case BO_Shl:
    K = OpKind::Shl;
    break;
  case BO_Shr:
    K = OpKind::Shr;
    break;
  case BO_EQ:
    K = OpKind::Eq;
    break;
  case BO_NE:
    K = OpKind::Ne;
    break;
  case BO_LT:
    K = OpKind::Lt;
    break;
  case BO_LE:
    K = OpKind::Le;
    break;
  case BO_GT:
    K = OpKind::Gt;
    break;
  case BO_GE:
    K = OpKind::Ge;
    break;
  default:
    return fresh(ResultTy);
  }
  return emitValue(K, {L, R}, Unit.valueType(ResultTy), Unsigned ? ir::OF_Unsigned : 0);
}

ir::Operand FunctionLowering::lowerUnary(const UnaryOperator *E) {
  const Expr *Sub = E->getSubExpr();
  QualType T = E->getType();
  switch (E->getOpcode()) {
  case UO_AddrOf: {
    const Expr *Target = Sub->IgnoreParens();
    if (const auto *Ref = dyn_cast<DeclRefExpr>(Target);
        Ref && isa<FieldDecl, IndirectFieldDecl>(Ref->getDecl()))
      return Operand::undef();
    return value(Sub);
  }
  case UO_Deref:
  case UO_Plus:
  case UO_Extension:
    return value(Sub);
  case UO_Minus: {
    Operand V = value(Sub);
    if (V.isInt())
      return Operand::integer(wrap(static_cast<int64_t>(-static_cast<uint64_t>(V.Value)),
                                   Context.getIntWidth(T), !isUnsigned(T)));
    return isNumber(T) && V.isTemp() ? emitValue(OpKind::Neg, {V}, Unit.valueType(T))
                                     : Operand::undef();
  }
  case UO_Not: {
    Operand V = value(Sub);
    if (V.isInt())
      return Operand::integer(wrap(~V.Value, Context.getIntWidth(T), !isUnsigned(T)));
    return isInteger(T) ? emitValue(OpKind::BitNot, {V}, Unit.valueType(T)) : Operand::undef();
  }
  case UO_LNot: {
    // `!!x`, as in `unlikely(x)`, is the truth of x.
    if (const auto *Inner = dyn_cast<UnaryOperator>(Sub->IgnoreParenImpCasts());
        Inner && Inner->getOpcode() == UO_LNot && isScalar(Inner->getSubExpr()->getType()))
      return truth(Inner->getSubExpr(), T);
    Operand V = value(Sub);
    if (V.isInt())
      return Operand::integer(V.Value == 0);
    return isNumber(Sub->getType()) ? emitValue(OpKind::Not, {V}, Unit.valueType(T)) : fresh(T);
  }
  case UO_PreInc:
  case UO_PreDec:
  case UO_PostInc:
  case UO_PostDec:
    return lowerIncrement(E);
  case UO_Coawait:
    return value(Sub);
  case UO_Real:
  case UO_Imag:
    value(Sub);
    return Operand::undef();
  }
  return Operand::undef();
}

ir::Operand FunctionLowering::lowerIncrement(const UnaryOperator *E) {
  const Expr *Sub = E->getSubExpr();
  QualType T = Sub->getType();
  Operand Address = value(Sub);
  Operand Old = loadFrom(Address, T);
  Operand New = arithmetic(E->isIncrementOp() ? BO_Add : BO_Sub, Old, Operand::integer(1), T,
                           Context.IntTy, T);
  store(Address, New, T);
  if (E->isPostfix())
    return Old;
  if (!E->isGLValue())
    return New;
  Assigned[E] = New;
  return Address;
}

/// The members, from the outermost, whose offset \p E is: `offsetof(struct s, a.b)`,
/// or `(size_t)&((struct s *)0)->a.b`. Nothing for other numbers.
llvm::SmallVector<const FieldDecl *, 2> FunctionLowering::membersOfOffset(const Expr *E) {
  llvm::SmallVector<const FieldDecl *, 2> Members;
  E = E->IgnoreParenCasts();
  if (const auto *Offset = dyn_cast<OffsetOfExpr>(E)) {
    for (unsigned I = 0; I < Offset->getNumComponents(); ++I) {
      if (Offset->getComponent(I).getKind() != OffsetOfNode::Field)
        return {};
      Members.push_back(Offset->getComponent(I).getField());
    }
    return Members;
  }
  const auto *Address = dyn_cast<UnaryOperator>(E);
  if (!Address || Address->getOpcode() != UO_AddrOf)
    return {};
  const Expr *Object = Address->getSubExpr()->IgnoreParens();
  while (const auto *Member = dyn_cast<MemberExpr>(Object)) {
    const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    if (!Field)
      return {};
    Members.insert(Members.begin(), Field);
    Object = Member->getBase()->IgnoreParens();
    if (Member->isArrow())
      return constant(Object->IgnoreParenCasts()) == Operand::integer(0)
                 ? Members
                 : llvm::SmallVector<const FieldDecl *, 2>();
  }
  return {};
}

ir::Operand FunctionLowering::containerOf(Operand Address,
                                          llvm::ArrayRef<const FieldDecl *> Members) {
  for (const FieldDecl *Member : llvm::reverse(Members)) {
    QualType Object = Context.getRecordType(Member->getParent());
    if (ir::StringId Step = Unit.fieldStep(Member))
      Address = emitValue(OpKind::Container, {Address},
                          Unit.valueType(Context.getPointerType(Object)), 0, Step);
  }
  return Address;
}

ir::Operand FunctionLowering::lowerBinary(const BinaryOperator *E) {
  switch (E->getOpcode()) {
  case BO_Assign:
    return lowerAssign(E);
  case BO_Comma:
    if (!buildsInPlace(E->getLHS()->IgnoreParens()))
      value(E->getLHS());
    return value(E->getRHS());
  case BO_LAnd:
  case BO_LOr:
    return lowerConditional(E);
  case BO_PtrMemD:
  case BO_PtrMemI: {
    Operand Base = value(E->getLHS());
    value(E->getRHS());
    if (E->getType()->isSpecificBuiltinType(BuiltinType::BoundMember))
      return Operand::undef();
    return emitValue(OpKind::Index, {Base, Operand::undef()},
                     Unit.valueType(Context.getPointerType(E->getType())));
  }
  default:
    break;
  }
  if (E->getOpcode() == BO_Sub)
    if (auto Members = membersOfOffset(E->getRHS()); !Members.empty())
      return containerOf(value(E->getLHS()), Members);
  Operand L = value(E->getLHS()), R = value(E->getRHS());
  return arithmetic(E->getOpcode(), L, R, E->getLHS()->getType(), E->getRHS()->getType(),
                    E->getType());
}

ir::Operand FunctionLowering::lowerAssign(const BinaryOperator *E) {
  QualType T = E->getType();
  if (T->isRecordType() || T->isArrayType()) {
    Operand From = value(E->getRHS()), To = value(E->getLHS());
    copyMemory(To, From, T);
    return To;
  }
  Operand V = value(E->getRHS()), To = value(E->getLHS());
  if (const FieldDecl *Bits = E->getLHS()->getSourceBitField();
      Bits && !Bits->getBitWidth()->isValueDependent() && isInteger(T) && !T->isBooleanType()) {
    unsigned Width = bitWidth(Bits);
    if (Width < Context.getIntWidth(T))
      V = V.isInt() ? Operand::integer(wrap(V.Value, Width, !isUnsigned(T)))
                    : emitValue(OpKind::Cast, {V}, Unit.integerType(Width, !isUnsigned(T)), 0,
                                uint32_t(ir::CastKind::Value));
  }
  store(To, V, T);
  Assigned[E] = V;
  return E->isGLValue() ? To : V;
}

ir::Operand FunctionLowering::lowerCompoundAssign(const CompoundAssignOperator *E) {
  QualType T = E->getLHS()->getType();
  QualType Left = E->getComputationLHSType(), Result = E->getComputationResultType();
  Operand R = value(E->getRHS()), Address = value(E->getLHS());
  Operand Old = loadFrom(Address, T);
  BinaryOperatorKind Op = BinaryOperator::getOpForCompoundAssignment(E->getOpcode());
  Operand New = arithmetic(Op, convert(Old, T, Left), R, Left, E->getRHS()->getType(), Result);
  New = convert(New, Result, T);
  store(Address, New, T);
  Assigned[E] = New;
  return E->isGLValue() ? Address : New;
}

/// A conditional expression that the CFG does not know, in a default argument
/// for example.
ir::Operand FunctionLowering::lowerConditional(const Expr *E) {
  bool Void = E->getType()->isVoidType();
  ir::TempId Result = Void ? ir::None : newTemp();
  ir::BlockId Then = newBlock(), Else = newBlock(), After = newBlock();
  ir::TypeId Ty = operandType(E);
  auto Write = [&](Operand V) {
    if (!Void)
      emit(OpKind::Copy, {V}, Ty).Result = Result;
    jump(After);
  };
  if (const auto *Logical = dyn_cast<BinaryOperator>(E)) {
    bool And = Logical->getOpcode() == BO_LAnd;
    branch(value(Logical->getLHS()), Then, Else);
    Current = And ? Else : Then;
    Write(Operand::integer(!And));
    Current = And ? Then : Else;
    const Expr *R = Logical->getRHS();
    Write(truth(R, E->getType()));
  } else {
    const auto *C = cast<AbstractConditionalOperator>(E);
    branch(value(C->getCond()), Then, Else);
    Current = Then;
    Write(value(C->getTrueExpr()));
    Current = Else;
    Write(value(C->getFalseExpr()));
  }
  Current = After;
  return Void ? Operand() : Operand::temp(Result);
}

} // namespace handrail::capture
