//===- FunctionLowering.cpp - blocks, edges and statements -----------------===//
//
// Branches that only decide a value need care, for the CFG joins them before the
// value is used:
//
//   x = a ? b : c;      bb1: branch a, bb2, bb3
//                       bb2: %t = copy b; jump bb4
//                       bb3: %t = copy c; jump bb4
//                       bb4: store &x, %t
//
// An arm of `?:` writes when its last element has been lowered. An operand of
// `&&` and `||` writes on the edge that leads to the join, where its truth is
// known.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/Rewrites.h"
#include "lib/Capture/Simplify.h"
#include "lib/Capture/StandardOwners.h"

using namespace clang;
using handrail::ir::OpKind;
using handrail::ir::TermKind;

namespace handrail::capture {

FunctionLowering::FunctionLowering(UnitLowering &Unit, const FunctionDecl *FD)
    : Unit(Unit), Context(Unit.Context), FD(FD) {}

static CFG::BuildOptions buildOptions() {
  CFG::BuildOptions O;
  O.AddEHEdges = false;
  O.AddInitializers = true;
  O.AddImplicitDtors = true;
  O.AddTemporaryDtors = true;
  O.AddLifetime = true;
  O.AddStaticInitBranches = true;
  O.AddCXXNewAllocator = false;
  O.AddRichCXXConstructors = true;
  O.AddCXXDefaultInitExprInCtors = true;
  O.setAllAlwaysAdd();
  return O;
}

/// Reachable blocks in reverse post-order, a branch's first successor first.
static std::vector<const CFGBlock *> reversePostOrder(const CFG &G) {
  std::vector<const CFGBlock *> Order;
  llvm::BitVector Seen(G.getNumBlockIDs());
  llvm::SmallVector<std::pair<const CFGBlock *, CFGBlock::const_succ_iterator>, 32> Stack;
  auto Push = [&](const CFGBlock *B) {
    if (B && !Seen.test(B->getBlockID())) {
      Seen.set(B->getBlockID());
      Stack.push_back({B, B->succ_end()});
    }
  };
  auto Visit = [&](const CFGBlock &Root) {
    Push(&Root);
    while (!Stack.empty()) {
      auto &[B, Next] = Stack.back();
      if (Next == B->succ_begin()) {
        Order.push_back(B);
        Stack.pop_back();
        continue;
      }
      const CFGBlock *Succ = *--Next;
      Push(Succ);
    }
  };
  // Handlers hang in the air (ExceptionLowering.cpp). They come after all else,
  // those of the last try statement last.
  for (const CFGBlock *Dispatch : G.try_blocks())
    Visit(*Dispatch);
  Visit(G.getEntry());
  std::reverse(Order.begin(), Order.end());
  return Order;
}

bool FunctionLowering::run() {
  if (contractOf(FD) != Contract::None) {
    runContract();
    simplify(F);
    return true;
  }
  static const CFG::BuildOptions Options = buildOptions();
  Graph = CFG::buildCFG(FD, FD->getBody(), &Context, Options);
  if (!Graph)
    return false;
  F.Sym = Unit.function(FD);
  F.Loc = Unit.loc(FD->getLocation());
  F.EndLoc = Unit.loc(FD->getBody()->getEndLoc());
  addParameters();
  std::vector<const CFGBlock *> Order = reversePostOrder(*Graph);
  BlockOf.assign(Graph->getNumBlockIDs(), ir::None);
  for (const CFGBlock *B : Order)
    BlockOf[B->getBlockID()] = newBlock();
  findJoins(Order);
  findUnwinding();
  if (const auto *Coroutine = dyn_cast<CoroutineBodyStmt>(FD->getBody()))
    if (const VarDecl *Promise = Coroutine->getPromiseDecl()) {
      Here = SourceRange(FD->getLocation(), FD->getLocation());
      Declared.insert(Promise);
      emit(OpKind::Decl, {Operand::local(local(Promise))});
    }
  // Which conditional temporaries exist: none yet. In the order of the blocks.
  for (const CFGBlock *B : Order)
    if (const auto *Bind = dyn_cast_or_null<CXXBindTemporaryExpr>(B->getTerminatorStmt()))
      if (auto It = Created.find(Bind); It != Created.end())
        setCreated(Bind, false);
  for (const CFGBlock *B : Order)
    lowerBlock(*B);
  findTemporaryRewrites(Unit, FD, F.Rewrites);
  simplify(F);
  return true;
}

void FunctionLowering::addParameters() {
  auto Add = [&](ir::StringId Name, ir::TypeId Ty, ir::LocId Loc) {
    F.Locals.push_back({Name, Ty, Loc, true});
    ++F.NumParams;
  };
  if (const auto *MD = dyn_cast<CXXMethodDecl>(FD); MD && MD->isInstance())
    Add(Unit.string("this"), Unit.type(MD->getThisType()), F.Loc);
  for (const ParmVarDecl *P : FD->parameters()) {
    Locals[P] = F.Locals.size();
    Add(Unit.string(P->getName()), Unit.type(P->getType()), Unit.loc(P->getLocation()));
    if (const auto *RD = P->getType()->getAsRecordDecl())
      Unit.completeRecord(RD);
  }
}

//===-- emitting -----------------------------------------------------------------

ir::BlockId FunctionLowering::newBlock() {
  F.Blocks.emplace_back();
  return F.Blocks.size() - 1;
}

ir::Op &FunctionLowering::emit(OpKind K, llvm::ArrayRef<Operand> Operands, ir::TypeId Ty) {
  ir::Op O;
  O.Kind = K;
  O.Ty = Ty;
  O.Loc = Unit.loc(Here);
  if (Unit.fromMacro(Here.getBegin()))
    O.Flags |= ir::OF_Macro;
  O.Operands.assign(Operands.begin(), Operands.end());
  // An operand of an expression without a value, or that could not be lowered.
  for (Operand &V : O.Operands)
    if (!V)
      V = Operand::undef();
  auto &Ops = F.Blocks[Current].Ops;
  Ops.push_back(std::move(O));
  return Ops.back();
}

ir::Operand FunctionLowering::emitValue(OpKind K, llvm::ArrayRef<Operand> Operands, ir::TypeId Ty,
                                        uint8_t Flags, uint32_t Aux) {
  ir::Op &O = emit(K, Operands, Ty);
  O.Flags |= Flags;
  O.Aux = Aux;
  O.Result = newTemp();
  return Operand::temp(O.Result);
}

void FunctionLowering::store(Operand Address, Operand V, QualType T) {
  emit(OpKind::Store, {Address, V}, Unit.valueType(T));
}

void FunctionLowering::copyMemory(Operand To, Operand From, QualType T) {
  if (From.Kind == ir::OperandKind::Undef || !From)
    emit(OpKind::Havoc, {To});
  else
    emit(OpKind::CopyMem, {To, From}, Unit.valueType(T));
}

void FunctionLowering::jump(ir::BlockId To) {
  ir::Terminator &T = F.Blocks[Current].Term;
  T.Kind = TermKind::Jump;
  T.Succs.assign({To});
}

void FunctionLowering::branch(Operand Condition, ir::BlockId Then, ir::BlockId Else) {
  ir::Terminator &T = F.Blocks[Current].Term;
  T.Kind = TermKind::Branch;
  T.Loc = Unit.loc(Here);
  T.Value = Condition ? Condition : Operand::undef();
  T.Succs.assign({Then, Else});
}

// What follows goes to a block that nothing leads to, and is dropped with it.
void FunctionLowering::unreachable() {
  ir::Terminator &T = F.Blocks[Current].Term;
  T.Kind = TermKind::Unreachable;
  T.Loc = Unit.loc(Here);
  Current = newBlock();
}

ir::Operand FunctionLowering::newObject(QualType T) {
  F.Locals.push_back({0, Unit.type(T.getUnqualifiedType()), Unit.loc(Here), false});
  if (const auto *RD = Context.getBaseElementType(T)->getAsRecordDecl())
    Unit.completeRecord(RD);
  Operand Address = Operand::local(F.Locals.size() - 1);
  emit(OpKind::Decl, {Address});
  return Address;
}

ir::Operand FunctionLowering::outlivingCopy(const Expr *E) {
  Operand From = value(E);
  // In C++ a constructor made it.
  if (Context.getLangOpts().CPlusPlus || isa<CallExpr, StmtExpr>(stripped(E)))
    return From;
  at(E);
  Operand To = newObject(E->getType());
  copyMemory(To, From, E->getType());
  return To;
}

/// A value nothing is known of, the same at every use.
ir::Operand FunctionLowering::fresh(QualType T) {
  return emitValue(OpKind::Copy, {Operand::undef()}, Unit.valueType(T));
}

//===-- blocks -------------------------------------------------------------------

void FunctionLowering::findInPlace(const CFGConstructor &Constructor) {
  switch (Constructor.getConstructionContext()->getKind()) {
  case ConstructionContext::SimpleVariableKind:
  case ConstructionContext::CXX17ElidedCopyVariableKind:
  case ConstructionContext::NewAllocatedObjectKind:
  case ConstructionContext::SimpleConstructorInitializerKind:
  case ConstructionContext::CXX17ElidedCopyConstructorInitializerKind:
    InPlace.insert(cast<Expr>(Constructor.getStmt()));
    return;
  default:
    return;
  }
}

void FunctionLowering::findJoins(llvm::ArrayRef<const CFGBlock *> Order) {
  for (const CFGBlock *B : Order) {
    if (B->getTerminator().isTemporaryDtorsBranch())
      if (const auto *Bind = dyn_cast_or_null<CXXBindTemporaryExpr>(B->getTerminatorStmt()))
        Created.try_emplace(Bind, newTemp());
    bool First = true;
    for (const CFGElement &Element : *B) {
      auto S = Element.getAs<CFGStmt>();
      bool IsFirst = std::exchange(First, false);
      if (!S)
        continue;
      const auto *E = dyn_cast<Expr>(S->getStmt());
      if (const auto *Suspend = dyn_cast_or_null<CoroutineSuspendExpr>(E))
        findAwaitProtocol(Suspend);
      if (!E || E->getType()->isVoidType()) {
        if (E && isa<AbstractConditionalOperator>(E))
          VoidConditionals.insert(E);
        continue;
      }
      if (auto Constructor = Element.getAs<CFGConstructor>())
        findInPlace(*Constructor);
      else if (const auto *List = dyn_cast<InitListExpr>(E))
        for (const Expr *Init : List->inits())
          if (const Expr *Built = Init ? builtObject(Init) : nullptr)
            InPlace.insert(Built);
      if (const auto *Body = dyn_cast<StmtExpr>(E); Body && E->getType()->isRecordType())
        if (const auto *Last = dyn_cast_or_null<ValueStmt>(Body->getSubStmt()->body_back()))
          Outliving.insert(stripped(Last->getExprStmt()));
      const auto *C = dyn_cast<AbstractConditionalOperator>(E);
      if (!C && !logicalOperator(E))
        continue;
      Joins[E] = {newTemp(), B};
      // Only the first element can be one that the block's predecessors decide.
      if (IsFirst)
        JoinAt[B] = E;
      if (C) {
        Arms[stripped(C->getFalseExpr())] = E;
        if (isa<ConditionalOperator>(C))
          Arms[stripped(C->getTrueExpr())] = E;
      }
    }
  }
}

/// The type of the operand that \p E turns into.
ir::TypeId FunctionLowering::operandType(const Expr *E) {
  QualType T = E->getType().getNonReferenceType();
  return Unit.valueType(E->isGLValue() || T->isRecordType() ? Context.getPointerType(T) : T);
}

void FunctionLowering::writeJoin(const Expr *E, Operand V) {
  ir::Op &O = emit(OpKind::Copy, {V}, operandType(E));
  O.Result = Joins[E].Result;
}

void FunctionLowering::lowerBlock(const CFGBlock &B) {
  Current = BlockOf[B.getBlockID()];
  Returning = nullptr;
  Throwing = false;
  if (&B == &Graph->getExit()) {
    // Reached only from the blocks that fall off the end: the others return
    // themselves.
    Here = SourceRange(FD->getBody()->getEndLoc(), FD->getBody()->getEndLoc());
    ir::Terminator &T = F.Blocks[Current].Term;
    T.Kind = TermKind::Return;
    T.Loc = F.EndLoc;
    return;
  }
  for (const CFGElement &E : B)
    lowerElement(E);
  lowerTerminator(B);
}

/// The callee of a call, which the call itself looks at.
static bool namesFunction(const Expr *E) {
  if (const auto *Cast = dyn_cast<ImplicitCastExpr>(E);
      Cast && (Cast->getCastKind() == CK_FunctionToPointerDecay ||
               Cast->getCastKind() == CK_BuiltinFnToFnPtr))
    E = stripped(Cast->getSubExpr());
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  return Ref && isa<FunctionDecl>(Ref->getDecl());
}

void FunctionLowering::lowerElement(const CFGElement &Element) {
  switch (Element.getKind()) {
  case CFGElement::Statement:
  case CFGElement::Constructor:
  case CFGElement::CXXRecordTypedCall: {
    const Stmt *S = Element.castAs<CFGStmt>().getStmt();
    enterTry(S);
    const auto *E = dyn_cast<Expr>(S);
    if (!E)
      return lowerStatement(S);
    E = stripped(E);
    if (AwaitProtocol.contains(E) || isa<CXXDefaultInitExpr>(E))
      return;
    auto Arm = Arms.find(E);
    if (Arm != Arms.end()) {
      Operand V = value(E);
      Here = E->getSourceRange();
      writeJoin(Arm->second, V);
      return;
    }
    if (Outliving.contains(E))
      Values[E] = outlivingCopy(E);
    else if (!buildsInPlace(E) && !namesFunction(E))
      value(E);
    return;
  }
  case CFGElement::LifetimeEnds: {
    auto End = Element.castAs<CFGLifetimeEnds>();
    const VarDecl *VD = End.getVarDecl();
    // A parameter lives as long as the call; Clang 22 lists its end, 19 does not.
    if (!VD->hasLocalStorage() || isa<ParmVarDecl>(VD) || !Locals.count(VD))
      return;
    ir::Op &O = emit(OpKind::End, {Operand::local(Locals[VD])});
    O.Loc = triggerLoc(End.getTriggerStmt());
    return;
  }
  case CFGElement::CleanupFunction: {
    auto Cleanup = Element.castAs<CFGCleanupFunction>();
    Here = Cleanup.getVarDecl()->getSourceRange();
    emitCall(Cleanup.getFunctionDecl(), {Operand::local(local(Cleanup.getVarDecl()))},
             Cleanup.getFunctionDecl()->getReturnType(), ir::OF_Implicit);
    return;
  }
  case CFGElement::AutomaticObjectDtor:
  case CFGElement::DeleteDtor:
  case CFGElement::BaseDtor:
  case CFGElement::MemberDtor:
  case CFGElement::TemporaryDtor:
    return lowerDestructor(Element.castAs<CFGImplicitDtor>());
  case CFGElement::Initializer:
    return lowerInitializer(Element.castAs<CFGInitializer>().getInitializer());
  case CFGElement::NewAllocator:
  case CFGElement::LoopExit:
  case CFGElement::ScopeBegin:
  case CFGElement::ScopeEnd:
    return;
  }
}

void FunctionLowering::lowerStatement(const Stmt *S) {
  Here = S->getSourceRange();
  if (const auto *DS = dyn_cast<DeclStmt>(S)) {
    for (const Decl *D : DS->decls())
      if (const auto *VD = dyn_cast<VarDecl>(D))
        declare(VD);
  } else if (const auto *R = dyn_cast<ReturnStmt>(S)) {
    Returning = R;
    ReturnValue = {};
    if (const Expr *E = R->getRetValue(); E && !E->getType()->isVoidType())
      ReturnValue = E->getType()->isRecordType() ? outlivingCopy(E) : value(E);
    Here = S->getSourceRange();
  } else if (isa<CoreturnStmt>(S)) {
    Returning = S;
    ReturnValue = {};
  } else if (const auto *A = dyn_cast<AsmStmt>(S)) {
    lowerAsm(A);
  } else if (const auto *C = dyn_cast<CXXCatchStmt>(S)) {
    if (const VarDecl *VD = C->getExceptionDecl()) {
      Operand Address = Operand::local(local(VD));
      emit(OpKind::Decl, {Address});
      emit(OpKind::Havoc, {Address});
    }
  }
}

ir::LocId FunctionLowering::triggerLoc(const Stmt *Trigger) {
  if (!Trigger)
    return F.EndLoc;
  if (isa<ReturnStmt, CoreturnStmt, BreakStmt, ContinueStmt, GotoStmt>(Trigger))
    return Unit.loc(Trigger->getSourceRange());
  return Unit.loc(Trigger->getEndLoc());
}

} // namespace handrail::capture
