//===- FunctionLowering.h - one Clang CFG to Handle IR -----------*- C++ -*-===//
//
// Clang's CFG lists every subexpression in the order of evaluation, together with
// what the source does not spell out: destructors, cleanup functions, ends of
// lifetimes. Lowering visits the elements once and keeps the operand that each
// expression turned into; an expression the CFG does not list (a default
// argument, an initialiser list) is lowered when somebody asks for its value.
//
// A glvalue's operand is its address. So is that of a prvalue of record type;
// whoever receives it copies the memory.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Capture/UnitLowering.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"

namespace handrail::capture {

/// Something that an exception ends on its way, or the try block that stops it.
struct Scope {
  unsigned Outer = 0; ///< what is ended next
  const clang::VarDecl *Variable = nullptr;
  const clang::CXXBindTemporaryExpr *Temporary = nullptr;
  const clang::CXXCtorInitializer *Member = nullptr; ///< or base; delegating: the object
  const clang::CXXTryStmt *Try = nullptr;
};

class FunctionLowering {
public:
  FunctionLowering(UnitLowering &Unit, const clang::FunctionDecl *FD);

  /// False when Clang cannot build a CFG for the function.
  bool run();
  ir::Function take() { return std::move(F); }

private:
  UnitLowering &Unit;
  clang::ASTContext &Context;
  const clang::FunctionDecl *FD;
  ir::Function F;
  ir::BlockId Current = 0;
  clang::SourceRange Here; ///< range of the expression or statement being lowered
  bool Elsewhere = false;  ///< it was written somewhere else, and Here stays

  using Operand = ir::Operand;
  using Expr = clang::Expr;

  //===-- the CFG (FunctionLowering.cpp) ---------------------------------------
  std::unique_ptr<clang::CFG> Graph;
  std::vector<ir::BlockId> BlockOf; ///< by CFGBlock id
  void addParameters();
  void findInPlace(const clang::CFGConstructor &Constructor);
  void findJoins(llvm::ArrayRef<const clang::CFGBlock *> Order);
  void lowerBlock(const clang::CFGBlock &B);
  void lowerElement(const clang::CFGElement &E);
  void lowerTerminator(const clang::CFGBlock &B);
  void lowerSwitch(const clang::CFGBlock &B, const clang::SwitchStmt *S);
  void chooseSuccessor(const clang::CFGBlock &B);
  void lowerStatement(const clang::Stmt *S);
  void lowerReturn();
  void throwTo(const clang::CFGBlock &B);
  const Expr *condition(const clang::CFGBlock &B) const;
  /// The block that control reaches over the edge, or None when Clang proved
  /// that it does not.
  ir::BlockId edge(const clang::CFGBlock &From, unsigned Succ);
  ir::BlockId unreachableBlock();
  ir::LocId triggerLoc(const clang::Stmt *Trigger);
  llvm::DenseSet<const Expr *> InPlace;   ///< constructor calls whose user gives the address
  const clang::Stmt *Returning = nullptr; ///< `return` or `co_return`
  Operand ReturnValue;
  Operand Thrown; ///< with Throwing
  clang::SourceRange ThrowRange;
  bool Throwing = false;
  clang::QualType ThrownType;
  llvm::SmallVector<ir::StringId, 0> ThrownNames; ///< as in ir::Terminator
  const clang::CXXTryStmt *CatchingTry = nullptr; ///< where the `throw` goes, if that is known
  bool NoHandler = false;                         ///< the `throw` leaves the function
  ir::BlockId Behind = ir::None; ///< where it goes on when the handlers there let it pass

  /// Where the branches of a `?:`, `&&` or `||` meet: the expression's temporary
  /// is written on every way in.
  struct Join {
    ir::TempId Result = ir::None;
    const clang::CFGBlock *Block = nullptr;
  };
  llvm::DenseMap<const Expr *, Join> Joins;
  llvm::DenseMap<const clang::CFGBlock *, const Expr *> JoinAt;
  /// `c ? f() : g()` for its effects: the blocks of the CFG have them.
  llvm::DenseSet<const Expr *> VoidConditionals;
  /// Arms of conditional operators, and the operator they belong to.
  llvm::DenseMap<const Expr *, const Expr *> Arms;
  void writeJoin(const Expr *E, Operand V);
  ir::TypeId operandType(const Expr *E);

  //===-- exceptions (ExceptionLowering.cpp) --------------------------------------
  std::vector<Scope> Scopes;                      ///< the first one is the function itself
  llvm::DenseMap<const Expr *, unsigned> ScopeOf; ///< by call or `throw`
  std::vector<ir::BlockId> Pads;                  ///< by scope, once somebody goes there
  /// The innermost try block around a statement, while its handlers have not been
  /// made reachable.
  llvm::DenseMap<const clang::Stmt *, const clang::CXXTryStmt *> TryAround;
  llvm::DenseSet<const clang::CXXTryStmt *> Entered;
  llvm::DenseSet<const Expr *> Rethrows; ///< each `throw;` that is known to throw what was caught
  void findUnwinding();
  void enterTry(const clang::Stmt *S);
  bool callsThrowing(const clang::Stmt *S);
  void lowerThrow(const clang::CXXThrowExpr *E);
  void endScope(const Scope &S);
  void addHandlers(const clang::CXXTryStmt *Try, clang::QualType Thrown, ir::Terminator &T);
  ir::BlockId padOf(unsigned Id);
  ir::BlockId padBehind(unsigned Id);
  void unwindFrom(const Expr *Site);
  bool mayUnwind(const clang::FunctionDecl *Callee, const Expr *Site) const;

  //===-- emitting --------------------------------------------------------------
  void at(const Expr *E) {
    if (!Elsewhere)
      Here = E->getSourceRange();
  }
  ir::BlockId newBlock();
  ir::Op &emit(ir::OpKind K, llvm::ArrayRef<Operand> Operands, ir::TypeId Ty = 0);
  Operand emitValue(ir::OpKind K, llvm::ArrayRef<Operand> Operands, ir::TypeId Ty,
                    uint8_t Flags = 0, uint32_t Aux = 0);
  void store(Operand Address, Operand V, clang::QualType T);
  void copyMemory(Operand To, Operand From, clang::QualType T);
  void jump(ir::BlockId To);
  void branch(Operand Condition, ir::BlockId Then, ir::BlockId Else);
  void unreachable();
  ir::TempId newTemp() { return F.NumTemps++; }
  Operand newObject(clang::QualType T);
  /// A copy of the record \p E, where that is a variable whose scope ends before
  /// the value is used.
  Operand outlivingCopy(const Expr *E);
  llvm::DenseSet<const Expr *> Outliving; ///< what such a copy is made of
  Operand fresh(clang::QualType T);

  //===-- expressions (ExprLowering.cpp) -----------------------------------------
  llvm::DenseMap<const Expr *, Operand> Values;
  llvm::DenseMap<const Expr *, Operand> Assigned; ///< what an assignment stored, for `(a = b) == c`
  llvm::DenseMap<const clang::VarDecl *, ir::LocalId> Locals;
  /// The operand \p E turned into. None for void.
  Operand value(const Expr *E);
  /// As value(), for an expression that somebody else owns and that is evaluated
  /// here anew, such as a default argument.
  Operand freshValue(const Expr *E);
  void keepTemporaries(const llvm::DenseMap<const Expr *, Operand> &Inner);
  Operand lower(const Expr *E);
  Operand lowerCast(const clang::CastExpr *E);
  Operand lowerLoad(const clang::CastExpr *E);
  Operand lowerUnary(const clang::UnaryOperator *E);
  Operand lowerIncrement(const clang::UnaryOperator *E);
  Operand lowerBinary(const clang::BinaryOperator *E);
  Operand lowerAssign(const clang::BinaryOperator *E);
  Operand lowerCompoundAssign(const clang::CompoundAssignOperator *E);
  Operand lowerConditional(const Expr *E);
  Operand lowerReference(const clang::DeclRefExpr *E);
  Operand lowerAtomic(const clang::AtomicExpr *E);
  Operand memberAddress(Operand Base, const clang::ValueDecl *Member);
  llvm::SmallVector<const clang::FieldDecl *, 2> membersOfOffset(const clang::Expr *E);
  Operand containerOf(Operand Address, llvm::ArrayRef<const clang::FieldDecl *> Members);
  Operand arithmetic(clang::BinaryOperatorKind Op, Operand L, Operand R, clang::QualType LeftTy,
                     clang::QualType RightTy, clang::QualType ResultTy);
  Operand convert(Operand V, clang::QualType From, clang::QualType To);
  Operand convertFloat(Operand V, clang::QualType From, clang::QualType To);
  Operand truth(const Expr *E, clang::QualType To);
  Operand appendElement(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  Operand elementAddress(Operand Base, Operand Index, clang::QualType Pointer);
  Operand loadFrom(Operand Address, clang::QualType T);
  Operand constant(const Expr *E);
  void lowerAsm(const clang::AsmStmt *S);
  Operand variableAddress(const clang::VarDecl *VD);
  ir::LocalId local(const clang::VarDecl *VD);
  llvm::DenseSet<const clang::VarDecl *> Declared; ///< by their own initialisers
  Operand capturedAddress(const clang::ValueDecl *VD);
  Operand thisPointer();

  //===-- calls (CallLowering.cpp) ------------------------------------------------
  Operand lowerCall(const clang::CallExpr *E);
  std::optional<Operand> lowerBuiltin(const clang::CallExpr *E, unsigned Id);
  /// \p Site: the expression of a call that the user wrote.
  Operand emitCall(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args,
                   clang::QualType Result, uint8_t Flags = 0, const Expr *Site = nullptr);
  void addArguments(llvm::ArrayRef<const Expr *> Args, llvm::SmallVectorImpl<Operand> &Out);
  /// \p Address is destroyed: the destructor of \p T, if it does anything.
  void destroy(Operand Address, clang::QualType T, bool Virtual = false);

  //===-- initialisation (InitLowering.cpp) ------------------------------------------
  void declare(const clang::VarDecl *VD);
  /// Initialises the object at \p Address. \p Zeroed: its memory is zero already.
  void initialize(Operand Address, clang::QualType T, const Expr *Init, bool Zeroed = false);
  void initializeList(Operand Address, clang::QualType T, const clang::InitListExpr *E,
                      bool Zeroed);
  void outliveExpression(const clang::Expr *E);
  void construct(Operand Address, const clang::CXXConstructExpr *E);
  /// True for expressions that build an object in place: they are lowered when
  /// its address is known.
  bool buildsInPlace(const Expr *E) const;

  //===-- C++ (CxxLowering.cpp) ----------------------------------------------------------
  llvm::DenseMap<const clang::CXXBindTemporaryExpr *, ir::TempId>
      Created; ///< decides a conditional temporary's destructor
  void setCreated(const clang::CXXBindTemporaryExpr *E, bool Exists);
  Operand lowerNew(const clang::CXXNewExpr *E);
  void lowerDelete(const clang::CXXDeleteExpr *E);
  llvm::DenseSet<const clang::CXXBindTemporaryExpr *> Destroyed;
  /// What `co_await` calls to suspend: one operation stands for all of it.
  llvm::DenseSet<const clang::Stmt *> AwaitProtocol;
  void findAwaitProtocol(const clang::CoroutineSuspendExpr *E);
  Operand lowerSuspend(const clang::CoroutineSuspendExpr *E);
  Operand lowerLambda(const clang::LambdaExpr *E);
  Operand lowerBind(const clang::CallExpr *E);
  Operand lowerBlockLiteral(const clang::BlockExpr *E);
  void lowerInitializer(const clang::CXXCtorInitializer *I);
  void lowerDestructor(const clang::CFGImplicitDtor &D);

  //===-- the standard library's owners (OwnerLowering.cpp) ------------------------------
  void runContract();
  /// Whether a call of \p Callee turns into what it does.
  bool expandsInPlace(const clang::FunctionDecl *Callee);
  Operand expandContract(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  Operand expandPointer(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  Operand expandOptional(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  Operand expandLock(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  void destroyMembers(Operand This, const clang::CXXRecordDecl *RD);
  void exchangeMemory(Operand A, Operand B, clang::QualType T);
  void ifTrue(Operand Condition, llvm::function_ref<void()> Body);
  void choose(Operand Condition, llvm::function_ref<void()> Then, llvm::function_ref<void()> Else);
  Operand ownerSlot(Operand Owner, llvm::StringRef Name, clang::QualType T);
  void runDeleter(const clang::ClassTemplateSpecializationDecl *RD, Operand Owner, Operand P);
  void replaceOwned(const clang::ClassTemplateSpecializationDecl *RD, Operand Owner, Operand Slot,
                    Operand New);
  void moveDeleter(const clang::ClassTemplateSpecializationDecl *RD, Operand To, Operand From);
  void callMutex(Operand Mutex, clang::QualType M, bool Lock, bool Shared);

  //===-- std::shared_ptr (SharedOwners.cpp) ---------------------------------------------
  Operand expandShared(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  Operand makeShared(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  Operand sharedMember(Operand Owner, llvm::StringRef Name);
  void takeShared(const clang::ClassTemplateSpecializationDecl *RD, Operand Owner, Operand P,
                  clang::QualType From, Operand With, clang::QualType WithType);
  void copyShared(Operand To, Operand From, bool Move);
  void shareOwner(Operand Owner);
  void clearShared(Operand Owner);
  void dropShared(const clang::ClassTemplateSpecializationDecl *RD, Operand Owner);
  void shareWithLibrary(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);

  //===-- std::variant (VariantLowering.cpp) ------------------------------------------------
  Operand expandVariant(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  Operand variantIndex(Operand Variant);
  Operand alternative(Operand Variant, unsigned I, clang::QualType T);
  Operand hasAlternative(Operand Variant, unsigned I);

  //===-- values by contract (ValueLowering.cpp) ------------------------------------------
  void transferValue(Operand To, Operand From, clang::QualType T, bool Move);
  void assignValue(Operand To, Operand From, clang::QualType T, bool Move);
  void constructFrom(Operand Address, clang::QualType T, llvm::ArrayRef<clang::ParmVarDecl *> Types,
                     llvm::ArrayRef<Operand> Args);
  void constructDefault(Operand Address, const clang::CXXRecordDecl *RD);
  Operand argumentFor(clang::QualType To, clang::QualType From, Operand Arg);
  Operand makeUnique(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  Operand expandTuple(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
  Operand expandFunction(const clang::FunctionDecl *Callee, llvm::ArrayRef<Operand> Args);
};

inline const clang::Expr *stripped(const clang::Expr *E) { return E ? E->IgnoreParens() : nullptr; }

/// \p E when it is `&&` or `||`.
inline const clang::BinaryOperator *logicalOperator(const clang::Expr *E) {
  const auto *B = llvm::dyn_cast_or_null<clang::BinaryOperator>(E);
  return B && B->isLogicalOp() ? B : nullptr;
}

/// \p E without what changes nothing about the object it builds; no further than \p Stop.
const clang::Expr *builtObject(const clang::Expr *E, const clang::Expr *Stop = nullptr);

} // namespace handrail::capture
