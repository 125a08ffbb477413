//===- SourceTokens.h - C and C++ cut into words -----------------*- C++ -*-===//
//
// For what looks at source text without a compiler: comments, literals and lines of the
// preprocessor are told apart from code, and nothing more.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace handrail {

/// Letters, digits, `_`, and the bytes of other letters in UTF-8.
inline bool isWordChar(char C) { return llvm::isAlnum(C) || C == '_' || (C & 0x80); }

/// A word, or one character that is neither blank nor in a comment; literals are one `"`.
struct SourceToken {
  llvm::StringRef Text;
  uint32_t Line = 0;

  bool is(llvm::StringRef S) const { return Text == S; }
};

/// Cuts a text into tokens. Of `#if` … `#else` … `#endif` all branches are told; lines of
/// the preprocessor come as tokens of their own. Linear.
class SourceScanner {
public:
  explicit SourceScanner(llvm::StringRef Text) : Rest(Text) {}

  /// Nothing is left when the text of the token is empty.
  SourceToken next();

private:
  llvm::StringRef take(size_t Count);
  size_t endOfLogicalLine() const;
  SourceToken token();
  SourceToken rawLiteral(size_t Prefix, uint32_t Here);
  SourceToken literal(uint32_t Here);

  llvm::StringRef Rest;
  uint32_t Line = 1;
  bool AtStart = true; ///< of a line
};

} // namespace handrail
