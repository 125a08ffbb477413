//===- Lowering.cpp - a whole translation unit -----------------------------===//
//
// Starts from the functions that this unit will emit for the project and goes on
// with what they reach, in the order in which it is reached.
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/Lowering.h"
#include "lib/Capture/Capture.h"
#include "lib/Capture/FunctionLowering.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/BitVector.h"

using namespace clang;

namespace handrail::capture {

namespace {

/// Finds the roots: function definitions of the main file, and those of other
/// files that are emitted whether they are used or not.
class RootFinder {
public:
  RootFinder(UnitLowering &Unit, bool Declared) : Unit(Unit), Declared(Declared) {}

  void visitAll(const DeclContext *DC) {
    for (const Decl *D : DC->decls()) {
      if (Unit.inSystemHeader(D->getLocation()) && !isa<LinkageSpecDecl, ExportDecl>(D))
        continue;
      visit(D);
    }
  }

private:
  UnitLowering &Unit;
  bool Declared; ///< functions are wanted that nobody calls

  void visit(const Decl *D) {
    if (const auto *FD = dyn_cast<FunctionDecl>(D)) {
      if (FD->doesThisDeclarationHaveABody() && isRoot(FD) && Unit.ownBody(FD))
        Unit.function(FD);
      else if (Declared && !FD->isDependentContext())
        Unit.function(FD);
    } else if (const auto *VD = dyn_cast<VarDecl>(D)) {
      if (!Unit.inMainFile(VD->getLocation()) || !VD->hasInit() || VD->getType()->isDependentType())
        return;
      Unit.reach(VD->getInit());
      // Other units know a table by its name, or by a pointer that is kept somewhere.
      if (VD->hasGlobalStorage() && !VD->getType()->isScalarType() &&
          Unit.leadsToFunctions(VD->getType()))
        Unit.variable(VD);
    } else if (const auto *TD = dyn_cast<FunctionTemplateDecl>(D)) {
      for (const FunctionDecl *FD : TD->specializations())
        if (FD->getTemplateSpecializationKind() == TSK_ExplicitInstantiationDefinition &&
            Unit.inMainFile(FD->getPointOfInstantiation()) && Unit.ownBody(FD))
          Unit.function(FD);
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

/// A statement that did not parse leaves no trace but the message.
static bool contains(SourceRange R, llvm::ArrayRef<SourceLocation> Places,
                     const SourceManager &SM) {
  auto [BeginFile, Begin] = SM.getDecomposedExpansionLoc(R.getBegin());
  auto [EndFile, End] = SM.getDecomposedExpansionLoc(R.getEnd());
  for (SourceLocation L : Places) {
    auto [File, Offset] = SM.getDecomposedExpansionLoc(L);
    if (File == BeginFile && File == EndFile && Begin <= Offset && Offset <= End)
      return true;
  }
  return false;
}

/// Marks variables of this unit alone that nothing changes: every mention of them
/// is a plain read.
static void markConstants(ir::Unit &U, llvm::function_ref<bool(ir::SymbolId)> Escapes) {
  llvm::BitVector Changed(U.Symbols.size());
  auto Mention = [&](const ir::Operand &V) {
    if (V.Kind == ir::OperandKind::Global)
      Changed.set(V.Index);
  };
  for (const ir::Function &F : U.Functions) {
    for (const ir::Block &B : F.Blocks) {
      for (const ir::Op &O : B.Ops)
        if (O.Kind != ir::OpKind::Load)
          llvm::for_each(O.Operands, Mention);
      Mention(B.Term.Value);
    }
    for (const ir::ClosureInfo &C : F.Closures)
      for (const ir::LambdaCapture &L : C.Captures)
        Mention(L.Value);
  }
  for (ir::SymbolId Id = 0; Id < U.Symbols.size(); ++Id) {
    ir::Symbol &S = U.Symbols[Id];
    if (!S.IsFunction && S.Link == ir::Linkage::Internal && !Changed.test(Id) && !Escapes(Id) &&
        S.Init && S.Init.Kind != ir::OperandKind::Undef)
      S.Const = true;
  }
}

ir::Unit captureAST(ASTContext &Context, llvm::StringRef MainFile) {
  return lowerUnit(Context, MainFile, {});
}

ir::Unit lowerUnit(ASTContext &Context, llvm::StringRef MainFile,
                   llvm::ArrayRef<SourceLocation> ErrorsAt, bool Declared) {
  UnitLowering Unit(Context, MainFile);
  bool Errors = Context.getDiagnostics().hasErrorOccurred();
  Unit.U.HadErrors = Errors;
  bool Skipped = false; // a body that may write what looks constant
  RootFinder(Unit, Declared).visitAll(Context.getTranslationUnitDecl());
  while (const FunctionDecl *FD = Unit.next()) {
    if (Errors && (FD->isInvalidDecl() || hasErrors(FD->getBody()) ||
                   contains(FD->getSourceRange(), ErrorsAt, Unit.SM))) {
      Skipped = true;
      continue;
    }
    FunctionLowering Lowering(Unit, FD);
    if (Lowering.run())
      Unit.U.Functions.push_back(Lowering.take());
    else
      Skipped = true;
  }
  if (!Skipped)
    markConstants(Unit.U, [&](ir::SymbolId Id) { return Unit.escapes(Id); });
  return std::move(Unit.U);
}

} // namespace handrail::capture
