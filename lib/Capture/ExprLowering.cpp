//===- ExprLowering.cpp - expressions to operands --------------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/ClangCompat.h"
#include "clang/AST/Attr.h"

using namespace clang;
using handrail::ir::OpKind;
using handrail::ir::OperandKind;

namespace handrail::capture {

//===-- constants ----------------------------------------------------------------

/// \p V as a value of \p Bits bits.
static int64_t wrap(int64_t V, unsigned Bits, bool Signed) {
  if (Bits >= 64 || Bits == 0)
    return V;
  uint64_t Mask = (uint64_t(1) << Bits) - 1;
  uint64_t U = static_cast<uint64_t>(V) & Mask;
  if (Signed && (U >> (Bits - 1)))
    U |= ~Mask;
  return static_cast<int64_t>(U);
}

static bool isInteger(QualType T) { return T->isIntegralOrEnumerationType(); }

static bool isUnsigned(QualType T) {
  return T->isAnyPointerType() || T->isReferenceType() || T->isUnsignedIntegerOrEnumerationType() ||
         T->isBooleanType();
}

static bool isScalar(QualType T) {
  return isInteger(T) || T->isAnyPointerType() || T->isBlockPointerType() || T->isNullPtrType() ||
         T->isReferenceType();
}

ir::Operand FunctionLowering::constant(const Expr *E) {
  if (E->isValueDependent() || !isInteger(E->getType()))
    return {};
  Expr::EvalResult R;
  if (E->EvaluateAsInt(R, Context, Expr::SE_NoSideEffects))
    return Operand::integer(toInt64(R.Val.getInt()));
  return {};
}

//===-- values --------------------------------------------------------------------

ir::Operand FunctionLowering::value(const Expr *E) {
  E = E->IgnoreParens();
  auto It = Values.find(E);
  if (It != Values.end())
    return It->second;
  SourceRange Saved = Here;
  Here = E->getSourceRange();
  Operand V;
  auto Join = Joins.find(E);
  if (Join != Joins.end())
    V = Operand::temp(Join->second.Result);
  else
    V = lower(E);
  if (!V && !E->getType()->isVoidType())
    V = Operand::undef();
  Here = Saved;
  Values[E] = V;
  return V;
}

ir::Operand FunctionLowering::freshValue(const Expr *E) {
  llvm::DenseMap<const Expr *, Operand> Saved;
  std::swap(Values, Saved);
  Operand V = value(E);
  std::swap(Values, Saved);
  return V;
}

ir::Operand FunctionLowering::lower(const Expr *E) {
  if (const auto *Cast = dyn_cast<CastExpr>(E))
    return lowerCast(Cast);
  switch (E->getStmtClass()) {
  case Stmt::IntegerLiteralClass:
    return Operand::integer(toInt64(llvm::APSInt(
        cast<IntegerLiteral>(E)->getValue(), E->getType()->isUnsignedIntegerType())));
  case Stmt::CharacterLiteralClass:
    return Operand::integer(cast<CharacterLiteral>(E)->getValue());
  case Stmt::CXXBoolLiteralExprClass:
    return Operand::integer(cast<CXXBoolLiteralExpr>(E)->getValue());
  case Stmt::CXXNullPtrLiteralExprClass:
  case Stmt::GNUNullExprClass:
    return Operand::integer(0);
  case Stmt::ImplicitValueInitExprClass:
  case Stmt::CXXScalarValueInitExprClass:
    if (E->getType()->isRecordType() || E->getType()->isArrayType()) {
      Operand Address = newObject(E->getType());
      emit(OpKind::Zero, {Address});
      return Address;
    }
    return E->getType()->isFloatingType() ? Operand::undef() : Operand::integer(0);
  case Stmt::StringLiteralClass:
    return Operand::string(Unit.string(cast<clang::StringLiteral>(E)->getBytes()));
  case Stmt::PredefinedExprClass:
    if (const auto *Name = cast<PredefinedExpr>(E)->getFunctionName())
      return value(Name);
    return Operand::undef();
  case Stmt::DeclRefExprClass:
    return lowerReference(cast<DeclRefExpr>(E));
  case Stmt::CXXThisExprClass:
    return thisPointer();
  case Stmt::MemberExprClass: {
    const auto *M = cast<MemberExpr>(E);
    const ValueDecl *Member = M->getMemberDecl();
    if (const auto *VD = dyn_cast<VarDecl>(Member))
      return variableAddress(VD);
    if (const auto *Method = dyn_cast<CXXMethodDecl>(Member))
      return Method->isStatic() ? Operand::func(Unit.function(Method)) : Operand::undef();
    if (const auto *Enumerator = dyn_cast<EnumConstantDecl>(Member))
      return Operand::integer(toInt64(Enumerator->getInitVal()));
    return memberAddress(value(M->getBase()), Member);
  }
  case Stmt::ArraySubscriptExprClass: {
    const auto *S = cast<ArraySubscriptExpr>(E);
    Operand Base = value(S->getBase()), Index = value(S->getIdx());
    return elementAddress(Base, Index, S->getBase()->getType());
  }
  case Stmt::UnaryOperatorClass:
    return lowerUnary(cast<UnaryOperator>(E));
  case Stmt::BinaryOperatorClass:
    return lowerBinary(cast<BinaryOperator>(E));
  case Stmt::CompoundAssignOperatorClass:
    return lowerCompoundAssign(cast<CompoundAssignOperator>(E));
  case Stmt::ConditionalOperatorClass:
  case Stmt::BinaryConditionalOperatorClass:
    return lowerConditional(E);
  case Stmt::OpaqueValueExprClass:
    if (const Expr *Source = cast<OpaqueValueExpr>(E)->getSourceExpr())
      return value(Source);
    return Operand::undef();
  case Stmt::UnaryExprOrTypeTraitExprClass:
  case Stmt::OffsetOfExprClass:
  case Stmt::TypeTraitExprClass:
  case Stmt::CXXNoexceptExprClass:
  case Stmt::ArrayTypeTraitExprClass:
  case Stmt::ExpressionTraitExprClass:
  case Stmt::SizeOfPackExprClass:
  case Stmt::RequiresExprClass:
  case Stmt::ConceptSpecializationExprClass:
    if (Operand V = constant(E))
      return V;
    return fresh(E->getType());
  case Stmt::StmtExprClass: {
    const CompoundStmt *Body = cast<StmtExpr>(E)->getSubStmt();
    if (E->getType()->isVoidType() || Body->body_empty())
      return {};
    const auto *Last = dyn_cast<ValueStmt>(Body->body_back());
    const Expr *Result = Last ? Last->getExprStmt() : nullptr;
    return Result ? value(Result) : Operand::undef();
  }
  case Stmt::CallExprClass:
  case Stmt::CXXMemberCallExprClass:
  case Stmt::CXXOperatorCallExprClass:
  case Stmt::UserDefinedLiteralClass:
  case Stmt::CUDAKernelCallExprClass:
    return lowerCall(cast<CallExpr>(E));
  case Stmt::AtomicExprClass:
    return lowerAtomic(cast<AtomicExpr>(E));
  case Stmt::VAArgExprClass:
    if (E->getType()->isRecordType()) {
      Operand Address = newObject(E->getType());
      emit(OpKind::Havoc, {Address});
      return Address;
    }
    return fresh(E->getType());
  case Stmt::CompoundLiteralExprClass: {
    const auto *L = cast<CompoundLiteralExpr>(E);
    Operand Address = newObject(L->getType());
    initialize(Address, L->getType(), L->getInitializer());
    return Address;
  }
  case Stmt::InitListExprClass:
    if (!E->getType()->isRecordType() && !E->getType()->isArrayType()) {
      const auto *List = cast<InitListExpr>(E);
      return List->getNumInits() ? value(List->getInit(0)) : Operand::integer(0);
    }
    [[fallthrough]];
  case Stmt::CXXConstructExprClass:
  case Stmt::CXXTemporaryObjectExprClass:
  case Stmt::CXXInheritedCtorInitExprClass:
  case Stmt::CXXParenListInitExprClass: {
    Operand Address = newObject(E->getType());
    initialize(Address, E->getType(), E);
    return Address;
  }
  case Stmt::ExprWithCleanupsClass:
    return value(cast<ExprWithCleanups>(E)->getSubExpr());
  case Stmt::CXXBindTemporaryExprClass: {
    const auto *Bind = cast<CXXBindTemporaryExpr>(E);
    Operand V = value(Bind->getSubExpr());
    if (Created.count(Bind))
      setCreated(Bind, true);
    return V;
  }
  case Stmt::MaterializeTemporaryExprClass: {
    const Expr *Sub = cast<MaterializeTemporaryExpr>(E)->getSubExpr();
    Operand V = value(Sub);
    if (Sub->getType()->isRecordType() || Sub->getType()->isArrayType() || Sub->isGLValue())
      return V;
    Operand Address = newObject(Sub->getType());
    store(Address, V, Sub->getType());
    return Address;
  }
  case Stmt::SubstNonTypeTemplateParmExprClass:
    return value(cast<SubstNonTypeTemplateParmExpr>(E)->getReplacement());
  case Stmt::CXXDefaultArgExprClass:
    return freshValue(cast<CXXDefaultArgExpr>(E)->getExpr());
  case Stmt::CXXDefaultInitExprClass:
    return freshValue(cast<CXXDefaultInitExpr>(E)->getExpr());
  case Stmt::CXXRewrittenBinaryOperatorClass:
    return value(cast<CXXRewrittenBinaryOperator>(E)->getSemanticForm());
  case Stmt::CXXStdInitializerListExprClass:
    return value(cast<CXXStdInitializerListExpr>(E)->getSubExpr());
  case Stmt::CXXNewExprClass:
    return lowerNew(cast<CXXNewExpr>(E));
  case Stmt::CXXDeleteExprClass:
    lowerDelete(cast<CXXDeleteExpr>(E));
    return {};
  case Stmt::LambdaExprClass:
    return lowerLambda(cast<LambdaExpr>(E));
  case Stmt::BlockExprClass:
    return lowerBlockLiteral(cast<BlockExpr>(E));
  case Stmt::CXXThrowExprClass: {
    lowerThrow(cast<CXXThrowExpr>(E));
    return {};
  }
  case Stmt::CoawaitExprClass:
  case Stmt::CoyieldExprClass: {
    const auto *Suspend = cast<CoroutineSuspendExpr>(E);
    Operand Awaited = value(Suspend->getCommonExpr());
    emitValue(OpKind::Await, {Awaited}, 0);
    return Suspend->getResumeExpr() ? value(Suspend->getResumeExpr()) : ir::Operand();
  }
  case Stmt::CXXTypeidExprClass:
  case Stmt::AddrLabelExprClass:
  case Stmt::FloatingLiteralClass:
  case Stmt::ImaginaryLiteralClass:
  case Stmt::RecoveryExprClass:
  case Stmt::NoInitExprClass:
    return Operand::undef();
  default:
    if (Operand V = constant(E))
      return V;
    return E->getType()->isVoidType() ? Operand() : Operand::undef();
  }
}

//===-- addresses -----------------------------------------------------------------

ir::LocalId FunctionLowering::local(const VarDecl *VD) {
  auto [It, New] = Locals.try_emplace(VD, F.Locals.size());
  if (New) {
    F.Locals.push_back({Unit.string(VD->getName()), Unit.type(VD->getType()),
                        Unit.loc(VD->getLocation()), false});
    if (const auto *RD = Context.getBaseElementType(VD->getType())->getAsRecordDecl())
      Unit.completeRecord(RD);
  }
  return It->second;
}

ir::Operand FunctionLowering::thisPointer() {
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  if (!MD || !MD->isInstance())
    return Operand::undef();
  Operand This = emitValue(OpKind::Load, {Operand::local(0)}, Unit.valueType(MD->getThisType()));
  if (!MD->getParent()->isLambda())
    return This;
  // `this` of the method around the lambda.
  llvm::DenseMap<const ValueDecl *, FieldDecl *> Fields;
  FieldDecl *Captured = nullptr;
  MD->getParent()->getCaptureFields(Fields, Captured);
  if (!Captured)
    return Operand::undef();
  Operand Address = emitValue(OpKind::Field, {This}, Unit.valueType(Context.getPointerType(Captured->getType())),
                              0, Unit.string("this"));
  return Captured->getType()->isPointerType() ? loadFrom(Address, Captured->getType()) : Address;
}

/// The address of a variable that this lambda captured, or nothing.
ir::Operand FunctionLowering::capturedAddress(const VarDecl *VD) {
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  if (!MD || !MD->getParent()->isLambda() || !MD->isInstance())
    return {};
  llvm::DenseMap<const ValueDecl *, FieldDecl *> Fields;
  FieldDecl *This = nullptr;
  MD->getParent()->getCaptureFields(Fields, This);
  auto It = Fields.find(VD);
  if (It == Fields.end())
    return {};
  QualType T = It->second->getType();
  Operand Closure = emitValue(OpKind::Load, {Operand::local(0)}, Unit.valueType(MD->getThisType()));
  Operand Address = emitValue(OpKind::Field, {Closure},
                              Unit.valueType(Context.getPointerType(T.getNonReferenceType())), 0,
                              Unit.string(VD->getName()));
  return T->isReferenceType() ? loadFrom(Address, Context.getPointerType(T->getPointeeType())) : Address;
}

/// The object that a name stands for: of a reference, what it refers to.
ir::Operand FunctionLowering::variableAddress(const VarDecl *VD) {
  bool Mine = Locals.count(VD);
  if (!Mine)
    if (Operand Captured = capturedAddress(VD))
      return Captured;
  // `struct list l = {&l, &l};`: the lifetime starts before the initialiser.
  if (!Mine && VD->hasLocalStorage() && !isa<ParmVarDecl>(VD) && Declared.insert(VD).second)
    emit(OpKind::Decl, {Operand::local(local(VD))});
  Operand Address = VD->hasLocalStorage() ? Operand::local(local(VD))
                                          : Operand::global(Unit.variable(VD));
  if (!VD->getType()->isReferenceType())
    return Address;
  return emitValue(OpKind::Load, {Address}, Unit.valueType(VD->getType()));
}

ir::Operand FunctionLowering::lowerReference(const DeclRefExpr *E) {
  const ValueDecl *D = E->getDecl();
  if (const auto *Callee = dyn_cast<FunctionDecl>(D))
    return Operand::func(Unit.function(Callee));
  if (const auto *Enumerator = dyn_cast<EnumConstantDecl>(D))
    return Operand::integer(toInt64(Enumerator->getInitVal()));
  if (const auto *VD = dyn_cast<VarDecl>(D))
    return variableAddress(VD);
  if (const auto *Binding = dyn_cast<BindingDecl>(D)) {
    if (const VarDecl *Holding = Binding->getHoldingVar())
      return variableAddress(Holding);
    if (const Expr *Target = Binding->getBinding())
      return freshValue(Target);
  }
  return Operand::undef();
}

ir::Operand FunctionLowering::memberAddress(Operand Base, const ValueDecl *Member) {
  const auto *Field = dyn_cast<FieldDecl>(Member);
  if (!Field)
    return Operand::undef();
  Unit.completeRecord(Field->getParent());
  Operand Address = Base;
  if (ir::StringId Step = Unit.fieldStep(Field))
    Address = emitValue(OpKind::Field, {Base},
                        Unit.valueType(Context.getPointerType(Field->getType().getNonReferenceType())),
                        0, Step);
  if (Field->getType()->isReferenceType())
    return emitValue(OpKind::Load, {Address}, Unit.valueType(Field->getType()));
  return Address;
}

ir::Operand FunctionLowering::elementAddress(Operand Base, Operand Index, QualType Pointer) {
  if (Index.isInt() && Index.Value == 0)
    return Base;
  QualType T = Pointer->isArrayType() ? Context.getArrayDecayedType(Pointer) : Pointer;
  return emitValue(OpKind::Index, {Base, Index}, Unit.valueType(T));
}

ir::Operand FunctionLowering::loadFrom(Operand Address, QualType T) {
  return emitValue(OpKind::Load, {Address}, Unit.valueType(T));
}

//===-- conversions ---------------------------------------------------------------

/// Whether \p E is true: 1 or 0.
ir::Operand FunctionLowering::truth(const Expr *E, QualType To) {
  Operand V = value(E);
  QualType From = E->getType();
  if (V.isInt())
    return Operand::integer(V.Value != 0);
  if (V.Kind == OperandKind::String || V.Kind == OperandKind::Func ||
      V.Kind == OperandKind::Local)
    return Operand::integer(1);
  if (!isScalar(From))
    return fresh(To);
  if (E->isKnownToHaveBooleanValue())
    return V;
  return emitValue(OpKind::Ne, {V, Operand::integer(0)}, Unit.valueType(To),
                   isUnsigned(From) ? ir::OF_Unsigned : 0);
}

/// An arithmetic conversion between integers.
ir::Operand FunctionLowering::convert(Operand V, QualType From, QualType To) {
  if (!isInteger(From) || !isInteger(To))
    return From->isFloatingType() || To->isFloatingType() ? Operand::undef() : V;
  if (To->isBooleanType()) {
    if (V.isInt() || From->isBooleanType())
      return V.isInt() ? Operand::integer(V.Value != 0) : V;
    return emitValue(OpKind::Ne, {V, Operand::integer(0)}, Unit.valueType(To));
  }
  if (To->isDependentType() || From->isDependentType() || To->isIncompleteType() || From->isIncompleteType())
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
  return isScalar(T) || T->isRealFloatingType() ? V : Operand::undef();
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
    return truth(Sub, To);
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

//===-- operators -----------------------------------------------------------------

ir::Operand FunctionLowering::arithmetic(BinaryOperatorKind Op, Operand L, Operand R,
                                         QualType LeftTy, QualType RightTy, QualType ResultTy) {
  if (!isScalar(LeftTy) || !isScalar(RightTy) || !isScalar(ResultTy))
    return ResultTy->isFloatingType() ? Operand::undef() : fresh(ResultTy);
  if (LeftTy->isPointerType() && isInteger(RightTy) && (Op == BO_Add || Op == BO_Sub)) {
    if (Op == BO_Sub)
      R = R.isInt() ? Operand::integer(static_cast<int64_t>(-static_cast<uint64_t>(R.Value)))
                    : emitValue(OpKind::Neg, {R}, Unit.valueType(RightTy));
    return elementAddress(L, R, LeftTy);
  }
  if (RightTy->isPointerType() && isInteger(LeftTy) && Op == BO_Add)
    return elementAddress(R, L, RightTy);

  bool Unsigned = isUnsigned(LeftTy);
  unsigned Bits = isInteger(ResultTy) && !ResultTy->isBooleanType() ? Context.getIntWidth(ResultTy) : 64;
  if (L.isInt() && R.isInt()) {
    int64_t A = L.Value, B = R.Value;
    uint64_t UA = static_cast<uint64_t>(A), UB = static_cast<uint64_t>(B);
    auto Result = [&](uint64_t V) {
      return Operand::integer(wrap(static_cast<int64_t>(V), Bits, !isUnsigned(ResultTy)));
    };
    auto Truth = [](bool V) { return Operand::integer(V); };
    switch (Op) {
    case BO_Add: return Result(UA + UB);
    case BO_Sub: return Result(UA - UB);
    case BO_Mul: return Result(UA * UB);
    case BO_And: return Result(UA & UB);
    case BO_Or: return Result(UA | UB);
    case BO_Xor: return Result(UA ^ UB);
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
    case BO_EQ: return Truth(A == B);
    case BO_NE: return Truth(A != B);
    case BO_LT: return Truth(Unsigned ? UA < UB : A < B);
    case BO_LE: return Truth(Unsigned ? UA <= UB : A <= B);
    case BO_GT: return Truth(Unsigned ? UA > UB : A > B);
    case BO_GE: return Truth(Unsigned ? UA >= UB : A >= B);
    default: break;
    }
  }
  OpKind K;
  switch (Op) {
  case BO_Add: K = OpKind::Add; break;
  case BO_Sub: K = OpKind::Sub; break;
  case BO_Mul: K = OpKind::Mul; break;
  case BO_Div: K = OpKind::Div; break;
  case BO_Rem: K = OpKind::Rem; break;
  case BO_And: K = OpKind::And; break;
  case BO_Or: K = OpKind::Or; break;
  case BO_Xor: K = OpKind::Xor; break;
  case BO_Shl: K = OpKind::Shl; break;
  case BO_Shr: K = OpKind::Shr; break;
  case BO_EQ: K = OpKind::Eq; break;
  case BO_NE: K = OpKind::Ne; break;
  case BO_LT: K = OpKind::Lt; break;
  case BO_LE: K = OpKind::Le; break;
  case BO_GT: K = OpKind::Gt; break;
  case BO_GE: K = OpKind::Ge; break;
  default: return fresh(ResultTy);
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
    return isInteger(T) ? emitValue(OpKind::Neg, {V}, Unit.valueType(T)) : Operand::undef();
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
    if (Sub->getType()->isFloatingType())
      return fresh(T);
    return emitValue(OpKind::Not, {V}, Unit.valueType(T));
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

//===-- atomics and assembler -------------------------------------------------------

ir::Operand FunctionLowering::lowerAtomic(const AtomicExpr *E) {
  Operand Address = value(E->getPtr());
  QualType T = E->getValueType();
  auto Load = [&] { return loadFrom(Address, T); };
  llvm::StringRef Name = E->getOpAsString();
  // The GNU forms without `_n` take their values and give their result through
  // pointers.
  bool Generic = Name == "__atomic_load" || Name == "__atomic_store" || Name == "__atomic_exchange";
  auto Operand1 = [&] {
    Operand V = value(E->getVal1());
    return Generic ? loadFrom(V, T) : V;
  };
  if (E->isCmpXChg()) {
    Operand Desired = value(E->getVal2());
    emit(OpKind::Escape, {Desired});
    emit(OpKind::Havoc, {Address});
    emit(OpKind::Havoc, {value(E->getVal1())});
    return fresh(Context.BoolTy);
  }
  if (Name.contains("atomic_load")) {
    Operand V = Load();
    if (!Generic)
      return V;
    store(value(E->getVal1()), V, T);
    return {};
  }
  if (Name.contains("atomic_store") || Name.contains("atomic_init")) {
    store(Address, Operand1(), T);
    return {};
  }
  if (Name.contains("atomic_exchange")) {
    Operand Old = Load();
    store(Address, Operand1(), T);
    if (!Generic)
      return Old;
    store(value(E->getVal2()), Old, T);
    return {};
  }
  // Read, compute, write; the name tells whether the old or new value results.
  BinaryOperatorKind Op = Name.contains("add")   ? BO_Add
                          : Name.contains("sub") ? BO_Sub
                          : Name.contains("xor") ? BO_Xor
                          : Name.contains("nand") ? BO_Comma
                          : Name.contains("and") ? BO_And
                          : Name.contains("or") && !Name.ends_with("fetch_nor") ? BO_Or
                                                                                : BO_Comma;
  if (Op == BO_Comma || !E->getVal1()) {
    emit(OpKind::Havoc, {Address});
    return E->getType()->isVoidType() ? Operand() : fresh(E->getType());
  }
  Operand Old = Load();
  Operand By = value(E->getVal1());
  // Counts of bytes, not of elements, but for the C11 forms; a pointer that moves
  // by an unknown amount is all anyone needs to know.
  Operand New = T->isPointerType() ? elementAddress(Old, Operand::undef(), T)
                                   : arithmetic(Op, Old, By, T, E->getVal1()->getType(), T);
  store(Address, New, T);
  return Name.ends_with("_fetch") ? New : Old;
}

void FunctionLowering::lowerAsm(const AsmStmt *S) {
  llvm::SmallVector<Operand, 4> Inputs;
  for (unsigned I = 0; I < S->getNumInputs(); ++I) {
    const Expr *Input = S->getInputExpr(I);
    Operand V = value(Input);
    if (V.Kind != OperandKind::Undef && V.Kind != OperandKind::Int)
      Inputs.push_back(V);
  }
  llvm::SmallVector<Operand, 4> Outputs;
  for (unsigned I = 0; I < S->getNumOutputs(); ++I)
    Outputs.push_back(value(S->getOutputExpr(I)));
  Here = S->getSourceRange();
  if (!Inputs.empty())
    emit(OpKind::Escape, Inputs);
  for (Operand Address : Outputs)
    emit(OpKind::Havoc, {Address});
}

} // namespace handrail::capture
