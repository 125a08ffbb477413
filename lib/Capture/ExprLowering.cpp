//===- ExprLowering.cpp - expressions to operands -------------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Scalars.h"
#include "clang/AST/Attr.h"

using namespace clang;
using handrail::ir::OperandKind;
using handrail::ir::OpKind;

namespace handrail::capture {

ir::Operand FunctionLowering::value(const Expr *E) {
  E = E->IgnoreParens();
  auto It = Values.find(E);
  if (It != Values.end())
    return It->second;
  SourceRange Saved = Here;
  if (!Elsewhere)
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
  keepTemporaries(Saved);
  return V;
}

/// Temporaries made while \p Inner was in use are destroyed later.
void FunctionLowering::keepTemporaries(const llvm::DenseMap<const Expr *, Operand> &Inner) {
  for (auto &[E, V] : Inner)
    if (isa<CXXBindTemporaryExpr>(E))
      Values[E] = V;
}

ir::Operand FunctionLowering::lower(const Expr *E) {
  if (const auto *Cast = dyn_cast<CastExpr>(E))
    return lowerCast(Cast);
  switch (E->getStmtClass()) {
  case Stmt::IntegerLiteralClass:
    return Operand::integer(toInt64(
        llvm::APSInt(cast<IntegerLiteral>(E)->getValue(), E->getType()->isUnsignedIntegerType())));
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
    Operand Address = memberAddress(value(M->getBase()), Member);
    // In C, a member of a value: `make().fd`.
    if (E->isPRValue() && isa<FieldDecl>(Member) && !E->getType()->isRecordType() &&
        !E->getType()->isArrayType())
      return loadFrom(Address, E->getType());
    return Address;
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
    return VoidConditionals.contains(E) ? Operand() : lowerConditional(E);
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
    Destroyed.erase(Bind);
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
  case Stmt::CXXDefaultArgExprClass: {
    // It is written at the callee, but happens here.
    bool Saved = std::exchange(Elsewhere, true);
    SourceLocation Use = cast<CXXDefaultArgExpr>(E)->getUsedLocation();
    Here = SourceRange(Use, Use);
    Operand V = freshValue(cast<CXXDefaultArgExpr>(E)->getExpr());
    Elsewhere = Saved;
    return V;
  }
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
  case Stmt::CoyieldExprClass:
    return lowerSuspend(cast<CoroutineSuspendExpr>(E));
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
    F.Locals.push_back(
        {Unit.string(VD->getName()), Unit.type(VD->getType()), Unit.loc(VD->getLocation()), false});
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
  if (!MD->getParent()->isLambda() || isa<CXXConstructorDecl, CXXDestructorDecl>(MD))
    return This;
  // `this` of the method around the lambda.
  llvm::DenseMap<const ValueDecl *, FieldDecl *> Fields;
  FieldDecl *Captured = nullptr;
  MD->getParent()->getCaptureFields(Fields, Captured);
  if (!Captured)
    return Operand::undef();
  Operand Address =
      emitValue(OpKind::Field, {This}, Unit.valueType(Context.getPointerType(Captured->getType())),
                0, Unit.string("this"));
  return Captured->getType()->isPointerType() ? loadFrom(Address, Captured->getType()) : Address;
}

/// The address of a variable that this lambda captured, or nothing.
ir::Operand FunctionLowering::capturedAddress(const ValueDecl *VD) {
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
  return T->isReferenceType() ? loadFrom(Address, Context.getPointerType(T->getPointeeType()))
                              : Address;
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
  Operand Address =
      VD->hasLocalStorage() ? Operand::local(local(VD)) : Operand::global(Unit.variable(VD));
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
    if (Operand Captured = capturedAddress(Binding))
      return Captured;
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
    Address = emitValue(
        OpKind::Field, {Base},
        Unit.valueType(Context.getPointerType(Field->getType().getNonReferenceType())), 0, Step);
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

} // namespace handrail::capture
