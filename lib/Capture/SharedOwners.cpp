//===- SharedOwners.cpp - bodies of std::shared_ptr -------------------------===//
//
// Owners are not counted. An owner knows whether it is the only one, as far as can be
// seen from here: it was made from a pointer or moved from such an owner, and nothing
// copied it. The only owner deletes what it has; what was copied is out of sight from
// then on, for which owner goes last is not known.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Scalars.h"
#include "lib/Capture/StandardOwners.h"

using namespace clang;
using handrail::ir::OpKind;

namespace handrail::capture {

namespace {

/// The members of an owner. What it gives and what it deletes differ when a pointer
/// was converted on the way.
constexpr llvm::StringLiteral Pointer("get()"), Only("unique()"), Owned("owned()"),
    Deleter("get_deleter()"), // a function, or the object whose operator() is called
    Call("operator()"),       // null for a function
    Destructor("~owned()");   // without a deleter; null when there is nothing to do
constexpr llvm::StringLiteral Pointers[] = {Pointer, Owned, Deleter, Call, Destructor};

/// True for a class whose objects hand out owners of themselves.
bool makesOwners(const CXXRecordDecl *RD) {
  return !RD->forallBases([](const CXXRecordDecl *Base) {
    return !(Base->isInStdNamespace() && Base->getIdentifier() &&
             Base->getName() == "enable_shared_from_this");
  });
}

const CXXRecordDecl *pointee(QualType P) {
  return P->isPointerType() ? P->getPointeeType()->getAsCXXRecordDecl() : nullptr;
}

/// The destructor that runs when a `RD *` is deleted; null when it does nothing.
const CXXDestructorDecl *destructorOf(const CXXRecordDecl *RD) {
  return RD && RD->hasDefinition() && !RD->hasTrivialDestructor() ? RD->getDestructor() : nullptr;
}

/// Whether deleting by a pointer to \p RD may destroy an object of another class.
bool destroysByType(const CXXRecordDecl *RD) {
  const CXXDestructorDecl *D = destructorOf(RD);
  return D && D->isVirtual();
}

} // namespace

ir::Operand FunctionLowering::sharedMember(Operand Owner, llvm::StringRef Name) {
  return ownerSlot(Owner, Name, Name == Only ? Context.BoolTy : Context.VoidPtrTy);
}

/// From here on there are other owners than \p Owner.
void FunctionLowering::shareOwner(Operand Owner) {
  emit(OpKind::Escape, {loadFrom(sharedMember(Owner, Owned), Context.VoidPtrTy)});
  store(sharedMember(Owner, Only), Operand::integer(0), Context.BoolTy);
}

void FunctionLowering::clearShared(Operand Owner) {
  for (llvm::StringRef Name : Pointers)
    store(sharedMember(Owner, Name), Operand::integer(0), Context.VoidPtrTy);
  store(sharedMember(Owner, Only), Operand::integer(0), Context.BoolTy);
}

/// \p Owner takes \p P, of type \p From, and deletes it with \p With unless that is
/// nothing.
void FunctionLowering::takeShared(const ClassTemplateSpecializationDecl *RD, Operand Owner,
                                  Operand P, QualType From, Operand With, QualType WithType) {
  clearShared(Owner);
  store(sharedMember(Owner, Pointer), P, Context.VoidPtrTy);
  store(sharedMember(Owner, Owned), P, Context.VoidPtrTy);
  bool Known = true;
  const CXXRecordDecl *Object = pointee(From);
  if (With) {
    const auto *Class = WithType->getAsCXXRecordDecl();
    const CXXMethodDecl *Method = Class ? callOperator(Class) : nullptr;
    if (!Class) {
      store(sharedMember(Owner, Deleter), With, Context.VoidPtrTy);
    } else if (Method && Method->isInstance() && Method->getNumParams() == 1 &&
               isScalar(Method->getParamDecl(0)->getType()) &&
               !Method->getParamDecl(0)->getType()->isReferenceType()) {
      Operand Copy = emitValue(OpKind::New, {}, Unit.valueType(WithType));
      transferValue(Copy, With, WithType, true);
      store(sharedMember(Owner, Deleter), Copy, Context.VoidPtrTy);
      store(sharedMember(Owner, Call), Operand::func(Unit.function(Method)), Context.VoidPtrTy);
    } else {
      Known = false;
    }
  } else if (Object) {
    bool ByType = destroysByType(typeArgument(RD, 0)->getAsCXXRecordDecl());
    const CXXDestructorDecl *D = destructorOf(Object);
    Known = Object->hasDefinition() && (ByType || !D || !D->isVirtual());
    if (Known && D && !ByType)
      store(sharedMember(Owner, Destructor), Operand::func(Unit.function(D)), Context.VoidPtrTy);
  }
  if (Object && Object->hasDefinition() && makesOwners(Object))
    Known = false;
  if (Known)
    store(sharedMember(Owner, Only), Operand::integer(1), Context.BoolTy);
  else
    emit(OpKind::Escape, {P});
}

/// \p To becomes an owner of what \p From owns, with it or in its place.
void FunctionLowering::copyShared(Operand To, Operand From, bool Move) {
  if (!Move)
    shareOwner(From);
  QualType P = Context.VoidPtrTy, Bool = Context.BoolTy;
  for (llvm::StringRef Name : Pointers)
    store(sharedMember(To, Name), loadFrom(sharedMember(From, Name), P), P);
  store(sharedMember(To, Only),
        Move ? loadFrom(sharedMember(From, Only), Bool) : Operand::integer(0), Bool);
  if (Move)
    clearShared(From);
}

/// Deletes what \p Owner owns, when it is the only one.
void FunctionLowering::dropShared(const ClassTemplateSpecializationDecl *RD, Operand Owner) {
  QualType P = Context.VoidPtrTy;
  auto Load = [&](llvm::StringRef Name) { return loadFrom(sharedMember(Owner, Name), P); };
  auto Invoke = [&](llvm::ArrayRef<Operand> Operands) {
    ir::Op &O = emit(OpKind::Call, Operands);
    O.Flags |= ir::OF_Indirect | ir::OF_Implicit;
  };
  auto Delete = [&](Operand Object) {
    QualType T = typeArgument(RD, 0);
    if (destroysByType(T->getAsCXXRecordDecl())) {
      destroy(Object, T, true);
    } else {
      Operand D = Load(Destructor);
      ifTrue(D, [&] { Invoke({D, Object}); });
    }
    emit(OpKind::Delete, {Object});
  };
  ifTrue(loadFrom(sharedMember(Owner, Only), Context.BoolTy), [&] {
    Operand Object = Load(Owned);
    ifTrue(Object, [&] {
      Operand With = Load(Deleter);
      choose(
          With,
          [&] {
            Operand Method = Load(Call);
            choose(
                Method, [&] { Invoke({Method, With, Object}); }, [&] { Invoke({With, Object}); });
          },
          [&] { Delete(Object); });
    });
  });
}

/// Code of the library that gets \p Args by reference may copy owners among them.
void FunctionLowering::shareWithLibrary(const FunctionDecl *Callee, llvm::ArrayRef<Operand> Args) {
  const auto *MD = dyn_cast<CXXMethodDecl>(Callee);
  bool HasThis = MD && MD->isInstance();
  if (Callee->isOverloadedOperator() && !HasThis) // comparisons
    return;
  for (unsigned I = 0; I < Callee->getNumParams(); ++I) {
    QualType T = Callee->getParamDecl(I)->getType();
    const ClassTemplateSpecializationDecl *RD = standardInstance(T);
    unsigned K = I + HasThis;
    if (RD && RD->getName() == "shared_ptr" && T->isLValueReferenceType() &&
        T->getPointeeType().isConstQualified() && K < Args.size() && Args[K] &&
        Args[K].Kind != ir::OperandKind::Undef)
      shareOwner(Args[K]);
  }
}

ir::Operand FunctionLowering::makeShared(const FunctionDecl *Callee, llvm::ArrayRef<Operand> Args) {
  QualType Owner = Callee->getReturnType();
  const ClassTemplateSpecializationDecl *RD = standardInstance(Owner);
  QualType T = typeArgument(RD, 0).getUnqualifiedType();
  Operand Made = emitValue(OpKind::New, {}, Unit.valueType(T));
  constructFrom(Made, T, Callee->parameters(), Args);
  Operand Result = newObject(Owner);
  takeShared(RD, Result, Made, Context.getPointerType(T), {}, {});
  return Result;
}

ir::Operand FunctionLowering::expandShared(const FunctionDecl *Callee,
                                           llvm::ArrayRef<Operand> Args) {
  const ClassTemplateSpecializationDecl *RD = instanceOf(Callee);
  Operand Owner = Args[0];
  QualType First = Callee->getNumParams() ? Callee->getParamDecl(0)->getType() : QualType();
  auto Get = [&] {
    QualType P = Context.getPointerType(typeArgument(RD, 0));
    return loadFrom(ownerSlot(Owner, Pointer, P), P);
  };
  auto Take = [&] {
    bool With = Args.size() > 2;
    takeShared(RD, Owner, Args[1], First, With ? Args[2] : Operand(),
               With ? Callee->getParamDecl(1)->getType().getUnqualifiedType() : QualType());
  };
  // From a std::unique_ptr that deletes as `delete` does.
  auto TakeFromUnique = [&] {
    const ClassTemplateSpecializationDecl *Unique = standardInstance(First);
    QualType P = pointerOf(Unique);
    Operand Slot = ownerSlot(Args[1], "get()", P), V = loadFrom(Slot, P);
    takeShared(RD, Owner, V, P, {}, {});
    store(Slot, Operand::integer(0), P);
  };
  switch (contractOf(Callee)) {
  case Contract::SharedEmpty:
    clearShared(Owner);
    return {};
  case Contract::SharedTake:
    Take();
    return {};
  case Contract::SharedTransfer:
    copyShared(Owner, Args[1], First->isRValueReferenceType());
    return {};
  case Contract::SharedFromUnique:
    TakeFromUnique();
    return {};
  case Contract::SharedDestroy:
    dropShared(RD, Owner);
    return {};
  case Contract::SharedAssign:
    if (!First->isRValueReferenceType())
      shareOwner(Args[1]); // which may be this one
    dropShared(RD, Owner);
    copyShared(Owner, Args[1], First->isRValueReferenceType());
    return Owner;
  case Contract::SharedAssignUnique:
    dropShared(RD, Owner);
    TakeFromUnique();
    return Owner;
  case Contract::SharedReset:
    dropShared(RD, Owner);
    if (Args.size() > 1)
      Take();
    else
      clearShared(Owner);
    return {};
  case Contract::SharedTest:
    return emitValue(OpKind::Ne, {Get(), Operand::integer(0)}, Unit.valueType(Context.BoolTy));
  case Contract::SharedCount:
    return fresh(Callee->getReturnType());
  default:
    return Get();
  }
}

} // namespace handrail::capture
