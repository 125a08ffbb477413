//===- GccAttributes.h - attributes of GCC that Clang drops ------*- C++ -*-===//
//
// `fd_arg` is unknown to Clang, and `malloc` takes no arguments there. Both are
// kept as annotations, `gcc:fd_arg:1` and `gcc:malloc:fclose:1`, like those of
// handrail/annotations.h.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "clang/AST/DeclGroup.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Lex/Preprocessor.h"
#include <deque>
#include <string>

namespace handrail::capture {

/// Makes Clang keep `fd_arg`, `fd_arg_read` and `fd_arg_write`, in this process
/// and from then on. To be called before anything is parsed.
void keepDescriptorAttributes();

/// Finds `malloc (deallocator)` among the tokens, and the function it belongs to:
/// the one declared between the same two of `;`, `{` and `}`.
class DeallocatorAttributes {
public:
  /// Watches the tokens of \p PP, which must not outlive this.
  void watch(clang::Preprocessor &PP);
  /// Annotates the functions of \p Group that such an attribute was seen at.
  void attach(clang::DeclGroupRef Group, clang::ASTContext &Context);
  /// Whether \p Info complains about the arguments of such an attribute.
  bool explains(const clang::Diagnostic &Info) const;

private:
  struct Seen {
    clang::SourceLocation Name, After, Before; ///< the attribute, the tokens around its declaration
    std::string Text;
  };
  enum class At : uint8_t { Outside, Attribute, Name, Arguments };

  void token(const clang::Token &T);
  void argument(const clang::Token &T);
  void attach(clang::Decl *D, clang::ASTContext &Context);

  const clang::SourceManager *SM = nullptr;
  std::deque<Seen> Pending;
  std::vector<clang::SourceLocation> Names; ///< of all that were seen
  At Where = At::Outside;
  unsigned Depth = 0; ///< of parentheses behind `__attribute__`
  clang::SourceLocation Boundary, NameLoc;
  std::string Text;
};

} // namespace handrail::capture
