//===- InitLowering.cpp - what a variable starts with ----------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "clang/AST/Attr.h"

using namespace clang;
using handrail::ir::OpKind;

namespace handrail::capture {

/// Initialiser lists longer than this become one unknown: tables of constants,
/// in which no handle can be.
static constexpr unsigned MaxListLength = 256;

const Expr *builtObject(const Expr *E, const Expr *Stop) {
  for (E = E->IgnoreParens(); E != Stop;) {
    if (const auto *Full = dyn_cast<FullExpr>(E))
      E = Full->getSubExpr()->IgnoreParens();
    else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(E))
      E = Bind->getSubExpr()->IgnoreParens();
    else if (const auto *Cast = dyn_cast<CastExpr>(E);
             Cast &&
             (Cast->getCastKind() == CK_NoOp || Cast->getCastKind() == CK_ConstructorConversion) &&
             !Cast->isGLValue())
      E = Cast->getSubExpr()->IgnoreParens();
    else
      break;
  }
  return E;
}

bool FunctionLowering::buildsInPlace(const Expr *E) const {
  E = builtObject(E);
  if (isa<InitListExpr, CXXParenListInitExpr, ArrayInitLoopExpr, DesignatedInitUpdateExpr,
          ImplicitValueInitExpr, NoInitExpr, CXXInheritedCtorInitExpr>(E))
    return true;
  return isa<CXXConstructExpr>(E) && InPlace.contains(E);
}

void FunctionLowering::declare(const VarDecl *VD) {
  const Expr *Init = VD->getInit();
  if (VD->isStaticLocal()) {
    Operand Address = Operand::global(Unit.variable(VD));
    if (Init && !Init->isValueDependent() && !VD->hasConstantInitialization())
      initialize(Address, VD->getType(), Init);
    return;
  }
  if (!VD->hasLocalStorage())
    return;
  Operand Address = Operand::local(local(VD));
  Here = SourceRange(VD->getLocation(), VD->getLocation());
  if (!Declared.contains(VD))
    emit(OpKind::Decl, {Address});
  if (Init)
    initialize(Address, VD->getType(), Init);
}

/// True when \p E leaves elements to be zero, or says so of all of them.
static bool leavesZeros(const InitListExpr *E, const ASTContext &Context) {
  if (E->getNumInits() == 0)
    return true;
  if (const ConstantArrayType *Array = Context.getAsConstantArrayType(E->getType()))
    if (Array->getSize().ugt(E->getNumInits()))
      return true;
  for (const Expr *Init : E->inits())
    if (!Init || isa<ImplicitValueInitExpr>(Init))
      return true;
  return false;
}

void FunctionLowering::initialize(Operand Address, QualType T, const Expr *Init, bool Zeroed) {
  Init = Init->IgnoreParens();
  while (const auto *Full = dyn_cast<FullExpr>(Init))
    Init = Full->getSubExpr()->IgnoreParens();
  SourceRange Saved = Here;
  at(Init);
  bool Aggregate = T->isRecordType() || T->isArrayType();
  const Expr *Builder = Init;
  if (Aggregate && !Init->isGLValue()) {
    Builder = builtObject(Init);
    if (Values.count(Builder) || Values.count(Init))
      Builder = Init; // it has been built somewhere else
  }
  if (!Aggregate) {
    Operand V = value(Init);
    at(Init);
    if (!(Zeroed && V.isInt() && V.Value == 0))
      store(Address, V, T);
  } else if (const auto *List = dyn_cast<InitListExpr>(Builder)) {
    initializeList(Address, T, List, Zeroed);
  } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(Builder);
             Construct && !Values.count(Construct)) {
    construct(Address, Construct);
  } else if (const auto *Inherited = dyn_cast<CXXInheritedCtorInitExpr>(Builder)) {
    llvm::SmallVector<Operand, 4> Args{Address};
    for (const ParmVarDecl *P : FD->parameters())
      Args.push_back(P->getType()->isRecordType()
                         ? Operand::local(local(P))
                         : loadFrom(Operand::local(local(P)), P->getType()));
    emitCall(Inherited->getConstructor(), Args, Context.VoidTy);
  } else if (isa<ImplicitValueInitExpr, CXXScalarValueInitExpr>(Builder)) {
    if (!Zeroed)
      emit(OpKind::Zero, {Address});
  } else if (isa<NoInitExpr>(Builder)) {
    // keeps what it has
  } else if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(Builder)) {
    llvm::DenseMap<const Expr *, Operand> Fresh;
    std::swap(Values, Fresh);
    initialize(Address, T, Default->getExpr(), Zeroed);
    std::swap(Values, Fresh);
    keepTemporaries(Fresh);
  } else if (const auto *Update = dyn_cast<DesignatedInitUpdateExpr>(Builder)) {
    initialize(Address, T, Update->getBase());
    initialize(Address, T, Update->getUpdater());
  } else if (const auto *Paren = dyn_cast<CXXParenListInitExpr>(Builder)) {
    if (Paren->getInitExprs().size() > MaxListLength) {
      emit(OpKind::Havoc, {Address});
    } else if (const auto *RD = T->getAsRecordDecl()) {
      unsigned I = 0;
      for (const FieldDecl *Field : RD->fields())
        if (I < Paren->getInitExprs().size())
          initialize(memberAddress(Address, Field), Field->getType(), Paren->getInitExprs()[I++]);
    } else {
      emit(OpKind::Havoc, {Address});
    }
  } else if (const auto *Loop = dyn_cast<ArrayInitLoopExpr>(Builder)) {
    // A member array copied element by element.
    copyMemory(Address, value(Loop->getCommonExpr()), T);
  } else {
    Operand From = value(Init);
    at(Init);
    copyMemory(Address, From, T);
  }
  Here = Saved;
}

void FunctionLowering::initializeList(Operand Address, QualType T, const InitListExpr *E,
                                      bool Zeroed) {
  if (const InitListExpr *Semantic = E->isSemanticForm() ? E : E->getSemanticForm())
    E = Semantic;
  if (E->isTransparent())
    return initialize(Address, T, E->getInit(0), Zeroed);
  if (const RecordDecl *RD = T->getAsRecordDecl())
    Unit.completeRecord(RD);
  if (!Zeroed && leavesZeros(E, Context)) {
    emit(OpKind::Zero, {Address});
    Zeroed = true;
  }
  if (E->getNumInits() > MaxListLength) {
    emit(OpKind::Havoc, {Address});
    return;
  }
  if (const ArrayType *Array = Context.getAsArrayType(T)) {
    if (E->isStringLiteralInit())
      return initialize(Address, T, E->getInit(0), Zeroed);
    QualType Pointer = Context.getPointerType(Array->getElementType());
    for (unsigned I = 0; I < E->getNumInits(); ++I) {
      const Expr *Init = E->getInit(I);
      if (isa<ImplicitValueInitExpr, NoInitExpr>(Init))
        continue;
      if (Zeroed)
        if (Operand V = constant(Init); V.isInt() && V.Value == 0)
          continue;
      initialize(elementAddress(Address, Operand::integer(I), Pointer), Array->getElementType(),
                 Init, Zeroed);
    }
    return;
  }
  const RecordDecl *RD = T->getAsRecordDecl();
  if (!RD)
    return;
  if (RD->isUnion()) {
    if (const FieldDecl *Field = E->getInitializedFieldInUnion(); Field && E->getNumInits())
      initialize(memberAddress(Address, Field), Field->getType(), E->getInit(0), Zeroed);
    return;
  }
  unsigned I = 0;
  if (const auto *Class = dyn_cast<CXXRecordDecl>(RD))
    for (const CXXBaseSpecifier &Base : Class->bases())
      if (I < E->getNumInits())
        initialize(Address, Base.getType(), E->getInit(I++), Zeroed);
  for (const FieldDecl *Field : RD->fields()) {
    if (Field->isUnnamedBitField())
      continue;
    if (I >= E->getNumInits())
      break;
    const Expr *Init = E->getInit(I++);
    if (!Init || isa<ImplicitValueInitExpr, NoInitExpr>(Init))
      continue;
    if (Field->getType()->isReferenceType()) {
      ir::StringId Step = Unit.fieldStep(Field);
      Operand Slot = emitValue(OpKind::Field, {Address}, Unit.valueType(Field->getType()), 0, Step);
      store(Slot, value(Init), Field->getType());
      continue;
    }
    if (Zeroed)
      if (Operand V = constant(Init); V.isInt() && V.Value == 0)
        continue;
    initialize(memberAddress(Address, Field), Field->getType(), Init, Zeroed);
  }
}

/// The temporaries that \p E evaluates to are the variable itself: it is destroyed with
/// the variable, not at the end of the expression.
void FunctionLowering::outliveExpression(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  if (const auto *Conditional = dyn_cast<AbstractConditionalOperator>(E)) {
    outliveExpression(Conditional->getTrueExpr());
    outliveExpression(Conditional->getFalseExpr());
  } else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(E)) {
    Destroyed.insert(Bind);
    outliveExpression(Bind->getSubExpr());
  } else if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E);
             Cast && Cast->getCastKind() == CK_ConstructorConversion) { // `Fd(n)`
    outliveExpression(Cast->getSubExpr());
  }
}

void FunctionLowering::construct(Operand Address, const CXXConstructExpr *E) {
  const CXXConstructorDecl *C = E->getConstructor();
  QualType T = E->getType();
  Values[E] = Address;
  if (const auto *RD = Context.getBaseElementType(T)->getAsRecordDecl())
    Unit.completeRecord(RD);
  // A copy that the language lets the compiler leave out.
  if (E->isElidable() && E->getNumArgs() == 1 && !E->getArg(0)->isDefaultArgument()) {
    const Expr *Source = E->getArg(0)->IgnoreParens();
    if (const auto *Cast = dyn_cast<ImplicitCastExpr>(Source))
      Source = Cast->getSubExpr()->IgnoreParens();
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(Source)) {
      outliveExpression(Temporary->getSubExpr());
      return initialize(Address, T, Temporary->getSubExpr());
    }
  }
  if (E->requiresZeroInitialization())
    emit(OpKind::Zero, {Address});
  if (C->isTrivial()) {
    if (C->isCopyOrMoveConstructor() && E->getNumArgs() >= 1)
      copyMemory(Address, value(E->getArg(0)), T);
    return;
  }
  llvm::SmallVector<Operand, 8> Args{Address};
  addArguments(llvm::ArrayRef<const Expr *>(E->getArgs(), E->getNumArgs()), Args);
  at(E);
  static constexpr uint64_t MaxElements = 8;
  const ConstantArrayType *Array = Context.getAsConstantArrayType(T);
  if (!Array) {
    emitCall(C, Args, Context.VoidTy, 0, E);
    return;
  }
  uint64_t Count = Context.getConstantArrayElementCount(Array);
  QualType Pointer = Context.getPointerType(Context.getBaseElementType(T));
  for (uint64_t I = 0; I < std::min(Count, MaxElements); ++I) {
    Operand Index = Count <= MaxElements ? Operand::integer(I) : Operand::undef();
    Args[0] = elementAddress(Address, Index, Pointer);
    emitCall(C, Args, Context.VoidTy);
    if (Count > MaxElements)
      break;
  }
}

} // namespace handrail::capture
