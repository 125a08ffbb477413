//===- StandardOwners.cpp - which contract a function has ------------------===//
#include "lib/Capture/StandardOwners.h"
#include "lib/Capture/Scalars.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace handrail::capture {

const ClassTemplateSpecializationDecl *instanceOf(const FunctionDecl *FD) {
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  return MD ? dyn_cast<ClassTemplateSpecializationDecl>(MD->getParent()) : nullptr;
}

QualType typeArgument(const ClassTemplateSpecializationDecl *RD, unsigned I) {
  const TemplateArgumentList &Args = RD->getTemplateArgs();
  if (I >= Args.size() || Args[I].getKind() != TemplateArgument::Type)
    return {};
  return Args[I].getAsType().getCanonicalType();
}

QualType pointerOf(const ClassTemplateSpecializationDecl *RD) {
  ASTContext &Context = RD->getASTContext();
  QualType T = typeArgument(RD, 0), D = typeArgument(RD, 1);
  if (!T.isNull() && RD->getName() == "shared_ptr")
    return Context.getPointerType(T);
  if (T.isNull() || D.isNull())
    return {};
  if (const auto *Deleter = D.getNonReferenceType()->getAsCXXRecordDecl())
    for (const NamedDecl *N : Deleter->lookup(&Context.Idents.get("pointer")))
      if (const auto *Alias = dyn_cast<TypedefNameDecl>(N))
        return Alias->getUnderlyingType().getCanonicalType();
  return Context.getPointerType(T->isArrayType() ? Context.getBaseElementType(T) : T);
}

const ClassTemplateSpecializationDecl *standardInstance(QualType T) {
  const auto *RD = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T.getNonReferenceType()->getAsCXXRecordDecl());
  return RD && RD->isInStdNamespace() ? RD : nullptr;
}

llvm::SmallVector<QualType, 4> elementTypes(const ClassTemplateSpecializationDecl *RD) {
  llvm::SmallVector<QualType, 4> Types;
  for (const TemplateArgument &Arg : RD->getTemplateArgs().asArray()) {
    llvm::ArrayRef<TemplateArgument> Parts = Arg;
    if (Arg.getKind() == TemplateArgument::Pack)
      Parts = Arg.getPackAsArray();
    for (const TemplateArgument &Part : Parts) {
      if (Part.getKind() != TemplateArgument::Type ||
          !(isScalar(Part.getAsType()) || Part.getAsType()->isRecordType()) ||
          Part.getAsType()->isReferenceType())
        return {};
      Types.push_back(Part.getAsType().getCanonicalType().getUnqualifiedType());
    }
  }
  return Types;
}

std::optional<unsigned> elementNamed(const FunctionDecl *Get,
                                     const ClassTemplateSpecializationDecl *RD) {
  const TemplateArgumentList *Args = Get->getTemplateSpecializationArgs();
  llvm::SmallVector<QualType, 4> Types = elementTypes(RD);
  if (!Args || Args->size() == 0)
    return std::nullopt;
  const TemplateArgument &Which = (*Args)[0];
  if (Which.getKind() == TemplateArgument::Integral && Which.getAsIntegral().ult(Types.size()))
    return Which.getAsIntegral().getZExtValue();
  if (Which.getKind() == TemplateArgument::Type)
    for (unsigned I = 0; I < Types.size(); ++I)
      if (Types[I] == Which.getAsType().getCanonicalType().getUnqualifiedType())
        return I;
  return std::nullopt;
}

std::optional<unsigned> alternativeOf(llvm::ArrayRef<QualType> Types, QualType T) {
  T = T.getNonReferenceType().getCanonicalType().getUnqualifiedType();
  if (llvm::count(Types, T) != 1)
    return std::nullopt;
  return llvm::find(Types, T) - Types.begin();
}

const CXXMethodDecl *callOperator(const CXXRecordDecl *RD) {
  const CXXMethodDecl *Found = nullptr;
  ASTContext &Context = RD->getASTContext();
  for (const NamedDecl *N : RD->lookup(Context.DeclarationNames.getCXXOperatorName(OO_Call))) {
    const auto *MD = dyn_cast<CXXMethodDecl>(N);
    if (!MD || Found)
      return nullptr;
    Found = MD;
  }
  return Found;
}

const CXXMethodDecl *plainMethod(const CXXRecordDecl *RD, llvm::StringRef Name) {
  RD = RD->getDefinition();
  if (!RD)
    return nullptr;
  for (const NamedDecl *N : RD->lookup(&RD->getASTContext().Idents.get(Name)))
    if (const auto *MD = dyn_cast<CXXMethodDecl>(N); MD && MD->getNumParams() == 0)
      return MD;
  for (const CXXBaseSpecifier &Base : RD->bases())
    if (const auto *Class = Base.getType()->getAsCXXRecordDecl())
      if (const CXXMethodDecl *MD = plainMethod(Class, Name))
        return MD;
  return nullptr;
}

namespace {

/// A member of the standard library, with what tells it from the others.
struct Member {
  const FunctionDecl *FD;
  const ClassTemplateSpecializationDecl *Class;
  unsigned Count; ///< of parameters

  explicit Member(const FunctionDecl *FD)
      : FD(FD), Class(instanceOf(FD)), Count(FD->getNumParams()) {}

  bool constructor() const { return isa<CXXConstructorDecl>(FD); }
  bool destructor() const { return isa<CXXDestructorDecl>(FD); }
  bool conversion() const { return isa<CXXConversionDecl>(FD); }
  bool named(llvm::StringRef Name) const {
    return FD->getDeclName().isIdentifier() && FD->getName() == Name;
  }
  bool oneOf(OverloadedOperatorKind A, OverloadedOperatorKind B = OO_None,
             OverloadedOperatorKind C = OO_None) const {
    OverloadedOperatorKind K = FD->getOverloadedOperator();
    return K != OO_None && (K == A || K == B || K == C);
  }
  /// The type of parameter \p I, without reference and qualifiers.
  QualType parameter(unsigned I) const {
    return FD->getParamDecl(I)
        ->getType()
        .getNonReferenceType()
        .getCanonicalType()
        .getUnqualifiedType();
  }
  bool takes(unsigned I, llvm::StringRef ClassName) const {
    const auto *RD = I < Count ? parameter(I)->getAsCXXRecordDecl() : nullptr;
    return RD && RD->getIdentifier() && RD->getName() == ClassName;
  }
  /// Parameter \p I is an instance of the template that this is a member of.
  bool takesSibling(unsigned I) const {
    return takes(I, Class->getName()) && parameter(I)->getAsCXXRecordDecl()->isInStdNamespace();
  }
};

/// True when a std::unique_ptr of type \p RD may be told to delete in this unit: where
/// what it points to is known by name alone, another unit knows how that is destroyed.
bool canDelete(const ClassTemplateSpecializationDecl *RD) {
  QualType D = typeArgument(RD, 1).getNonReferenceType();
  const auto *Deleter = D->getAsCXXRecordDecl();
  if (!Deleter || !Deleter->isInStdNamespace())
    return true;
  const auto *Object =
      RD->getASTContext().getBaseElementType(typeArgument(RD, 0))->getAsCXXRecordDecl();
  return !Object || Object->hasDefinition();
}

Contract pointerMember(const Member &M) {
  QualType P = pointerOf(M.Class);
  if (P.isNull() || !isScalar(P) || P->isReferenceType())
    return Contract::None;
  bool Deletes = M.destructor() || M.oneOf(OO_Equal) || M.named("reset");
  if (Deletes && !canDelete(M.Class))
    return Contract::None;
  bool Null = M.Count == 1 && M.parameter(0)->isNullPtrType();
  if (M.destructor())
    return Contract::PtrDestroy;
  if (M.constructor()) {
    if (M.Count == 0 || Null)
      return Contract::PtrEmpty;
    if (M.takesSibling(0))
      return M.Count == 1 ? Contract::PtrMove : Contract::None;
    if (M.Count <= 2 && isScalar(M.parameter(0)))
      return Contract::PtrTake;
    return Contract::None;
  }
  if (M.oneOf(OO_Equal))
    return Null                                ? Contract::PtrAssignNull
           : M.Count == 1 && M.takesSibling(0) ? Contract::PtrAssign
                                               : Contract::None;
  if (M.named("release"))
    return Contract::PtrRelease;
  if (M.named("reset"))
    return M.Count <= 1 ? Contract::PtrReset : Contract::None;
  if (M.named("get") || M.oneOf(OO_Arrow, OO_Star))
    return Contract::PtrGet;
  if (M.named("get_deleter"))
    return Contract::PtrDeleter;
  if (M.named("swap") && M.Count == 1)
    return Contract::Swap;
  return M.conversion() ? Contract::PtrTest : Contract::None;
}

Contract optionalMember(const Member &M) {
  QualType T = typeArgument(M.Class, 0);
  if (T.isNull() || !(T->isRecordType() || isScalar(T)))
    return Contract::None;
  bool Value = M.Count == 1 && M.parameter(0) == T.getUnqualifiedType();
  if (M.destructor())
    return Contract::OptDestroy;
  if (M.constructor()) {
    if (M.Count == 0 || (M.Count == 1 && M.takes(0, "nullopt_t")))
      return Contract::OptEmpty;
    if (Value && M.FD->getParamDecl(0)->getType()->isReferenceType())
      return Contract::OptTake;
    return M.Count == 1 && M.parameter(0)->getAsCXXRecordDecl() == M.Class ? Contract::OptTransfer
                                                                           : Contract::None;
  }
  if (M.oneOf(OO_Equal))
    return M.takes(0, "nullopt_t")                                        ? Contract::OptReset
           : Value && M.FD->getParamDecl(0)->getType()->isReferenceType() ? Contract::OptAssign
                                                                          : Contract::None;
  if (M.named("emplace"))
    return Contract::OptEmplace;
  if (M.named("reset"))
    return Contract::OptReset;
  if ((M.named("value") && M.Count == 0) || M.oneOf(OO_Arrow, OO_Star))
    return Contract::OptGet;
  return M.named("has_value") || M.conversion() ? Contract::OptTest : Contract::None;
}

Contract lockMember(const Member &M) {
  llvm::StringRef Name = M.Class->getName();
  bool Movable = Name == "unique_lock" || Name == "shared_lock";
  if (M.destructor())
    return Contract::LockDestroy;
  if (M.constructor()) {
    if (M.Count == 0)
      return Contract::LockEmpty;
    if (Movable && M.takesSibling(0))
      return Contract::LockMove;
    if (M.Count == 2 && M.takes(1, "adopt_lock_t"))
      return Contract::LockAdopt;
    if (M.Count == 2 && M.takes(1, "defer_lock_t"))
      return Contract::LockDefer;
    for (unsigned I = 0; I < M.Count; ++I)
      if (!M.FD->getParamDecl(I)->getType()->isReferenceType() || !M.parameter(I)->isRecordType() ||
          M.takes(I, "try_to_lock_t"))
        return Contract::None;
    return M.Count == 1 || Name == "scoped_lock" ? Contract::LockTake : Contract::None;
  }
  if (!Movable)
    return Contract::None;
  if (M.named("lock"))
    return Contract::LockLock;
  if (M.named("unlock"))
    return Contract::LockUnlock;
  if (M.named("release"))
    return Contract::LockRelease;
  return M.named("owns_lock") || M.conversion() ? Contract::LockTest : Contract::None;
}

Contract tupleMember(const Member &M) {
  size_t Size = elementTypes(M.Class).size();
  if (Size == 0)
    return Contract::None;
  if (M.destructor())
    return Contract::TupleDestroy;
  bool Other = M.Count == 1 && M.parameter(0)->getAsCXXRecordDecl() == M.Class;
  if (M.oneOf(OO_Equal))
    return Other ? Contract::TupleAssign : Contract::None;
  if (!M.constructor())
    return Contract::None;
  if (Other)
    return Contract::TupleTransfer;
  if (M.Count == 0)
    return Contract::TupleDefault;
  bool Special = M.takes(0, "allocator_arg_t") || M.takes(0, "piecewise_construct_t") ||
                 (M.Count == 1 && M.takesSibling(0));
  return M.Count == Size && !Special ? Contract::TupleTake : Contract::None;
}

Contract variantMember(const Member &M) {
  llvm::SmallVector<QualType, 4> Types = elementTypes(M.Class);
  if (Types.empty())
    return Contract::None;
  if (M.destructor())
    return Contract::VarDestroy;
  bool Other = M.Count == 1 && M.parameter(0)->getAsCXXRecordDecl() == M.Class;
  bool Value = M.Count == 1 && M.FD->getParamDecl(0)->getType()->isReferenceType() &&
               alternativeOf(Types, M.parameter(0));
  if (M.constructor())
    return M.Count == 0 ? Contract::VarDefault
           : Other      ? Contract::VarTransfer
           : Value      ? Contract::VarTake
                        : Contract::None;
  if (M.oneOf(OO_Equal))
    return Other ? Contract::VarAssign : Value ? Contract::VarAssignValue : Contract::None;
  if (M.named("emplace"))
    return elementNamed(M.FD, M.Class) ? Contract::VarEmplace : Contract::None;
  if (M.named("swap") && M.Count == 1)
    return Contract::Swap;
  return M.named("index") ? Contract::VarIndex : Contract::None;
}

/// get, get_if and holds_alternative of a std::variant.
Contract variantFunction(const Member &M) {
  if (M.Count != 1)
    return Contract::None;
  QualType T = M.parameter(0);
  const ClassTemplateSpecializationDecl *RD =
      standardInstance(T->isPointerType() ? T->getPointeeType() : T);
  if (!RD || RD->getName() != "variant" || !elementNamed(M.FD, RD))
    return Contract::None;
  if (M.named("get_if"))
    return T->isPointerType() ? Contract::VarGetIf : Contract::None;
  return T->isPointerType()             ? Contract::None
         : M.named("get")               ? Contract::VarGet
         : M.named("holds_alternative") ? Contract::VarHolds
                                        : Contract::None;
}

Contract functionMember(const Member &M) {
  if (M.destructor())
    return Contract::FuncDestroy;
  bool Null = M.Count == 1 && M.parameter(0)->isNullPtrType();
  bool Other = M.Count == 1 && M.parameter(0)->getAsCXXRecordDecl() == M.Class;
  bool Moved = Other && M.FD->getParamDecl(0)->getType()->isRValueReferenceType();
  if (M.constructor()) {
    if (M.Count == 0 || Null)
      return Contract::FuncEmpty;
    if (Other)
      return Moved ? Contract::FuncMove : Contract::FuncCopy;
    return M.Count == 1 ? Contract::FuncTake : Contract::None;
  }
  if (M.oneOf(OO_Equal))
    return Null ? Contract::FuncReset : Other ? Contract::FuncAssign : Contract::None;
  if (M.oneOf(OO_Call))
    return Contract::FuncCall;
  return M.conversion() ? Contract::FuncTest : Contract::None;
}

Contract containerMember(const Member &M) {
  QualType T = typeArgument(M.Class, 0);
  if (T.isNull() || !isScalar(T) || T->isBooleanType())
    return Contract::None;
  if (M.destructor())
    return Contract::ContDestroy;
  if (M.constructor())
    return M.Count == 0 ? Contract::ContEmpty : Contract::None;
  if (M.named("reserve"))
    return Contract::ContEmpty;
  bool Value = M.Count == 1 && M.FD->getParamDecl(0)->getType()->isReferenceType() &&
               M.parameter(0) == T.getUnqualifiedType();
  return Value && (M.named("push_back") || M.named("push_front") || M.named("emplace_back"))
             ? Contract::ContAppend
             : Contract::None;
}

/// A std::unique_ptr that deletes as `delete` does.
bool takesPlainUnique(const Member &M) {
  const auto *RD = M.takes(0, "unique_ptr") ? standardInstance(M.parameter(0)) : nullptr;
  QualType D = RD ? typeArgument(RD, 1) : QualType();
  const auto *Deleter = D.isNull() ? nullptr : D->getAsCXXRecordDecl();
  return Deleter && Deleter->isInStdNamespace() && !typeArgument(RD, 0)->isArrayType();
}

Contract sharedMember(const Member &M) {
  QualType T = typeArgument(M.Class, 0);
  if (T.isNull() || T->isArrayType() || T->isFunctionType())
    return Contract::None;
  if (M.destructor())
    return Contract::SharedDestroy;
  bool Other = M.Count == 1 && M.takes(0, "shared_ptr");
  bool Pointer = M.Count >= 1 && M.parameter(0)->isPointerType();
  if (M.constructor()) {
    if (M.Count == 0 || (M.Count == 1 && M.parameter(0)->isNullPtrType()))
      return Contract::SharedEmpty;
    return Other                                 ? Contract::SharedTransfer
           : Pointer                             ? Contract::SharedTake
           : M.Count == 1 && takesPlainUnique(M) ? Contract::SharedFromUnique
                                                 : Contract::None;
  }
  if (M.oneOf(OO_Equal))
    return Other                 ? Contract::SharedAssign
           : takesPlainUnique(M) ? Contract::SharedAssignUnique
                                 : Contract::None;
  if (M.named("reset"))
    return M.Count == 0 || Pointer ? Contract::SharedReset : Contract::None;
  if (M.named("get") || M.oneOf(OO_Arrow, OO_Star))
    return Contract::SharedGet;
  if (M.named("use_count") || M.named("unique"))
    return Contract::SharedCount;
  if (M.named("swap") && M.Count == 1)
    return Contract::Swap;
  return M.conversion() ? Contract::SharedTest : Contract::None;
}

Contract comparison(const Member &M) {
  for (unsigned I : {0, 1}) {
    const auto *Owner =
        dyn_cast_or_null<ClassTemplateSpecializationDecl>(M.parameter(I)->getAsCXXRecordDecl());
    if (!Owner || !M.parameter(1 - I)->isNullPtrType() ||
        !(M.takes(I, "unique_ptr") || M.takes(I, "shared_ptr")))
      continue;
    QualType P = pointerOf(Owner);
    if (!P.isNull() && isScalar(P))
      return M.oneOf(OO_EqualEqual) ? Contract::PtrIsNull : Contract::PtrIsNotNull;
  }
  return Contract::None;
}

/// make_unique, make_shared, make_pair, make_tuple, get and the like.
Contract maker(const FunctionDecl *FD, const Member &M) {
  const ClassTemplateSpecializationDecl *Made = standardInstance(FD->getReturnType());
  const bool Unique = M.named("make_unique") && Made && Made->getName() == "unique_ptr";
  if (Unique || (M.named("make_shared") && Made && Made->getName() == "shared_ptr")) {
    QualType T = typeArgument(Made, 0);
    return T.isNull() || T->isArrayType() ? Contract::None
           : Unique                       ? Contract::MakeUnique
                                          : Contract::MakeShared;
  }
  if ((M.named("make_pair") || M.named("make_tuple")) && Made)
    return elementTypes(Made).size() == M.Count && M.Count ? Contract::TupleMake : Contract::None;
  if (Contract C = variantFunction(M); C != Contract::None)
    return C;
  if (!M.named("get") || M.Count != 1 || !(M.takes(0, "pair") || M.takes(0, "tuple")))
    return Contract::None;
  const ClassTemplateSpecializationDecl *Whole = standardInstance(M.parameter(0));
  return Whole && elementNamed(FD, Whole) ? Contract::TupleGet : Contract::None;
}

Contract freeFunction(const FunctionDecl *FD) {
  Member M(FD);
  if (Contract C = maker(FD, M); C != Contract::None || M.Count != 2)
    return C;
  if (M.oneOf(OO_EqualEqual, OO_ExclaimEqual))
    return comparison(M);
  if (!FD->getIdentifier())
    return Contract::None;
  QualType T = M.parameter(0);
  bool Reference = FD->getParamDecl(0)->getType()->isLValueReferenceType();
  bool Alike = isScalar(T) ? isScalar(M.parameter(1)) : T->isRecordType() && M.parameter(1) == T;
  if (FD->getName() == "exchange" && Reference && Alike)
    return Contract::Exchange;
  if (FD->getName() == "swap" && Reference && M.parameter(1) == T &&
      (isScalar(T) || T->isRecordType()))
    return Contract::Swap;
  return Contract::None;
}

} // namespace

Contract contractOf(const FunctionDecl *FD) {
  if (FD->isDependentContext() || FD->isInvalidDecl())
    return Contract::None;
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  const DeclContext *Where = MD ? MD->getParent()->getDeclContext() : FD->getDeclContext();
  if (Where->isStdNamespace() || Where->getEnclosingNamespaceContext()->isStdNamespace()) {
    if (!MD)
      return freeFunction(FD);
    Member M(FD);
    if (!M.Class || MD->isStatic())
      return Contract::None;
    llvm::StringRef Name = M.Class->getName();
    if (Name == "unique_ptr")
      return pointerMember(M);
    // The last two are its base classes in libstdc++.
    if (Name == "shared_ptr" || Name == "__shared_ptr" || Name == "__shared_ptr_access")
      return sharedMember(M);
    if (Name == "optional")
      return optionalMember(M);
    if (Name == "lock_guard" || Name == "unique_lock" || Name == "scoped_lock" ||
        Name == "shared_lock")
      return lockMember(M);
    if (Name == "pair" || Name == "tuple")
      return tupleMember(M);
    if (Name == "variant")
      return variantMember(M);
    if (Name == "vector" || Name == "deque" || Name == "list")
      return containerMember(M);
    return Name == "function" ? functionMember(M) : Contract::None;
  }
  const auto *Destructor = dyn_cast<CXXDestructorDecl>(FD);
  return Destructor && Destructor->isDefaulted() && !Destructor->isDeleted() && !FD->hasBody()
             ? Contract::Destructor
             : Contract::None;
}

} // namespace handrail::capture
