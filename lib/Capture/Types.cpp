//===- Types.cpp - Clang's types and records -------------------------------===//
#include "lib/Capture/UnitLowering.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"

using namespace clang;

namespace handrail::capture {

int64_t toInt64(const llvm::APSInt &V) {
  return V.isSigned() ? V.sextOrTrunc(64).getSExtValue()
                      : static_cast<int64_t>(V.zextOrTrunc(64).getZExtValue());
}

ir::TypeId UnitLowering::integerType(unsigned Bits, bool Signed) {
  ir::Type T;
  T.Kind = ir::TypeKind::Int;
  T.Bits = Bits;
  T.Signed = Signed;
  return Builder.type(T);
}

ir::TypeId UnitLowering::type(QualType T) {
  if (T.isNull())
    return 0;
  auto It = NamedTypes.find(T.getAsOpaquePtr());
  if (It != NamedTypes.end())
    return It->second;
  ir::TypeId Id = build(T, true);
  NamedTypes[T.getAsOpaquePtr()] = Id;
  return Id;
}

ir::TypeId UnitLowering::valueType(QualType T) {
  if (T.isNull())
    return 0;
  auto It = ValueTypes.find(T.getAsOpaquePtr());
  if (It != ValueTypes.end())
    return It->second;
  ir::TypeId Id = build(T.getCanonicalType().getUnqualifiedType(), false);
  ValueTypes[T.getAsOpaquePtr()] = Id;
  return Id;
}

ir::TypeId UnitLowering::build(QualType Written, bool Named) {
  auto Inner = [&](QualType T) { return Named ? type(T) : valueType(T); };
  // Below a pointer `const` is kept: it decides who may take a handle over.
  auto Pointee = [&](QualType T) -> ir::TypeId {
    if (Named)
      return type(T);
    ir::TypeId Id = valueType(T);
    if (!T.isConstQualified())
      return Id;
    ir::Type C = U.Types[Id];
    C.Const = true;
    return Builder.type(C);
  };
  QualType T = Written.getCanonicalType();
  ir::Type Result;
  using Kind = ir::TypeKind;
  if (const auto *Atomic = T->getAs<AtomicType>())
    return Inner(Atomic->getValueType());
  if (T->isVoidType()) {
    Result.Kind = Kind::Void;
  } else if (T->isBooleanType()) {
    Result.Kind = Kind::Bool;
    Result.Bits = 8;
  } else if (T->isDependentType()) {
    Result.Kind = Kind::Other;
  } else if (T->isIntegralOrEnumerationType()) {
    const auto *Enum = T->getAs<EnumType>();
    if (Enum && !Enum->getDecl()->isComplete()) {
      Result.Kind = Kind::Other;
    } else {
      Result.Kind = Kind::Int;
      Result.Bits = Context.getIntWidth(T);
      Result.Signed = T->isSignedIntegerOrEnumerationType();
    }
  } else if (T->isRealFloatingType()) {
    Result.Kind = Kind::Float;
    Result.Bits = Context.getTypeSize(T);
  } else if (T->isAnyPointerType() || T->isBlockPointerType() || T->isReferenceType()) {
    Result.Kind = Kind::Pointer;
    Result.Bits = Context.getTypeSize(Context.VoidPtrTy);
    Result.Reference = T->isReferenceType();
    QualType Elem = Named ? Written->getPointeeType() : T->getPointeeType();
    Result.Elem = Pointee(Elem);
  } else if (T->isNullPtrType()) {
    Result.Kind = Kind::Pointer;
    Result.Bits = Context.getTypeSize(Context.VoidPtrTy);
  } else if (const auto *Record = T->getAs<RecordType>()) {
    Result.Kind = Kind::Record;
    Result.Record = record(Record->getDecl());
  } else if (const ArrayType *Array = Context.getAsArrayType(Named ? Written : T)) {
    Result.Kind = Kind::Array;
    Result.Elem = Inner(Array->getElementType());
    if (const auto *Constant = dyn_cast<ConstantArrayType>(Array))
      Result.Count = Constant->getSize().getLimitedValue(UINT32_MAX);
  } else if (const auto *Fn = Written->getAs<clang::FunctionType>()) {
    Result.Kind = Kind::Function;
    Result.Elem = Inner(Fn->getReturnType());
    if (const auto *Proto = dyn_cast<FunctionProtoType>(Fn)) {
      for (QualType P : Proto->getParamTypes())
        Result.Params.push_back(Inner(P));
      Result.Variadic = Proto->isVariadic();
    } else {
      Result.Variadic = true;
    }
  } else {
    Result.Kind = Kind::Other;
  }
  if (Named) {
    Result.Const = Written.isConstQualified();
    Result.Name = string(Written.getAsString(Policy));
  } else if (Result.Kind == Kind::Record) {
    Result.Name = U.Records[Result.Record].Name;
  }
  return Builder.type(Result);
}

/// The first member with a name, at any depth.
static const FieldDecl *firstNamed(const RecordDecl *RD) {
  for (const FieldDecl *F : RD->fields()) {
    if (F->getIdentifier())
      return F;
    if (F->isAnonymousStructOrUnion())
      if (const FieldDecl *Inner = firstNamed(F->getType()->getAsRecordDecl()))
        return Inner;
  }
  return nullptr;
}

// Members of a union share the union's address, and members of an anonymous
// struct belong to the struct around it. An anonymous union inside a struct needs
// a name all the same, or two of them would share one address:
//
//   struct s { int tag; union { int fd; char *p; }; union { int n; void *q; }; };
//
// s.fd and s.p are the field "fd", s.n and s.q the field "n".
ir::StringId UnitLowering::fieldStep(const FieldDecl *FD) {
  auto [It, New] = FieldSteps.try_emplace(FD, 0);
  if (!New)
    return It->second;
  ir::StringId Result = 0;
  if (!FD->getParent()->isUnion()) {
    if (FD->getIdentifier()) {
      Result = string(FD->getName());
    } else if (FD->isAnonymousStructOrUnion()) {
      const RecordDecl *RD = FD->getType()->getAsRecordDecl();
      if (const FieldDecl *Named = RD->isUnion() ? firstNamed(RD) : nullptr)
        Result = string(Named->getName());
    } else if (const auto *Class = dyn_cast<CXXRecordDecl>(FD->getParent());
               Class && Class->isLambda()) {
      const LambdaCapture &Captured = Class->captures_begin()[FD->getFieldIndex()];
      if (Captured.capturesThis())
        Result = string("this");
      else if (Captured.capturesVariable())
        Result = string(Captured.getCapturedVar()->getName());
    }
  }
  FieldSteps[FD] = Result;
  return Result;
}

void UnitLowering::addFields(const RecordDecl *RD, std::vector<ir::Field> &Fields) {
  for (const FieldDecl *F : RD->fields()) {
    if (F->isUnnamedBitField())
      continue;
    const RecordDecl *Nested = Context.getBaseElementType(F->getType())->getAsRecordDecl();
    if (F->isAnonymousStructOrUnion() && fieldStep(F) == 0) {
      addFields(Nested, Fields);
      continue;
    }
    if (Nested)
      completeRecord(Nested);
    ir::StringId Name = RD->isUnion() ? string(F->getName()) : fieldStep(F);
    Fields.push_back({Name, type(F->getType()), loc(F->getLocation())});
  }
}

ir::RecordId UnitLowering::record(const RecordDecl *RD) {
  const auto *Key = RD->getCanonicalDecl();
  auto It = Records.find(Key);
  if (It != Records.end())
    return It->second;
  ir::RecordId Id = U.Records.size();
  Records[Key] = Id;
  U.Records.emplace_back();
  const RecordDecl *Def = RD->getDefinition() ? RD->getDefinition() : RD;
  ir::Record R;
  const NamedDecl *Named = Def;
  if (!Def->getIdentifier() && Def->getTypedefNameForAnonDecl())
    Named = Def->getTypedefNameForAnonDecl();
  R.Name = string(qualifiedName(Named));
  R.Usr = usr(Def, false, false);
  R.Union = Def->isUnion();
  R.System = inSystemHeader(Def->getLocation());
  R.Loc = loc(Def->getLocation());
  U.Records[Id] = std::move(R);
  return Id;
}

static ir::SpecialMember origin(const FunctionDecl *FD) {
  if (!FD)
    return ir::SpecialMember::None;
  if (FD->isDeleted())
    return ir::SpecialMember::Deleted;
  return FD->isImplicit() || FD->isDefaulted() ? ir::SpecialMember::Defaulted
                                               : ir::SpecialMember::User;
}

void UnitLowering::addClassFacts(const CXXRecordDecl *RD, ir::RecordId Id) {
  using SM = ir::SpecialMember;
  SM CopyCtor = RD->needsImplicitCopyConstructor() ? SM::Defaulted : SM::None;
  SM MoveCtor = RD->needsImplicitMoveConstructor() ? SM::Defaulted : SM::None;
  SM CopyAssign = RD->needsImplicitCopyAssignment() ? SM::Defaulted : SM::None;
  SM MoveAssign = RD->needsImplicitMoveAssignment() ? SM::Defaulted : SM::None;
  for (const CXXConstructorDecl *C : RD->ctors()) {
    if (C->isCopyConstructor())
      CopyCtor = origin(C);
    else if (C->isMoveConstructor())
      MoveCtor = origin(C);
  }
  for (const CXXMethodDecl *M : RD->methods()) {
    if (M->isCopyAssignmentOperator())
      CopyAssign = origin(M);
    else if (M->isMoveAssignmentOperator())
      MoveAssign = origin(M);
  }
  // An implicit copy that would be deleted is not declared until it is needed.
  if (CopyCtor == SM::Defaulted && RD->needsImplicitCopyConstructor() &&
      RD->needsOverloadResolutionForCopyConstructor() == false &&
      RD->defaultedCopyConstructorIsDeleted())
    CopyCtor = SM::Deleted;
  if (MoveCtor == SM::Defaulted && RD->needsImplicitMoveConstructor() &&
      RD->needsOverloadResolutionForMoveConstructor() == false &&
      RD->defaultedMoveConstructorIsDeleted())
    MoveCtor = SM::Deleted;

  std::vector<ir::TypeId> Bases;
  for (const CXXBaseSpecifier &B : RD->bases()) {
    Bases.push_back(type(B.getType()));
    if (const auto *Base = B.getType()->getAsCXXRecordDecl())
      completeRecord(Base);
  }
  ir::SymbolId Destructor = ir::None;
  if (const CXXDestructorDecl *D = RD->getDestructor(); D && !RD->hasTrivialDestructor())
    Destructor = function(D);
  ir::Record &R = U.Records[Id];
  R.CopyCtor = CopyCtor, R.MoveCtor = MoveCtor;
  R.CopyAssign = CopyAssign, R.MoveAssign = MoveAssign;
  R.Bases = std::move(Bases);
  R.Destructor = Destructor;
  R.Polymorphic = RD->isPolymorphic();
  R.Trivial = RD->isTriviallyCopyable() && RD->hasTrivialDestructor();
}

ir::RecordId UnitLowering::completeRecord(const RecordDecl *RD) {
  ir::RecordId Id = record(RD);
  const RecordDecl *Def = RD->getDefinition();
  if (!Def || !Def->isCompleteDefinition() || Def->isDependentType() ||
      !Completed.insert(Def->getCanonicalDecl()).second)
    return Id;
  std::vector<ir::Field> Fields;
  addFields(Def, Fields);
  U.Records[Id].Fields = std::move(Fields);
  if (const auto *Class = dyn_cast<CXXRecordDecl>(Def))
    addClassFacts(Class, Id);
  return Id;
}

} // namespace handrail::capture
