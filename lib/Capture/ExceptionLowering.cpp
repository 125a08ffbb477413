//===- ExceptionLowering.cpp - throw, and how handlers are reached ---------===//
//
// Clang's CFG leads a `throw` straight to its handler, or to the exit, past the
// destructors that run on the way, and knows no exception out of a call unless
// every call may throw. Both are made up for here, from the syntax:
//
// - a `throw` first ends what is alive inside the innermost try block, or inside
//   the function;
// - behind a call of a function with a body that may throw comes a branch to
//   blocks that do the same, one block per scope, shared by all calls in it;
// - a try block that calls something which may throw begins with a choice
//   between its body and its handlers: the path on which the first call throws.
//
// Which handler takes an exception is decided by names: a `throw` lists the class of what
// it throws and the public bases of that.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/FunctionLowering.h"
#include "lib/Capture/StandardOwners.h"
#include "clang/AST/Attr.h"

using namespace clang;
using handrail::ir::OpKind;
using handrail::ir::TermKind;

namespace handrail::capture {

namespace {

/// Walks a body in source order and knows which objects are alive.
class ScopeWalker {
public:
  explicit ScopeWalker(const FunctionDecl *FD) : FD(FD) {}
  std::vector<Scope> Scopes{Scope{}};
  llvm::DenseMap<const Expr *, unsigned> ScopeOf;
  llvm::DenseMap<const Stmt *, const CXXTryStmt *> TryAround;
  llvm::DenseSet<const Expr *> Rethrows;

  void run() {
    if (const auto *C = dyn_cast<CXXConstructorDecl>(FD))
      for (const CXXCtorInitializer *Init : C->inits()) {
        walk(Init->getInit());
        Top = 0;
        for (unsigned Done : Members)
          Top = Done;
        QualType T = Init->isAnyMemberInitializer() ? Init->getAnyMember()->getType()
                                                    : QualType(Init->getInit()->getType());
        if (!destroyed(T))
          continue;
        enter({.Member = Init});
        Members.push_back(Top);
      }
    walk(FD->getBody());
  }

private:
  const FunctionDecl *FD;
  unsigned Top = 0;
  llvm::SmallVector<unsigned, 4> Members;
  const CXXTryStmt *Try = nullptr;
  bool CaughtLast = false; ///< inside a handler, no other exception was caught since

  void enter(Scope S) {
    S.Outer = Top;
    Top = Scopes.size();
    Scopes.push_back(S);
  }

  /// True when a destructor of \p T may do something to handles that we see.
  static bool destroyed(QualType T) {
    const auto *RD = T->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
    if (!RD || !RD->hasDefinition() || RD->hasTrivialDestructor())
      return false;
    const CXXDestructorDecl *D = RD->getDestructor();
    const SourceManager &SM = RD->getASTContext().getSourceManager();
    return D && (!SM.isInSystemHeader(SM.getExpansionLoc(RD->getLocation())) ||
                 contractOf(D) != Contract::None);
  }

  static bool hasTry(const Stmt *S) {
    return S && (isa<CXXTryStmt>(S) ||
                 llvm::any_of(S->children(), [](const Stmt *C) { return hasTry(C); }));
  }

  void walk(const Stmt *S) {
    if (!S)
      return;
    if (Try)
      TryAround[S] = Try;
    unsigned Outer = Top;
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      for (const Expr *Init : Lambda->capture_inits())
        walk(Init);
      return;
    }
    if (const auto *T = dyn_cast<CXXTryStmt>(S)) {
      const CXXTryStmt *OuterTry = std::exchange(Try, T);
      enter({.Try = T});
      walk(T->getTryBlock());
      Try = OuterTry;
      Top = Outer;
      for (unsigned I = 0; I < T->getNumHandlers(); ++I) {
        bool Saved = std::exchange(CaughtLast, !hasTry(T->getHandler(I)->getHandlerBlock()));
        walk(T->getHandler(I));
        CaughtLast = Saved;
      }
      return;
    }
    if (const auto *DS = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : DS->decls())
        if (const auto *VD = dyn_cast<VarDecl>(D))
          declare(VD);
      return;
    }
    for (const Stmt *Child : S->children())
      walk(Child);
    if (const auto *Throw = dyn_cast<CXXThrowExpr>(S); Throw && !Throw->getSubExpr() && CaughtLast)
      Rethrows.insert(Throw);
    if (isa<CallExpr, CXXConstructExpr, CXXThrowExpr>(S))
      ScopeOf[cast<Expr>(S)] = Top;
    else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(S);
             Bind && destroyed(Bind->getType()))
      enter({.Temporary = Bind});
    else if (isa<ExprWithCleanups, CompoundStmt, ForStmt, WhileStmt, DoStmt, IfStmt, SwitchStmt,
                 CXXForRangeStmt, CXXCatchStmt>(S))
      Top = Outer;
  }

  void declare(const VarDecl *VD) {
    walk(VD->getInit());
    if (!VD->hasLocalStorage())
      return;
    // What a try block declares is gone in its handlers.
    if (Try || VD->hasAttr<CleanupAttr>() || destroyed(VD->getType().getNonReferenceType()))
      enter({.Variable = VD});
  }
};

} // namespace

/// Whether the body \p S throws itself; what it calls is added to \p Callees.
static bool throwsItself(const Stmt *S, llvm::SmallVectorImpl<const FunctionDecl *> &Callees) {
  if (!S || isa<LambdaExpr>(S))
    return false;
  if (isa<CXXThrowExpr>(S))
    return true;
  if (const auto *Call = dyn_cast<CallExpr>(S)) {
    if (const FunctionDecl *Callee = Call->getDirectCallee())
      Callees.push_back(Callee);
  } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(S)) {
    Callees.push_back(Construct->getConstructor());
  }
  return llvm::any_of(S->children(), [&](const Stmt *C) { return throwsItself(C, Callees); });
}

/// Whether another file of the project may define \p FD, and throw there. The C++ library
/// is taken not to throw.
bool UnitLowering::throwsElsewhere(const FunctionDecl *FD) const {
  return !FD->isExternC() && !FD->getBuiltinID() && !FD->isDefined() && !FD->isImplicit() &&
         FD->isExternallyVisible() && !FD->isPureVirtual() && !inSystemHeader(FD->getLocation());
}

bool UnitLowering::mayThrow(const FunctionDecl *FD) {
  llvm::SmallVector<const FunctionDecl *, 16> Work{FD}, Seen;
  const FunctionDecl *Root = ownBody(FD);
  bool Found = false;
  while (!Work.empty() && !Found) {
    const FunctionDecl *Next = Work.pop_back_val();
    const auto *Proto = Next->getType()->getAs<FunctionProtoType>();
    const FunctionDecl *Body = ownBody(Next);
    if (Proto && !isUnresolvedExceptionSpec(Proto->getExceptionSpecType()) && Proto->isNothrow())
      continue;
    if (!Body || !Body->hasBody()) {
      Found |= throwsElsewhere(Next);
      continue;
    }
    auto [It, New] = Throwing.try_emplace(Body, false);
    if (!New && !It->second)
      continue; // seen on this walk, or on one that found nothing
    Found = It->second;
    if (New) {
      Seen.push_back(Body);
      Found |= throwsItself(Body->getBody(), Work);
      if (const auto *C = dyn_cast<CXXConstructorDecl>(Body))
        for (const CXXCtorInitializer *Init : C->inits())
          Found |= throwsItself(Init->getInit(), Work);
    }
  }
  // Of what was seen on the way to a `throw`, only the root is known to reach it.
  if (Found) {
    for (const FunctionDecl *Body : Seen)
      Throwing.erase(Body);
    Throwing[Root] = true;
  }
  return Found;
}

void FunctionLowering::findUnwinding() {
  if (!Context.getLangOpts().CXXExceptions || isa<CoroutineBodyStmt>(FD->getBody()))
    return;
  ScopeWalker Walker(FD);
  Walker.run();
  Scopes = std::move(Walker.Scopes);
  ScopeOf = std::move(Walker.ScopeOf);
  TryAround = std::move(Walker.TryAround);
  Rethrows = std::move(Walker.Rethrows);
  Pads.assign(Scopes.size(), ir::None);
}

/// Whether something in \p S may throw before it gets to a `throw` of its own.
bool FunctionLowering::callsThrowing(const Stmt *S) {
  if (!S || isa<LambdaExpr, CXXThrowExpr>(S))
    return false;
  auto Throws = [&](const FunctionDecl *FD) {
    const auto *Proto = FD->getType()->getAs<FunctionProtoType>();
    bool Nothrow =
        FD->hasAttr<NoThrowAttr>() || FD->getBuiltinID() != 0 || FD->isExternC() ||
        (Proto && !isUnresolvedExceptionSpec(Proto->getExceptionSpecType()) && Proto->isNothrow());
    return !Nothrow && (Unit.inSystemHeader(FD->getLocation()) || Unit.mayThrow(FD));
  };
  if (const auto *Call = dyn_cast<CallExpr>(S)) {
    const FunctionDecl *FD = Call->getDirectCallee();
    if (!FD || Throws(FD))
      return true;
  } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(S)) {
    if (!Construct->getConstructor()->isTrivial() && Throws(Construct->getConstructor()))
      return true;
  } else if (isa<CXXNewExpr>(S)) {
    return true;
  }
  return llvm::any_of(S->children(), [&](const Stmt *C) { return callsThrowing(C); });
}

void FunctionLowering::enterTry(const Stmt *S) {
  if (TryAround.empty())
    return;
  const CXXTryStmt *Try = TryAround.lookup(S);
  if (!Try || !Entered.insert(Try).second || !callsThrowing(Try->getTryBlock()))
    return;
  ir::Terminator Throw;
  Throw.Kind = TermKind::Throw;
  Throw.Loc = Unit.loc(Try->getTryLoc());
  Throw.Value = Operand::undef();
  Throw.Thrown.push_back(0);
  addHandlers(Try, QualType(), Throw);
  if (Throw.Catches.empty())
    return;
  ir::BlockId Thrown = newBlock(), Body = newBlock();
  F.Blocks[Thrown].Term = std::move(Throw);
  branch(Operand::undef(), Thrown, Body);
  F.Blocks[Current].Term.Loc = Unit.loc(Try->getTryLoc());
  Current = Body;
}

/// The name that a handler for \p T is known by; empty when it takes everything.
ir::StringId UnitLowering::caughtClass(QualType T) {
  if (T.isNull())
    return 0;
  T = Context.getCanonicalType(T.getNonReferenceType()).getUnqualifiedType();
  if (const auto *RD = T->getAsCXXRecordDecl())
    return string(U.Records[record(RD)].Usr);
  return string(T.getAsString());
}

/// The names of the handlers that take what is thrown as a \p T. Pointers are converted
/// in ways of their own: the empty name.
llvm::SmallVector<ir::StringId, 0> UnitLowering::thrownClasses(QualType T) {
  llvm::SmallVector<ir::StringId, 0> Names;
  const auto *RD = T->getAsCXXRecordDecl();
  if (!RD && !T->isArithmeticType() && !T->isEnumeralType())
    return {0};
  Names.push_back(caughtClass(T));
  llvm::SmallVector<const CXXRecordDecl *, 4> Work;
  if (RD)
    Work.push_back(RD);
  while (!Work.empty()) {
    const CXXRecordDecl *Class = Work.pop_back_val();
    if (!Class->hasDefinition())
      return {0};
    for (const CXXBaseSpecifier &Base : Class->bases()) {
      const auto *BaseClass = Base.getType()->getAsCXXRecordDecl();
      if (Base.getAccessSpecifier() != AS_public || !BaseClass)
        continue;
      if (ir::StringId Name = caughtClass(Base.getType()); !llvm::is_contained(Names, Name)) {
        Names.push_back(Name);
        Work.push_back(BaseClass);
      }
    }
  }
  return Names;
}

/// Whether a handler for \p Caught takes an exception of type \p Thrown, as far as both
/// are classes that are known. Null types: `catch (...)`, `throw;`.
static bool mayCatch(QualType Caught, QualType Thrown) {
  if (Caught.isNull() || Thrown.isNull())
    return true;
  const auto *Base = Caught.getNonReferenceType()->getAsCXXRecordDecl();
  const auto *Class = Thrown->getAsCXXRecordDecl();
  if (!Base || !Class)
    return !Base == !Class;
  return !Class->hasDefinition() || Class->getCanonicalDecl() == Base->getCanonicalDecl() ||
         Class->isDerivedFrom(Base);
}

static bool mayCatch(const CXXTryStmt *Try, QualType Thrown) {
  for (unsigned I = 0; I < Try->getNumHandlers(); ++I)
    if (mayCatch(Try->getHandler(I)->getCaughtType(), Thrown))
      return true;
  return false;
}

void FunctionLowering::lowerThrow(const CXXThrowExpr *E) {
  const Expr *Sub = E->getSubExpr();
  Thrown = Sub ? value(Sub) : Operand::undef();
  ThrownType = Sub ? Sub->getType() : QualType();
  Throwing = true;
  ThrowRange = Here = E->getSourceRange();
  ThrownNames.clear();
  if (Sub)
    ThrownNames = Unit.thrownClasses(Sub->getType());
  else if (!Rethrows.contains(E))
    ThrownNames.push_back(0);
  CatchingTry = nullptr;
  NoHandler = false;
  Behind = ir::None;
  auto It = ScopeOf.find(E);
  if (It == ScopeOf.end())
    return;
  unsigned Id = It->second;
  for (; Id; Id = Scopes[Id].Outer) {
    if (!Scopes[Id].Try) {
      endScope(Scopes[Id]);
    } else if (mayCatch(Scopes[Id].Try, ThrownType)) {
      CatchingTry = Scopes[Id].Try;
      if (!Sub)
        Behind = padBehind(Id);
      break;
    }
  }
  NoHandler = Id == 0;
}

/// The handlers of \p Try that may take an exception of type \p Thrown.
void FunctionLowering::addHandlers(const CXXTryStmt *Try, QualType Thrown, ir::Terminator &T) {
  for (const CFGBlock *Dispatch : Graph->try_blocks()) {
    if (Dispatch->getTerminatorStmt() != Try)
      continue;
    for (const CFGBlock *Handler : Dispatch->succs()) {
      const auto *Catch = Handler ? dyn_cast_or_null<CXXCatchStmt>(Handler->getLabel()) : nullptr;
      if (Catch && BlockOf[Handler->getBlockID()] != ir::None &&
          mayCatch(Catch->getCaughtType(), Thrown)) {
        T.Succs.push_back(BlockOf[Handler->getBlockID()]);
        T.Catches.push_back(Unit.caughtClass(Catch->getCaughtType()));
      }
    }
  }
}

/// Where an exception goes on that \p Try, in scope \p Id, has no handler for; None when it
/// takes everything.
ir::BlockId FunctionLowering::padBehind(unsigned Id) {
  const CXXTryStmt *Try = Scopes[Id].Try;
  bool All = Try->getHandler(Try->getNumHandlers() - 1)->getCaughtType().isNull();
  return All ? ir::None : padOf(Scopes[Id].Outer);
}

/// What the end of a scope by an exception runs.
void FunctionLowering::endScope(const Scope &S) {
  if (S.Temporary) {
    auto Known = Values.find(S.Temporary);
    if (Known == Values.end() || !Known->second)
      return;
    auto End = [&] { destroy(Known->second, S.Temporary->getType()); };
    if (auto Flag = Created.find(S.Temporary); Flag != Created.end())
      ifTrue(Operand::temp(Flag->second), End);
    else
      End();
  } else if (S.Member) {
    if (const FieldDecl *Field = S.Member->getAnyMember())
      destroy(memberAddress(thisPointer(), Field), Field->getType());
    else
      destroy(thisPointer(), S.Member->getInit()->getType());
  } else if (S.Variable) {
    auto Known = Locals.find(S.Variable);
    if (Known == Locals.end())
      return;
    Operand Address = Operand::local(Known->second);
    if (const auto *Cleanup = S.Variable->getAttr<CleanupAttr>())
      emitCall(Cleanup->getFunctionDecl(), {Address}, Cleanup->getFunctionDecl()->getReturnType(),
               ir::OF_Implicit);
    if (!S.Variable->getType()->isReferenceType())
      destroy(Address, S.Variable->getType());
    emit(OpKind::End, {Address});
  }
}

/// The block in which an exception that leaves scope \p Id goes on.
ir::BlockId FunctionLowering::padOf(unsigned Id) {
  if (Pads[Id] != ir::None)
    return Pads[Id];
  ir::BlockId Saved = Current;
  Pads[Id] = Current = newBlock();
  endScope(Scopes[Id]);
  if (Id && !Scopes[Id].Try) {
    ir::BlockId End = Current;
    ir::BlockId Outer = padOf(Scopes[Id].Outer);
    Current = End;
    jump(Outer);
  } else {
    ir::BlockId Behind = Id ? padBehind(Id) : ir::None;
    ir::Terminator &T = F.Blocks[Current].Term;
    T.Kind = TermKind::Throw;
    T.Loc = Unit.loc(Here);
    T.Value = Operand::undef();
    if (Id)
      addHandlers(Scopes[Id].Try, QualType(), T);
    if (Behind != ir::None)
      T.Succs.push_back(Behind);
  }
  Current = Saved;
  return Pads[Id];
}

/// Where the exception goes that the call \p Site may end in.
void FunctionLowering::unwindFrom(const Expr *Site) {
  auto It = ScopeOf.find(Site);
  if (It == ScopeOf.end())
    return;
  Operand Threw = emitValue(OpKind::Threw, {}, Unit.valueType(Context.BoolTy));
  ir::BlockId Pad = padOf(It->second), Next = newBlock();
  branch(Threw, Pad, Next);
  Current = Next;
}

bool FunctionLowering::mayUnwind(const FunctionDecl *Callee, const Expr *Site) const {
  if (!Site || ScopeOf.empty() || Callee->isExternC() || Callee->getBuiltinID() ||
      Unit.inSystemHeader(Callee->getLocation()))
    return false;
  return !Unit.U.Symbols[Unit.function(Callee)].NoThrow && Unit.mayThrow(Callee);
}

} // namespace handrail::capture
