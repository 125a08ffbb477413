//===- Declarations.cpp - functions and variables as symbols ---------------===//
#include "lib/Capture/StandardOwners.h"
#include "lib/Capture/UnitLowering.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Mangle.h"
#include "clang/Index/USRGeneration.h"

using namespace clang;

namespace handrail::capture {

static PrintingPolicy namePolicy(const ASTContext &Context) {
  PrintingPolicy P(Context.getLangOpts());
  P.SuppressTagKeyword = Context.getLangOpts().CPlusPlus;
  P.SuppressUnwrittenScope = true;
  P.AnonymousTagLocations = false;
  P.FullyQualifiedName = true;
  return P;
}

UnitLowering::UnitLowering(ASTContext &Context, llvm::StringRef MainFile)
    : Context(Context), SM(Context.getSourceManager()), Builder(U), Policy(namePolicy(Context)),
      MainID(SM.getMainFileID()) {
  U.MainFile = MainFile.str();
  U.CPlusPlus = Context.getLangOpts().CPlusPlus;
}

// Models name a member of any instance of a template, and what an inline
// namespace holds as if it were not there: `std::unique_ptr::release`.
std::string UnitLowering::qualifiedName(const NamedDecl *D) const {
  llvm::SmallVector<std::string, 6> Parts;
  auto Name = [&](const NamedDecl *N) -> std::string {
    if (const auto *C = dyn_cast<CXXConstructorDecl>(N))
      N = C->getParent();
    if (const auto *Dtor = dyn_cast<CXXDestructorDecl>(N))
      return "~" + Dtor->getParent()->getName().str();
    if (N->getDeclName().isIdentifier())
      return N->getName().str();
    return N->getDeclName().getAsString();
  };
  std::string Own = Name(D);
  if (Own.empty())
    if (const auto *RD = dyn_cast<CXXRecordDecl>(D); RD && RD->isLambda())
      Own = "(lambda)";
  Parts.push_back(std::move(Own));
  if (U.CPlusPlus) {
    for (const DeclContext *DC = D->getDeclContext(); DC && !DC->isTranslationUnit();
         DC = DC->getParent()) {
      if (const auto *NS = dyn_cast<NamespaceDecl>(DC)) {
        if (!NS->isInline() && !NS->isAnonymousNamespace())
          Parts.push_back(NS->getName().str());
      } else if (const auto *RD = dyn_cast<RecordDecl>(DC)) {
        const auto *Class = dyn_cast<CXXRecordDecl>(RD);
        Parts.push_back(Class && Class->isLambda() ? "(lambda)" : RD->getName().str());
      } else if (const auto *FD = dyn_cast<FunctionDecl>(DC)) {
        Parts.push_back(Name(FD));
      }
    }
  } else if (const auto *VD = dyn_cast<VarDecl>(D); VD && VD->isStaticLocal()) {
    if (const auto *FD = dyn_cast<FunctionDecl>(VD->getDeclContext()))
      Parts.push_back(FD->getName().str());
  }
  std::string Result;
  for (const std::string &Part : llvm::reverse(Parts)) {
    if (!Result.empty() && !Part.empty())
      Result += "::";
    Result += Part;
  }
  return Result;
}

std::string UnitLowering::usr(const NamedDecl *D, bool CLinkage, bool Internal) {
  if (CLinkage && !Internal)
    return D->getName().str();
  llvm::SmallString<128> Buffer;
  const auto *VD = dyn_cast<VarDecl>(D);
  if (VD && VD->isStaticLocal()) {
    // Clang's own USR of a local variable holds its offset in the file.
    Buffer = "local:";
    if (const auto *FD = dyn_cast<FunctionDecl>(VD->getParentFunctionOrMethod()))
      Buffer += U.Symbols[function(FD)].Usr;
    Buffer += "@";
    Buffer += VD->getName();
  } else if (index::generateUSRForDecl(D, Buffer)) {
    // Clang has no USR for what has a template argument of class type.
    std::string Mangled;
    if (VD || isa<FunctionDecl>(D))
      Mangled = ASTNameGenerator(Context).getName(D);
    Buffer = "name:";
    Buffer += Mangled.empty() ? qualifiedName(D) : Mangled;
  }
  if (Internal) {
    Buffer += "@";
    Buffer += U.MainFile;
  }
  return Buffer.str().str();
}

ir::StringId UnitLowering::header(const Decl *D) {
  SourceLocation L = SM.getExpansionLoc(D->getLocation());
  if (L.isInvalid() || inMainFile(L))
    return 0;
  if (OptionalFileEntryRef Entry = SM.getFileEntryRefForID(SM.getFileID(L))) {
    llvm::SmallString<256> Path(Entry->getName());
    clean(Path);
    return string(Path);
  }
  return 0;
}

/// \p Unique: equal names mean different things (lambdas in one macro).
ir::SymbolId UnitLowering::add(const NamedDecl *D, ir::Symbol S, bool Unique) {
  ir::SymbolId Id = U.Symbols.size();
  auto [It, New] = Usrs.try_emplace(S.Usr, Id);
  if (!New) {
    if (!Unique) {
      Symbols[D->getCanonicalDecl()] = It->second;
      return It->second;
    }
    std::string Base = S.Usr;
    for (unsigned N = 2; !Usrs.try_emplace(S.Usr, Id).second; ++N)
      S.Usr = Base + "#" + std::to_string(N);
  }
  Symbols[D->getCanonicalDecl()] = Id;
  U.Symbols.push_back(std::move(S));
  return Id;
}

static std::string quoted(llvm::StringRef S) { return ("(\"" + S + "\")").str(); }

/// What a unit keeps of an attribute; empty for those that nobody reads.
static std::string attributeText(const Attr *A) {
  if (const auto *Acquire = dyn_cast<AcquireHandleAttr>(A))
    return "acquire_handle" + quoted(Acquire->getHandleType());
  if (const auto *Release = dyn_cast<ReleaseHandleAttr>(A))
    return "release_handle" + quoted(Release->getHandleType());
  if (const auto *Use = dyn_cast<UseHandleAttr>(A))
    return "use_handle" + quoted(Use->getHandleType());
  if (const auto *Annotate = dyn_cast<AnnotateAttr>(A))
    return "annotate" + quoted(Annotate->getAnnotation());
  if (isa<WarnUnusedResultAttr>(A))
    return "warn_unused_result";
  if (isa<NoEscapeAttr>(A))
    return "noescape";
  if (const auto *Cleanup = dyn_cast<CleanupAttr>(A))
    return "cleanup" + quoted(Cleanup->getFunctionDecl()->getName());
  if (const auto *Owner = dyn_cast<OwnershipAttr>(A)) {
    std::string Text = Owner->isReturns() ? "ownership_returns("
                       : Owner->isTakes() ? "ownership_takes("
                                          : "ownership_holds(";
    Text += Owner->getModule()->getName();
    for (const ParamIdx &Index : Owner->args())
      Text += ", " + std::to_string(Index.getASTIndex());
    return Text + ")";
  }
  return {};
}

/// \p Prefix is `param0:` for the attributes of a parameter.
void UnitLowering::addAttributes(const Decl *D, llvm::StringRef Prefix, ir::Symbol &S) {
  auto Add = [&](const Attr *A) {
    if (std::string Text = attributeText(A); !Text.empty())
      S.Attributes.push_back(Prefix.str() + Text);
  };
  if (D->hasAttrs())
    llvm::for_each(D->getAttrs(), Add);
  // Behind a function's parameter list, some belong to its type.
  const auto *FD = dyn_cast<FunctionDecl>(D);
  if (!FD || !isa<AttributedType>(FD->getType()) || !FD->getTypeSourceInfo())
    return;
  TypeLoc T = FD->getTypeSourceInfo()->getTypeLoc();
  for (auto Attributed = T.getAs<AttributedTypeLoc>(); Attributed;
       Attributed = Attributed.getModifiedLoc().getAs<AttributedTypeLoc>())
    if (const Attr *A = Attributed.getAttr())
      Add(A);
}

void UnitLowering::addMethodFacts(const CXXMethodDecl *MD, ir::SymbolId Id) {
  llvm::SmallVector<ir::SymbolId, 2> Overrides;
  for (const CXXMethodDecl *Base : MD->overridden_methods())
    Overrides.push_back(function(Base));
  ir::RecordId Parent = completeRecord(MD->getParent());
  ir::Symbol &S = U.Symbols[Id];
  S.Parent = Parent;
  S.Method = MD->isInstance();
  S.Virtual = MD->isVirtual();
  S.Pure = MD->isPureVirtual();
  S.Destructor = isa<CXXDestructorDecl>(MD);
  S.Constructor = isa<CXXConstructorDecl>(MD);
  S.Overrides.assign(Overrides.begin(), Overrides.end());
}

/// The declaration a user would look up.
static const FunctionDecl *firstWritten(const FunctionDecl *FD) {
  const FunctionDecl *First = nullptr;
  for (const FunctionDecl *R : FD->redecls())
    if (R->getLocation().isValid() && !R->isImplicit() &&
        (!First || R->getLocation() < First->getLocation()))
      First = R;
  return First ? First : FD;
}

static bool neverReturns(const FunctionDecl *FD) {
  return FD->isNoReturn() || FD->hasAttr<AnalyzerNoReturnAttr>();
}

static bool neverThrows(const FunctionDecl *FD) {
  if (FD->hasAttr<NoThrowAttr>())
    return true;
  const auto *Proto = FD->getType()->getAs<FunctionProtoType>();
  return Proto && !isUnresolvedExceptionSpec(Proto->getExceptionSpecType()) &&
         !Proto->isDependentType() && Proto->isNothrow();
}

static ir::Linkage linkageOf(const FunctionDecl *FD) {
  if (!FD->isExternallyVisible() && !FD->isExternC())
    return ir::Linkage::Internal;
  if (FD->hasAttr<WeakAttr>())
    return ir::Linkage::Weak;
  if (FD->isImplicit() && isa<CXXMethodDecl>(FD))
    return ir::Linkage::Inline;
  return FD->isInlined() || FD->isTemplateInstantiation() ? ir::Linkage::Inline
                                                          : ir::Linkage::External;
}

static bool namesLambda(llvm::ArrayRef<TemplateArgument> Args);

/// True for the type of a lambda, and for one made with it as a template argument.
static bool namesLambda(QualType T) {
  while (T->isPointerType() || T->isReferenceType())
    T = T->getPointeeType();
  const auto *RD = T->getAsCXXRecordDecl();
  if (!RD || RD->isLambda())
    return RD != nullptr;
  const auto *Instance = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  return Instance && namesLambda(Instance->getTemplateArgs().asArray());
}

static bool namesLambda(llvm::ArrayRef<TemplateArgument> Args) {
  return llvm::any_of(Args, [](const TemplateArgument &A) {
    return A.getKind() == TemplateArgument::Pack   ? namesLambda(A.getPackAsArray())
           : A.getKind() == TemplateArgument::Type ? namesLambda(A.getAsType())
                                                   : false;
  });
}

/// True for a function that Clang's USR does not tell from one for another lambda.
static bool isForLambda(const FunctionDecl *FD) {
  if (const TemplateArgumentList *Args = FD->getTemplateSpecializationArgs())
    if (namesLambda(Args->asArray()))
      return true;
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  const auto *Instance = MD ? dyn_cast<ClassTemplateSpecializationDecl>(MD->getParent()) : nullptr;
  return MD && (MD->getParent()->isLambda() ||
                (Instance && namesLambda(Instance->getTemplateArgs().asArray())));
}

ir::SymbolId UnitLowering::function(const FunctionDecl *FD) {
  auto It = Symbols.find(FD->getCanonicalDecl());
  if (It != Symbols.end())
    return It->second;

  const FunctionDecl *Latest = FD->getMostRecentDecl();
  const FunctionDecl *First = firstWritten(FD);
  ir::Symbol S;
  S.CLinkage = !U.CPlusPlus || FD->isExternC() || FD->getBuiltinID() != 0;
  S.Link = linkageOf(Latest);
  if (isa<CXXMethodDecl>(FD))
    S.CLinkage = false;
  S.Usr = usr(FD, S.CLinkage, S.Link == ir::Linkage::Internal);
  S.Name = string(qualifiedName(FD));
  S.Ty = type(FD->getType());
  S.Exported = (U.CPlusPlus && FD->isExternC() && S.Link != ir::Linkage::Internal);
  if (const auto *Visible = Latest->getAttr<VisibilityAttr>())
    S.Exported |= Visible->getVisibility() == VisibilityAttr::Default;
  if (Latest->hasAttr<DLLExportAttr>())
    S.Exported = true;
  S.NoReturn = neverReturns(Latest);
  S.NoThrow = neverThrows(Latest);
  S.System = inSystemHeader(First->getLocation());
  S.Header = header(First);
  S.Loc = loc(First->getLocation());
  addAttributes(Latest, "", S);
  for (unsigned I = 0; I < Latest->getNumParams(); ++I)
    addAttributes(Latest->getParamDecl(I), "param" + std::to_string(I) + ":", S);

  // Lambdas in an inline function have one USR in Clang; their order tells them apart.
  bool Unique = S.Link == ir::Linkage::Internal || !FD->isExternallyVisible() || isForLambda(FD);
  size_t Before = U.Symbols.size();
  ir::SymbolId Id = add(FD, std::move(S), Unique && !S.CLinkage);
  if (const auto *MD = dyn_cast<CXXMethodDecl>(FD); MD && Id == Before)
    addMethodFacts(MD, Id);
  if (const FunctionDecl *Body = ownBody(FD))
    Pending.push_back(Body);
  return Id;
}

ir::SymbolId UnitLowering::builtin(llvm::StringRef Name) {
  auto [It, New] = Usrs.try_emplace(Name, U.Symbols.size());
  if (New) {
    ir::Symbol S;
    S.Usr = Name.str();
    S.Name = string(Name);
    S.CLinkage = true;
    U.Symbols.push_back(std::move(S));
  }
  return It->second;
}

ir::SymbolId UnitLowering::variable(const VarDecl *VD) {
  auto It = Symbols.find(VD->getCanonicalDecl());
  if (It != Symbols.end())
    return It->second;
  const VarDecl *Latest = VD->getMostRecentDecl();
  ir::Symbol S;
  S.IsFunction = false;
  bool Internal = !VD->isExternallyVisible() && !VD->isExternC();
  if (VD->isStaticLocal())
    Internal = !VD->isExternallyVisible();
  S.CLinkage = !U.CPlusPlus || VD->isExternC();
  S.Link = Internal                      ? ir::Linkage::Internal
           : Latest->hasAttr<WeakAttr>() ? ir::Linkage::Weak
           : VD->isInline() || VD->isStaticLocal() ||
                   VD->getTemplateSpecializationKind() != TSK_Undeclared
               ? ir::Linkage::Inline
               : ir::Linkage::External;
  S.Usr = usr(VD, S.CLinkage && !VD->isStaticLocal(), Internal);
  S.Name = string(qualifiedName(VD));
  S.Ty = type(Latest->getType());
  S.Exported = U.CPlusPlus && VD->isExternC() && !Internal;
  S.System = inSystemHeader(VD->getLocation());
  S.Header = header(VD);
  S.Loc = loc(VD->getLocation());
  S.Const = VD->getType().isConstant(Context);
  addAttributes(Latest, "", S);
  QualType T = VD->getType();
  if (const VarDecl *Def = VD->getInitializingDeclaration();
      Def && Def->getInit() && !Def->getInit()->isValueDependent() &&
      (T->isIntegralOrEnumerationType() || T->isPointerType())) {
    S.Init = constantInitializer(Def);
  } else if (T->isScalarType() && (VD->hasDefinition() || VD->isStaticLocal()) &&
             !(Def && Def->getInit())) {
    S.Init = ir::Operand::integer(0);
  }
  ir::SymbolId Id = add(VD, std::move(S), Internal);
  addInitialValues(VD, Id);
  if (const auto *RD = Context.getBaseElementType(T)->getAsRecordDecl())
    completeRecord(RD);
  if (const VarDecl *Def = VD->getInitializingDeclaration();
      Def && Def->getInit() && !T->isIntegralOrEnumerationType())
    reach(Def->getInit());
  return Id;
}

void UnitLowering::reach(const Stmt *S) {
  if (!S || !Reached.insert(S).second)
    return;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
    if (const auto *FD = dyn_cast<FunctionDecl>(Ref->getDecl()))
      function(FD);
    else if (const auto *VD = dyn_cast<VarDecl>(Ref->getDecl());
             VD && VD->hasGlobalStorage() && !VD->getType()->isDependentType())
      Escaping.insert(variable(VD));
  } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(S)) {
    function(Construct->getConstructor());
  } else if (const auto *Member = dyn_cast<MemberExpr>(S)) {
    if (const auto *Method = dyn_cast<CXXMethodDecl>(Member->getMemberDecl()))
      function(Method);
  }
  if (const auto *List = dyn_cast<InitListExpr>(S); List && List->getSemanticForm())
    S = List->getSemanticForm();
  if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
    if (Lambda->getCallOperator() && !Lambda->isGenericLambda())
      function(Lambda->getCallOperator());
    return;
  }
  for (const Stmt *Child : S->children())
    reach(Child);
}

ir::Operand UnitLowering::constantInitializer(const VarDecl *VD) {
  const Expr *Init = VD->getInit();
  if (Init->containsErrors())
    return {};
  QualType T = VD->getType();
  if (T->isIntegralOrEnumerationType()) {
    Expr::EvalResult R;
    if (Init->EvaluateAsInt(R, Context, Expr::SE_NoSideEffects))
      return ir::Operand::integer(toInt64(R.Val.getInt()));
    return {};
  }
  const Expr *E = Init->IgnoreParenCasts();
  if (Init->isNullPointerConstant(Context, Expr::NPC_ValueDependentIsNotNull))
    return ir::Operand::integer(0);
  if (const auto *Literal = dyn_cast<clang::StringLiteral>(E))
    return ir::Operand::string(string(Literal->getBytes()));
  if (const auto *Address = dyn_cast<UnaryOperator>(E);
      Address && Address->getOpcode() == UO_AddrOf)
    E = Address->getSubExpr()->IgnoreParenCasts();
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    if (const auto *FD = dyn_cast<FunctionDecl>(Ref->getDecl()))
      return ir::Operand::func(function(FD));
    // An array's name, or the address of a variable.
    const auto *Target = dyn_cast<VarDecl>(Ref->getDecl());
    if (Target && Target->hasGlobalStorage() && Target != VD &&
        (Target->getType()->isArrayType() || isa<UnaryOperator>(Init->IgnoreParenCasts())))
      return ir::Operand::global(variable(Target));
  }
  return {};
}

const FunctionDecl *UnitLowering::ownBody(const FunctionDecl *FD) const {
  if (contractOf(FD) != Contract::None)
    return FD;
  const FunctionDecl *Def = nullptr;
  if (!FD->isDefined(Def) || !Def->doesThisDeclarationHaveABody() || Def->hasSkippedBody() ||
      Def->isDependentContext() || Def->isInvalidDecl())
    return nullptr;
  if (!Def->getBody())
    return nullptr;
  if (inSystemHeader(Def->getLocation()))
    return nullptr;
  return Def;
}

const FunctionDecl *UnitLowering::next() {
  if (Pending.empty())
    return nullptr;
  const FunctionDecl *FD = Pending.front();
  Pending.pop_front();
  return FD;
}

} // namespace handrail::capture
