//===- OwnerLowering.cpp - bodies of the standard library's owners ---------===//
//
// What an owner holds lies in members with the names of the functions that give
// it, for messages: `file.get()`.
//
// A function of its own stands for a member, but for deleters that are function
// pointers: who makes the owner knows which function that is, so its members are
// lowered where they are called.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/ClangCompat.h"
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Scalars.h"
#include "lib/Capture/StandardOwners.h"

using namespace clang;
using handrail::ir::OpKind;

namespace handrail::capture {

ir::Operand FunctionLowering::ownerSlot(Operand Owner, llvm::StringRef Name, QualType T) {
  return emitValue(OpKind::Field, {Owner},
                   Unit.valueType(Context.getPointerType(T.getNonReferenceType())), 0,
                   Unit.string(Name));
}

/// Lowers \p Body for the case that \p Condition is not 0.
void FunctionLowering::ifTrue(Operand Condition, llvm::function_ref<void()> Body) {
  ir::BlockId Then = newBlock(), After = newBlock();
  branch(Condition, Then, After);
  Current = Then;
  Body();
  jump(After);
  Current = After;
}

/// Lowers \p Then for the case that \p Condition is not 0, and \p Else for the other.
void FunctionLowering::choose(Operand Condition, llvm::function_ref<void()> Then,
                              llvm::function_ref<void()> Else) {
  ir::BlockId Yes = newBlock(), No = newBlock(), After = newBlock();
  branch(Condition, Yes, No);
  Current = Yes;
  Then();
  jump(After);
  Current = No;
  Else();
  jump(After);
  Current = After;
}

bool FunctionLowering::expandsInPlace(const FunctionDecl *Callee) {
  Contract C = contractOf(Callee);
  if (C >= Contract::PtrIsNull)
    return true;
  if (C < Contract::PtrEmpty || C > Contract::PtrDeleter)
    return false;
  return !typeArgument(instanceOf(Callee), 1).getNonReferenceType()->isRecordType();
}

void FunctionLowering::runContract() {
  F.Sym = Unit.function(FD);
  F.Loc = F.EndLoc = Unit.loc(FD->getLocation());
  Here = SourceRange(FD->getLocation(), FD->getLocation());
  addParameters();
  Current = newBlock();
  llvm::SmallVector<Operand, 4> Args;
  for (ir::LocalId L = 0; L < F.NumParams; ++L) {
    ir::TypeId Ty = F.Locals[L].Ty;
    Args.push_back(Unit.U.type(Ty).Kind == ir::TypeKind::Record
                       ? Operand::local(L)
                       : emitValue(OpKind::Load, {Operand::local(L)}, Ty));
  }
  Operand Result = expandContract(FD, Args);
  ir::Terminator &T = F.Blocks[Current].Term;
  T.Kind = ir::TermKind::Return;
  T.Loc = F.EndLoc;
  if (!FD->getReturnType()->isVoidType())
    T.Value = Result ? Result : Operand::undef();
}

ir::Operand FunctionLowering::expandContract(const FunctionDecl *Callee,
                                             llvm::ArrayRef<Operand> Args) {
  Contract C = contractOf(Callee);
  if (C == Contract::Destructor) {
    destroyMembers(Args[0], cast<CXXMethodDecl>(Callee)->getParent());
    return {};
  }
  if (C == Contract::PtrIsNull || C == Contract::PtrIsNotNull) {
    bool First = Callee->getParamDecl(0)->getType()->isReferenceType();
    QualType Owner = Callee->getParamDecl(First ? 0 : 1)->getType().getNonReferenceType();
    QualType P = pointerOf(cast<ClassTemplateSpecializationDecl>(Owner->getAsCXXRecordDecl()));
    Operand V = loadFrom(ownerSlot(Args[First ? 0 : 1], "get()", P), P);
    return emitValue(C == Contract::PtrIsNull ? OpKind::Eq : OpKind::Ne, {V, Operand::integer(0)},
                     Unit.valueType(Context.BoolTy));
  }
  if (C == Contract::Exchange) {
    QualType T = Callee->getParamDecl(0)->getType().getNonReferenceType();
    QualType From = Callee->getParamDecl(1)->getType().getNonReferenceType();
    if (T->isRecordType()) {
      Operand Taken = newObject(T);
      transferValue(Taken, Args[0], T, true);
      assignValue(Args[0], Args[1], T,
                  !Callee->getParamDecl(1)->getType()->isLValueReferenceType());
      return Taken;
    }
    Operand Old = loadFrom(Args[0], T);
    Operand New =
        From->isNullPtrType() ? Operand::integer(0) : convert(loadFrom(Args[1], From), From, T);
    store(Args[0], New, T);
    return Old;
  }
  if (C == Contract::Swap) {
    QualType T = Callee->getParamDecl(Callee->getNumParams() - 1)->getType().getNonReferenceType();
    exchangeMemory(Args[0], Args[1], T);
    return {};
  }
  if (C <= Contract::PtrDeleter)
    return expandPointer(Callee, Args);
  if (C <= Contract::OptTest)
    return expandOptional(Callee, Args);
  if (C <= Contract::LockTest)
    return expandLock(Callee, Args);
  if (C <= Contract::TupleGet)
    return expandTuple(Callee, Args);
  if (C <= Contract::FuncTest)
    return expandFunction(Callee, Args);
  if (C <= Contract::SharedCount)
    return expandShared(Callee, Args);
  if (C <= Contract::VarGetIf)
    return expandVariant(Callee, Args);
  if (C <= Contract::ContDestroy)
    return C == Contract::ContAppend ? appendElement(Callee, Args) : Operand();
  return C == Contract::MakeShared ? makeShared(Callee, Args) : makeUnique(Callee, Args);
}

void FunctionLowering::exchangeMemory(Operand A, Operand B, QualType T) {
  if (isScalar(T)) {
    Operand OfA = loadFrom(A, T), OfB = loadFrom(B, T);
    store(A, OfB, T);
    store(B, OfA, T);
    return;
  }
  Operand Saved = newObject(T);
  copyMemory(Saved, A, T);
  copyMemory(A, B, T);
  copyMemory(B, Saved, T);
  emit(OpKind::End, {Saved});
}

void FunctionLowering::destroyMembers(Operand This, const CXXRecordDecl *RD) {
  llvm::SmallVector<const FieldDecl *, 8> Fields(RD->fields());
  for (const FieldDecl *Field : llvm::reverse(Fields))
    if (!RD->isUnion() && Field->getType().isDestructedType() == QualType::DK_cxx_destructor)
      destroy(memberAddress(This, Field), Field->getType());
  llvm::SmallVector<QualType, 4> Bases;
  for (const CXXBaseSpecifier &Base : RD->bases())
    Bases.push_back(Base.getType());
  for (QualType Base : llvm::reverse(Bases))
    destroy(This, Base);
}

//===-- std::unique_ptr ------------------------------------------------------------

/// Hands \p P to the deleter of the owner of class \p RD at \p Owner.
void FunctionLowering::runDeleter(const ClassTemplateSpecializationDecl *RD, Operand Owner,
                                  Operand P) {
  QualType T = typeArgument(RD, 0), D = typeArgument(RD, 1);
  QualType Pointer = pointerOf(RD);
  Operand Deleter = ownerSlot(Owner, "get_deleter()", D);
  if (D->isReferenceType())
    Deleter = loadFrom(Deleter, D);
  D = D.getNonReferenceType();
  const auto *Class = D->getAsCXXRecordDecl();
  if (!Class) {
    Operand Target = D->isFunctionType() ? Deleter : loadFrom(Deleter, D);
    ir::Op &Call = emit(OpKind::Call, {Target, P});
    Call.Flags |= ir::OF_Indirect | ir::OF_Implicit;
    return;
  }
  if (Class->isInStdNamespace() && Class->getName() == "default_delete") {
    bool Array = T->isArrayType();
    QualType Object = Context.getBaseElementType(T);
    Operand At = Array ? elementAddress(P, Operand::undef(), Pointer) : P;
    destroy(At, Object, true);
    ir::Op &Free = emit(OpKind::Delete, {P});
    if (Array)
      Free.Flags |= ir::OF_Array;
    return;
  }
  const CXXMethodDecl *Call = callOperator(Class);
  if (!Call || Call->getNumParams() != 1 || !isScalar(Call->getParamDecl(0)->getType()) ||
      Call->getParamDecl(0)->getType()->isReferenceType()) {
    emit(OpKind::Escape, {P});
    return;
  }
  llvm::SmallVector<Operand, 2> Args;
  if (Call->isInstance())
    Args.push_back(Deleter);
  Args.push_back(P);
  emitCall(Call, Args, Context.VoidTy, ir::OF_Implicit);
}

/// Puts \p New into \p Slot, and deletes what was there. The store comes last, although
/// the standard says first: while the slot has what was there, whether that was null
/// stays known.
void FunctionLowering::replaceOwned(const ClassTemplateSpecializationDecl *RD, Operand Owner,
                                    Operand Slot, Operand New) {
  QualType P = pointerOf(RD);
  Operand Old = loadFrom(Slot, P);
  ifTrue(Old, [&] { runDeleter(RD, Owner, Old); });
  store(Slot, New, P);
}

/// The deleter moves with the pointer, unless it is a reference or says nothing.
void FunctionLowering::moveDeleter(const ClassTemplateSpecializationDecl *RD, Operand To,
                                   Operand From) {
  QualType D = typeArgument(RD, 1);
  if (const auto *Class = D->getAsCXXRecordDecl(); Class && Class->isEmpty())
    return;
  Operand Target = ownerSlot(To, "get_deleter()", D), Source = ownerSlot(From, "get_deleter()", D);
  if (D->isRecordType())
    copyMemory(Target, Source, D);
  else
    store(Target, loadFrom(Source, D), D);
}

ir::Operand FunctionLowering::expandPointer(const FunctionDecl *Callee,
                                            llvm::ArrayRef<Operand> Args) {
  const ClassTemplateSpecializationDecl *RD = instanceOf(Callee);
  QualType P = pointerOf(RD), D = typeArgument(RD, 1);
  Operand Owner = Args[0], Slot = ownerSlot(Owner, "get()", P);
  auto TakeFrom = [&](Operand Other) {
    Operand Source = ownerSlot(Other, "get()", P);
    Operand V = loadFrom(Source, P);
    store(Source, Operand::integer(0), P);
    return V;
  };
  switch (contractOf(Callee)) {
  case Contract::PtrEmpty:
    store(Slot, Operand::integer(0), P);
    return {};
  case Contract::PtrTake:
    store(Slot, Args[1], P);
    if (Args.size() > 2) {
      Operand Deleter = ownerSlot(Owner, "get_deleter()", D);
      if (D->isRecordType())
        copyMemory(Deleter, Args[2], D);
      else
        store(Deleter, D->isReferenceType() ? Args[2] : loadFrom(Args[2], D), D);
    }
    return {};
  case Contract::PtrMove:
    store(Slot, TakeFrom(Args[1]), P);
    moveDeleter(RD, Owner, Args[1]);
    return {};
  case Contract::PtrDestroy: {
    Operand Old = loadFrom(Slot, P);
    ifTrue(Old, [&] { runDeleter(RD, Owner, Old); });
    return {};
  }
  case Contract::PtrAssign:
    replaceOwned(RD, Owner, Slot, TakeFrom(Args[1]));
    moveDeleter(RD, Owner, Args[1]);
    return Owner;
  case Contract::PtrAssignNull:
    replaceOwned(RD, Owner, Slot, Operand::integer(0));
    return Owner;
  case Contract::PtrRelease: {
    Operand Old = loadFrom(Slot, P);
    store(Slot, Operand::integer(0), P);
    return Old;
  }
  case Contract::PtrReset:
    replaceOwned(RD, Owner, Slot, Args.size() > 1 ? Args[1] : Operand::integer(0));
    return {};
  case Contract::PtrTest:
    return emitValue(OpKind::Ne, {loadFrom(Slot, P), Operand::integer(0)},
                     Unit.valueType(Context.BoolTy));
  case Contract::PtrDeleter:
    return ownerSlot(Owner, "get_deleter()", D);
  default:
    return loadFrom(Slot, P);
  }
}

//===-- std::optional --------------------------------------------------------------

ir::Operand FunctionLowering::expandOptional(const FunctionDecl *Callee,
                                             llvm::ArrayRef<Operand> Args) {
  QualType T = typeArgument(instanceOf(Callee), 0).getUnqualifiedType(), Bool = Context.BoolTy;
  Operand Object = Args[0];
  Operand Engaged = ownerSlot(Object, "has_value()", Bool), Value = ownerSlot(Object, "value()", T);
  bool Move = Callee->getNumParams() && Callee->getParamDecl(0)->getType()->isRValueReferenceType();
  auto Set = [&](bool Yes) { store(Engaged, Operand::integer(Yes), Bool); };
  switch (contractOf(Callee)) {
  case Contract::OptEmpty:
    Set(false);
    return {};
  case Contract::OptTake:
    transferValue(Value, Args[1], T, Move);
    Set(true);
    return {};
  case Contract::OptTransfer: {
    Operand Has = loadFrom(ownerSlot(Args[1], "has_value()", Bool), Bool);
    store(Engaged, Has, Bool);
    ifTrue(Has, [&] { transferValue(Value, ownerSlot(Args[1], "value()", T), T, Move); });
    return {};
  }
  case Contract::OptDestroy:
    ifTrue(loadFrom(Engaged, Bool), [&] { destroy(Value, T); });
    return {};
  case Contract::OptReset:
    ifTrue(loadFrom(Engaged, Bool), [&] {
      Set(false);
      destroy(Value, T);
    });
    return Object;
  case Contract::OptAssign: {
    // Where it holds nothing there is an object to be made, not assigned to.
    choose(
        loadFrom(Engaged, Bool), [&] { assignValue(Value, Args[1], T, Move); },
        [&] { transferValue(Value, Args[1], T, Move); });
    Set(true);
    return Object;
  }
  case Contract::OptEmplace:
    ifTrue(loadFrom(Engaged, Bool), [&] { destroy(Value, T); });
    constructFrom(Value, T, Callee->parameters(), Args.drop_front());
    Set(true);
    return Value;
  case Contract::OptTest:
    return loadFrom(Engaged, Bool);
  default:
    return Value;
  }
}

//===-- containers -------------------------------------------------------------------

/// Puts a value into a container, at a place that nobody knows.
ir::Operand FunctionLowering::appendElement(const FunctionDecl *Callee,
                                            llvm::ArrayRef<Operand> Args) {
  QualType T = typeArgument(instanceOf(Callee), 0);
  Operand Place = elementAddress(Args[0], Operand::undef(), Context.getPointerType(T));
  store(Place, loadFrom(Args[1], T), T);
  return Place;
}

//===-- locks ----------------------------------------------------------------------

void FunctionLowering::callMutex(Operand Mutex, QualType M, bool Lock, bool Shared) {
  const auto *RD = M->getAsCXXRecordDecl();
  std::string Name = std::string(Lock ? "lock" : "unlock") + (Shared ? "_shared" : "");
  if (const CXXMethodDecl *Method = RD ? plainMethod(RD, Name) : nullptr)
    emitCall(Method, {Mutex}, Context.VoidTy, ir::OF_Implicit);
  else
    emit(OpKind::Escape, {Mutex});
}

ir::Operand FunctionLowering::expandLock(const FunctionDecl *Callee, llvm::ArrayRef<Operand> Args) {
  const ClassTemplateSpecializationDecl *RD = instanceOf(Callee);
  bool Shared = RD->getName() == "shared_lock";
  bool Movable = Shared || RD->getName() == "unique_lock";
  QualType Bool = Context.BoolTy;
  // A scoped_lock of several has them as a pack.
  llvm::SmallVector<QualType, 2> Mutexes;
  for (const TemplateArgument &Arg : RD->getTemplateArgs().asArray())
    if (Arg.getKind() == TemplateArgument::Type)
      Mutexes.push_back(Arg.getAsType());
    else if (Arg.getKind() == TemplateArgument::Pack)
      for (const TemplateArgument &Part : Arg.pack_elements())
        if (Part.getKind() == TemplateArgument::Type)
          Mutexes.push_back(Part.getAsType());
  auto Slot = [&](Operand Lock, unsigned I) {
    std::string Name = I ? "mutex()" + std::to_string(I) : "mutex()";
    return ownerSlot(Lock, Name, Context.getPointerType(Mutexes[I]));
  };
  auto Mutex = [&](unsigned I) {
    return loadFrom(Slot(Args[0], I), Context.getPointerType(Mutexes[I]));
  };
  auto Owns = [&](Operand Lock) { return ownerSlot(Lock, "owns_lock()", Bool); };
  auto SetOwns = [&](bool Yes) { store(Owns(Args[0]), Operand::integer(Yes), Bool); };
  Contract C = contractOf(Callee);
  switch (C) {
  case Contract::LockTake:
  case Contract::LockAdopt:
  case Contract::LockDefer:
    for (unsigned I = 0; I < Mutexes.size() && I + 1 < Args.size(); ++I) {
      store(Slot(Args[0], I), Args[I + 1], Context.getPointerType(Mutexes[I]));
      if (C == Contract::LockTake)
        callMutex(Args[I + 1], Mutexes[I], true, Shared);
    }
    if (Movable)
      SetOwns(C != Contract::LockDefer);
    return {};
  case Contract::LockEmpty:
    if (Movable)
      SetOwns(false);
    return {};
  case Contract::LockMove:
    copyMemory(Args[0], Args[1], recordType(RD));
    store(Owns(Args[1]), Operand::integer(0), Bool);
    return {};
  case Contract::LockDestroy: {
    auto Release = [&] {
      for (unsigned I = 0; I < Mutexes.size(); ++I)
        callMutex(Mutex(I), Mutexes[I], false, Shared);
    };
    if (Movable)
      ifTrue(loadFrom(Owns(Args[0]), Bool), Release);
    else
      Release();
    return {};
  }
  case Contract::LockLock:
  case Contract::LockUnlock:
    callMutex(Mutex(0), Mutexes[0], C == Contract::LockLock, Shared);
    SetOwns(C == Contract::LockLock);
    return {};
  case Contract::LockRelease: {
    Operand Held = Mutex(0);
    SetOwns(false);
    return Held;
  }
  default:
    return loadFrom(Owns(Args[0]), Bool);
  }
}

} // namespace handrail::capture
