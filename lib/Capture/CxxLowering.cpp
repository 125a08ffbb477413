//===- CxxLowering.cpp - new, delete, closures, constructors, destructors --===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Rewrites.h"
#include "lib/Capture/Scalars.h"

using namespace clang;
using handrail::ir::OpKind;

namespace handrail::capture {

void FunctionLowering::setCreated(const CXXBindTemporaryExpr *E, bool Exists) {
  ir::Op &O = emit(OpKind::Copy, {Operand::integer(Exists)}, Unit.valueType(Context.BoolTy));
  O.Result = Created[E];
}

ir::Operand FunctionLowering::lowerNew(const CXXNewExpr *E) {
  QualType T = E->getAllocatedType();
  Operand Count;
  if (E->isArray() && E->getArraySize() && *E->getArraySize())
    Count = value(*E->getArraySize());
  const FunctionDecl *Allocator = E->getOperatorNew();
  Operand P;
  QualType Pointer = E->getType();
  at(E);
  if (Allocator && Allocator->isReservedGlobalPlacementOperator() &&
      E->getNumPlacementArgs() == 1) {
    P = value(E->getPlacementArg(0));
  } else if (Allocator && isa<CXXMethodDecl>(Allocator)) {
    llvm::SmallVector<Operand, 4> Args{
        Operand::integer(T->isDependentType() || T->isIncompleteType()
                             ? 0
                             : Context.getTypeSizeInChars(T).getQuantity())};
    for (const Expr *A : E->placement_arguments())
      Args.push_back(value(A));
    P = emitCall(Allocator, Args, Pointer);
  } else {
    for (const Expr *A : E->placement_arguments())
      value(A);
    P = emitValue(OpKind::New, {}, Unit.valueType(T), E->isArray() ? ir::OF_Array : 0);
  }
  if (const auto *RD = Context.getBaseElementType(T)->getAsRecordDecl())
    Unit.completeRecord(RD);
  const Expr *Init = E->getInitializer();
  if (!Init)
    return P;
  if (!E->isArray()) {
    initialize(P, T, Init);
  } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(Init->IgnoreParens())) {
    // One element stands for all.
    if (!Construct->getConstructor()->isTrivial())
      emitCall(Construct->getConstructor(), {elementAddress(P, Operand::undef(), Pointer)},
               Context.VoidTy);
  } else if (Context.getAsConstantArrayType(Init->getType())) {
    initialize(P, Init->getType(), Init);
  } else {
    emit(OpKind::Zero, {P});
  }
  return P;
}

void FunctionLowering::lowerDelete(const CXXDeleteExpr *E) {
  Operand P = value(E->getArgument());
  const FunctionDecl *Deallocator = E->getOperatorDelete();
  at(E);
  if (Deallocator && isa<CXXMethodDecl>(Deallocator)) {
    emitCall(Deallocator, {P}, Context.VoidTy);
    return;
  }
  ir::Op &O = emit(OpKind::Delete, {P});
  if (E->isArrayForm())
    O.Flags |= ir::OF_Array;
}

void FunctionLowering::findAwaitProtocol(const CoroutineSuspendExpr *E) {
  llvm::SmallVector<const Stmt *, 16> Work{E->getReadyExpr(), E->getSuspendExpr(),
                                           E->getResumeExpr()};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S)
      continue;
    if (const auto *Part = dyn_cast<Expr>(S))
      AwaitProtocol.insert(Part->IgnoreParens());
    for (const Stmt *Child : S->children())
      Work.push_back(Child);
  }
}

ir::Operand FunctionLowering::lowerSuspend(const CoroutineSuspendExpr *E) {
  Operand Awaited = value(E->getCommonExpr());
  at(E);
  emitValue(OpKind::Await, {Awaited}, Unit.valueType(Context.VoidTy));
  return E->getResumeExpr() ? value(E->getResumeExpr()) : Operand();
}

ir::Operand FunctionLowering::lowerLambda(const LambdaExpr *E) {
  ir::ClosureInfo Closure;
  const CXXRecordDecl *RD = E->getLambdaClass();
  Unit.completeRecord(RD);
  const CXXMethodDecl *Call = E->getCallOperator();
  if (Call && !E->isGenericLambda() && !Call->isDependentContext())
    Closure.Callee = Unit.function(Call);
  Closure.Loc = Unit.loc(E->getSourceRange());
  auto Field = RD->field_begin();
  auto Init = E->capture_init_begin();
  for (const clang::LambdaCapture &C : E->captures()) {
    const Expr *Value = Init == E->capture_init_end() ? nullptr : *Init++;
    const FieldDecl *Member = Field == RD->field_end() ? nullptr : *Field++;
    if (C.capturesVLAType() || !Member)
      continue;
    ir::LambdaCapture Out;
    Out.Implicit = C.isImplicit();
    Out.Loc = Unit.loc(C.getLocation());
    Out.Ty = Unit.type(Member->getType());
    if (C.capturesThis()) {
      Out.Kind = ir::CaptureKind::This;
      Out.Name = Unit.string("this");
    } else if (C.capturesVariable()) {
      const ValueDecl *VD = C.getCapturedVar();
      Out.Name = Unit.string(VD->getName());
      const auto *Var = dyn_cast<VarDecl>(VD);
      Out.Kind = Var && Var->isInitCapture()       ? ir::CaptureKind::Init
                 : C.getCaptureKind() == LCK_ByRef ? ir::CaptureKind::ByReference
                                                   : ir::CaptureKind::ByCopy;
    }
    Out.Value = Value ? value(Value) : Operand::undef();
    if (!Out.Value)
      Out.Value = Operand::undef();
    Closure.Captures.push_back(std::move(Out));
  }
  findCaptureRewrites(Unit, FD, E, F.Rewrites);
  at(E);
  F.Closures.push_back(std::move(Closure));
  return emitValue(OpKind::Closure, {}, Unit.valueType(E->getType()), 0, F.Closures.size() - 1);
}

/// `std::bind(f, a, b)`: a closure that holds copies of what it was given. The
/// order in which a call of it passes them on is not recorded.
ir::Operand FunctionLowering::lowerBind(const CallExpr *E) {
  ir::ClosureInfo Closure;
  Closure.Loc = Unit.loc(E->getSourceRange());
  for (unsigned I = 0; I < E->getNumArgs(); ++I) {
    const Expr *Arg = E->getArg(I);
    QualType T = Arg->getType();
    ir::LambdaCapture Out;
    Out.Name = Unit.string("#" + std::to_string(I));
    Out.Loc = Unit.loc(Arg->getSourceRange());
    Out.Ty = Unit.type(T);
    Operand V = value(Arg); // its address: arguments are passed by reference
    if (const auto *RD = T->getAsCXXRecordDecl();
        RD && RD->getIdentifier() && RD->getName() == "reference_wrapper")
      Out.Kind = ir::CaptureKind::ByReference;
    bool ByAddress = Arg->isGLValue() && isScalar(T) && !T->isFunctionType();
    Out.Value = ByAddress && V.Kind != ir::OperandKind::Func ? loadFrom(V, T) : V;
    if (!Out.Value)
      Out.Value = Operand::undef();
    Closure.Captures.push_back(std::move(Out));
  }
  at(E);
  F.Closures.push_back(std::move(Closure));
  return emitValue(OpKind::Closure, {}, Unit.valueType(E->getType()), 0, F.Closures.size() - 1);
}

ir::Operand FunctionLowering::lowerBlockLiteral(const BlockExpr *E) {
  ir::ClosureInfo Closure;
  Closure.Loc = Unit.loc(E->getSourceRange());
  for (const BlockDecl::Capture &C : E->getBlockDecl()->captures()) {
    ir::LambdaCapture Out;
    Out.Implicit = true;
    Out.Kind = C.isByRef() ? ir::CaptureKind::ByReference : ir::CaptureKind::ByCopy;
    Out.Name = Unit.string(C.getVariable()->getName());
    Out.Ty = Unit.type(C.getVariable()->getType());
    Out.Loc = Closure.Loc;
    Operand Address = variableAddress(C.getVariable());
    Out.Value = C.isByRef() || C.getVariable()->getType()->isRecordType()
                    ? Address
                    : loadFrom(Address, C.getVariable()->getType());
    Closure.Captures.push_back(std::move(Out));
  }
  F.Closures.push_back(std::move(Closure));
  return emitValue(OpKind::Closure, {}, Unit.valueType(E->getType()), 0, F.Closures.size() - 1);
}

void FunctionLowering::lowerInitializer(const CXXCtorInitializer *I) {
  const Expr *Init = I->getInit();
  if (!Init)
    return;
  // The CFG lists what is inside.
  if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(Init))
    Init = Default->getExpr();
  Here = I->getSourceRange();
  if (Here.isInvalid())
    Here = SourceRange(FD->getLocation(), FD->getLocation());
  Operand This = thisPointer();
  if (I->isBaseInitializer() || I->isDelegatingInitializer())
    return initialize(This, Init->getType(), Init);
  Operand Address = This;
  const FieldDecl *Field = I->getAnyMember();
  if (const IndirectFieldDecl *Indirect = I->getIndirectMember()) {
    for (const NamedDecl *Link : Indirect->chain())
      if (const auto *F = dyn_cast<FieldDecl>(Link); F && F != Field)
        Address = memberAddress(Address, F);
  }
  if (Field->getType()->isReferenceType()) {
    if (ir::StringId Step = Unit.fieldStep(Field))
      Address = emitValue(OpKind::Field, {Address}, Unit.valueType(Field->getType()), 0, Step);
    store(Address, value(Init), Field->getType());
    return;
  }
  initialize(memberAddress(Address, Field), Field->getType(), Init);
}

/// True when \p E is what a constructor starts a member or base with, not copied from
/// there: since C++17 it is that very object.
static bool initialisesMember(const FunctionDecl *FD, const CXXBindTemporaryExpr *E) {
  const auto *Constructor = dyn_cast<CXXConstructorDecl>(FD);
  if (!Constructor)
    return false;
  for (const CXXCtorInitializer *Init : Constructor->inits())
    for (const Expr *X = Init->getInit(); X;) {
      X = builtObject(X, E);
      if (X == E)
        return true;
      if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(X))
        X = Default->getExpr();
      else if (const auto *List = dyn_cast<InitListExpr>(X); List && List->isTransparent())
        X = List->getInit(0);
      else
        break;
    }
  return false;
}

void FunctionLowering::lowerDestructor(const CFGImplicitDtor &D) {
  if (auto Variable = D.getAs<CFGAutomaticObjDtor>()) {
    const VarDecl *VD = Variable->getVarDecl();
    if (isa<ParmVarDecl>(VD)) // the caller's to destroy
      return;
    const Stmt *Trigger = Variable->getTriggerStmt();
    Here = Trigger ? SourceRange(isa<ReturnStmt>(Trigger) ? Trigger->getBeginLoc()
                                                          : Trigger->getEndLoc(),
                                 Trigger->getEndLoc())
                   : VD->getSourceRange();
    QualType T = VD->getType();
    Operand Address = Operand::local(local(VD));
    if (T->isReferenceType()) {
      T = T->getPointeeType();
      Address = loadFrom(Address, Context.getPointerType(T));
    }
    destroy(Address, T);
  } else if (auto Delete = D.getAs<CFGDeleteDtor>()) {
    const CXXDeleteExpr *E = Delete->getDeleteExpr();
    Operand P = value(E->getArgument());
    at(E);
    if (E->isArrayForm())
      P = elementAddress(P, Operand::undef(), E->getArgument()->getType());
    destroy(P, E->getDestroyedType(), true);
  } else if (auto Base = D.getAs<CFGBaseDtor>()) {
    Here = SourceRange(FD->getBody()->getEndLoc(), FD->getBody()->getEndLoc());
    destroy(thisPointer(), Base->getBaseSpecifier()->getType());
  } else if (auto Member = D.getAs<CFGMemberDtor>()) {
    Here = SourceRange(FD->getBody()->getEndLoc(), FD->getBody()->getEndLoc());
    destroy(memberAddress(thisPointer(), Member->getFieldDecl()),
            Member->getFieldDecl()->getType());
  } else if (auto Temporary = D.getAs<CFGTemporaryDtor>()) {
    // The CFG lists the operand of `co_await` twice.
    const CXXBindTemporaryExpr *E = Temporary->getBindTemporaryExpr();
    if (initialisesMember(FD, E))
      return; // Clang's CFG destroys it here, though it lives on as the member
    if (!Values.count(E) || !Destroyed.insert(E).second)
      return;
    Operand Address = value(E);
    if (!Unit.inSystemHeader(E->getEndLoc())) // not in a default argument
      Here = SourceRange(E->getEndLoc(), E->getEndLoc());
    destroy(Address, E->getType());
    if (Address.Kind == ir::OperandKind::Local)
      emit(OpKind::End, {Address});
    if (Created.count(E))
      setCreated(E, false);
  }
}

} // namespace handrail::capture
