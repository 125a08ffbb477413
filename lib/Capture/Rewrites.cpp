//===- Rewrites.cpp - how code could be written otherwise -----------------===//
//
//   Locker{lock};                         Locker guard{lock};
//   [f](FILE *) { fclose(f); }            [](FILE *f) { fclose(f); }
//   [conn] { conn->drop(); }              [weak = std::weak_ptr<Conn>(conn)] {
//                                           const auto conn = weak.lock(); if (!conn) return; …
//
//===----------------------------------------------------------------------===//
#include "lib/Capture/Rewrites.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using handrail::ir::RewriteKind;

namespace handrail::capture {

namespace {

/// The edits of one rewrite, and whether they can be made at all.
class Edits {
public:
  Edits(UnitLowering &Unit, SourceRange About)
      : Unit(Unit), About(About), File(Unit.SM.getFileID(About.getBegin())) {
    offset(About.getBegin());
  }

  void replace(SourceLocation Begin, SourceLocation End, llvm::StringRef Text) {
    const unsigned From = offset(Begin), To = offset(End);
    replace(From, To, Text);
  }
  void replace(unsigned From, unsigned To, llvm::StringRef Text) {
    Possible &= From <= To;
    All.push_back({From, To - From, Unit.string(Text)});
  }
  void insert(SourceLocation At, llvm::StringRef Text) { replace(At, At, Text); }

  /// The byte of the file that \p L is; a rewrite that needs one elsewhere is impossible.
  unsigned offset(SourceLocation L) {
    if (L.isInvalid() || L.isMacroID() || Unit.SM.getFileID(L) != File) {
      Possible = false;
      return 0;
    }
    return Unit.SM.getFileOffset(L);
  }
  llvm::StringRef text(unsigned From, unsigned To) {
    const llvm::StringRef Buffer = Unit.SM.getBufferData(File);
    return From <= To && To <= Buffer.size() ? Buffer.slice(From, To) : llvm::StringRef();
  }
  SourceLocation behind(SourceLocation Token) {
    return Lexer::getLocForEndOfToken(Token, 0, Unit.SM, Unit.Context.getLangOpts());
  }

  void finish(RewriteKind Kind, std::vector<ir::Rewrite> &Out) {
    if (!Possible || All.empty())
      return;
    llvm::sort(All, [](const ir::TextEdit &A, const ir::TextEdit &B) {
      return std::tie(A.Offset, A.Length) < std::tie(B.Offset, B.Length);
    });
    for (size_t I = 1; I < All.size(); ++I)
      if (All[I - 1].Offset + All[I - 1].Length > All[I].Offset)
        return;
    Out.push_back({Kind, Unit.loc(About), std::move(All)});
  }

private:
  UnitLowering &Unit;
  SourceRange About;
  FileID File;
  std::vector<ir::TextEdit> All;
  bool Possible = true;
};

/// Whether \p Word stands in \p Text as a word.
bool hasWord(llvm::StringRef Text, llvm::StringRef Word) {
  auto Inside = [&](size_t I) {
    return I < Text.size() && (llvm::isAlnum(Text[I]) || Text[I] == '_');
  };
  for (size_t At = Text.find(Word); At != llvm::StringRef::npos; At = Text.find(Word, At + 1))
    if (!(At && Inside(At - 1)) && !Inside(At + Word.size()))
      return true;
  return false;
}

/// Whether what is written in \p FD stands for other functions, too.
bool fromTemplate(const FunctionDecl *FD) {
  for (const DeclContext *D = FD; D; D = D->getParent())
    if (const auto *F = dyn_cast<FunctionDecl>(D); F && F->isTemplateInstantiation())
      return true;
  return false;
}

//===-- temporaries ------------------------------------------------------------------

/// What stands in the way of a new variable, and how often a class is made.
class FunctionFacts : public RecursiveASTVisitor<FunctionFacts> {
public:
  bool Jumps = false;
  llvm::DenseMap<const CXXRecordDecl *, unsigned> Made;

  bool VisitLabelStmt(LabelStmt *) { return !(Jumps = true); }
  bool VisitCXXConstructExpr(CXXConstructExpr *E) { return count(E->getType()); }
  bool VisitCallExpr(CallExpr *E) { return count(E->getType()); }

private:
  bool count(QualType T) {
    if (const auto *RD = T->getAsCXXRecordDecl())
      ++Made[RD->getCanonicalDecl()];
    return true;
  }
};

class TemporaryFinder {
public:
  TemporaryFinder(UnitLowering &Unit, const FunctionDecl *FD, std::vector<ir::Rewrite> &Out)
      : Unit(Unit), FD(FD), Out(Out) {}

  void statement(const Stmt *S, bool OfSwitch = false) {
    if (!S || isa<Expr>(S))
      return;
    if (const auto *Switch = dyn_cast<SwitchStmt>(S))
      return statement(Switch->getBody(), /*OfSwitch=*/true);
    const auto *Body = dyn_cast<CompoundStmt>(S);
    for (const Stmt *Child : S->children())
      statement(Child);
    if (!Body || OfSwitch || Body->body_empty())
      return;
    // What is last dies where the block ends, with a name or without.
    for (const Stmt *Child : llvm::drop_end(Body->body()))
      if (const auto *E = dyn_cast<ExprWithCleanups>(Child))
        expression(E->getSubExpr());
  }

private:
  void expression(const Expr *Whole);
  void nameObject(const Expr *Whole, const CXXConstructExpr *E);
  void nameResult(const Expr *Whole, const CallExpr *E);
  bool mayLiveLonger(QualType T);
  std::string freeName();

  UnitLowering &Unit;
  const FunctionDecl *FD;
  std::vector<ir::Rewrite> &Out;
  std::optional<FunctionFacts> Facts;
  unsigned Names = 0;
};

/// \p E without what makes it an object that dies with the statement.
const Expr *made(const Expr *E) {
  for (;;) {
    E = E->IgnoreParenImpCasts();
    if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E))
      E = B->getSubExpr();
    else if (const auto *C = dyn_cast<CXXFunctionalCastExpr>(E); C && C->getType()->isRecordType())
      E = C->getSubExpr();
    else
      return E;
  }
}

/// What is thrown away by `(void)…` or by an assignment that keeps nothing, such as
/// that of std::ignore.
const Expr *dropped(const Expr *E) {
  if (const auto *C = dyn_cast<CStyleCastExpr>(E); C && C->getCastKind() == CK_ToVoid)
    return C->getSubExpr();
  if (const auto *C = dyn_cast<CXXOperatorCallExpr>(E);
      C && C->getOperator() == OO_Equal && C->getNumArgs() == 2 &&
      isa<DeclRefExpr>(C->getArg(0)->IgnoreParenImpCasts()))
    return C->getArg(1);
  return E;
}

void TemporaryFinder::expression(const Expr *Whole) {
  Whole = Whole->IgnoreParens();
  const Expr *E = made(dropped(Whole));
  const CXXRecordDecl *RD = E->getType()->getAsCXXRecordDecl();
  if (!RD || E->isGLValue() || !RD->hasDefinition() || RD->hasTrivialDestructor())
    return;
  if (const auto *Object = dyn_cast<CXXConstructExpr>(E))
    nameObject(Whole, Object);
  else if (const auto *Call = dyn_cast<CallExpr>(E))
    nameResult(Whole, Call);
}

/// Whether nothing else in the function makes such an object, which may be what waits
/// for this one to go, and no jump would pass the new variable.
bool TemporaryFinder::mayLiveLonger(QualType T) {
  if (!Facts) {
    Facts.emplace();
    Facts->TraverseStmt(FD->getBody());
  }
  return !Facts->Jumps && Facts->Made.lookup(T->getAsCXXRecordDecl()->getCanonicalDecl()) == 1;
}

std::string TemporaryFinder::freeName() {
  const SourceManager &SM = Unit.SM;
  const CharSourceRange Range =
      CharSourceRange::getTokenRange(SM.getExpansionRange(FD->getSourceRange()).getAsRange());
  const llvm::StringRef Text = Lexer::getSourceText(Range, SM, Unit.Context.getLangOpts());
  for (;;) {
    std::string Name = "guard";
    if (++Names > 1)
      Name += std::to_string(Names);
    if (!hasWord(Text, Name) && !Unit.Context.Idents.get(Name).hasMacroDefinition())
      return Name;
  }
}

/// Whether `T name(\p Args)` might declare a function.
bool readsAsParameters(const CXXConstructExpr *E) {
  return llvm::all_of(E->arguments(), [](const Expr *Arg) {
    Arg = Arg->IgnoreImplicit();
    return isa<CXXTemporaryObjectExpr, CXXFunctionalCastExpr, CXXScalarValueInitExpr>(
        Arg->IgnoreParens());
  });
}

void TemporaryFinder::nameObject(const Expr *Whole, const CXXConstructExpr *E) {
  const SourceRange Arguments = E->getParenOrBraceRange();
  const Expr *Written = Whole->IgnoreImplicit();
  if (!isa<CXXTemporaryObjectExpr, CXXFunctionalCastExpr>(Written) || Arguments.isInvalid() ||
      !mayLiveLonger(E->getType()))
    return;
  Edits Changes(Unit, E->getSourceRange());
  const unsigned Open = Changes.offset(Arguments.getBegin());
  const bool Parentheses = Changes.text(Open, Open + 1) == "(";
  const bool Spaced = Open && llvm::isSpace(Changes.text(Open - 1, Open).front());
  const std::string Name = (Spaced ? "" : " ") + freeName();
  if (Parentheses && E->getNumArgs() == 0)
    Changes.replace(Arguments.getBegin(), Changes.behind(Arguments.getEnd()), Name + "{}");
  else if (!Parentheses || !readsAsParameters(E))
    Changes.insert(Arguments.getBegin(), Name);
  Changes.finish(RewriteKind::NameTemporary, Out);
}

void TemporaryFinder::nameResult(const Expr *Whole, const CallExpr *E) {
  // Before C++17 a result is copied or moved into a variable.
  if (!Unit.Context.getLangOpts().CPlusPlus17 || !mayLiveLonger(E->getType()))
    return;
  Edits Changes(Unit, E->getSourceRange());
  Changes.replace(Whole->getBeginLoc(), E->getBeginLoc(), "auto " + freeName() + " = ");
  Changes.finish(RewriteKind::NameTemporary, Out);
}

//===-- captures ---------------------------------------------------------------------

/// How a lambda's body uses names.
class BodyFacts : public RecursiveASTVisitor<BodyFacts> {
public:
  BodyFacts(const ValueDecl *Captured, llvm::StringRef Parameter)
      : Captured(Captured), Parameter(Parameter) {}
  llvm::SmallVector<const DeclRefExpr *, 4> Uses;
  unsigned Reads = 0;
  bool Nested = false, Hidden = false;

  bool VisitDeclRefExpr(DeclRefExpr *E) {
    if (E->getDecl() == Captured)
      Uses.push_back(E);
    return true;
  }
  bool VisitImplicitCastExpr(ImplicitCastExpr *E) {
    const auto *Ref = dyn_cast<DeclRefExpr>(E->getSubExpr()->IgnoreParens());
    Reads += E->getCastKind() == CK_LValueToRValue && Ref && Ref->getDecl() == Captured;
    return true;
  }
  bool VisitLambdaExpr(LambdaExpr *) { return Nested = true; }
  bool VisitVarDecl(VarDecl *VD) {
    Hidden |= VD->getName() == Parameter;
    return true;
  }

private:
  const ValueDecl *Captured;
  llvm::StringRef Parameter;
};

class CaptureFinder {
public:
  CaptureFinder(UnitLowering &Unit, const LambdaExpr *E, std::vector<ir::Rewrite> &Out)
      : Unit(Unit), E(E), Out(Out) {}
  void run();

private:
  void useParameter(const LambdaCapture &C, const ValueDecl *VD);
  void captureWeakly(const LambdaCapture &C, const ValueDecl *VD);
  /// The capture at \p At in the list, as offsets; with the comma when it is to go.
  std::optional<std::pair<unsigned, unsigned>> inList(Edits &Changes, SourceLocation At,
                                                      bool WithComma);

  UnitLowering &Unit;
  const LambdaExpr *E;
  std::vector<ir::Rewrite> &Out;
};

std::optional<std::pair<unsigned, unsigned>>
CaptureFinder::inList(Edits &Changes, SourceLocation At, bool WithComma) {
  const unsigned Begin = Changes.offset(E->getIntroducerRange().getBegin()) + 1,
                 End = Changes.offset(E->getIntroducerRange().getEnd()), Place = Changes.offset(At);
  const llvm::StringRef List = Changes.text(Begin, End);
  // Initialisers and comments may hold commas.
  if (List.empty() || List.find_first_of("=(/{[<", 1) != llvm::StringRef::npos || Place < Begin ||
      Place >= End)
    return std::nullopt;
  size_t From = List.rfind(',', Place - Begin), To = List.find(',', Place - Begin);
  const bool First = From == llvm::StringRef::npos, Last = To == llvm::StringRef::npos;
  From = First ? 0 : From + 1;
  To = Last ? List.size() : To;
  auto SkipSpace = [&](size_t I) {
    return std::min(List.find_first_not_of(" \t\r\n", I), List.size());
  };
  if (!WithComma || First)
    From = SkipSpace(From);
  else
    --From; // the comma before it
  if (WithComma && First && !Last)
    To = SkipSpace(To + 1);
  else
    To = List.slice(0, To).rtrim().size();
  return std::pair(Begin + unsigned(From), Begin + unsigned(To));
}

/// The lambda's one parameter that has the type of \p VD.
const ParmVarDecl *parameterLike(ASTContext &Context, const CXXMethodDecl *Call,
                                 const ValueDecl *VD) {
  const ParmVarDecl *Found = nullptr;
  for (const ParmVarDecl *P : Call->parameters())
    if (Context.hasSameUnqualifiedType(P->getType(), VD->getType())) {
      if (Found)
        return nullptr;
      Found = P;
    }
  return Found;
}

void CaptureFinder::useParameter(const LambdaCapture &C, const ValueDecl *VD) {
  const QualType T = VD->getType();
  if (!T->isPointerType() || T->getPointeeType()->isFunctionType() ||
      T->getPointeeType()->isArrayType())
    return;
  const ParmVarDecl *P = parameterLike(Unit.Context, E->getCallOperator(), VD);
  if (!P)
    return;
  BodyFacts Facts(VD, P->getName());
  Facts.TraverseStmt(E->getCallOperator()->getBody());
  if (Facts.Nested || Facts.Reads != Facts.Uses.size() || (!P->getName().empty() && Facts.Hidden))
    return;
  Edits Changes(Unit, SourceRange(C.getLocation()));
  if (auto Range = inList(Changes, C.getLocation(), /*WithComma=*/true))
    Changes.replace(Range->first, Range->second, "");
  else
    return;
  if (P->getName().empty()) {
    const unsigned End = Changes.offset(Changes.behind(P->getEndLoc()));
    const bool Star = End && Changes.text(End - 1, End) == "*";
    Changes.replace(End, End, (Star ? "" : " ") + VD->getName().str());
  } else {
    for (const DeclRefExpr *Use : Facts.Uses)
      Changes.replace(Use->getLocation(), Changes.behind(Use->getLocation()), P->getName());
  }
  Changes.finish(RewriteKind::UseParameter, Out);
}

/// How \p T is written wherever it can be named at all; empty when that is not certain.
std::string nameOf(const ASTContext &Context, QualType T) {
  const auto *RD = T->getAsCXXRecordDecl();
  if (!RD || isa<ClassTemplateSpecializationDecl>(RD))
    return "";
  for (const DeclContext *D = RD; !D->isTranslationUnit(); D = D->getParent()) {
    const auto *Named = dyn_cast<NamedDecl>(D);
    if (!Named || D->isFunctionOrMethod() || Named->getName().empty() ||
        Named->getAccess() == AS_private || Named->getAccess() == AS_protected)
      return "";
  }
  PrintingPolicy Policy = Context.getPrintingPolicy();
  Policy.SuppressTagKeyword = true;
  return T.getCanonicalType().getUnqualifiedType().getAsString(Policy);
}

void CaptureFinder::captureWeakly(const LambdaCapture &C, const ValueDecl *VD) {
  static constexpr llvm::StringLiteral Weak = "weak";
  const auto *Shared =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(VD->getType()->getAsCXXRecordDecl());
  const auto *Body = dyn_cast_or_null<CompoundStmt>(E->getCallOperator()->getBody());
  if (!Shared || !Shared->isInStdNamespace() || Shared->getName() != "shared_ptr" || !Body ||
      Shared->getTemplateArgs().size() != 1 || !Unit.Context.getLangOpts().CPlusPlus14 ||
      !E->getCallOperator()->getReturnType()->isVoidType())
    return;
  const std::string Type = nameOf(Unit.Context, Shared->getTemplateArgs()[0].getAsType());
  Edits Changes(Unit, SourceRange(C.getLocation()));
  const auto Range = inList(Changes, C.getLocation(), /*WithComma=*/false);
  if (Type.empty() || !Range ||
      hasWord(Changes.text(Changes.offset(E->getBeginLoc()), Changes.offset(E->getEndLoc())), Weak))
    return;
  const std::string Name = VD->getName().str();
  Changes.replace(Range->first, Range->second,
                  (Weak + " = std::weak_ptr<" + Type + ">(" + Name + ")").str());
  Changes.insert(Changes.behind(Body->getLBracLoc()),
                 " const auto " + Name + " = weak.lock(); if (!" + Name + ") return;");
  Changes.finish(RewriteKind::CaptureWeakly, Out);
}

void CaptureFinder::run() {
  if (!E->getCallOperator() || E->isGenericLambda() || E->isMutable())
    return;
  for (const LambdaCapture &C : E->captures()) {
    const auto *VD = C.capturesVariable() && C.isExplicit() && !C.isPackExpansion()
                         ? dyn_cast<VarDecl>(C.getCapturedVar())
                         : nullptr;
    if (!VD || VD->isInitCapture() || VD->getType()->isReferenceType())
      continue;
    useParameter(C, VD);
    if (C.getCaptureKind() == LCK_ByCopy)
      captureWeakly(C, VD);
  }
}

} // namespace

void findTemporaryRewrites(UnitLowering &Unit, const FunctionDecl *FD,
                           std::vector<ir::Rewrite> &Out) {
  if (Unit.Context.getLangOpts().CPlusPlus && !fromTemplate(FD))
    TemporaryFinder(Unit, FD, Out).statement(FD->getBody());
}

void findCaptureRewrites(UnitLowering &Unit, const FunctionDecl *FD, const LambdaExpr *E,
                         std::vector<ir::Rewrite> &Out) {
  if (!fromTemplate(FD))
    CaptureFinder(Unit, E, Out).run();
}

} // namespace handrail::capture
