//===- Terminators.cpp - edges of the CFG ----------------------------------===//
#include "lib/Capture/FunctionLowering.h"

using namespace clang;
using handrail::ir::TermKind;

namespace handrail::capture {

ir::BlockId FunctionLowering::unreachableBlock() {
  ir::BlockId Id = newBlock();
  F.Blocks[Id].Term.Loc = Unit.loc(Here);
  return Id;
}

ir::BlockId FunctionLowering::edge(const CFGBlock &From, unsigned Succ) {
  if (Succ >= From.succ_size())
    return unreachableBlock();
  const CFGBlock *To = *(From.succ_begin() + Succ);
  if (!To)
    return unreachableBlock();
  ir::BlockId Target = BlockOf[To->getBlockID()];
  auto At = JoinAt.find(To);
  if (At == JoinAt.end())
    return Target;
  // A short-circuit edge. Its block disappears again when the value is only
  // branched on.
  const Expr *Whole = At->second;
  Operand V;
  if (logicalOperator(Whole)) {
    V = Operand::integer(Succ == 0);
  } else if (const auto *C = dyn_cast<BinaryConditionalOperator>(Whole);
             C && From.getTerminatorStmt() == C && Succ == 0) {
    ir::BlockId Saved = Current;
    ir::BlockId Between = newBlock();
    Current = Between;
    writeJoin(Whole, value(C->getTrueExpr()));
    jump(Target);
    Current = Saved;
    return Between;
  } else {
    return Target;
  }
  ir::BlockId Saved = Current;
  ir::BlockId Between = newBlock();
  Current = Between;
  writeJoin(Whole, V);
  jump(Target);
  Current = Saved;
  return Between;
}

/// The expression that \p B branches on. For `if (a && b)` two blocks branch,
/// each on one operand.
const Expr *FunctionLowering::condition(const CFGBlock &B) const {
  const auto *E = dyn_cast_or_null<Expr>(B.getTerminatorCondition());
  E = stripped(E);
  while (const BinaryOperator *Logical = logicalOperator(E)) {
    if (Joins.count(E))
      break;
    E = stripped(Logical->getRHS());
  }
  return E;
}

void FunctionLowering::lowerSwitch(const CFGBlock &B, const SwitchStmt *S) {
  Operand V = value(S->getCond());
  Here = S->getCond()->getSourceRange();
  llvm::SmallVector<ir::SwitchCase, 8> Cases;
  ir::BlockId Default = ir::None;
  for (unsigned I = 0; I < B.succ_size(); ++I) {
    const CFGBlock *Succ = *(B.succ_begin() + I);
    if (!Succ)
      continue;
    ir::BlockId Target = BlockOf[Succ->getBlockID()];
    // The last successor is the default, or the statement after the switch.
    const auto *Case = dyn_cast_or_null<CaseStmt>(Succ->getLabel());
    if (!Case || I + 1 == B.succ_size()) {
      Default = Target;
      continue;
    }
    int64_t Lo = toInt64(Case->getLHS()->EvaluateKnownConstInt(Context));
    int64_t Hi = Case->getRHS() ? toInt64(Case->getRHS()->EvaluateKnownConstInt(Context)) : Lo;
    Cases.push_back({Lo, Hi, Target});
  }
  if (Default == ir::None)
    Default = unreachableBlock();
  llvm::sort(Cases, [](const ir::SwitchCase &A, const ir::SwitchCase &B) { return A.Lo < B.Lo; });
  ir::Terminator &T = F.Blocks[Current].Term;
  T.Kind = TermKind::Switch;
  T.Loc = Unit.loc(Here);
  T.Value = V ? V : Operand::undef();
  T.Succs.assign({Default});
  T.Cases.assign(Cases.begin(), Cases.end());
}

/// Control goes to one of the successors, nobody knows which.
void FunctionLowering::chooseSuccessor(const CFGBlock &B) {
  llvm::SmallVector<ir::SwitchCase, 8> Cases;
  ir::BlockId Default = ir::None;
  for (const CFGBlock *Succ : B.succs()) {
    if (!Succ)
      continue;
    ir::BlockId Target = BlockOf[Succ->getBlockID()];
    auto Number = static_cast<int64_t>(Cases.size());
    if (Default == ir::None)
      Default = Target;
    else
      Cases.push_back({Number, Number, Target});
  }
  if (Default == ir::None)
    return;
  ir::Terminator &T = F.Blocks[Current].Term;
  T.Kind = TermKind::Switch;
  T.Loc = Unit.loc(Here);
  T.Value = Operand::undef();
  T.Succs.assign({Default});
  T.Cases.assign(Cases.begin(), Cases.end());
}

void FunctionLowering::lowerReturn() {
  ir::Terminator &T = F.Blocks[Current].Term;
  T.Kind = TermKind::Return;
  T.Value = ReturnValue;
  T.Loc = Unit.loc(Returning->getSourceRange());
}

void FunctionLowering::throwTo(const CFGBlock &B) {
  ir::Terminator &T = F.Blocks[Current].Term;
  T.Kind = TermKind::Throw;
  T.Loc = Unit.loc(ThrowRange);
  T.Value = Thrown ? Thrown : Operand::undef();
  T.Thrown = ThrownNames;
  if (NoHandler)
    return;
  if (CatchingTry) {
    addHandlers(CatchingTry, ThrownType, T);
    if (Behind != ir::None)
      T.Succs.push_back(Behind);
    return;
  }
  for (const CFGBlock *Succ : B.succs())
    if (Succ)
      if (const auto *Try = dyn_cast_or_null<CXXTryStmt>(Succ->getTerminatorStmt()))
        addHandlers(Try, ThrownType, T);
}

void FunctionLowering::lowerTerminator(const CFGBlock &B) {
  if (Throwing)
    return throwTo(B);
  const Stmt *S = B.getTerminatorStmt();
  if (&B == Graph->getIndirectGotoBlock())
    return chooseSuccessor(B);
  if (!S) {
    for (unsigned I = 0; I < B.succ_size(); ++I) {
      const CFGBlock *To = *(B.succ_begin() + I);
      if (!To)
        continue;
      if (To == &Graph->getExit()) {
        if (Returning)
          return lowerReturn();
      } else if (auto At = JoinAt.find(To); At != JoinAt.end()) {
        // The last operand of `&&` and `||`.
        if (const BinaryOperator *Logical = logicalOperator(At->second)) {
          const Expr *Last = stripped(Logical->getRHS());
          while (const BinaryOperator *Inner = logicalOperator(Last)) {
            if (Joins.count(Last))
              break;
            Last = stripped(Inner->getRHS());
          }
          Here = Last->getSourceRange();
          writeJoin(Logical, truth(Last, Logical->getType()));
        }
      }
      return jump(BlockOf[To->getBlockID()]);
    }
    return;
  }
  Here = S->getSourceRange();
  CFGTerminator Term = B.getTerminator();
  if (Term.isTemporaryDtorsBranch()) {
    const auto *Temporary = dyn_cast<CXXBindTemporaryExpr>(S);
    auto It = Created.find(Temporary);
    return branch(It == Created.end() ? Operand::undef() : Operand::temp(It->second), edge(B, 0),
                  edge(B, 1));
  }
  if (const auto *Switch = dyn_cast<SwitchStmt>(S))
    return lowerSwitch(B, Switch);
  if (const auto *Asm = dyn_cast<AsmStmt>(S)) {
    lowerAsm(Asm);
    return chooseSuccessor(B);
  }
  if (isa<CXXTryStmt>(S))
    return chooseSuccessor(B);
  if (const auto *DS = dyn_cast<DeclStmt>(S)) {
    // A local static variable: one that is constant was initialised before the
    // program started.
    const auto *VD = dyn_cast<VarDecl>(DS->getSingleDecl());
    if (VD && (!VD->getInit() || VD->hasConstantInitialization()))
      return jump(edge(B, 0));
    return branch(fresh(Context.BoolTy), edge(B, 0), edge(B, 1));
  }
  if (B.succ_size() < 2) {
    if (B.succ_size() == 1 && *B.succ_begin()) {
      if (*B.succ_begin() == &Graph->getExit() && Returning)
        return lowerReturn();
      jump(edge(B, 0));
    }
    return;
  }
  const CFGBlock *Then = *B.succ_begin();
  const CFGBlock *Else = *(B.succ_begin() + 1);
  if (!Then && !Else)
    return;
  const Expr *Condition = condition(B);
  if (!Then || !Else)
    return jump(edge(B, Then ? 0 : 1));
  if (!Condition) // for (;;)
    return jump(edge(B, 0));
  Operand V = value(Condition);
  Here = Condition->getSourceRange();
  branch(V, edge(B, 0), edge(B, 1));
}

} // namespace handrail::capture
