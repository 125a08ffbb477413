//===- GccAttributes.cpp - attributes of GCC that Clang drops --------------===//
#include "lib/Capture/GccAttributes.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/ParsedAttrInfo.h"
#include "clang/Sema/ParsedAttr.h"
#include "clang/Sema/Sema.h"

using namespace clang;

namespace handrail::capture {

//===----------------------------------------------------------------------===//
// fd_arg
//===----------------------------------------------------------------------===//

namespace {

class DescriptorAttribute : public ParsedAttrInfo {
public:
  DescriptorAttribute() {
    static constexpr Spelling Names[] = {{ParsedAttr::AS_GNU, "fd_arg"},
                                         {ParsedAttr::AS_GNU, "fd_arg_read"},
                                         {ParsedAttr::AS_GNU, "fd_arg_write"},
                                         {ParsedAttr::AS_CXX11, "gnu::fd_arg"},
                                         {ParsedAttr::AS_CXX11, "gnu::fd_arg_read"},
                                         {ParsedAttr::AS_CXX11, "gnu::fd_arg_write"},
                                         {ParsedAttr::AS_C23, "gnu::fd_arg"},
                                         {ParsedAttr::AS_C23, "gnu::fd_arg_read"},
                                         {ParsedAttr::AS_C23, "gnu::fd_arg_write"}};
    Spellings = Names;
    OptArgs = 1;
  }

  AttrHandling handleDeclAttribute(Sema &S, Decl *D, const ParsedAttr &A) const override {
    if (!isa<FunctionDecl>(D) || A.getNumArgs() != 1 || !A.isArgExpr(0))
      return AttributeNotApplied;
    const Expr *Number = A.getArgAsExpr(0);
    if (Number->isValueDependent())
      return AttributeNotApplied;
    std::optional<llvm::APSInt> N = Number->getIntegerConstantExpr(S.Context);
    if (!N)
      return AttributeNotApplied;
    std::string Text = "gcc:fd_arg:" + llvm::toString(*N, 10);
    D->addAttr(AnnotateAttr::CreateImplicit(S.Context, Text, nullptr, 0));
    return AttributeApplied;
  }
};

} // namespace

void keepDescriptorAttributes() {
  static ParsedAttrInfoRegistry::Add<DescriptorAttribute> Once("fd_arg", "GCC's fd_arg attributes");
}

//===----------------------------------------------------------------------===//
// malloc (deallocator)
//===----------------------------------------------------------------------===//

void DeallocatorAttributes::watch(Preprocessor &PP) {
  SM = &PP.getSourceManager();
  PP.setTokenWatcher([this](const Token &T) { token(T); });
}

// Called for every token there is.
void DeallocatorAttributes::token(const Token &T) {
  if (Where != At::Outside)
    return argument(T);
  switch (T.getKind()) {
  case tok::kw___attribute:
    Where = At::Attribute;
    Depth = 0;
    break;
  case tok::semi:
  case tok::l_brace:
  case tok::r_brace:
    Boundary = T.getLocation();
    for (Seen &S : Pending)
      if (S.Before.isInvalid())
        S.Before = Boundary;
    break;
  default:
    break;
  }
}

void DeallocatorAttributes::argument(const Token &T) {
  if (T.is(tok::l_paren))
    ++Depth;
  if (T.is(tok::r_paren) && --Depth == 0) {
    Where = At::Outside;
    return;
  }
  switch (Where) {
  case At::Attribute:
    if (Depth == 0) // no attribute list at all
      Where = At::Outside;
    else if (Depth == 2 && T.getIdentifierInfo() &&
             (T.getIdentifierInfo()->isStr("malloc") ||
              T.getIdentifierInfo()->isStr("__malloc__"))) {
      Where = At::Name;
      NameLoc = T.getLocation();
    }
    break;
  case At::Name:
    Where = T.is(tok::l_paren) ? At::Arguments : At::Attribute;
    Text = "gcc:malloc:";
    break;
  case At::Arguments:
    if (Depth == 2) { // the parenthesis that closes them
      Pending.push_back({NameLoc, Boundary, SourceLocation(), Text});
      Names.push_back(NameLoc);
      Where = At::Attribute;
    } else if (T.is(tok::comma)) {
      Text += ':';
    } else if (const IdentifierInfo *Word = T.getIdentifierInfo()) {
      Text += Word->getName();
    } else if (T.is(tok::numeric_constant) && T.getLiteralData()) {
      Text.append(T.getLiteralData(), T.getLength());
    }
    break;
  case At::Outside:
    break;
  }
}

void DeallocatorAttributes::attach(Decl *D, ASTContext &Context) {
  if (auto *FD = dyn_cast<FunctionDecl>(D)) {
    SourceLocation L = FD->getLocation();
    for (const Seen &S : Pending)
      if ((S.After.isInvalid() || SM->isBeforeInTranslationUnit(S.After, L)) &&
          (S.Before.isInvalid() || SM->isBeforeInTranslationUnit(L, S.Before)))
        FD->addAttr(AnnotateAttr::CreateImplicit(Context, S.Text, nullptr, 0));
    return;
  }
  if (isa<LinkageSpecDecl, NamespaceDecl, CXXRecordDecl>(D))
    for (Decl *Member : cast<DeclContext>(D)->decls())
      attach(Member, Context);
}

void DeallocatorAttributes::attach(DeclGroupRef Group, ASTContext &Context) {
  if (Pending.empty())
    return;
  for (Decl *D : Group)
    attach(D, Context);
  // What is left belongs to something that is no function, or is still being read.
  llvm::erase_if(Pending, [](const Seen &S) { return S.Before.isValid(); });
}

bool DeallocatorAttributes::explains(const Diagnostic &Info) const {
  if (Info.getID() != diag::err_attribute_wrong_number_arguments)
    return false;
  return llvm::is_contained(Names, Info.getLocation());
}

} // namespace handrail::capture
