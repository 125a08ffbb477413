//===- ExceptionLowering.cpp - throw, and how handlers are reached ---------===//
//
// Clang's CFG leads a `throw` straight to its handler, or to the exit, past the
// destructors that run on the way, and knows no exception out of a call unless
// every call may throw. Both are made up for here, from the syntax:
//
// - a `throw` first ends what was declared inside the innermost try block, or
//   inside the function;
// - a try block that calls something which may throw begins with a choice
//   between its body and its handlers: the path on which the first call throws.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "clang/AST/Attr.h"

using namespace clang;
using handrail::ir::OpKind;
using handrail::ir::TermKind;

namespace handrail::capture {

namespace {

/// Walks a body in source order and knows which variables are alive.
class ScopeWalker {
public:
  using Vars = llvm::SmallVector<const VarDecl *, 4>;
  llvm::DenseMap<const CXXThrowExpr *, Vars> Unwound;
  llvm::DenseMap<const Stmt *, const CXXTryStmt *> TryAround;

  void walk(const Stmt *S) {
    if (!S)
      return;
    if (Try)
      TryAround[S] = Try;
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      for (const Expr *Init : Lambda->capture_inits())
        walk(Init);
      return;
    }
    if (const auto *T = dyn_cast<CXXTryStmt>(S)) {
      const CXXTryStmt *OuterTry = std::exchange(Try, T);
      size_t OuterBase = std::exchange(Base, Live.size());
      walk(T->getTryBlock());
      Try = OuterTry;
      Base = OuterBase;
      for (unsigned I = 0; I < T->getNumHandlers(); ++I)
        walk(T->getHandler(I));
      return;
    }
    size_t Outer = Live.size();
    walkChildren(S);
    if (const auto *DS = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : DS->decls())
        if (const auto *VD = dyn_cast<VarDecl>(D); VD && VD->hasLocalStorage())
          Live.push_back(VD);
    } else if (isa<CompoundStmt, ForStmt, WhileStmt, DoStmt, IfStmt, SwitchStmt, CXXForRangeStmt,
                   CXXCatchStmt>(S)) {
      Live.resize(Outer);
    } else if (const auto *Throw = dyn_cast<CXXThrowExpr>(S)) {
      Unwound[Throw].assign(Live.rbegin(), Live.rend() - Base);
    }
  }

private:
  Vars Live;
  size_t Base = 0; ///< what is alive outside the innermost try block
  const CXXTryStmt *Try = nullptr;

  void walkChildren(const Stmt *S) {
    for (const Stmt *Child : S->children())
      walk(Child);
  }
};

bool mentionsExceptions(const Stmt *S) {
  if (!S)
    return false;
  if (isa<CXXThrowExpr, CXXTryStmt>(S))
    return true;
  if (isa<LambdaExpr>(S))
    return false;
  return llvm::any_of(S->children(), mentionsExceptions);
}

bool mayThrow(const Stmt *S) {
  if (!S || isa<LambdaExpr>(S))
    return false;
  if (const auto *Call = dyn_cast<CallExpr>(S)) {
    const FunctionDecl *FD = Call->getDirectCallee();
    const auto *Proto = FD ? FD->getType()->getAs<FunctionProtoType>() : nullptr;
    bool Nothrow = FD && (FD->hasAttr<NoThrowAttr>() || FD->getBuiltinID() != 0 ||
                          (Proto && !isUnresolvedExceptionSpec(Proto->getExceptionSpecType()) &&
                           Proto->isNothrow()));
    if (!Nothrow)
      return true;
  } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(S)) {
    if (!Construct->getConstructor()->isTrivial())
      return true;
  } else if (isa<CXXNewExpr>(S)) {
    return true;
  }
  return llvm::any_of(S->children(), mayThrow);
}

} // namespace

void FunctionLowering::findUnwinding() {
  if (!Context.getLangOpts().CXXExceptions || !mentionsExceptions(FD->getBody()))
    return;
  ScopeWalker Walker;
  Walker.walk(FD->getBody());
  Unwound = std::move(Walker.Unwound);
  TryAround = std::move(Walker.TryAround);
}

void FunctionLowering::enterTry(const Stmt *S) {
  if (TryAround.empty())
    return;
  const CXXTryStmt *Try = TryAround.lookup(S);
  if (!Try || !Entered.insert(Try).second || !mayThrow(Try->getTryBlock()))
    return;
  ir::BlockId Body = newBlock();
  llvm::SmallVector<ir::SwitchCase, 4> Cases;
  for (const CFGBlock *Dispatch : Graph->try_blocks()) {
    if (Dispatch->getTerminatorStmt() != Try)
      continue;
    for (const CFGBlock *Handler : Dispatch->succs())
      if (Handler && Handler != &Graph->getExit()) {
        ir::BlockId Target = BlockOf[Handler->getBlockID()];
        if (Target != ir::None)
          Cases.push_back(
              {static_cast<int64_t>(Cases.size()), static_cast<int64_t>(Cases.size()), Target});
      }
  }
  if (Cases.empty()) {
    F.Blocks.pop_back();
    return;
  }
  ir::Terminator &T = F.Blocks[Current].Term;
  T.Kind = TermKind::Switch;
  T.Loc = Unit.loc(Try->getTryLoc());
  T.Value = Operand::undef();
  T.Succs.assign({Body});
  T.Cases.assign(Cases.begin(), Cases.end());
  Current = Body;
}

void FunctionLowering::lowerThrow(const CXXThrowExpr *E) {
  const Expr *Sub = E->getSubExpr();
  Thrown = Sub ? value(Sub) : Operand::undef();
  Throwing = true;
  ThrowRange = Here = E->getSourceRange();
  auto It = Unwound.find(E);
  if (It == Unwound.end())
    return;
  for (const VarDecl *VD : It->second) {
    auto Known = Locals.find(VD);
    if (Known == Locals.end())
      continue;
    Operand Address = Operand::local(Known->second);
    if (const auto *Cleanup = VD->getAttr<CleanupAttr>())
      emitCall(Cleanup->getFunctionDecl(), {Address}, Cleanup->getFunctionDecl()->getReturnType(),
               ir::OF_Implicit);
    if (!VD->getType()->isReferenceType())
      destroy(Address, VD->getType());
    emit(OpKind::End, {Address});
  }
}

} // namespace handrail::capture
