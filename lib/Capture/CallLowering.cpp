//===- CallLowering.cpp - calls, builtins and destructor calls -------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/StandardOwners.h"
#include "clang/AST/Attr.h"
#include "clang/Basic/Builtins.h"

using namespace clang;
using handrail::ir::OpKind;

namespace handrail::capture {

ir::Operand FunctionLowering::emitCall(const FunctionDecl *Callee, llvm::ArrayRef<Operand> Args,
                                       QualType Result, uint8_t Flags, const Expr *Site) {
  if (expandsInPlace(Callee))
    return expandContract(Callee, Args);
  ir::SymbolId Id = Unit.function(Callee);
  if (Unit.U.Symbols[Id].System && contractOf(Callee) == Contract::None)
    shareWithLibrary(Callee, Args);
  bool NoReturn = Unit.U.Symbols[Id].NoReturn;
  bool Unwinds = mayUnwind(Callee, Site); // one that never returns may be there to throw
  ir::Op &O = emit(OpKind::Call, Args, Result.isNull() ? 0 : Unit.valueType(Result));
  O.Aux = Id;
  O.Flags |= Flags | (NoReturn && !Unwinds ? ir::OF_NoReturn : 0);
  Operand V;
  if (!Result.isNull() && !Result->isVoidType()) {
    O.Result = newTemp();
    V = Operand::temp(O.Result);
  }
  if (Unwinds)
    unwindFrom(Site);
  if (NoReturn)
    unreachable();
  return V;
}

void FunctionLowering::addArguments(llvm::ArrayRef<const Expr *> Args,
                                    llvm::SmallVectorImpl<Operand> &Out) {
  for (const Expr *A : Args)
    Out.push_back(value(A));
}

static bool isMemberCallOnObject(const CXXOperatorCallExpr *E) {
  const auto *MD = dyn_cast_or_null<CXXMethodDecl>(E->getDirectCallee());
  return MD && MD->isStatic();
}

ir::Operand FunctionLowering::lowerCall(const CallExpr *E) {
  const FunctionDecl *Callee = E->getDirectCallee();
  if (Callee && Callee->isInStdNamespace() && E->getNumArgs() >= 1 && Callee->getIdentifier() &&
      (Callee->getName() == "bind" || Callee->getName() == "bind_front"))
    return lowerBind(E);
  if (Callee)
    if (unsigned Id = Callee->getBuiltinID())
      if (std::optional<Operand> V = lowerBuiltin(E, Id))
        return *V;

  llvm::SmallVector<Operand, 8> Args;
  uint8_t Flags = 0;
  llvm::ArrayRef<const Expr *> Written(E->getArgs(), E->getNumArgs());
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E)) {
    const Expr *CalleeExpr = Member->getCallee()->IgnoreParens();
    if (const auto *Access = dyn_cast<MemberExpr>(CalleeExpr)) {
      Operand Object = value(Access->getBase());
      // A lambda as a function pointer is still that closure.
      if (Method && isa<CXXConversionDecl>(Method) && Method->getParent()->isLambda())
        return Object;
      if (!Method || Method->isInstance())
        Args.push_back(Object);
      if (Method && Method->isVirtual() && !Access->hasQualifier() &&
          !Method->hasAttr<FinalAttr>() && !Method->getParent()->isEffectivelyFinal())
        Flags |= ir::OF_Virtual;
    } else if (const auto *Pointer = dyn_cast<BinaryOperator>(CalleeExpr)) {
      Args.push_back(value(Pointer->getLHS()));
      value(Pointer->getRHS());
    }
  } else if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(E); Op && isMemberCallOnObject(Op)) {
    Written = Written.drop_front(); // a static operator() ignores its object
  } else if (Op && Method && Method->isVirtual() && !Method->getParent()->isEffectivelyFinal()) {
    Flags |= ir::OF_Virtual;
  }

  Operand Target;
  if (!Callee) {
    Target = value(E->getCallee());
    if (!Target)
      Target = Operand::undef();
  }
  addArguments(Written, Args);
  at(E);

  QualType Result = E->isGLValue() ? Context.getPointerType(E->getType()) : E->getType();
  if (const auto *RD = Result->getAsRecordDecl())
    Unit.completeRecord(RD);
  if (Callee)
    return emitCall(Callee, Args, Result, Flags, E);
  ir::TypeId Ty = Unit.valueType(Result);
  ir::SymbolId Known = ir::None;
  if (Target.Kind == ir::OperandKind::Func)
    Known = Target.Index;
  bool NoReturn = Known != ir::None && Unit.U.Symbols[Known].NoReturn;
  if (const auto *Fn = E->getCallee()->getType()->getPointeeType().isNull()
                           ? nullptr
                           : E->getCallee()->getType()->getPointeeType()->getAs<FunctionType>())
    NoReturn |= Fn->getNoReturnAttr();
  if (Known == ir::None)
    Args.insert(Args.begin(), Target);
  ir::Op &O = emit(OpKind::Call, Args, Ty);
  O.Flags |= Flags;
  if (Known == ir::None)
    O.Flags |= ir::OF_Indirect;
  else
    O.Aux = Known;
  Operand V;
  if (!Result->isVoidType()) {
    O.Result = newTemp();
    V = Operand::temp(O.Result);
  }
  if (NoReturn) {
    O.Flags |= ir::OF_NoReturn;
    unreachable();
  }
  return V;
}

/// The builtins that are not calls at all. Nothing for those that are, which keep
/// their names: `__builtin_memcpy`, `__builtin___snprintf_chk`.
std::optional<ir::Operand> FunctionLowering::lowerBuiltin(const CallExpr *E, unsigned Id) {
  auto Arg = [&](unsigned I) { return value(E->getArg(I)); };
  auto EvaluateAll = [&] {
    for (const Expr *A : E->arguments())
      value(A);
  };
  QualType T = E->getType();
  switch (Id) {
  case Builtin::BI__builtin_expect:
  case Builtin::BI__builtin_expect_with_probability:
  case Builtin::BI__builtin_assume_aligned:
  case Builtin::BI__builtin_addressof:
  case Builtin::BIaddressof:
  case Builtin::BI__addressof:
  case Builtin::BI__builtin_launder:
  case Builtin::BImove:
  case Builtin::BImove_if_noexcept:
  case Builtin::BIforward:
  case Builtin::BIforward_like:
  case Builtin::BIas_const:
  case Builtin::BI__builtin_convertvector:
    EvaluateAll();
    return Arg(0);
  case Builtin::BI__builtin_unreachable:
    unreachable();
    return Operand();
  case Builtin::BI__builtin_assume:
  case Builtin::BI__assume:
  case Builtin::BI__builtin_prefetch:
  case Builtin::BI__builtin_va_start:
  case Builtin::BI__builtin_va_end:
  case Builtin::BI__va_start:
  case Builtin::BI__builtin_stdarg_start:
  case Builtin::BI__sync_synchronize:
    return Operand();
  case Builtin::BI__builtin_va_copy:
    return Operand();
  case Builtin::BI__builtin_object_size:
  case Builtin::BI__builtin_dynamic_object_size:
    if (Operand V = constant(E))
      return V;
    return fresh(T);
  case Builtin::BI__builtin_constant_p:
    if (Operand V = constant(E))
      return V;
    return Operand::integer(0);
  case Builtin::BI__sync_lock_test_and_set:
  case Builtin::BI__sync_lock_test_and_set_1:
  case Builtin::BI__sync_lock_test_and_set_2:
  case Builtin::BI__sync_lock_test_and_set_4:
  case Builtin::BI__sync_lock_test_and_set_8: {
    Operand Address = Arg(0), V = Arg(1);
    Operand Old = loadFrom(Address, T);
    store(Address, V, T);
    return Old;
  }
  case Builtin::BI__sync_lock_release:
  case Builtin::BI__sync_lock_release_1:
  case Builtin::BI__sync_lock_release_2:
  case Builtin::BI__sync_lock_release_4:
  case Builtin::BI__sync_lock_release_8:
    store(Arg(0), Operand::integer(0), E->getArg(0)->getType()->getPointeeType());
    return Operand();
  default:
    break;
  }
  llvm::StringRef Name = E->getDirectCallee()->getName();
  if (Name.starts_with("__sync_") && !Name.contains("compare_and_swap")) {
    static constexpr std::pair<llvm::StringLiteral, BinaryOperatorKind> Operators[] = {
        {"add", BO_Add}, {"sub", BO_Sub}, {"nand", BO_Comma},
        {"and", BO_And}, {"xor", BO_Xor}, {"or", BO_Or}};
    Operand Address = Arg(0), By = Arg(1);
    for (auto [Word, Op] : Operators) {
      if (!Name.contains(("_" + Word + "_").str()) && !Name.ends_with(("_" + Word).str()))
        continue;
      if (Op == BO_Comma)
        break;
      Operand Old = loadFrom(Address, T);
      Operand New = T->isPointerType() ? elementAddress(Old, Operand::undef(), T)
                                       : arithmetic(Op, Old, By, T, E->getArg(1)->getType(), T);
      store(Address, New, T);
      return Name.contains("_and_fetch") ? New : Old;
    }
    emit(OpKind::Havoc, {Address});
    return fresh(T);
  }
  // Byte swaps and bit counts of constants (`htons(80)`) and the like.
  if (T->isIntegralOrEnumerationType() && Context.BuiltinInfo.isConstantEvaluated(Id))
    if (Operand V = constant(E))
      return V;
  return std::nullopt;
}

void FunctionLowering::destroy(Operand Address, QualType T, bool Virtual) {
  const auto *RD = Context.getBaseElementType(T)->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || RD->hasTrivialDestructor())
    return;
  const CXXDestructorDecl *D = RD->getDestructor();
  if (!D)
    return;
  uint8_t Flags = ir::OF_Implicit;
  if (Virtual && D->isVirtual() && !RD->isEffectivelyFinal())
    Flags |= ir::OF_Virtual;
  // Elements of an array go from the last to the first; of a long one, one
  // element stands for all.
  static constexpr uint64_t MaxElements = 8;
  if (const ConstantArrayType *Array = Context.getAsConstantArrayType(T)) {
    uint64_t Count = Context.getConstantArrayElementCount(Array);
    QualType Pointer = Context.getPointerType(Context.getBaseElementType(T));
    if (Count <= MaxElements) {
      for (uint64_t I = Count; I-- > 0;)
        emitCall(D, {elementAddress(Address, Operand::integer(I), Pointer)}, Context.VoidTy, Flags);
      return;
    }
    Address = elementAddress(Address, Operand::undef(), Pointer);
  }
  emitCall(D, {Address}, Context.VoidTy, Flags);
}

} // namespace handrail::capture
