//===- ValueLowering.cpp - making and passing values by contract -----------===//
//
// Which constructor an object is made with is known to the compiler where the call
// is written. Where the standard library forwards arguments, it is chosen here from
// their types; when that leaves a doubt, the object is unknown and the arguments are
// taken over.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Scalars.h"
#include "lib/Capture/StandardOwners.h"

using namespace clang;
using handrail::ir::OpKind;

namespace handrail::capture {

namespace {

QualType plain(QualType T) {
  return T.getNonReferenceType().getCanonicalType().getUnqualifiedType();
}

/// How well a parameter of type \p To takes an argument of type \p From: 0 when only a
/// conversion between classes could do it, nothing when it cannot.
std::optional<unsigned> fit(QualType To, QualType From, const ASTContext &Context) {
  QualType A = plain(From), B = plain(To);
  bool Temporary = !From->isLValueReferenceType();
  if (To->isRValueReferenceType() && !Temporary)
    return std::nullopt;
  if (To->isLValueReferenceType() && !To->getPointeeType().isConstQualified() && Temporary)
    return std::nullopt;
  if (A->isArrayType() || A->isFunctionType())
    A = Context.getDecayedType(A).getCanonicalType();
  if (Context.hasSameUnqualifiedType(A, B))
    return To->isRValueReferenceType() ? 4 : 3;
  const auto *Derived = A->getAsCXXRecordDecl(), *Base = B->getAsCXXRecordDecl();
  if (Derived && Base && Derived->hasDefinition() && Derived->isDerivedFrom(Base))
    return 2;
  if (isScalar(A) != isScalar(B))
    return 0;
  if (!isScalar(A))
    return 0;
  if (A->isPointerType() && B->isPointerType())
    return Context.hasSameUnqualifiedType(A->getPointeeType(), B->getPointeeType()) ||
                   B->isVoidPointerType()
               ? std::optional<unsigned>(2)
               : std::nullopt;
  bool Null = A->isNullPtrType();
  if (A->isPointerType() != B->isPointerType() && !(Null && B->isPointerType()))
    return std::nullopt;
  return 1;
}

/// The constructor that an overload resolution would pick for arguments of these types.
const CXXConstructorDecl *constructorFor(const CXXRecordDecl *RD,
                                         llvm::ArrayRef<ParmVarDecl *> Types) {
  const CXXConstructorDecl *Best = nullptr;
  unsigned BestFit = 0, Viable = 0;
  bool BestConverts = false, Tie = false;
  for (const CXXConstructorDecl *C : RD->ctors()) {
    if (C->isDeleted() || C->getMinRequiredArguments() > Types.size() ||
        C->getNumParams() < Types.size())
      continue;
    unsigned Sum = 0;
    bool Fits = true, Converts = false;
    for (unsigned I = 0; I < Types.size() && Fits; ++I) {
      auto One = fit(C->getParamDecl(I)->getType(), Types[I]->getType(), RD->getASTContext());
      Fits = One.has_value();
      Sum += One.value_or(0);
      Converts |= One == 0u;
    }
    if (!Fits)
      continue;
    ++Viable;
    if (Best && Sum <= BestFit) {
      Tie |= Sum == BestFit;
      continue;
    }
    Best = C;
    BestFit = Sum;
    BestConverts = Converts;
    Tie = false;
  }
  bool Doubt = Tie || (BestConverts && Viable > 1);
  bool Templates = llvm::any_of(RD->decls(), [](const Decl *D) {
    const auto *T = dyn_cast<FunctionTemplateDecl>(D);
    return T && isa<CXXConstructorDecl>(T->getTemplatedDecl());
  });
  bool Exact = BestFit >= 3 * Types.size();
  return Doubt || (Templates && !Exact) ? nullptr : Best;
}

} // namespace

/// Constructs a \p T at \p To from the one at \p From.
void FunctionLowering::transferValue(Operand To, Operand From, QualType T, bool Move) {
  const auto *RD = T->getAsCXXRecordDecl();
  if (!RD) {
    store(To, loadFrom(From, T), T);
    return;
  }
  const CXXConstructorDecl *Best = nullptr;
  for (const CXXConstructorDecl *C : RD->ctors())
    if ((Move && C->isMoveConstructor()) || (C->isCopyConstructor() && !Best))
      Best = C;
  if (!Best || (Best->isTrivial() && !Best->isDeleted()))
    copyMemory(To, From, T);
  else
    emitCall(Best, {To, From}, Context.VoidTy);
}

/// Assigns the \p T at \p From to the one at \p To.
void FunctionLowering::assignValue(Operand To, Operand From, QualType T, bool Move) {
  const auto *RD = T->getAsCXXRecordDecl();
  if (!RD) {
    store(To, loadFrom(From, T), T);
    return;
  }
  const CXXMethodDecl *Best = nullptr;
  for (const CXXMethodDecl *M : RD->methods())
    if ((Move && M->isMoveAssignmentOperator()) || (M->isCopyAssignmentOperator() && !Best))
      Best = M;
  if (!Best || (Best->isTrivial() && !Best->isDeleted()))
    copyMemory(To, From, T);
  else if (!Best->getParamDecl(0)->getType()->isReferenceType()) // copy and swap
    emitCall(Best, {To, argumentFor(T, Context.getRValueReferenceType(T), From)}, Context.VoidTy);
  else
    emitCall(Best, {To, From}, Context.VoidTy);
}

/// What is passed for a parameter of type \p To when \p Arg came in as a \p From.
ir::Operand FunctionLowering::argumentFor(QualType To, QualType From, Operand Arg) {
  QualType A = plain(From), B = plain(To);
  bool ByAddress = From->isReferenceType() || A->isRecordType();
  auto Scalar = [&] {
    if (A->isArrayType() || A->isFunctionType() || !isScalar(A))
      return A->isRecordType() ? Operand::undef() : Arg;
    return convert(ByAddress ? loadFrom(Arg, A) : Arg, A, B);
  };
  bool Same = Context.hasSameUnqualifiedType(A, B) ||
              (A->isRecordType() && B->isRecordType() &&
               A->getAsCXXRecordDecl()->isDerivedFrom(B->getAsCXXRecordDecl()));
  if (To->isReferenceType() && Same && ByAddress)
    return Arg;
  if (isScalar(B) && !To->isReferenceType())
    return Scalar();
  Operand Object = newObject(B);
  if (isScalar(B))
    store(Object, Scalar(), B);
  else if (Same)
    transferValue(Object, Arg, B, !From->isLValueReferenceType());
  else
    emit(OpKind::Havoc, {Object});
  return Object;
}

/// Runs what a constructor that nobody wrote runs.
void FunctionLowering::constructDefault(Operand Address, const CXXRecordDecl *RD) {
  for (const CXXBaseSpecifier &Base : RD->bases())
    constructFrom(Address, Base.getType(), {}, {});
  if (RD->isUnion())
    return;
  bool Saved = std::exchange(Elsewhere, true);
  for (const FieldDecl *Field : RD->fields()) {
    QualType T = Field->getType();
    if (T->isReferenceType())
      continue;
    if (const Expr *Init = Field->getInClassInitializer()) {
      llvm::DenseMap<const Expr *, Operand> Fresh;
      std::swap(Values, Fresh);
      initialize(memberAddress(Address, Field), T, Init);
      std::swap(Values, Fresh);
      keepTemporaries(Fresh);
    } else if (T->isRecordType()) {
      constructFrom(memberAddress(Address, Field), T, {}, {});
    }
  }
  Elsewhere = Saved;
}

/// Makes a \p T at \p Address of the arguments \p Args of types \p Types.
void FunctionLowering::constructFrom(Operand Address, QualType T,
                                     llvm::ArrayRef<ParmVarDecl *> Types,
                                     llvm::ArrayRef<Operand> Args) {
  const auto *RD = T->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition()) {
    if (isScalar(T) && Args.size() <= 1)
      store(Address,
            Args.empty() ? Operand::integer(0) : argumentFor(T, Types[0]->getType(), Args[0]), T);
    else
      emit(OpKind::Havoc, {Address});
    return;
  }
  Unit.completeRecord(RD);
  if (Args.empty() && !RD->hasUserProvidedDefaultConstructor() && !RD->isLambda() &&
      !RD->isInStdNamespace()) {
    emit(OpKind::Zero, {Address});
    constructDefault(Address, RD);
    return;
  }
  const CXXConstructorDecl *C = constructorFor(RD, Types);
  if (!C) {
    if (!Args.empty())
      emit(OpKind::Escape, Args);
    emit(OpKind::Havoc, {Address});
    return;
  }
  llvm::SmallVector<Operand, 4> Passed{Address};
  for (unsigned I = 0; I < C->getNumParams(); ++I) {
    const ParmVarDecl *P = C->getParamDecl(I);
    if (I < Args.size())
      Passed.push_back(argumentFor(P->getType(), Types[I]->getType(), Args[I]));
    else if (P->hasDefaultArg() && !P->hasUninstantiatedDefaultArg() && !P->hasUnparsedDefaultArg())
      Passed.push_back(freshValue(P->getDefaultArg()));
    else
      Passed.push_back(Operand::undef());
  }
  if (C->isTrivial() && C->isCopyOrMoveConstructor())
    copyMemory(Address, Passed[1], T);
  else if (C->isTrivial())
    emit(OpKind::Zero, {Address});
  else
    emitCall(C, Passed, Context.VoidTy);
}

ir::Operand FunctionLowering::makeUnique(const FunctionDecl *Callee, llvm::ArrayRef<Operand> Args) {
  QualType Owner = Callee->getReturnType();
  const ClassTemplateSpecializationDecl *RD = standardInstance(Owner);
  QualType T = typeArgument(RD, 0), P = pointerOf(RD);
  Operand Made = emitValue(OpKind::New, {}, Unit.valueType(T));
  constructFrom(Made, T, Callee->parameters(), Args);
  Operand Result = newObject(Owner);
  store(ownerSlot(Result, "get()", P), Made, P);
  return Result;
}

//===-- std::pair, std::tuple --------------------------------------------------------

static std::string elementName(const ClassTemplateSpecializationDecl *RD, unsigned I) {
  if (RD->getName() == "pair")
    return I ? "second" : "first";
  return "get<" + std::to_string(I) + ">()";
}

ir::Operand FunctionLowering::expandTuple(const FunctionDecl *Callee,
                                          llvm::ArrayRef<Operand> Args) {
  Contract C = contractOf(Callee);
  QualType First = Callee->getNumParams() ? Callee->getParamDecl(0)->getType() : QualType();
  const ClassTemplateSpecializationDecl *RD = C == Contract::TupleMake
                                                  ? standardInstance(Callee->getReturnType())
                                              : C == Contract::TupleGet ? standardInstance(First)
                                                                        : instanceOf(Callee);
  llvm::SmallVector<QualType, 4> Types = elementTypes(RD);
  auto Element = [&](Operand Whole, unsigned I) {
    return ownerSlot(Whole, elementName(RD, I), Types[I]);
  };
  if (C == Contract::TupleGet) {
    unsigned I = *elementNamed(Callee, RD);
    return Element(Args[0], I);
  }
  bool Make = C == Contract::TupleMake;
  Operand Whole = Make ? newObject(Callee->getReturnType()) : Args[0];
  llvm::ArrayRef<Operand> Given = Make ? Args : Args.drop_front();
  for (unsigned N = 0; N < Types.size(); ++N) {
    unsigned I = C == Contract::TupleDestroy ? Types.size() - 1 - N : N;
    Operand At = Element(Whole, I);
    if (C == Contract::TupleDestroy)
      destroy(At, Types[I]);
    else if (C == Contract::TupleDefault)
      constructFrom(At, Types[I], {}, {});
    else if (C == Contract::TupleTransfer)
      transferValue(At, Element(Given[0], I), Types[I], First->isRValueReferenceType());
    else if (C == Contract::TupleAssign)
      assignValue(At, Element(Given[0], I), Types[I], First->isRValueReferenceType());
    else
      constructFrom(At, Types[I], Callee->parameters().slice(I, 1), Given.slice(I, 1));
  }
  return Make || C == Contract::TupleAssign ? Whole : Operand();
}

//===-- std::function ----------------------------------------------------------------

/// The function that a std::function of type \p RD calls when a \p Stored is put into it,
/// if both pass their arguments alike.
static const CXXMethodDecl *invoked(const ClassTemplateSpecializationDecl *RD, QualType Stored) {
  const auto *Class = plain(Stored)->getAsCXXRecordDecl();
  const auto *Signature =
      typeArgument(RD, 0).isNull() ? nullptr : typeArgument(RD, 0)->getAs<FunctionProtoType>();
  const CXXMethodDecl *Call = Class && Signature ? callOperator(Class) : nullptr;
  if (!Call || !Call->isInstance() || Call->isVirtual() ||
      Call->getNumParams() != Signature->getNumParams())
    return nullptr;
  auto ByAddress = [](QualType T) { return T->isReferenceType() || T->isRecordType(); };
  for (unsigned I = 0; I < Call->getNumParams(); ++I)
    if (ByAddress(Call->getParamDecl(I)->getType()) != ByAddress(Signature->getParamType(I)))
      return nullptr;
  return Call;
}

/// What is stored lies on the heap; beside it is what is called with it, and what
/// destroys it, null when that does nothing.
ir::Operand FunctionLowering::expandFunction(const FunctionDecl *Callee,
                                             llvm::ArrayRef<Operand> Args) {
  const ClassTemplateSpecializationDecl *RD = instanceOf(Callee);
  QualType Pointer = Context.VoidPtrTy;
  static constexpr llvm::StringLiteral Names[] = {"target()", "operator()", "~target()"};
  auto Slot = [&](Operand Function, unsigned I) { return ownerSlot(Function, Names[I], Pointer); };
  auto Load = [&](Operand Function, unsigned I) { return loadFrom(Slot(Function, I), Pointer); };
  auto Clear = [&](Operand Function) {
    for (unsigned I : {0, 1, 2})
      store(Slot(Function, I), Operand::integer(0), Pointer);
  };
  auto CopyFrom = [&](Operand Other) {
    for (unsigned I : {0, 1, 2})
      store(Slot(Args[0], I), Load(Other, I), Pointer);
  };
  auto Destroy = [&] {
    Operand Destructor = Load(Args[0], 2);
    ifTrue(Destructor, [&] {
      ir::Op &Call = emit(OpKind::Call, {Destructor, Load(Args[0], 0)});
      Call.Flags |= ir::OF_Indirect | ir::OF_Implicit;
    });
  };
  bool Moves =
      Callee->getNumParams() == 1 && Callee->getParamDecl(0)->getType()->isRValueReferenceType();
  switch (contractOf(Callee)) {
  case Contract::FuncEmpty:
    Clear(Args[0]);
    return {};
  case Contract::FuncTake: {
    QualType Stored = plain(Callee->getParamDecl(0)->getType());
    const CXXMethodDecl *Call = invoked(RD, Stored);
    if (!Call) {
      emit(OpKind::Escape, {Args[1]});
      emit(OpKind::Havoc, {Args[0]});
      return {};
    }
    Operand Target = emitValue(OpKind::New, {}, Unit.valueType(Stored));
    transferValue(Target, Args[1], Stored, true);
    const auto *Class = Stored->getAsCXXRecordDecl();
    store(Slot(Args[0], 0), Target, Pointer);
    store(Slot(Args[0], 1), Operand::func(Unit.function(Call)), Pointer);
    store(Slot(Args[0], 2),
          Class->hasTrivialDestructor() || !Class->getDestructor()
              ? Operand::integer(0)
              : Operand::func(Unit.function(Class->getDestructor())),
          Pointer);
    return {};
  }
  case Contract::FuncMove:
    CopyFrom(Args[1]);
    Clear(Args[1]);
    return {};
  case Contract::FuncCopy:
    // Two of them share what they hold: who ends it is not followed.
    CopyFrom(Args[1]);
    emit(OpKind::Escape, {Load(Args[0], 0)});
    return {};
  case Contract::FuncDestroy:
    Destroy();
    return {};
  case Contract::FuncReset:
    Destroy();
    Clear(Args[0]);
    return Args[0];
  case Contract::FuncAssign:
    Destroy();
    CopyFrom(Args[1]);
    if (Moves)
      Clear(Args[1]);
    else
      emit(OpKind::Escape, {Load(Args[0], 0)});
    return Args[0];
  case Contract::FuncTest:
    return emitValue(OpKind::Ne, {Load(Args[0], 1), Operand::integer(0)},
                     Unit.valueType(Context.BoolTy));
  default:
    break;
  }
  llvm::SmallVector<Operand, 4> Passed{Load(Args[0], 1), Load(Args[0], 0)};
  Passed.append(Args.begin() + 1, Args.end());
  QualType Result = Callee->getReturnType();
  ir::Op &Call = emit(OpKind::Call, Passed, Unit.valueType(Result));
  Call.Flags |= ir::OF_Indirect;
  if (Result->isVoidType())
    return {};
  Call.Result = newTemp();
  return Operand::temp(Call.Result);
}

} // namespace handrail::capture
