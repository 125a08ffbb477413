//===- Lowering.cpp - a whole translation unit -----------------------------===//
//
// Starts from the functions that this unit will emit for the project and goes on
// with what they reach, in the order in which it is reached.
//
//===----------------------------------------------------------------------===//
#include "clang/AST/DeclTemplate.h"
#include "lib/Capture/Capture.h"
#include "lib/Capture/FunctionLowering.h"

using namespace clang;

namespace handrail::capture {

namespace {

/// Finds the roots: function definitions of the main file, and those of other
/// files that are emitted whether they are used or not.
class RootFinder {
public:
  explicit RootFinder(UnitLowering &Unit) : Unit(Unit) {}

  void visitAll(const DeclContext *DC) {
    for (const Decl *D : DC->decls()) {
      if (Unit.inSystemHeader(D->getLocation()) && !isa<LinkageSpecDecl, ExportDecl>(D))
        continue;
      visit(D);
    }
  }

private:
  UnitLowering &Unit;

  void visit(const Decl *D) {
    if (const auto *FD = dyn_cast<FunctionDecl>(D)) {
      if (FD->doesThisDeclarationHaveABody() && isRoot(FD) && Unit.ownBody(FD))
        Unit.function(FD);
    } else if (const auto *VD = dyn_cast<VarDecl>(D)) {
      if (Unit.inMainFile(VD->getLocation()) && VD->hasInit() && !VD->getType()->isDependentType())
        visitInitializer(VD->getInit());
    } else if (const auto *RD = dyn_cast<CXXRecordDecl>(D)) {
      if (!RD->isDependentContext())
        visitAll(RD);
    } else if (isa<NamespaceDecl, LinkageSpecDecl, ExportDecl>(D)) {
      visitAll(cast<DeclContext>(D));
    }
  }

  bool isRoot(const FunctionDecl *FD) const {
    if (FD->isDependentContext())
      return false;
    if (Unit.inMainFile(FD->getLocation()))
      return true;
    return FD->isExternallyVisible() && !FD->isInlined();
  }

  /// Tables of functions: what they name is reached.
  void visitInitializer(const Stmt *S) {
    if (!S)
      return;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
      if (const auto *FD = dyn_cast<FunctionDecl>(Ref->getDecl()))
        Unit.function(FD);
    if (const auto *List = dyn_cast<InitListExpr>(S); List && List->getSemanticForm())
      S = List->getSemanticForm();
    for (const Stmt *Child : S->children())
      visitInitializer(Child);
  }
};

} // namespace

/// True when the parser gave up on something inside \p S.
static bool hasErrors(const Stmt *S) {
  if (!S)
    return false;
  if (const auto *E = dyn_cast<Expr>(S))
    return E->containsErrors();
  if (const auto *DS = dyn_cast<DeclStmt>(S))
    for (const Decl *D : DS->decls())
      if (D->isInvalidDecl())
        return true;
  return llvm::any_of(S->children(), hasErrors);
}

ir::Unit lowerUnit(ASTContext &Context, llvm::StringRef MainFile) {
  UnitLowering Unit(Context, MainFile);
  bool Errors = Context.getDiagnostics().hasErrorOccurred();
  Unit.U.HadErrors = Errors;
  RootFinder(Unit).visitAll(Context.getTranslationUnitDecl());
  while (const FunctionDecl *FD = Unit.next()) {
    if (Errors && (FD->isInvalidDecl() || hasErrors(FD->getBody())))
      continue;
    FunctionLowering Lowering(Unit, FD);
    if (Lowering.run())
      Unit.U.Functions.push_back(Lowering.take());
  }
  return std::move(Unit.U);
}

ir::Unit captureAST(ASTContext &Context, llvm::StringRef MainFile) {
  return lowerUnit(Context, MainFile);
}

} // namespace handrail::capture
